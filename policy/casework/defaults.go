package casework

import (
	"errors"
	"fmt"
	"slices"
)

// Errors of what an officer states.
var (
	ErrStated   = errors.New("not stated as it must be")
	ErrUnstated = errors.New("not stated; it would not be lawful")
)

// MaxRef is the length of the longest reference of a case, in bytes.
const MaxRef = 128

// Validate checks what an officer states of a case that they open.
func (c Case) Validate() error {
	switch {
	case c.Ref == "" || len(c.Ref) > MaxRef:
		return fmt.Errorf("%w: a case's reference has 1 to %d characters", ErrStated, MaxRef)
	case c.Category != "" && !slices.Contains(SubjectCategories(), c.Category):
		return fmt.Errorf("%w: the category is one of %v, not %q", ErrStated, SubjectCategories(), c.Category)
	case c.Purpose != "" && !slices.Contains(Purposes(), c.Purpose):
		return fmt.Errorf("%w: the purpose is one of %v, not %q", ErrStated, Purposes(), c.Purpose)
	}
	return nil
}

// Unstated says what a case does not state and what stands instead, for a person: each
// of these costs disclosures or questions.
func (c Case) Unstated() []string {
	var out []string
	if c.Handling.Codes == "" {
		out = append(out, "handling: its items are H1+H2+H3, which lets almost nothing of them be disclosed")
	}
	if c.Grading == (Grading{}) {
		out = append(out, "grading: its items are X4, the worst, and rank low")
	}
	if c.Category == "" {
		out = append(out, "category: its items are about unknown persons, and expire first")
	}
	if c.Offence == "" {
		out = append(out, "offence: its questions are refused unless they state one")
	}
	if c.LegalBasis == "" {
		out = append(out, "legal basis: its questions are refused unless they state one")
	}
	return out
}

func or[T ~string](a, b T) T {
	if a == "" {
		return b
	}
	return a
}

// Of completes evidence with what its case says where the source says nothing.
func (e Evidence) Of(c Case) Evidence {
	e.Category = or(e.Category, c.Category)
	if e.Grading == (Grading{}) {
		e.Grading = c.Grading
	}
	if e.Handling.Codes == "" && e.Provenance.Terms == nil { // what another agency disclosed has its own, or the strictest
		e.Handling = c.Handling
	}
	return e
}

// Of completes a justification with what its case says where the officer says
// nothing. Purpose, offence and legal basis have no other default: a query that
// states one of them nowhere is refused.
func (j Justification) Of(c Case) (Justification, error) {
	j.Case, j.CaseRef = c.ID, c.Ref
	j.Purpose, j.Offence, j.LegalBasis = or(j.Purpose, c.Purpose), or(j.Offence, c.Offence), or(j.LegalBasis, c.LegalBasis)
	j.Category, j.Aim = or(j.Category, c.Category).Or(), or(j.Aim, "identify")
	for _, f := range []struct{ name, value string }{{"purpose", string(j.Purpose)}, {"offence", j.Offence}, {"legal-basis", j.LegalBasis}} {
		if f.value == "" {
			return j, &UnstatedError{Field: f.name}
		}
	}
	switch {
	case j.Aim != "identify" && j.Aim != "more":
		return j, fmt.Errorf("%w: the aim is identify or more", ErrStated)
	case !slices.Contains(SubjectCategories(), j.Category):
		return j, fmt.Errorf("%w: the category is one of %v", ErrStated, SubjectCategories())
	}
	return j, nil
}

// An UnstatedError says which part of a justification is missing.
type UnstatedError struct{ Field string }

func (e *UnstatedError) Error() string { return "the question states no " + e.Field }

// Unwrap returns ErrUnstated.
func (e *UnstatedError) Unwrap() error { return ErrUnstated }

// Of completes a request with what the cases of its lead say where the officer says
// nothing; the first case that says something is the one that counts.
func (r Request) Of(cases ...Case) Request {
	for _, c := range cases {
		r.Purpose, r.Offence, r.LegalBasis = or(r.Purpose, c.Purpose), or(r.Offence, c.Offence), or(r.LegalBasis, c.LegalBasis)
	}
	return r
}

// Severity weighs a common offence code between 0 and 1, for ranking; one that is
// not in the list weighs half.
func Severity(offence string) float64 {
	switch offence {
	case "child-sexual-abuse", "human-trafficking":
		return 1
	case "missing-person":
		return 0.9
	case "migrant-smuggling":
		return 0.8
	case "money-laundering":
		return 0.6
	}
	return 0.5
}
