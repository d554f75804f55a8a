package intake

import (
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

// The sentences in which an export of a disclosure states its terms. They go into
// the words of each item's handling, beside the codes that it was given, so that
// nothing of what binds whoever holds it is lost on the way into a case. A condition
// is what H3 stands for: another restriction, in words.
const (
	conditionTerm = "Condition of disclosure: "
	deleteByTerm  = "Delete by "
)

// mispTerms is the name of the MISP object that holds the terms for its event.
const mispTerms = "crosscase-disclosure"

// setTerm keeps a statement that is a term of a disclosure, and reports whether it
// is one.
func (a *about) setTerm(statement string) bool {
	if !strings.HasPrefix(statement, conditionTerm) && !strings.HasPrefix(statement, deleteByTerm) {
		return false
	}
	a.keepTerms(strings.TrimSpace(statement))
	return true
}

// setConditions reads the conditions of a disclosure, a line each.
func (a *about) setConditions(lines string) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			a.setTerm(conditionTerm + line)
		}
	}
}

func (a *about) keepTerms(terms ...string) {
	for _, t := range terms {
		if !slices.Contains(a.terms, t) {
			a.terms = append(a.terms[:len(a.terms):len(a.terms)], t)
		}
	}
}

// setMISPTerms reads the terms out of their object.
func (a *about) setMISPTerms(attributes []jsonrec.Value) {
	for _, attribute := range attributes {
		value := attribute.Get("value").Text()
		switch relation := attribute.Get("object_relation").Text(); {
		case value == "":
		case relation == "condition":
			a.setTerm(conditionTerm + value)
		case relation == "delete-by":
			a.setTerm(deleteByTerm + value)
		}
	}
}

// under gives a handling with the terms of a disclosure.
func under(h casework.Handling, terms []string) casework.Handling {
	for _, t := range terms {
		switch {
		case strings.Contains(h.Text, t): // it was taken in before, and exported again
		case strings.HasPrefix(t, conditionTerm):
			h = union(stated(h), casework.Handling{Codes: "H3", Text: t})
		default:
			h = casework.Handling{Codes: h.String(), Text: strings.TrimPrefix(h.Text+"; "+t, "; ")}
		}
	}
	return h
}
