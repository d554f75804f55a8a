package identify

import "strings"

// CardNumber reports whether a value has the length, the first digits and the check digit
// of a payment card's number (ISO/IEC 7812), with spaces or hyphens between its digits. A
// device's number may have the same form, so that it is asked only of values whose kind
// nobody stated.
func CardNumber(value string) bool {
	digits := make([]byte, 0, 19)
	for _, c := range []byte(strings.TrimSpace(value)) {
		switch {
		case c >= '0' && c <= '9':
			if len(digits) == 19 {
				return false
			}
			digits = append(digits, c-'0')
		case c != ' ' && c != '-':
			return false
		}
	}
	if len(digits) < 13 || !issued(digits) {
		return false
	}
	for i := range digits {
		digits[i] += '0'
	}
	return luhn(string(digits))
}

// issued reports whether a number begins and is as long as those of the large
// card networks.
func issued(d []byte) bool {
	two := int(d[0])*10 + int(d[1])
	four := two*100 + int(d[2])*10 + int(d[3])
	switch len(d) {
	case 13, 19:
		return d[0] == 4 || two == 62
	case 14:
		return two == 30 || two == 36 || two == 38
	case 15:
		return two == 34 || two == 37
	case 16:
		return d[0] == 4 || two >= 51 && two <= 55 || four >= 2221 && four <= 2720 || four == 6011 || two == 62 || two == 64 || two == 65 || two == 35
	}
	return false
}
