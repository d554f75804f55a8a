package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
)

// An atom is a piece of a text that says something of a number, or a word that
// does not (with no role and no digits).
type atom struct {
	start, end int    // of the folded text
	digits     string // where it is written in digits, or in letters for digits
	said              // where it is said
	word       string // lower-case, where it is no number
	gap        string // what stands before it, separators only
	fillers    int    // words that were passed over before it
	joint      bool   // the word passed over joins tens and units
	counts     bool   // it seems to count what follows
	plus       bool   // after a plus sign
	letters    bool   // letters stand for digits in it
	glued      bool   // is a part of a longer token
}

// number reports whether an atom returns digits.
func (a atom) number() bool {
	return a.digits != "" || a.role != noRole && a.role != filler && a.role != plusWord
}

// atoms cuts a folded text into its pieces. barred are spans that belong to
// something else: prices, dates, addresses.
func atoms(text string, barred []span) []atom {
	out := make([]atom, 0, len(text)/5+4)
	gapFrom := 0
	bar := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if !wordRune(r) {
			i += size
			continue
		}
		start := i
		apart := unspaced(r)
		for i < len(text) {
			r, size = rune(text[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(text[i:])
			}
			if !wordRune(r) || unspaced(r) != apart && !unicode.Is(unicode.M, r) {
				break
			}
			i += size
		}
		for bar < len(barred) && barred[bar].end <= start {
			bar++
		}
		a := atom{start: start, end: i, gap: text[gapFrom:start]}
		if bar < len(barred) && barred[bar].start <= start && barred[bar].end < i {
			// a price, and a word that it is glued to
			out = append(out, atom{start: start, end: barred[bar].end, gap: a.gap, word: "."})
			a.start, a.gap = barred[bar].end, ""
			out = appendToken(out, a, text[a.start:i])
		} else if bar < len(barred) && barred[bar].start < i {
			a.word = "."
			out = append(out, a)
		} else {
			out = appendToken(out, a, text[start:i])
		}
		gapFrom = i
	}
	return drawn(joinLetters(out, text), text)
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mc, r)
}

// appendToken appends the pieces of one token.
func appendToken(out []atom, a atom, token string) []atom {
	if chars.AllDigits(token) {
		a.digits = token
		return append(out, a)
	}
	lower := strings.ToLower(token)
	if s, ok := sayings[lower]; ok {
		a.said, a.word = s, lower
		return append(out, a)
	}
	if lower == "o" {
		a.digits, a.letters, a.weak = "0", true, true
		return append(out, a)
	}
	if len(token) <= 64 {
		if parts, ok := segments(token, lower); ok {
			for i, p := range parts {
				p.start, p.end = a.start+p.start, a.start+p.end
				if i == 0 {
					p.gap = a.gap
				}
				p.glued = len(parts) > 1
				out = append(out, p)
			}
			return out
		}
		if s, ok := sayings[leet.Replace(lower)]; ok && s.role == unit && hasDigit(token) {
			a.said, a.word, a.letters = s, lower, true
			return append(out, a)
		}
	}
	if parts := unglued(token, lower); parts != nil {
		for i, p := range parts {
			p.start, p.end = a.start+p.start, a.start+p.end
			if i == 0 {
				p.gap = a.gap
			}
			out = append(out, p)
		}
		return out
	}
	a.word = lower
	return append(out, a)
}

// minGlued is how many letters and digits stand side by side where a word and a part of a
// number lack a space; fewer are the name of a thing: "mp3", "A4".
const minGlued = 3

// minWhole is how many digits in a row are a whole number: what is glued to its end may be
// as short as it likes.
const minWhole = 10

// unglued cuts a token into the words and the digits that are glued together in it; nothing
// where it may be an id, or digits in hexadecimal.
func unglued(token, lower string) []atom {
	if len(lower) != len(token) || !hasDigit(token) || len(token) > 64 {
		return nil
	}
	var parts []atom
	whole := false // a number stands before
	plain := false // a letter that no hexadecimal digit is
	for i := 0; i < len(token); {
		from := i
		for digits := isDigit(token[from]); i < len(token) && isDigit(token[i]) == digits; i++ {
			plain = plain || !digits && strings.IndexByte("abcdef", lower[i]) < 0
		}
		first := len(parts) == 0 && isDigit(token[from]) && i < len(token)
		if i-from < minGlued && !first && !(whole && (isDigit(token[from]) || i-from > 1)) {
			return nil
		}
		whole = whole || isDigit(token[from]) && i-from >= minWhole
		p := atom{start: from, end: i}
		if isDigit(token[from]) {
			p.digits = token[from:i]
		} else {
			p.word = lower[from:i]
			if s, ok := sayings[p.word]; ok {
				p.said = s
			}
		}
		parts = append(parts, p)
	}
	if len(parts) < 2 || len(parts) > 5 || len(parts) > 3 && !whole || !plain {
		return nil
	}
	return parts
}

var leet = strings.NewReplacer("3", "e", "0", "o", "1", "i", "4", "a", "5", "s", "7", "t", "6", "g", "9", "g")

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// lookalike returns the digit that a letter is drawn like.
func lookalike(c byte) (byte, bool) {
	switch c {
	case 'O', 'o', 'Q', 'D':
		return '0', true
	case 'l', 'I', 'i', '|':
		return '1', true
	case 'Z', 'z':
		return '2', true
	case 'S', 's':
		return '5', true
	case 'b', 'G':
		return '6', true
	case 'B':
		return '8', true
	case 'g', 'q':
		return '9', true
	}
	return 0, false
}

// segments cuts a token into words for digits, digits, and letters that stand for
// digits, if all of it is such. Letters do so only beside digits, or beside words
// in the case of the letter o.
func segments(token, lower string) ([]atom, bool) {
	if len(lower) != len(token) {
		return nil, false // lower-casing moved the bytes
	}
	if out, ok := lookalikes(token); ok {
		return []atom{out}, true
	}
	// shortest[i] is the length of the piece that begins at i in the best cut.
	n := len(token)
	piece := make([]int8, n+1)
	cost := make([]int, n+1)
	for i := n - 1; i >= 0; i-- {
		cost[i] = 1 << 20
		for k := 1; k <= min(longestSaying, n-i); k++ {
			if cost[i+k] >= 1<<20 {
				continue
			}
			c := cost[i+k] + 2
			switch {
			case k == 1 && token[i] >= '0' && token[i] <= '9':
			case k == 1 && (token[i] == 'o' || token[i] == 'O'):
				c += 3
			case k > 1 && isSaid(lower[i:i+k]):
			default:
				continue
			}
			if c < cost[i] {
				cost[i], piece[i] = c, int8(k)
			}
		}
	}
	if cost[0] >= 1<<20 {
		return nil, false
	}
	var out []atom
	for i := 0; i < n; i += int(piece[i]) {
		k := int(piece[i])
		a := atom{start: i, end: i + k}
		switch {
		case k > 1:
			a.said, a.word = sayings[lower[i:i+k]], lower[i:i+k]
		case token[i] >= '0' && token[i] <= '9':
			a.digits = token[i : i+1]
			if last := len(out) - 1; last >= 0 && out[last].digits != "" && out[last].end == i {
				out[last].digits, out[last].end = out[last].digits+a.digits, i+1
				continue
			}
		default:
			a.digits, a.letters = "0", true
		}
		out = append(out, a)
	}
	return out, len(out) > 1 || out[0].digits != ""
}

func isSaid(word string) bool {
	s, ok := sayings[word]
	return ok && (s.role <= compound && s.role != noRole || s.role == times)
}

// lookalikes reads a token of digits and of letters drawn like them.
func lookalikes(token string) (atom, bool) {
	if len(token) > 16 {
		return atom{}, false
	}
	digits, zeros, others := 0, 0, 0
	var b strings.Builder
	for i := range len(token) {
		c := token[i]
		if c >= '0' && c <= '9' {
			digits++
		} else {
			d, ok := lookalike(c)
			if !ok {
				return atom{}, false
			}
			switch c {
			case 'O':
				zeros++
			case 'I', 'l':
			default:
				others++
			}
			c = d
		}
		b.WriteByte(c)
	}
	if digits == 0 && (zeros == 0 || others > 0 || len(token) > 4 || len(token) == 1) {
		return atom{}, false
	}
	return atom{end: len(token), digits: b.String(), letters: digits < len(token), said: said{weak: digits == 0}}, true
}

// joinLetters joins words that are written letter by letter: s i x.
func joinLetters(in []atom, text string) []atom {
	single := func(a atom) bool {
		return a.end-a.start == 1 && a.word != "" && a.word != "." || a.letters && a.digits == "0" && a.end-a.start == 1
	}
	out := in[:0]
	for i := 0; i < len(in); {
		j := i
		if single(in[i]) {
			for j+1 < len(in) && single(in[j+1]) && in[j+1].gap == " " {
				j++
			}
		}
		if j-i < 1 || j-i == 1 && sayings[strings.ToLower(text[in[i].start:in[i].end]+text[in[j].start:in[j].end])].role != unit {
			out = append(out, in[i])
			i++
			continue
		}
		var b strings.Builder
		for k := i; k <= j; k++ {
			b.WriteString(text[in[k].start:in[k].end])
		}
		spelt := strings.ToLower(b.String())
		a := atom{start: in[i].start, end: in[j].end, gap: in[i].gap, word: spelt}
		if s, ok := sayings[spelt]; ok {
			a.said = s
			out = append(out, a)
		} else if parts, ok := segments(spelt, spelt); ok && parts[0].word != "" {
			for k, p := range parts {
				if k > 0 {
					a.gap = ""
				}
				a.said, a.word, a.digits = p.said, p.word, p.digits
				out = append(out, a)
			}
		} else {
			out = append(out, a)
		}
		i = j + 1
	}
	return out
}

// drawn reads words of capital letters alone as digits where their neighbours are
// digits: 713-SSS-0154.
func drawn(all []atom, text string) []atom {
	isDigits := func(i int) bool { return i >= 0 && i < len(all) && all[i].digits != "" }
	for i := range all {
		a := &all[i]
		if a.word == "" || a.word == "." || a.end-a.start > 5 || a.number() {
			continue
		}
		before := isDigits(i-1) && len(a.gap) == 1
		after := isDigits(i+1) && len(all[i+1].gap) == 1
		hyphened := before && a.gap != " " && !isWord(all, i+1) || after && all[i+1].gap != " " && (i == 0 || a.gap != all[i+1].gap)
		if !(before && after) && !hyphened {
			continue
		}
		var b strings.Builder
		for _, c := range []byte(text[a.start:a.end]) {
			d, ok := lookalike(c)
			if !ok || c >= 'a' && c != 'l' && c != 'o' {
				b.Reset()
				break
			}
			b.WriteByte(d)
		}
		if b.Len() > 0 {
			a.digits, a.letters, a.word, a.said = b.String(), true, "", said{}
		}
	}
	return all
}

// isWord reports whether a piece is a word and follows with the same separator as
// a number's parts have.
func isWord(all []atom, i int) bool {
	return i < len(all) && all[i].digits == "" && len(all[i].gap) == 1 && all[i].gap != " "
}
