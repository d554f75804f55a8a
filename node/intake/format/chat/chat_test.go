package chat

import (
	"testing"
	"time"
)

// Heads as phones of many languages write them.
func TestHeads(t *testing.T) {
	at := time.Date(2026, 1, 13, 22, 15, 0, 0, time.UTC)
	for _, line := range []string{
		"13/01/2026, 22:15 - Bob: hello",
		"13/01/26, 22:15 - Bob: hello",
		"1/13/26, 10:15 PM - Bob: hello",
		"1/13/26, 10:15\u202fPM - Bob: hello",
		"13.01.26, 22:15 - Bob: hello",
		"13.01.2026 22:15 - Bob: hello",
		"2026-01-13, 22:15 - Bob: hello",
		"2026/01/13 22:15 - Bob: hello",
		"[13/1/2026, 10:15:00 p. m.] Bob: hello",
		"\u200e[13/01/26, 22:15:00] \u202aBob\u202c: \u200ehello",
		"[2026/1/13 下午10:15:00] Bob: hello",
		"[2026/01/13 22:15:00] Bob: hello",
		"2026. 1. 13. 오후 10:15, Bob : hello",
		"2026년 1월 13일 오후 10:15, Bob : hello",
		"2026. 01. 13. 22:15 - Bob: hello",
		"١٣/١/٢٠٢٦، ١٠:١٥ م - Bob: hello",
		"13-01-2026 22:15 - Bob: hello",
		"13/01/2026 22.15 - Bob: hello",
		"13/01/2026 à 22:15 - Bob: hello",
		"13/1/26 klo 22.15 - Bob: hello",
	} {
		h, ok := headOf(line)
		if !ok || h.sender != "Bob" || h.text != "hello" {
			t.Errorf("%q: %t, from %q: %q", line, ok, h.sender, h.text)
			continue
		}
		if got, ok := orderOf([]string{line}).time(h); !ok || !got.Equal(at) {
			t.Errorf("%q: %s, %t", line, got, ok)
		}
	}
	for _, line := range []string{"call me at 22:15 - please: now", "07700 900145 - Bob: hello", "2026-01-13 is a day", ""} {
		if h, ok := headOf(line); ok {
			t.Errorf("%q is taken for a head: %+v", line, h)
		}
	}
}

// A date that may be read in two ways is not read, unless others tell the order.
func TestOrderOfDates(t *testing.T) {
	line := "3/4/26, 10:15 - Bob: hello"
	h, _ := headOf(line)
	if at, ok := orderOf([]string{line}).time(h); ok {
		t.Errorf("read as %s", at)
	}
	for other, month := range map[string]time.Month{"13/4/26, 10:15 - Bob: hello": time.April, "4/13/26, 10:15 - Bob: hello": time.March} {
		if at, ok := orderOf([]string{line, other}).time(h); !ok || at.Month() != month {
			t.Errorf("beside %s: %s, %t", other, at, ok)
		}
	}
}

func FuzzHead(f *testing.F) {
	f.Add("13/01/2026, 22:15 - Bob: hello")
	f.Add("[2026/1/13 下午10:15:00] Bob: hello")
	f.Fuzz(func(t *testing.T, line string) {
		if h, ok := headOf(line); ok {
			if _, told := dayFirst.time(h); told && h.date == "" {
				t.Error("a time without a date")
			}
		}
	})
}
