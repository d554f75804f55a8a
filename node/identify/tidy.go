package identify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"golang.org/x/text/unicode/norm"
)

// tidy makes the ways in which one value is typed and copied alike: NFC,
// full-width characters as their plain ones, nothing invisible, no space at the
// ends. It changes no letter: compatibility forms beyond full width are left to
// the kinds that allow them.
func tidy(s string) (string, error) {
	if len(s) > maxValue {
		return "", fmt.Errorf("value is longer than %d bytes: %w", maxValue, ErrNotIdentifier)
	}
	if isPrintableASCII(s) {
		s = strings.TrimSpace(s)
	} else {
		if !utf8.ValidString(s) {
			return "", fmt.Errorf("value is not UTF-8: %w", ErrNotIdentifier)
		}
		s = strings.TrimSpace(norm.NFC.String(mapRunes(s)))
	}
	if s == "" {
		return "", fmt.Errorf("value is empty: %w", ErrNotIdentifier)
	}
	return s, nil
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// mapRunes applies plainRune to a text. A joiner between letters that are not ASCII is a
// part of a word in scripts that join (RFC 5892, appendix A.1) and stays: without it a
// name of a host is another one.
func mapRunes(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	before := ' '
	for _, r := range s {
		if chars.Joiner(r) && before >= utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		if p := plainRune(r); p >= 0 {
			b.WriteRune(p)
			before = p
		}
	}
	return b.String()
}

// plainRune drops what cannot be seen and folds full-width forms.
func plainRune(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || unicode.Is(unicode.Zs, r):
		return ' '
	case chars.Invisible(r):
		return -1
	}
	return r
}

// plainDigits writes the digits of every script as 0 to 9.
func plainDigits(s string) string {
	if isPrintableASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if d, ok := chars.Digit(r); ok {
			return rune('0' + d)
		}
		return r
	}, s)
}

// cutPrefixFold cuts an ASCII prefix in any case.
func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}
