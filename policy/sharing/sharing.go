package sharing

import (
	"slices"

	"github.com/crosscase/crosscase/policy/casework"
)

// LowConfidence is the confidence under which a reading is shown to a person and
// never matched.
const LowConfidence = 0.5

// precedence orders the reasons: those that last before those that another place lifts,
// so that none of the first is lost behind one of the others. A reason that is not listed
// is of a later version, lasts, and comes before them all.
var precedence = []casework.WhyNot{casework.OnHold, casework.NoConsent, casework.OnWarningList, casework.UnderTerms, casework.LowConfidence, casework.Withdrawn, casework.CaseClosed}

// first returns the reason that comes first in the order of precedence, of those that
// are one.
func first(reasons ...casework.WhyNot) casework.WhyNot {
	var out casework.WhyNot
	for _, r := range reasons {
		if r != "" && (out == "" || slices.Index(precedence, r) < slices.Index(precedence, out)) {
			out = r
		}
	}
	return out
}

// lasts reports whether a reason holds whatever else is known of an item.
func lasts(r casework.WhyNot) bool {
	return r != "" && !slices.Contains([]casework.WhyNot{casework.UnderTerms, casework.LowConfidence, casework.Withdrawn, casework.CaseClosed}, r)
}

// KeepOut returns why an item that is stated so may not be matched, or "". A reason
// that the evidence came with, such as a warning list, is one of several; a hold is not
// among them: it is placed on an item or a case, and no source states it.
func KeepOut(e *casework.Evidence) casework.WhyNot {
	reasons := []casework.WhyNot{e.WhyNot, "", "", ""}
	if e.WhyNot == casework.OnHold {
		reasons[0] = ""
	}
	if e.Category.NeedsConsent() && !e.Consent {
		reasons[1] = casework.NoConsent
	}
	if bound(e) {
		reasons[2] = casework.UnderTerms
	}
	if !(e.Confidence >= LowConfidence) {
		reasons[3] = casework.LowConfidence
	}
	return first(reasons...)
}

// bound reports whether the terms of the agency that disclosed an item keep it here. To
// match an item tells others that it is held, which is to pass it on: H2 and H3 forbid
// that without permission, a condition may, and the Traffic Light Protocol allows it for
// GREEN and CLEAR alone. Terms that state no handling or no marking are the strictest.
func bound(e *casework.Evidence) bool {
	if e.Provenance.Terms == nil {
		return false
	}
	tlp := e.TLP.Or()
	return len(e.Provenance.Terms.Conditions) > 0 || e.Handling.Has("H2") || e.Handling.Has("H3") || tlp != casework.TLPGreen && tlp != casework.TLPClear
}

// A Standing is what an item's places say together. The zero Standing is local.
type Standing struct {
	Visibility casework.Visibility
	WhyNot     casework.WhyNot
	Confidence float64
	Category   casework.SubjectCategory
	Consent    bool
	Held       bool // an operation is under way; of the item as a whole, and not of a place

	// Permitted is how far all who disclosed the item let it go since; of the item as a
	// whole, too.
	Permitted casework.Visibility
}

// StandingOf is the standing of an item that is known from one place.
func StandingOf(e *casework.Evidence) Standing {
	return Standing{Visibility: e.Visibility, WhyNot: KeepOut(e), Confidence: e.Confidence, Category: e.Category.Or(), Consent: e.Consent}
}

// Why returns what keeps the item out of matching, or "".
func (s Standing) Why() casework.WhyNot {
	switch {
	case s.Held:
		return casework.OnHold
	case s.WhyNot != casework.UnderTerms || reach(s.Permitted) < 0:
		return s.WhyNot
	case !(s.Confidence >= LowConfidence): // which the terms came before
		return casework.LowConfidence
	}
	return ""
}

// Stated is how far the item is to go where nothing keeps it back: of one that was
// permitted, no place has a say.
func (s Standing) Stated() casework.Visibility {
	if s.WhyNot == casework.UnderTerms && reach(s.Permitted) >= 0 {
		return s.Permitted
	}
	return s.Visibility
}

// protection orders categories by how much they protect the person; the others are equal.
var protection = []casework.SubjectCategory{casework.Unknown, casework.Missing, casework.Victim, casework.SelfReporter}

// Fold adds what another place says of an item: the most protected category, consent
// only where every place of a person who has to consent has it, the better confidence,
// and the reason to keep it out that holds for all. Visibility grows only by a place
// that is free of reasons.
func Fold(have, next Standing) Standing {
	out := Standing{Visibility: have.Visibility, Confidence: max(have.Confidence, next.Confidence), Category: next.Category, Consent: consents(have) && consents(next)}
	if slices.Index(protection, next.Category) < slices.Index(protection, have.Category) {
		out.Category = have.Category
	}
	switch {
	case lasts(have.WhyNot) && lasts(next.WhyNot):
		out.WhyNot = first(have.WhyNot, next.WhyNot)
	case lasts(have.WhyNot):
		out.WhyNot = have.WhyNot
	case lasts(next.WhyNot):
		out.WhyNot = next.WhyNot
	case have.WhyNot != "" && next.WhyNot != "":
		out.WhyNot = first(have.WhyNot, next.WhyNot)
	}
	if out.Category.NeedsConsent() && !out.Consent {
		out.WhyNot = first(casework.NoConsent, out.WhyNot)
	}
	switch {
	case next.WhyNot != "":
	case have.WhyNot != "" && !lasts(have.WhyNot): // that place had no say
		out.Visibility = next.Visibility
	case reach(next.Visibility) > reach(have.Visibility):
		out.Visibility = next.Visibility
	}
	return out
}

// consents reports whether what is known so far would let a person who has to consent
// be matched.
func consents(s Standing) bool { return s.Consent || !s.Category.NeedsConsent() }

func reach(v casework.Visibility) int {
	return slices.Index([]casework.Visibility{casework.Silent, casework.Shared}, v)
}

// MayLeave returns how far an item may go: not at all, as a question, or published.
func MayLeave(s Standing) casework.Visibility {
	if s.Why() != "" || !consents(s) || reach(s.Stated()) < 0 {
		return casework.Local
	}
	return s.Stated()
}
