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
	ConditionTerm = "Condition of disclosure: "
	DeleteByTerm  = "Delete by "
)

// setTerm keeps a statement that is a term of a disclosure, and reports whether it
// is one.
func (a *About) SetTerm(statement string) bool {
	if !strings.HasPrefix(statement, ConditionTerm) && !strings.HasPrefix(statement, DeleteByTerm) {
		return false
	}
	a.KeepTerms(strings.TrimSpace(statement))
	return true
}

// setConditions reads the conditions of a disclosure, a line each.
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

// Under returns a handling with the terms of a disclosure.
func Under(h casework.Handling, terms []string) casework.Handling {
	for _, t := range terms {
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
