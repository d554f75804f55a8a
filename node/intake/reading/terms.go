package reading

import (
	"slices"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// The sentences in which an export of a disclosure states its terms. They go into
// the words of each item's handling, beside the codes that it was given, so that
// nothing of what binds whoever holds it is lost on the way into a case. A condition
// is what H3 stands for: another restriction, in words.
const (
	OriginTerm    = "Disclosed by "
	ConditionTerm = "Condition of disclosure: "
	DeleteByTerm  = "Delete by "
)

// SetTerm keeps a statement that is a term of a disclosure, and reports whether it
// is one.
func (a *About) SetTerm(statement string) bool {
	if !isTerm(statement) {
		return false
	}
	a.KeepTerms(strings.TrimSpace(statement))
	return true
}

func isTerm(sentence string) bool {
	return strings.HasPrefix(sentence, OriginTerm) || strings.HasPrefix(sentence, ConditionTerm) || strings.HasPrefix(sentence, DeleteByTerm)
}

// askAt stands between the agency and its contact in the sentence that names them.
const askAt = ", ask "

// SetOrigin keeps the agency that disclosed it, and whom to ask there, if that is known.
func (a *About) SetOrigin(agency, contact string) {
	if agency, contact = strings.TrimSpace(agency), strings.TrimSpace(contact); contact != "" {
		agency += askAt + Printable(contact)
	}
	a.SetTerm(OriginTerm + agency)
}

// TermsOf returns what the sentences of a disclosure's terms say, of those that came with
// an item and of those that its handling holds since it was taken in before; nil where
// there are none. Terms whose originator cannot be read bind all the same.
func TermsOf(sentences []string, h casework.Handling) *casework.Terms {
	var t casework.Terms
	found := false
	for _, s := range append(slices.Clone(sentences), strings.Split(h.Text, "; ")...) {
		if !isTerm(s) {
			continue
		}
		found = true
		if condition, ok := strings.CutPrefix(s, ConditionTerm); ok && !slices.Contains(t.Conditions, condition) {
			t.Conditions = append(t.Conditions, condition)
		}
		if by, ok := strings.CutPrefix(s, DeleteByTerm); ok {
			t.DeleteBy, _ = ParseTime(by)
		}
		if origin, ok := strings.CutPrefix(s, OriginTerm); ok {
			agency, contact, _ := strings.Cut(origin, askAt)
			if id := casework.AgencyID(agency); id.Validate() == nil {
				t.From, t.Contact = id, contact
			}
		}
	}
	if !found {
		return nil
	}
	return &t
}

// SetConditions reads the conditions of a disclosure, a line each.
func (a *About) SetConditions(lines string) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			a.SetTerm(ConditionTerm + line)
		}
	}
}

func (a *About) KeepTerms(terms ...string) {
	for _, t := range terms {
		if !slices.Contains(a.Terms, t) {
			a.Terms = append(a.Terms[:len(a.Terms):len(a.Terms)], t)
		}
	}
}

// Under returns a handling with the terms of a disclosure; the agency that made it, and
// whom to ask there, stand last.
func Under(h casework.Handling, terms []string) casework.Handling {
	var ordered, origins []string
	for _, t := range terms {
		if strings.HasPrefix(t, OriginTerm) {
			origins = append(origins, t)
		} else {
			ordered = append(ordered, t)
		}
	}
	for _, t := range append(ordered, origins...) {
		switch {
		case strings.Contains(h.Text, t): // it was taken in before, and exported again
		case strings.HasPrefix(t, ConditionTerm):
			h = Union(SpelledOut(h), casework.Handling{Codes: "H3", Text: t})
		default:
			h = casework.Handling{Codes: h.String(), Text: strings.TrimPrefix(h.Text+"; "+t, "; ")}
		}
	}
	return h
}
