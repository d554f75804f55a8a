package identify

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// readPlate reads a registration plate: the country and what is stamped on it.
func readPlate(s string, h Hint) (form, error) { return readPaper(s, h, 2, 12) }

// readDocument reads the number of a passport, a card or a permit.
func readDocument(s string, h Hint) (form, error) { return readPaper(s, h, 5, 24) }

// readPaper needs a country: the same number is issued by many.
func readPaper(s string, h Hint, shortest, longest int) (form, error) {
	region := strings.ToUpper(strings.TrimSpace(h.Region))
	var assumed []string
	if before, after, ok := strings.Cut(s, ":"); ok && isCountry(strings.ToUpper(strings.TrimSpace(before))) {
		region, s = strings.ToUpper(strings.TrimSpace(before)), after
	} else if region != "" {
		assumed = []string{"region " + region}
	}
	if region == "" {
		return form{}, fmt.Errorf("a number without the country that issued it: %w", ErrRegionNeeded)
	}
	if !isCountry(region) {
		return form{}, fmt.Errorf("region is not an ISO 3166 code: %w", ErrRegionNeeded)
	}
	var b strings.Builder
	n := 0
	for _, r := range norm.NFC.String(strings.ToUpper(plainDigits(s))) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
			n++
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("./·•_", r):
		default:
			return form{}, fmt.Errorf("a character that no such number has: %w", ErrNotIdentifier)
		}
	}
	if n < shortest || n > longest || !strings.ContainsAny(b.String(), "0123456789") && longest > 12 {
		return form{}, fmt.Errorf("no such number has this length: %w", ErrNotIdentifier)
	}
	return form{value: region + ":" + b.String(), assumed: assumed, confidence: 0.8}, nil
}

func isCountry(code string) bool {
	return len(code) == 2 && (phonenumbers.GetSupportedRegions()[code] || code == "AQ" || code == "BV" || code == "TF")
}
