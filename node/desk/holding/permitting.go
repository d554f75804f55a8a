package holding

import (
	"context"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// Permit records that all agencies that disclosed an item permit it to be matched.
func (d *Desk) Permit(ctx context.Context, call api.Call, p api.ItemPermitRequest) (api.PermissionView, error) {
	var v api.PermissionView
	item, places, err := d.Store.Item(ctx, p.Item)
	if err != nil {
		return v, desk.NotFound(err, "'crosscase search' shows the items", "there is no such item")
	}
	if p.Visibility != casework.Local {
		if err := permits(p, places); err != nil {
			return v, err
		}
	}
	slices.Sort(p.From)
	given := store.Permission{
		Item: p.Item, From: slices.Compact(p.From), Reference: p.Reference, Visibility: p.Visibility, By: call.Officer.ID, At: d.Now().UTC(),
	}
	if err := d.Store.Permit(ctx, given); err != nil {
		return v, err
	}
	d.Changed()
	if item, _, err = d.Store.Item(ctx, p.Item); err != nil {
		return v, err
	}
	return api.PermissionView{
		Item: p.Item, Value: item.Identifier.Reveal(), From: given.From, Reference: p.Reference, Visibility: item.Visibility, WhyNot: item.WhyNot,
	}, nil
}

// permits checks that a permission is of everybody who disclosed the item, and of
// nobody else.
func permits(p api.ItemPermitRequest, places []casework.Occurrence) error {
	if p.Visibility != casework.Silent && p.Visibility != casework.Shared {
		return api.Errorf(api.Invalid, "silent is asked and never published", "the visibility is silent or shared, not %q", p.Visibility)
	}
	if strings.TrimSpace(p.Reference) == "" {
		return api.Errorf(api.Invalid, "name the letter or message: --reference", "a permission has a reference")
	}
	var missing []*casework.Terms
	var from []casework.AgencyID
	for _, o := range places {
		t := o.Provenance.Terms
		if t == nil {
			continue
		}
		from = append(from, t.From)
		if t.From == "" || !slices.Contains(p.From, t.From) {
			missing = append(missing, t)
		}
	}
	for _, of := range p.From {
		if !slices.Contains(from, of) {
			return api.Errorf(api.Refused, "'crosscase search' shows who disclosed it", "%s did not disclose it", of)
		}
	}
	switch {
	case len(from) == 0:
		return api.Errorf(api.Refused, "'crosscase search' shows where it is from", "no other agency disclosed it")
	case len(missing) > 0:
		return api.Errorf(api.Refused, "name all of them with --from, once they permit it", "%s", sharing.Why(casework.UnderTerms, missing...))
	}
	return nil
}
