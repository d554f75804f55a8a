package evidence

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// A Hint says what the surroundings of values are that a person typed.
type Hint struct {
	Kind, Region, Platform, Chain string
	Warning                       *warninglist.Set // nil lists none
	// RegionOf says where national numbers are from when Region is empty; it is
	// called when the first of them is met.
	RegionOf   func() (string, error)
	Visibility casework.Visibility
	Seen       time.Time
}

// Typed reads values that a person typed, each in all forms under which it is
// matched. No value is in an error, which may end up in a log.
func Typed(values []string, h Hint) ([]casework.Evidence, error) {
	hint := identify.Hint{Kind: casework.Kind(h.Kind), Region: strings.ToUpper(h.Region), Platform: h.Platform, Chain: h.Chain}
	var items []casework.Evidence
	for i, v := range values {
		r, err := identify.Canonical(v, hint)
		if errors.Is(err, identify.ErrRegionNeeded) && hint.Region == "" {
			region, rerr := h.RegionOf()
			if rerr != nil {
				return nil, rerr
			}
			hint.Region = strings.ToUpper(region)
			r, err = identify.Canonical(v, hint)
		}
		if err != nil {
			return nil, valueError(i+1, err)
		}
		e := casework.Evidence{
			Identifier: r.Identifier, Keys: r.Keys, Visibility: h.Visibility, Confidence: r.Confidence, Seen: h.Seen,
			Provenance: casework.Provenance{Assumed: r.Assumed, Record: fmt.Sprintf("value %d", i+1)},
		}
		if len(h.Warning.On(r.Identifier)) > 0 {
			e.WhyNot = casework.OnWarningList
		}
		e.WhyNot = sharing.KeepOut(&e)
		items = append(items, e)
	}
	return items, nil
}

func valueError(position int, err error) error {
	switch {
	case errors.Is(err, identify.ErrRegionNeeded):
		return api.Errorf(api.Invalid, "give the country with --region, such as --region NL", "value %d: %w", position, err)
	case errors.Is(err, identify.ErrPlatformNeeded):
		return api.Errorf(api.Invalid, "write it as platform:name, or give --platform", "value %d: %w", position, err)
	}
	return api.Errorf(api.Invalid, "'crosscase identify' shows what crosscase makes of a value; --kind says what it is", "value %d: %w", position, err)
}

// Source is the provenance of values that a person typed.
func Source(at time.Time) casework.Provenance {
	return casework.Provenance{Source: "command line", Format: "typed", Captured: at, Imported: at}
}
