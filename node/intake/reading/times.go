package reading

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

func (a *About) SetSeen(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	at, ok := ParseTime(text)
	if !ok {
		return ErrTime
	}
	if at.After(a.Seen) {
		a.Seen = at
	}
	return nil
}

// layouts in which times are read, the first that fits; one without a zone is taken
// as UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02", "02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006",
	"20060102", time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006",
}

var microsoftDate = regexp.MustCompile(`^/Date\((-?\d{1,15})([+-]\d{4})?\)/$`)

// timeOf reads a time in the forms that exporters write. A date whose day and
// month can be taken for each other is not read.
func ParseTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return time.Time{}, false
	}
	for _, l := range layouts {
		if !mayBe(l, text) {
			continue
		}
		if at, err := time.Parse(l, text); err == nil {
			return SaneTime(at)
		}
	}
	if m := microsoftDate.FindStringSubmatch(text); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		if err == nil {
			return SaneTime(time.UnixMilli(ms))
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) >= 9 {
		if len(text) >= 13 {
			return SaneTime(time.UnixMilli(n))
		}
		return SaneTime(time.Unix(n, 0))
	}
	day, dayErr := time.Parse("02/01/2006", text)
	month, monthErr := time.Parse("01/02/2006", text)
	switch {
	case dayErr == nil && monthErr != nil:
		return SaneTime(day)
	case monthErr == nil && (dayErr != nil || day.Equal(month)):
		return SaneTime(month)
	}
	return time.Time{}, false
}

// mayBe reports whether a text has the marks between the numbers that a layout of
// numbers begins with. A failed reading of a time costs more than all that is done
// with a record otherwise.
func mayBe(layout, text string) bool {
	if !strings.Contains(layout, "01") || layout[0] > '9' {
		return true
	}
	for i := range min(11, len(layout)) {
		if c := layout[i]; c < '0' || c > '9' {
			if i >= len(text) || text[i] != c {
				return false
			}
		}
	}
	return true
}

// sane refuses the years that broken clocks and overflows make.
func SaneTime(at time.Time) (time.Time, bool) {
	at = at.UTC()
	return at, at.Year() >= 1970 && at.Year() < 2200
}
