package intake

import (
	"strings"

	"github.com/crosscase/crosscase/node/identify"
)

// settleText finds the identifiers that stand as words in a text.
func settleText(s statement, d Defaults, hint identify.Hint) settled {
	hint.Kind = ""
	var out settled
	for word := range strings.FieldsFuncSeq(s.value, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;\"'<>()", r) }) {
		word = strings.TrimRight(word, ".!?:")
		if len(word) < 5 {
			continue
		}
		r, err := identify.Canonical(word, hint)
		if err != nil || !r.Match() {
			continue
		}
		if len(out.found) == maxFromText {
			out.err = errFlood
			break
		}
		f := s.found(d)
		f.take(r, word)
		f.keepOut(d)
		out.found = append(out.found, f)
	}
	return out
}
