package intake

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/text"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// maxFromText is the number of identifiers taken out of one text; an advert has
// a handful, and a text written to flood the store has more.
const maxFromText = 1000

var errCard = errors.New("it has the form of a payment card's number, and those are not taken; if it is another thing, name its kind")

var errFlood = errors.New("more identifiers in one text than a person writes; the first ones were taken")

// canonicalForms brings a statement's value into its canonical form, or finds the values
// in its text. It runs in several goroutines.
func canonicalForms(s reading.Statement, d Defaults) outcome {
	hint := identify.Hint{Kind: s.Kind, Region: cmp.Or(s.Region, d.Region), Platform: cmp.Or(s.Platform, d.Platform), Chain: s.Chain}
	if s.Prose {
		return inText(s, d, hint)
	}
	if s.Kind == casework.Phone {
		mended, err := mendNumber(s.Value)
		if err != nil {
			return outcome{err: err}
		}
		s.Value = mended
	}
	r, err := canonical(s, hint)
	if err == nil {
		return outcome{found: []Found{result(s, r, s.Value, d)}}
	}
	if all, ok := several(s, d, hint); ok {
		return all
	}
	if all, ok := amongWords(s, d, hint); ok {
		return all
	}
	if s.Optional {
		return outcome{}
	}
	return outcome{err: err}
}

// joiners stand between the values of one cell: Google's ":::", signs with spaces around
// them, and words.
var joiners = regexp.MustCompile(`(?i) *::: *| +[/&+] +|\t+| +(?:or|and|oder|und|ou|et|o|y|of|en|sau|si|e|lub|i|или|и) +`)

// several reads a field in which several values stand, if each part of it is one.
func several(s reading.Statement, d Defaults, hint identify.Hint) (outcome, bool) {
	if len(s.Value) > 4096 {
		return outcome{}, false
	}
	value := joiners.ReplaceAllString(s.Value, "\n")
	for _, separators := range []string{";\n|", ";\n|,", ";\n|,/ "} {
		parts := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(separators, r) })
		var out outcome
		for _, part := range parts {
			one := s
			if one.Value = strings.TrimSpace(part); one.Value == "" {
				continue
			}
			r, err := canonical(one, hint)
			if err != nil {
				out.found = nil
				break
			}
			out.found = append(out.found, result(s, r, one.Value, d))
		}
		if len(out.found) > 1 {
			return out, true
		}
	}
	return outcome{}, false
}

// amongWords finds the values of a field that stand among words: "mob: 07700 900145 (after
// six)", "A B" <a@example.org>, From: +44 ... and, without a kind, whatever stands in a
// line of a list. A field without words is one value, or a damaged one.
func amongWords(s reading.Statement, d Defaults, hint identify.Hint) (outcome, bool) {
	if s.Kind != casework.Phone && s.Kind != casework.Email && s.Kind != "" || len(s.Value) > 4096 || !worded(s.Value) {
		return outcome{}, false
	}
	all := inText(s, d, hint)
	kept := all.found[:0]
	for _, f := range all.found {
		if s.Kind != "" && f.Identifier.Kind() != s.Kind || f.Confidence < sharing.LowConfidence {
			continue
		}
		kept = append(kept, f)
	}
	return outcome{found: kept}, len(kept) > 0
}

// worded reports whether a field holds words or marks besides one value.
func worded(value string) bool {
	letters := 0
	for _, r := range value {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2 && strings.ContainsAny(value, " :;,<>()\n\"") || strings.ContainsFunc(value, func(r rune) bool { return r >= 0x0E00 && unicode.IsLetter(r) })
}

func result(s reading.Statement, r identify.Result, spelling string, d Defaults) Found {
	f := foundIn(s, d)
	f.take(r, spelling)
	if guessed(s, spelling) {
		f.Confidence = min(f.Confidence, 0.3)
		f.Provenance.Assumed = append(f.Provenance.Assumed, "letters of a guessed encoding: give the right one with --encoding")
	}
	f.keepOut(d)
	return f
}

// canonical reads one value. A telephone number of a format that writes them in
// full, but without a plus, is tried that way first.
func canonical(s reading.Statement, hint identify.Hint) (identify.Result, error) {
	if s.Bare && s.Kind == casework.Phone {
		if digits := strings.TrimLeft(s.Value, " "); digits != "" && digits[0] >= '1' && digits[0] <= '9' {
			plus := hint
			plus.Region = ""
			if r, err := identify.Canonical("+"+digits, plus); err == nil {
				r.Assumed = append(r.Assumed, "written without the plus that its format implies")
				return r, nil
			}
		}
	}
	r, err := identify.Canonical(s.Value, hint)
	if err == nil && hint.Kind == "" && identify.CardNumber(s.Value) {
		return identify.Result{}, errCard
	}
	return r, err
}

// guessed reports whether a value was read by a guess of its encoding and holds letters
// that another encoding would make others of.
func guessed(s reading.Statement, spelling string) bool {
	return slices.Contains(s.Assumed, reading.ForeignEncoding) && strings.ContainsFunc(spelling, func(r rune) bool { return r >= utf8.RuneSelf })
}

func (f *Found) take(r identify.Result, spelling string) {
	f.Identifier = r.Identifier
	f.Keys = r.Keys
	kind := r.Identifier.Kind()
	f.Spelling = func() casework.Identifier { return casework.NewIdentifier(kind, spelling) }
	f.Confidence = r.Confidence
	assumed := f.Provenance.Assumed
	f.Provenance.Assumed = append(assumed[:len(assumed):len(assumed)], r.Assumed...)
}

// found fills in what the source says, and the defaults for what it leaves out.
func foundIn(s reading.Statement, d Defaults) Found {
	f := Found{Alert: s.Alert, Evidence: casework.Evidence{
		Visibility: d.Visibility, Category: d.Category, Consent: d.Consent, Grading: d.Grading, Handling: d.Handling, TLP: d.TLP,
		Provenance: casework.Provenance{Record: s.Record, Assumed: s.Assumed, Context: s.Context, Captured: d.Captured, Tool: d.Tool},
	}}
	a := s.About
	if a == nil {
		return f
	}
	f.CaseRef = a.CaseRef
	if a.Category != "" {
		f.Category = a.Category
	}
	if a.Consent != nil {
		f.Consent = *a.Consent
	}
	if a.Grading != (casework.Grading{}) {
		f.Grading = a.Grading
	}
	if a.Handling.Codes != "" {
		f.Handling = a.Handling
	}
	if a.Restriction != "" {
		f.Handling = reading.Union(reading.SpelledOut(f.Handling), casework.Handling{Codes: "H3", Text: a.Restriction})
	}
	f.Handling = reading.Under(f.Handling, a.Terms)
	f.Provenance.Terms = reading.TermsOf(a.Terms, f.Handling)
	if a.TLP != "" {
		f.TLP = a.TLP
	}
	if !a.Captured.IsZero() {
		f.Provenance.Captured = a.Captured
	}
	if a.Tool != "" {
		f.Provenance.Tool = a.Tool
	}
	if a.Local {
		f.Visibility = casework.Local
	}
	f.Seen = a.Seen
	return f
}

// keepOut says why an item may not be matched.
func (f *Found) keepOut(d Defaults) {
	f.Lists = d.Warning.On(f.Identifier)
	if f.WhyNot = ""; len(f.Lists) > 0 {
		f.WhyNot = casework.OnWarningList
	}
	f.WhyNot = sharing.KeepOut(&f.Evidence)
}

// inText finds the identifiers in a text, however they are written. What is
// found with low confidence is kept for a person to see.
func inText(s reading.Statement, d Defaults, hint identify.Hint) outcome {
	hint.Kind = ""
	found, national := text.Extract(s.Value, hint)
	out := outcome{national: national}
	line, at := s.Line, 0
	for _, x := range found {
		if len(out.found) == maxFromText {
			out.err = errFlood
			break
		}
		one := s
		if s.Line > 0 {
			line, at = line+strings.Count(s.Value[at:x.Start], "\n"), x.Start
			one.Record = fmt.Sprintf("line %d", line)
		}
		f := result(one, x.Result, s.Value[x.Start:x.End], d)
		if x.Style != "plain" {
			f.Style = x.Style
		}
		out.found = append(out.found, f)
	}
	return out
}
