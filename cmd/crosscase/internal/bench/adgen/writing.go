package adgen

import (
	"fmt"
	"strings"
)

// mapped writes each digit in another way, grouped with one separator or none.
func (w *writer) mapped(n number, as func(byte) string) string {
	var groups []string
	for _, g := range n.groups {
		var b strings.Builder
		for i := range g {
			b.WriteString(as(g[i]))
		}
		groups = append(groups, b.String())
	}
	return strings.Join(groups, w.pick([]string{" ", "", "-"}))
}

// lookalike puts letters in the place of some digits, at least one.
func (w *writer) lookalike(n number, letters map[byte]string) string {
	changed := false
	s := w.mapped(n, func(d byte) string {
		list := []rune(letters[d])
		if len(list) == 0 || w.chance(35) {
			return string(d)
		}
		changed = true
		return string(list[w.IntN(len(list))])
	})
	if !changed {
		return ""
	}
	return s
}

// half says some of the digits and writes the others, at least one of each.
func (w *writer) half(digits string) []string {
	out := strings.Split(digits, "")
	said := 0
	for i := range digits {
		if w.chance(50) && said < len(digits)-1 || i == len(digits)-1 && said == 0 {
			out[i] = w.say(digits[i])
			said++
		}
	}
	return out
}

// runs says a digit that stands twice or three times in a row as such.
func (w *writer) runs(digits string) []string {
	var out []string
	for i := 0; i < len(digits); {
		k := 1
		for i+k < len(digits) && digits[i+k] == digits[i] && k < 3 {
			k++
		}
		word := w.say(digits[i])
		switch k {
		case 2:
			out = append(out, w.double+" "+word)
		case 3:
			out = append(out, w.triple+" "+word)
		default:
			out = append(out, word)
		}
		i += k
	}
	return out
}

// regionOf returns the region whose national numbers are like this one.
func (w *writer) regionOf(n number) string {
	for region, cc := range countryCodes {
		if cc == n.cc {
			return region
		}
	}
	return ""
}

func (w *writer) digitsOf(n int) string {
	var b strings.Builder
	for i := range n {
		d := w.IntN(10)
		if i == 0 && d == 0 {
			d = 3
		}
		fmt.Fprint(&b, d)
	}
	return b.String()
}
