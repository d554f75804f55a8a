package intake

import "testing"

// Only what loses nothing is mended.
func TestMendedNumbers(t *testing.T) {
	for cell, want := range map[string]string{
		"447700900145.0": "447700900145", "447700900145,00": "447700900145", "4.47700900145E+11": "447700900145", "07700 900145": "07700 900145", "12.5": "12.5",
	} {
		if got, err := mendNumber(cell); err != nil || got != want {
			t.Errorf("%s: %s, %v", cell, got, err)
		}
	}
	for _, lost := range []string{"3.16215E+10", "3,16215E+10", "4.477E11"} {
		if got, err := mendNumber(lost); err == nil {
			t.Errorf("%s is mended to %s", lost, got)
		}
	}
}
