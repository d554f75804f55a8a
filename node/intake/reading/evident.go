package reading

import (
	"strings"
	"unicode"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// Evident reports the kind of a value that shows by itself what it is, whatever its
// column or member is called: a telephone number in international form, an address with
// a scheme or an @, an account number or a wallet whose check digits hold. Hashes, and
// numbers without a plus, show nothing: they may be anything.
func Evident(text string) (casework.Kind, bool) {
	text = strings.TrimSpace(text)
	if len(text) < 6 || len(text) > 2048 || !mayBeEvident(text) {
		return "", false
	}
	all, err := identify.Guess(text, identify.Hint{})
	if err != nil {
		return "", false
	}
	best := all[0]
	switch kind := best.Identifier.Kind(); kind {
	case casework.Phone:
		return kind, strings.ContainsAny(text[:1], "+＋") || strings.ContainsAny(text, "@:")
	case casework.Email, casework.URL, casework.Onion, casework.Bank:
		return kind, true
	case casework.Handle:
		return kind, strings.Contains(text, "/")
	case casework.Wallet:
		return kind, best.Confidence >= 0.95
	}
	return "", false
}

// mayBeEvident passes over what cannot be an identifier, which is most of what stands
// in files.
func mayBeEvident(text string) bool {
	if strings.ContainsAny(text, "\n") {
		return false
	}
	switch c := text[0]; {
	case c == '+' || c == '(' || c == '<' || c >= 0x80:
	case strings.Contains(text, "@") && !strings.Contains(text, " "):
	case strings.Contains(text, "://") && !strings.Contains(text, " "), strings.Contains(text, ".onion"):
	case strings.Contains(text, ":") && !strings.Contains(text, " "):
	case len(text) >= 15 && c >= 'A' && c <= 'Z' && text[2] >= '0' && text[2] <= '9': // an IBAN, perhaps
	case len(text) >= 25 && !strings.ContainsAny(text, " .-_"): // a wallet, perhaps
	default:
		return false
	}
	return true
}

// Sentence reports whether a text is written for people to read, and may hold
// identifiers among its words.
func Sentence(text string) bool {
	if len(text) < 8 {
		return false
	}
	words, letters, digits := 0, 0, 0
	in := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			in = false
			continue
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
			if r >= 0x2E80 { // scripts that put no spaces between words
				words++
			}
		}
		if !in {
			in = true
			words++
		}
	}
	if words == 2 && letters >= 3 {
		return digits >= 7 || strings.Contains(text, "@") || strings.Contains(text, "://")
	}
	return words >= 3 && (letters >= 4 || letters >= 3 && digits >= 7)
}
