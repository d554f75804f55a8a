package intake

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// A number in a text: digits with what people put between them. Dates are not.
var (
	numberRun = regexp.MustCompile(`(?:\+|\(|\b)\d[\d \x{00a0}().\-/]{5,24}\d\b`)
	dateRun   = regexp.MustCompile(`^\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}\b`)
)

// settleText finds the identifiers in a text: those that stand as words, and
// telephone numbers.
func settleText(s statement, d Defaults, hint identify.Hint) settled {
	hint.Kind = ""
	var out settled
	add := func(at int, spelling string, h identify.Hint) {
		r, err := identify.Canonical(spelling, h)
		if err != nil || !r.Match() || out.err != nil || h.Kind == "" && cardLike(spelling) {
			return
		}
		if len(out.found) == maxFromText {
			out.err = errFlood
			return
		}
		one := s
		if s.line > 0 {
			one.record = fmt.Sprintf("line %d", s.line+strings.Count(s.value[:at], "\n"))
		}
		out.found = append(out.found, one.result(r, spelling, d))
	}
	phone := hint
	phone.Kind = casework.Phone
	numbers := numberRun.FindAllStringIndex(s.value, maxFromText)
	for _, at := range numbers {
		if run := s.value[at[0]:at[1]]; !dateRun.MatchString(run) {
			add(at[0], run, phone)
		}
	}
	at := 0
	for word := range strings.FieldsFuncSeq(s.value, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;\"'<>()", r) }) {
		at += strings.Index(s.value[at:], word)
		trimmed := strings.TrimRight(word, ".!?:")
		if len(trimmed) >= 5 && !inside(numbers, at) {
			add(at, trimmed, hint)
		}
		at += len(word)
	}
	return out
}

// inside reports whether a place of a text is in one of its numbers.
func inside(numbers [][]int, at int) bool {
	for _, n := range numbers {
		if at >= n[0] && at < n[1] {
			return true
		}
	}
	return false
}
