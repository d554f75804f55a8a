package identify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

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
		s = strings.TrimSpace(norm.NFC.String(strings.Map(plainRune, s)))
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

// plainRune drops what cannot be seen and folds full-width forms.
func plainRune(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || unicode.Is(unicode.Zs, r):
		return ' '
	case invisible(r):
		return -1
	}
	return r
}

// invisible tells the characters that no reader sees: joiners, direction marks,
// soft hyphens, byte order marks, variation selectors.
func invisible(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x061C, r == 0x180E, r == 0xFEFF, r == 0x3164, r == 0x115F, r == 0x1160:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF, r >= 0x180B && r <= 0x180D:
		return true
	}
	return false
}

// digit gives the value of a decimal digit of any script.
func digit(r rune) (byte, bool) {
	if r < 0x80 {
		if r >= '0' && r <= '9' {
			return byte(r - '0'), true
		}
		return 0, false
	}
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

// plainDigits writes the digits of every script as 0 to 9.
func plainDigits(s string) string {
	if isPrintableASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if d, ok := digit(r); ok {
			return rune('0' + d)
		}
		return r
	}, s)
}

// compact drops spaces and the given separators.
func compact(s, separators string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(separators, r) {
			return -1
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

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
