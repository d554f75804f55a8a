package reading

import (
	"strings"
	"testing"
	"time"
)

func TestRegions(t *testing.T) {
	for text, want := range map[string]string{"us": "US", "USA": "US", " gb ": "GB", "UK": "GB", "DEU": "DE", "A1": "", "O1": "", "AP": "", "": "", "EU": "", "France": "", "419": ""} {
		if got, _ := ParseRegion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-02T10:15:00+01:00": "2026-03-02T09:15:00Z", "2026-03-02 10:15:00": "2026-03-02T10:15:00Z", "02.03.2026": "2026-03-02T00:00:00Z",
		"25/03/2026": "2026-03-25T00:00:00Z", "03/25/2026": "2026-03-25T00:00:00Z", "02/02/2026": "2026-02-02T00:00:00Z", "02/03/2026": "",
		"1772445300": "2026-03-02T09:55:00Z", "1772445300000": "2026-03-02T09:55:00Z", "/Date(1772445300000+0100)/": "2026-03-02T09:55:00Z",
		"9999999999999999999": "", "0001-01-01": "", "yesterday": "", "": "",
	} {
		at, ok := ParseTime(text)
		if got := at.Format("2006-01-02T15:04:05Z"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s %v, want %s", text, got, ok, want)
		}
	}
}

func TestTLP(t *testing.T) {
	for text, want := range map[string]string{
		"tlp:amber": "AMBER", "TLP:WHITE": "CLEAR", "amber+strict": "AMBER+STRICT", "TLP:AMBER-STRICT": "AMBER+STRICT", "tlp_green": "GREEN",
		"TLP:EX:CHR": "RED", "tlp:purple": "RED!", "": "RED!",
	} {
		got, ok := ParseTLP(text)
		if !ok {
			got += "!"
		}
		if string(got) != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// A layout that is passed over would not have read the text.
func TestLayoutsThatArePassedOver(t *testing.T) {
	at := time.Date(2026, 3, 25, 9, 5, 7, 120_000_000, time.FixedZone("", 3600))
	for _, wrote := range layouts {
		text := at.Format(wrote)
		for _, text := range []string{text, strings.Replace(text, " ", "  ", 1), strings.Replace(text, "09:", "9:", 1), text + ".5", text[:len(text)-1], strings.ReplaceAll(text, "-", "/")} {
			for _, l := range layouts {
				if _, err := time.Parse(l, text); err == nil && !mayBe(l, text) {
					t.Errorf("%q is read by %q, which is passed over", text, l)
				}
			}
		}
	}
	if mayBe("2006-01-02 15:04:05", "2026-03-25") {
		t.Error("nothing is passed over")
	}
}
