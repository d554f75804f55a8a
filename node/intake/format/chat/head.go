package chat

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// A head is what stands in front of a message.
type head struct {
	date, clock, half string // half: what is written for the half of the day
	sender, text      string
}

// begins is the time in front of a message, in brackets or with a dash or a comma behind
// it. Half a day is written before the time or behind it.
var begins = regexp.MustCompile(`^\[?(\d{1,4}(?:[./\-]|[./] |[年년] ?)\d{1,2}(?:[./\-]|[./] |[月월] ?)\d{1,4}(?:\.|日|일)?)[,،]? ?([^\d\[\]:]{0,8}?) ?(\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?) ?([^\d\[\]:,]{1,8}?)?(?:\] ?| ?[-–] |, )(.*)$`)

// marks are what programs put around names and times for the direction of a text.
var marks = strings.NewReplacer("\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u2068", "", "\u2069", "", "\ufeff", "", "\u202f", " ", "\u00a0", " ", "\u2009", " ")

// headOf reads the head of a line; ok is false where it has none.
func headOf(line string) (head, bool) {
	if len(line) > 40 && !mayBegin(line) {
		return head{}, false
	}
	m := begins.FindStringSubmatch(digits(marks.Replace(line)))
	if m == nil {
		return head{}, false
	}
	h := head{date: m[1], clock: m[3], half: strings.TrimSpace(m[2] + m[4]), text: m[5]}
	if sender, text, ok := cutSender(m[5]); ok {
		h.sender, h.text = sender, text
	}
	return h, true
}

// mayBegin passes over lines that begin with no date.
func mayBegin(line string) bool {
	for i, r := range line {
		switch {
		case unicode.IsDigit(r):
			return true
		case r != '[' && r < 0x80, i > 12:
			return false
		}
	}
	return false
}

// cutSender cuts the sender from a text. A name is not longer than the program allows.
func cutSender(rest string) (sender, text string, ok bool) {
	sender, text, ok = strings.Cut(rest, ": ")
	if !ok {
		if sender, ok = strings.CutSuffix(rest, ":"); !ok {
			return "", "", false
		}
	}
	sender = strings.TrimSpace(sender)
	if sender == "" || len([]rune(sender)) > 60 || strings.ContainsAny(sender, "\n\"“") {
		return "", "", false
	}
	return sender, text, true
}

// digits writes the digits of other scripts as those of ASCII.
func digits(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsDigit(r) }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{0x0660, 0x06F0, 0x0966, 0x09E6, 0xFF10} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}

// An order says which number of a date is the day.
type order uint8

const (
	unknown order = iota
	dayFirst
	monthFirst
)

// orderOf tells the order by dates that have one reading alone.
func orderOf(lines []string) order {
	days, months := 0, 0
	for _, l := range lines {
		h, ok := headOf(l)
		if !ok {
			continue
		}
		n := numbers(h.date)
		switch {
		case len(n) != 3 || n[0] > 31 || strings.Contains(h.date, "."): // the year stands first, or the sign says it
		case n[0] > 12:
			days++
		case n[1] > 12:
			months++
		}
	}
	switch {
	case days > months:
		return dayFirst
	case months > days:
		return monthFirst
	}
	return unknown
}

func numbers(text string) (out []int) {
	for _, f := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// time reads the time of a head.
func (o order) time(h head) (time.Time, bool) {
	d, c := numbers(h.date), numbers(h.clock)
	if len(d) != 3 || len(c) < 2 {
		return time.Time{}, false
	}
	var year, month, day int
	switch {
	case d[0] > 31:
		year, month, day = d[0], d[1], d[2]
	case strings.Contains(h.date, ".") || o == dayFirst || d[0] > 12 || d[0] == d[1]:
		day, month, year = d[0], d[1], d[2]
	case o == monthFirst || d[1] > 12:
		month, day, year = d[0], d[1], d[2]
	default:
		return time.Time{}, false
	}
	if year < 100 {
		year += 2000
	}
	hour, ok := hourOf(c[0], h.half)
	if !ok || month < 1 || month > 12 || day < 1 || day > 31 || c[1] > 59 {
		return time.Time{}, false
	}
	second := 0
	if len(c) > 2 {
		second = c[2]
	}
	return reading.SaneTime(time.Date(year, time.Month(month), day, hour, c[1], second, 0, time.UTC))
}

// afternoons are the words for the second half of a day, without dots and spaces.
var afternoons = words("pm p nm em mm iltap μμ 下午 午後 오후 م بعدالظهر अपराह्न пп")

// forenoons are those for the first.
var forenoons = words("am a vm fm ap πμ 上午 午前 오전 ص قبلالظهر पूर्वाह्न дп 凌晨 早上 中午")

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// hourOf brings an hour and the half of its day together.
func hourOf(hour int, half string) (int, bool) {
	half = strings.ToLower(strings.NewReplacer(".", "", " ", "").Replace(half))
	switch {
	case half == "":
		return hour, hour < 24
	case hour > 12:
		return hour, hour < 24
	case afternoons[half]:
		return hour%12 + 12, true
	case forenoons[half]:
		return hour % 12, true
	}
	return 0, false
}
