package identify

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
)

// ibanLengths is the IBAN registry's length of each country.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
	"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
	"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
	"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
	"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// readIBAN reads an account number of ISO 13616. Anything that can be a payment
// card is refused: card numbers are not kept in the clear.
func readIBAN(s string, _ Hint) (form, error) {
	if rest, ok := cutPrefixFold(s, "iban"); ok {
		s = strings.TrimLeft(rest, ": ")
	}
	s = strings.ToUpper(chars.Compact(plainDigits(s), "-."))
	if chars.AllDigits(s) && len(s) >= 13 && len(s) <= 19 && luhn(s) {
		return form{}, fmt.Errorf("a payment card number, which is not kept: %w", ErrUnsupported)
	}
	if len(s) < 15 || len(s) > 34 || !alnum(s) || !chars.AllDigits(s[2:4]) {
		return form{}, fmt.Errorf("not the form of an IBAN: %w", ErrNotIdentifier)
	}
	want, ok := ibanLengths[s[:2]]
	if !ok {
		return form{}, fmt.Errorf("country has no IBAN: %w", ErrNotIdentifier)
	}
	if len(s) != want {
		return form{}, fmt.Errorf("IBAN of this country has %d characters: %w", want, ErrNotIdentifier)
	}
	remainder := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		if c <= '9' {
			remainder = (remainder*10 + int(c-'0')) % 97
		} else {
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		}
	}
	if remainder != 1 {
		return form{}, fmt.Errorf("IBAN: %w", ErrChecksum)
	}
	return form{value: s, confidence: 1}, nil
}

// alnum tells upper-case ASCII letters and digits.
func alnum(s string) bool {
	for i := range len(s) {
		if !(s[i] >= '0' && s[i] <= '9' || s[i] >= 'A' && s[i] <= 'Z') {
			return false
		}
	}
	return s != ""
}

// luhn checks the last digit of ISO/IEC 7812.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
