package identify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// The short way and the general parser agree on every number that the short way
// takes: the examples of all regions, and numbers drawn at random behind every
// country code.
func TestInFull(t *testing.T) {
	same := func(s string) bool {
		short, ok := inFull(s)
		if !ok {
			return false
		}
		number, err := phonenumbers.Parse(s, "ZZ")
		if err != nil {
			t.Errorf("%s: the parser refuses it: %v", s, err)
			return true
		}
		if long := phonenumbers.Format(number, phonenumbers.E164); long != short || !phonenumbers.IsValidNumber(number) {
			t.Errorf("%s: %s, and the parser's %s", s, short, long)
		}
		return true
	}
	taken := 0
	for _, row := range readCSV(t, "libphonenumber_examples_open.csv") {
		if same(row["e164"]) {
			taken++
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	drawn := 0
	for code := 1; code < 1000; code++ {
		if len(phonenumbers.GetRegionCodesForCountryCode(code)) == 0 {
			continue
		}
		for range 100 {
			s := fmt.Sprintf("+%d%d", code, 1+r.IntN(9))
			for range 5 + r.IntN(8) {
				s += fmt.Sprint(r.IntN(10))
			}
			if same(s) {
				drawn++
			}
		}
	}
	t.Logf("%d of the examples, %d drawn", taken, drawn)
	if taken < 400 || drawn < 500 {
		t.Errorf("the short way takes only %d examples and %d drawn", taken, drawn)
	}
}
