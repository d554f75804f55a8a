package text

import "strings"

// A run is a sequence of atoms that may be one number or several: nothing stands
// between them but separators and fillers.
type run struct {
	atoms  []atom
	before []atom // the pieces that stand before it, the nearest last
	after  []atom
	gap    string // between it and what stands after
}

// maxFillers is how many words may stand between two parts of one number.
const maxFillers = 3

// runs finds the runs among the pieces of a text.
func runs(all []atom) []run {
	all = hear(all)
	var out []run
	for i := 0; i < len(all); {
		if !all[i].number() {
			i++
			continue
		}
		from := i
		r := run{before: all[max(0, from-8):from]}
		first := all[i]
		first.plus = plusBefore(all, i)
		r.atoms = append(r.atoms, first)
		for i++; i < len(all); {
			j := i
			fillers := 0
			for j < len(all) && (all[j].role == filler || all[j].role == plusWord) && fillers < maxFillers {
				fillers++
				j++
			}
			if j == len(all) || !all[j].number() {
				break
			}
			gap := all[i].gap
			for k := i + 1; k <= j; k++ {
				gap += " " + all[k].gap
			}
			if !passable(gap) && !separates(all, i, j) {
				break
			}
			next := all[j]
			next.gap, next.fillers, next.plus = gap, fillers, plusBefore(all, j)
			next.joint = fillers == 1 && joins(all[j-1].word) && strings.TrimSpace(gap) == ""
			r.atoms = append(r.atoms, next)
			i = j + 1
		}
		r.after = all[i:min(len(all), i+4)]
		if i < len(all) {
			r.gap = all[i].gap
		}
		r.count()
		out = append(out, r)
	}
	return out
}

// count marks a last small number that counts what follows: "..., two rooms".
func (r *run) count() {
	last := &r.atoms[len(r.atoms)-1]
	small := last.role == unit || len(last.digits) == 1 || len(last.digits) == 2
	if small && r.gap == " " && len(r.after) > 0 && r.after[0].word != "." && len(r.after[0].word) > 2 && cues[r.after[0].word] == noCue && strength(*last) >= 2 {
		last.weak, last.counts = true, true
	}
}

// hear makes digits of words that sound like one, where they stand among words for
// digits, and takes that role from them elsewhere.
func hear(all []atom) []atom {
	spoken := func(i int) bool {
		return i >= 0 && i < len(all) && (all[i].role == unit || all[i].role == homophone) && all[i].word != ""
	}
	for i := range all {
		if all[i].role != homophone {
			continue
		}
		if spoken(i-1) && all[i-1].role == unit && spoken(i+1) && strings.TrimSpace(all[i].gap) == strings.TrimSpace(all[i+1].gap) {
			all[i].role = unit
		}
	}
	row(all)
	for i := range all {
		if all[i].role == homophone {
			all[i].said = said{}
		}
	}
	return all
}

// minSpoken is how many words in a row are a number that is spoken, so that those of them
// that only sound like a digit are one.
const minSpoken = 7

// row makes digits of the words that sound like one in a row of words most of which are
// digits, each apart from the next in the same way.
func row(all []atom) {
	for i := 0; i < len(all); {
		j, units := i, 0
		for j < len(all) && all[j].word != "" && (all[j].role == unit || all[j].role == homophone) && (j == i || strings.TrimSpace(all[j].gap) == strings.TrimSpace(all[min(i+1, len(all)-1)].gap)) {
			if all[j].role == unit {
				units++
			}
			j++
		}
		if j-i >= minSpoken && units*2 > j-i {
			for k := i; k < j; k++ {
				all[k].role = unit
			}
		}
		i = max(j, i+1)
	}
}

// plusBefore reports whether a plus sign stands before an atom.
func plusBefore(all []atom, i int) bool {
	if i > 0 && all[i-1].role == plusWord {
		return true
	}
	return strings.HasSuffix(strings.TrimRight(all[i].gap, " (["), "+")
}

// maxGap is how many separators may stand between two parts of one number.
const maxGap = 12

// passable reports whether a number may go on behind these separators.
func passable(gap string) bool {
	if len(gap) > maxGap || strings.Count(gap, "\n") > 3 {
		return false
	}
	return !strings.ContainsAny(gap, "$€£¥%?!@\"'&")
}

// separates reports whether a gap between two parts of a number is a symbol that stands
// between other parts too: whatever it is, it is then a separator.
func separates(all []atom, i, j int) bool {
	if i != j {
		return false
	}
	sign := strings.TrimSpace(all[i].gap)
	if sign == "" || len(sign) > 3 || strings.Trim(sign, sign[:1]) != "" || strings.Contains("$%?", sign[:1]) || sign[0] >= 0x80 {
		return false
	}
	same := func(k int) bool {
		return k >= 0 && k < len(all) && all[k].number() && strings.Trim(strings.TrimSpace(all[k].gap), sign[:1]) == "" && strings.TrimSpace(all[k].gap) != ""
	}
	return i > 0 && all[i-1].number() && (same(i+1) || same(i-1) && i > 1 && all[i-2].number())
}

// strength says how much separators part: nothing, a sign, signs with spaces, the
// end of a line or of a sentence.
func strength(a atom) int {
	gap := a.gap
	switch {
	case a.joint:
		return 1
	case gap == "" && a.fillers == 0:
		return 0
	case a.fillers > 0 || strings.ContainsAny(gap, ";\n") || strings.Contains(gap, ": ") || strings.Contains(gap, ". "):
		return 3
	case len(gap) == 1:
		return 1
	case strings.Trim(gap, " ") == "" || strings.Trim(gap, "()[]{}<> ") == "":
		return 1
	}
	return 2
}

// maxReadings bounds in how many ways words are read as digits.
const maxReadings = 16

// readings returns the digits of some atoms, the likeliest reading first: "vingt
// quatre" is 24, and 20 4, and "quatre vingt dix" 90, 80 10 and 4 20 10.
func readings(list []atom, abroad bool) []string {
	var out []string
	var walk func(i int, digits string)
	walk = func(i int, digits string) {
		if len(out) >= maxReadings || len(digits) > 18 {
			return
		}
		if i == len(list) {
			out = append(out, digits)
			return
		}
		a := list[i]
		if a.digits != "" {
			if abroad && i > 0 && a.digits == "0" && strings.Contains(a.gap, "(") && i+1 < len(list) && strings.Contains(list[i+1].gap, ")") {
				walk(i+1, digits) // +44 (0)20: the zero is for callers at home
				return
			}
			walk(i+1, digits+a.digits)
			return
		}
		for _, o := range options(list[i:]) {
			walk(i+o.used, digits+o.digits)
		}
	}
	walk(0, "")
	return out
}

type option struct {
	digits string
	used   int
}

var twoDigits = func() (out [100]string) {
	for i := range out {
		out[i] = string([]byte{'0' + byte(i/10), '0' + byte(i%10)})
	}
	return out
}()

// options returns the ways to read what is said first, the longest first.
func options(list []atom) []option {
	a := list[0]
	next := func(k int) (said, bool) {
		if k < len(list) && list[k].digits == "" {
			return list[k].said, true
		}
		return said{}, false
	}
	switch a.role {
	case times:
		if len(list) > 1 {
			d := list[1].digits
			if s, ok := next(1); ok && s.role == unit {
				d = string('0' + byte(s.value))
			}
			if len(d) == 1 {
				return []option{{strings.Repeat(d, a.value), 2}}
			}
		}
		return nil
	case unit:
		one := string('0' + byte(a.value))
		var out []option
		if s, ok := next(1); ok && s.role == ten && s.value == 20 && a.value == 4 && list[0].word == "quatre" {
			if u, ok := next(2); ok && (u.role == unit && u.value > 0 || u.role == teen) {
				if u.role == teen && u.value == 10 {
					if v, ok := next(3); ok && v.role == unit && v.value >= 7 {
						out = append(out, option{twoDigits[90+v.value], 4})
					}
				}
				out = append(out, option{twoDigits[80+u.value], 3})
			}
			out = append(out, option{"80", 2})
		}
		if s, ok := next(1); ok && s.role == hundred && a.value > 0 {
			for _, rest := range tail(list[2:]) {
				out = append(out, option{one + rest.digits, 2 + rest.used})
			}
		}
		return append(out, option{one, 1})
	case teen:
		out := []option{{twoDigits[a.value], 1}}
		if s, ok := next(1); ok && a.value == 10 && s.role == unit && s.value >= 7 && list[0].word == "dix" {
			out = append([]option{{twoDigits[10+s.value], 2}}, out...)
		}
		return out
	case ten:
		var out []option
		if s, ok := next(1); ok && strength(list[1]) <= 1 {
			later, isTen := next(2)
			switch {
			case s.role == unit && s.value == 4 && isTen && later.value == 20 && list[2].gap == "-" && list[1].gap != "-":
				// quarante quatre-vingt-cinq: the four belongs to what follows
			case s.role == unit && s.value > 0:
				out = append(out, option{twoDigits[a.value+s.value], 2})
			case s.role == teen && a.value == 60:
				if s.value == 10 {
					if v, ok := next(2); ok && v.role == unit && v.value >= 7 {
						out = append(out, option{twoDigits[70+v.value], 3})
					}
				}
				out = append(out, option{twoDigits[60+s.value], 2})
			}
		}
		return append(out, option{twoDigits[a.value], 1})
	case compound:
		return []option{{twoDigits[a.value], 1}}
	case hundreds, hundred:
		one := string('0' + byte(a.value/100))
		var out []option
		for _, rest := range tail(list[1:]) {
			out = append(out, option{one + rest.digits, 1 + rest.used})
		}
		return out
	}
	return nil
}

// tail returns the two digits that follow hundreds.
func tail(list []atom) []option {
	var out []option
	if len(list) > 0 && list[0].digits == "" && (list[0].role == teen || list[0].role == ten || list[0].role == compound) {
		out = append(out, options(list)...)
	}
	if len(list) > 0 && list[0].digits == "" && list[0].role == unit && list[0].value > 0 {
		out = append(out, option{"0" + string('0'+byte(list[0].value)), 1})
	}
	return append(out, option{"00", 0})
}
