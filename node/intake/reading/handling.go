package reading

import (
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// Union returns the handling under which both restrictions hold.
func Union(a, b casework.Handling) casework.Handling {
	if a.Codes == "" {
		return b
	}
	text := strings.TrimPrefix(a.Text+"; "+b.Text, "; ")
	if a.Text == b.Text || b.Text == "" {
		text = a.Text
	}
	if a.Codes == "H0" {
		return casework.Handling{Codes: b.Codes, Text: text}
	}
	if b.Codes == "H0" {
		return casework.Handling{Codes: a.Codes, Text: text}
	}
	h, err := casework.ParseHandling(a.Codes+"+"+b.Codes, text)
	if err != nil {
		return worstHandling
	}
	return h
}

// handlingPrefix begins a statement marking that carries handling codes.
const handlingPrefix = "Handling code "

// HandlingStatement reads "Handling code H1+H3: words".
func HandlingStatement(text string) (codes, words string, ok bool) {
	rest, ok := strings.CutPrefix(text, handlingPrefix)
	if !ok {
		return "", "", false
	}
	codes, words, _ = strings.Cut(rest, ":")
	return codes, strings.TrimSpace(words), true
}

// SpelledOut spells out a handling that was left unsaid, so that it can be added to.
func SpelledOut(h casework.Handling) casework.Handling {
	h.Codes = h.String()
	return h
}

// SetMarking reads a marking that is a statement in words: "TLP:AMBER",
// "Handling code H1+H3: words", "Grading B2", "Category victim", "Consent yes", or
// a term of a disclosure. Any other statement is a restriction in words.
func (a *About) SetMarking(text string) error {
	text = strings.TrimSpace(text)
	if codes, words, ok := HandlingStatement(text); ok {
		return a.SetHandling(codes, words)
	}
	if a.SetTerm(text) {
		return nil
	}
	word, value, _ := strings.Cut(text, " ")
	switch {
	case strings.HasPrefix(strings.ToUpper(text), "TLP:"):
		return a.SetTLP(text)
	case word == "Grading":
		return a.SetGrading(value)
	case word == "Category":
		return a.SetCategory(value)
	case word == "Consent":
		return a.SetConsent(value)
	}
	a.Restriction = strings.TrimPrefix(a.Restriction+"; "+Printable(text), "; ")
	return nil
}
