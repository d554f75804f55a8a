package identify

import (
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// inFull reads a number that is written in full: a plus, digits, and single spaces,
// hyphens or full stops between them. It does what the general parser does for such a
// number, at a fraction of the work, and leaves to it whatever is not valid that way
// or could be read in two.
func inFull(s string) (e164 string, ok bool) {
	if len(s) < 8 || len(s) > 24 || s[0] != '+' {
		return "", false
	}
	var buf [16]byte
	buf[0] = '+'
	n := 1
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if n == len(buf) {
				return "", false
			}
			buf[n] = c
			n++
		case (c == ' ' || c == '-' || c == '.') && i > 1 && s[i-1] >= '0' && s[i-1] <= '9':
		default:
			return "", false
		}
	}
	for k := 1; k <= 3 && k < n-5; k++ {
		code, err := strconv.Atoi(string(buf[1 : 1+k]))
		if err != nil || code == 0 {
			return "", false
		}
		if len(phonenumbers.GetRegionCodesForCountryCode(code)) == 0 {
			continue
		}
		national := buf[1+k : n]
		if national[0] == '0' || national[0] == '1' && code != 1 && code != 878 || national[0] == '8' && (code == 7 || code == 370 || code == 375) {
			return "", false // perhaps a trunk prefix
		}
		value, err := strconv.ParseUint(string(national), 10, 64)
		if err != nil {
			return "", false
		}
		cc := int32(code)
		if !phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &cc, NationalNumber: &value}) {
			return "", false
		}
		return string(buf[:n]), true
	}
	return "", false
}
