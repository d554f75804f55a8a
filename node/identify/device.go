package identify

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
)

// readIMEI reads 3GPP TS 23.003 section 6: 15 digits with a Luhn digit, 14
// without it, 16 with a software version in its place.
func readIMEI(s string, _ Hint) (form, error) {
	if rest, ok := cutPrefixFold(s, "imei"); ok {
		rest, _ = cutPrefixFold(rest, "sv")
		s = strings.TrimLeft(rest, ": ")
	}
	s = chars.Compact(plainDigits(s), "-/.")
	if !chars.AllDigits(s) || len(s) < 14 || len(s) > 16 {
		return form{}, fmt.Errorf("not 14 to 16 digits: %w", ErrNotIdentifier)
	}
	if strings.Trim(s, s[:1]) == "" {
		return form{}, fmt.Errorf("the same digit throughout, which is no device: %w", ErrNotIdentifier)
	}
	if len(s) == 15 {
		if !luhn(s) {
			return form{}, fmt.Errorf("IMEI: %w", ErrChecksum)
		}
		return form{value: s, confidence: 1}, nil
	}
	f := form{value: s, confidence: 0.8, assumed: []string{"no check digit"}}
	for d := byte('0'); d <= '9'; d++ {
		if full := s[:14] + string(d); luhn(full) {
			f.keys = []string{full}
		}
	}
	return f, nil
}

// readIMSI reads ITU-T E.212: mobile country code, network, subscriber.
func readIMSI(s string, _ Hint) (form, error) {
	if rest, ok := cutPrefixFold(s, "imsi"); ok {
		s = strings.TrimLeft(rest, ": ")
	}
	s = chars.Compact(plainDigits(s), "-.")
	if !chars.AllDigits(s) || len(s) < 14 || len(s) > 15 {
		return form{}, fmt.Errorf("not 14 or 15 digits: %w", ErrNotIdentifier)
	}
	mcc := s[:3]
	if !(s[0] >= '2' && s[0] <= '7' || mcc == "001" || mcc == "901" || mcc == "999") {
		return form{}, fmt.Errorf("no mobile country code begins like this: %w", ErrNotIdentifier)
	}
	f := form{value: s, confidence: 0.8, assumed: []string{"no check digit"}}
	if mcc == "001" || mcc == "999" {
		f.confidence = 0.3
		f.assumed = append(f.assumed, "test or private network")
	}
	return f, nil
}

// readMAC reads an EUI-48. One that its device made up at random is shown and
// not matched: it changes with every network.
func readMAC(s string, _ Hint) (form, error) {
	digits := strings.ToLower(chars.Compact(s, ":-."))
	if !isHex(digits, 12) {
		return form{}, fmt.Errorf("not 12 hexadecimal digits: %w", ErrNotIdentifier)
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return form{}, fmt.Errorf("not hexadecimal: %w", ErrNotIdentifier)
	}
	if digits == "000000000000" || raw[0]&1 == 1 {
		return form{}, fmt.Errorf("a group's address, or nobody's: %w", ErrNotIdentifier)
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	f := form{value: b.String(), confidence: 1}
	if raw[0]&2 != 0 {
		f.confidence = 0.4
		f.assumed = append(f.assumed, "an address that the device made up")
	}
	return f, nil
}
