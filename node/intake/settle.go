package intake

import (
	"errors"
	"regexp"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// maxFromText is the number of identifiers taken out of one text; an advert has
// a handful, and a text written to flood the store has more.
const maxFromText = 1000

var errRounded = errors.New("a number that a spreadsheet has rounded; format the column as text and export it again")

var errFlood = errors.New("more identifiers in one text than a person writes; the first ones were taken")

// settle brings a statement's value into its canonical form, or finds the values
// in its text. It runs in several goroutines.
func settle(s statement, d Defaults) settled {
	hint := identify.Hint{Kind: s.kind, Region: or(s.region, d.Region), Platform: or(s.platform, d.Platform), Chain: s.chain}
	if s.prose {
		return settleText(s, d, hint)
	}
	r, err := canonical(s, hint)
	if err == nil {
		return settled{found: []Found{s.result(r, s.value, d)}}
	}
	if several, ok := settleSeveral(s, d, hint); ok {
		return several
	}
	if s.optional {
		return settled{}
	}
	if s.kind == casework.Phone && rounded.MatchString(s.value) {
		err = errRounded
	}
	return settled{err: err}
}

// rounded is a number as a spreadsheet writes it when it takes it for a quantity.
var rounded = regexp.MustCompile(`^\s*\d[.,]\d+E\+\d+\s*$`)

// settleSeveral reads a field in which several values stand, if each part of it
// is one.
func settleSeveral(s statement, d Defaults, hint identify.Hint) (settled, bool) {
	if len(s.value) > 4096 {
		return settled{}, false
	}
	for _, separators := range []string{";\n|", ";\n|,", ";\n|,/ "} {
		parts := strings.FieldsFunc(s.value, func(r rune) bool { return strings.ContainsRune(separators, r) })
		var out settled
		for _, part := range parts {
			one := s
			if one.value = strings.TrimSpace(part); one.value == "" {
				continue
			}
			r, err := canonical(one, hint)
			if err != nil {
				out.found = nil
				break
			}
			out.found = append(out.found, s.result(r, one.value, d))
		}
		if len(out.found) > 1 {
			return out, true
		}
	}
	return settled{}, false
}

func (s statement) result(r identify.Result, spelling string, d Defaults) Found {
	f := s.found(d)
	f.take(r, spelling)
	f.keepOut(d)
	return f
}

// canonical reads one value. A telephone number of a format that writes them in
// full, but without a plus, is tried that way first.
func canonical(s statement, hint identify.Hint) (identify.Result, error) {
	if s.bare && s.kind == casework.Phone {
		if digits := strings.TrimLeft(s.value, " "); digits != "" && digits[0] >= '1' && digits[0] <= '9' {
			plus := hint
			plus.Region = ""
			if r, err := identify.Canonical("+"+digits, plus); err == nil {
				r.Assumed = append(r.Assumed, "written without the plus that its format implies")
				return r, nil
			}
		}
	}
	r, err := identify.Canonical(s.value, hint)
	if err == nil && hint.Kind == "" && cardLike(s.value) {
		return identify.Result{}, errCard
	}
	return r, err
}

func (f *Found) take(r identify.Result, spelling string) {
	f.Identifier = r.Identifier
	f.Secondary = r.Secondary
	kind := r.Identifier.Kind()
	f.Spelling = func() casework.Identifier { return casework.NewIdentifier(kind, spelling) }
	f.Confidence = r.Confidence
	f.Assumed = append(f.Assumed[:len(f.Assumed):len(f.Assumed)], r.Assumed...)
}

// found fills in what the source says, and the defaults for what it leaves out.
func (s statement) found(d Defaults) Found {
	f := Found{
		Record: s.record, Assumed: s.assumed, Alert: s.alert, Tags: s.tags,
		Visibility: d.Visibility, Category: d.Category, Consent: d.Consent,
		Grading: d.Grading, Handling: d.Handling, TLP: d.TLP, Captured: d.Captured, Tool: d.Tool,
	}
	a := s.about
	if a == nil {
		return f
	}
	f.CaseRef = a.caseRef
	if a.category != "" {
		f.Category = a.category
	}
	if a.consent != nil {
		f.Consent = *a.consent
	}
	if a.grading != (casework.Grading{}) {
		f.Grading = a.grading
	}
	if a.handling.Codes != "" {
		f.Handling = a.handling
	}
	if a.restriction != "" {
		f.Handling = union(stated(f.Handling), casework.Handling{Codes: "H3", Text: a.restriction})
	}
	f.Handling = under(f.Handling, a.terms)
	if a.tlp != "" {
		f.TLP = a.tlp
	}
	if !a.captured.IsZero() {
		f.Captured = a.captured
	}
	if a.tool != "" {
		f.Tool = a.tool
	}
	if a.local {
		f.Visibility = casework.Local
	}
	f.Seen = a.seen
	return f
}

// keepOut says why an item may not be matched, the reason that protects a person
// first.
func (f *Found) keepOut(d Defaults) {
	f.Lists = d.Warning.On(f.Identifier)
	switch {
	case f.Category.NeedsConsent() && !f.Consent:
		f.WhyNot = casework.NoConsent
	case f.Confidence < identify.LowConfidence:
		// before the lists: a doubtful reading of a fictional number is doubtful
		f.WhyNot = casework.LowConfidence
	case len(f.Lists) > 0:
		f.WhyNot = casework.OnWarningList
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// stated spells out a handling that was left unsaid, so that it can be added to.
func stated(h casework.Handling) casework.Handling {
	h.Codes = h.String()
	return h
}
