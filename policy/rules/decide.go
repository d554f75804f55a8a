package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Verdict is what the rules say of a request.
type Verdict int

// Verdicts. A decision that nobody filled in discloses nothing.
const (
	Refuse Verdict = iota
	Escalate
	Permit
)

// String returns the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case Permit:
		return "permit"
	case Escalate:
		return "escalate"
	}
	return "refuse"
}

// Facts are what a decision rests on.
type Facts struct {
	Asker        casework.AgencyID
	AskerCountry string
	Request      casework.Request
	Agreed       bool // purpose, offence and legal basis are agreed, and the pair may match this kind

	// Of the own item that the request is about.
	Kind     casework.Kind
	Category casework.SubjectCategory
	Consent  bool
	Handling []casework.Handling // of each occurrence; none reads as the strictest
	Hold     bool
}

// A Decision says what of a request may be answered. Its zero value refuses.
type Decision struct {
	Verdict Verdict
	Ground  casework.Ground  // of a refusal
	Fields  []casework.Field // that may be disclosed, as asked for
	Reasons []string         // for our own officers: rules by id, in words; never for the asker
	At      time.Time
}

// Decide applies the rules to each field that was asked for. The decision is
// Permit when at least one field is permitted outright, Escalate when fields are
// permitted only after something more, and Refuse otherwise.
func (r *Rules) Decide(f Facts, at time.Time) Decision {
	d := Decision{At: at}
	if r == nil || r.policies == nil {
		d.Ground, d.Reasons = casework.NotAvailable, []string{"no rules are loaded"}
		return d
	}
	if len(f.Request.Wanted) == 0 {
		d.Ground, d.Reasons = casework.RequestDefective, []string{"nothing was asked for"}
		return d
	}
	var permitted, escalated []casework.Field
	for _, field := range f.Request.Wanted {
		one := r.field(f, field)
		d.Reasons = append(d.Reasons, fmt.Sprintf("%s: %s: %s", field, one.verdict, strings.Join(one.because, "; ")))
		switch one.verdict {
		case Permit:
			permitted = append(permitted, field)
		case Escalate:
			escalated = append(escalated, field)
		default:
			if d.Ground == "" {
				d.Ground = one.ground
			}
		}
	}
	switch {
	case len(permitted) > 0:
		d.Verdict, d.Fields, d.Ground = Permit, permitted, ""
	case len(escalated) > 0:
		d.Verdict, d.Fields, d.Ground = Escalate, escalated, ""
	}
	return d
}

// outcome is the decision on one field.
type outcome struct {
	verdict Verdict
	ground  casework.Ground
	because []string
}

func refuse(ground casework.Ground, because ...string) outcome {
	return outcome{ground: ground, because: because}
}

// field decides on one field.
func (r *Rules) field(f Facts, field casework.Field) outcome {
	req, entities := f.cedar(field)
	if err := r.validator.Entities(entities); err != nil {
		return refuse(casework.NotAvailable, "the facts do not fit the schema: "+err.Error())
	}
	if err := r.validator.Request(req); err != nil {
		return refuse(casework.NotAvailable, "the facts do not fit the schema: "+err.Error())
	}
	decision, diag := cedar.Authorize(r.policies, entities, req)
	if len(diag.Errors) > 0 {
		var failed []string
		for _, e := range diag.Errors {
			failed = append(failed, fmt.Sprintf("rule %s failed: %s", e.PolicyID, e.Message))
		}
		return refuse(casework.NotAvailable, failed...)
	}
	var names []cedar.PolicyID
	for _, reason := range diag.Reasons {
		names = append(names, reason.PolicyID)
	}
	slices.Sort(names) // Cedar gives them in map order
	if decision != cedar.Allow {
		if len(names) == 0 {
			return refuse(casework.NotAvailable, "no rule permits it")
		}
		return refuse(r.ground(names), words(names)...)
	}
	var conditions []string
	for _, id := range names {
		text, conditional := r.policies.Get(id).Annotations()["escalate"]
		if !conditional {
			return outcome{verdict: Permit, because: words(names)}
		}
		conditions = append(conditions, fmt.Sprintf("%s: %s", id, text))
	}
	return outcome{verdict: Escalate, because: conditions}
}

// ground is that of the first forbid by name.
func (r *Rules) ground(forbids []cedar.PolicyID) casework.Ground {
	for _, id := range forbids {
		if g, ok := r.policies.Get(id).Annotations()["ground"]; ok {
			return casework.Ground(g)
		}
	}
	return casework.NotAvailable
}

func words(ids []cedar.PolicyID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// cedar states the facts in Cedar's terms.
func (f Facts) cedar(field casework.Field) (cedar.Request, types.EntityMap) {
	asker := types.NewEntityUID("Agency", types.String(f.Asker))
	item := types.NewEntityUID("Item", types.String(f.Request.ID.String()))
	var handling []types.Value
	for _, h := range f.handling() {
		handling = append(handling, types.String(h))
	}
	entities := types.EntityMap{
		asker: {UID: asker, Attributes: types.NewRecord(types.RecordMap{"country": types.String(f.AskerCountry)})},
		item: {UID: item, Attributes: types.NewRecord(types.RecordMap{
			"kind":     types.String(f.Kind),
			"category": types.String(f.Category.Or()),
			"consent":  types.Boolean(f.Consent),
			"handling": types.NewSet(handling...),
			"hold":     types.Boolean(f.Hold),
		})},
	}
	return cedar.Request{
		Principal: asker,
		Action:    types.NewEntityUID("Action", "disclose"),
		Resource:  item,
		Context: types.NewRecord(types.RecordMap{
			"field":          types.String(field),
			"purpose":        types.String(f.Request.Purpose),
			"offence":        types.String(f.Request.Offence),
			"agreed":         types.Boolean(f.Agreed),
			"urgency":        types.String(f.Request.Urgency),
			"use":            types.String(f.Request.Use),
			"judicial":       types.Boolean(f.Request.Judicial != ""),
			"retention_days": types.Long(f.Request.Retention),
		}),
	}, entities
}

// handling is the union of codes over the occurrences; without one, all.
func (f Facts) handling() []string {
	var codes []string
	for _, h := range f.Handling {
		codes = append(codes, strings.Split(h.String(), "+")...)
	}
	if len(f.Handling) == 0 {
		codes = strings.Split(casework.Handling{}.String(), "+")
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
