package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"golang.org/x/text/unicode/norm"
)

// A folded text is a text in plain characters, with the place of each of its bytes
// in the original: circled, full-width, keycap and mathematical digits are digits,
// accents are gone, invisible characters too, and what is neither letter nor digit
// is an ASCII separator.
type folded struct {
	text string
	at   []int32 // nil: the same places; else len(text)+1 of them
}

// place returns the byte of the original that a byte of the folded text stands for.
func (f folded) place(i int) int {
	if f.at == nil {
		return i
	}
	return int(f.at[i])
}

// fold folds a text. For numbers, letters lose their accents, and those of other
// scripts that are drawn like Latin ones, or like digits, become those; for names and
// addresses they stay what they are.
func fold(s string, forNumbers bool) folded {
	if chars.IsASCII(s) {
		return folded{text: s}
	}
	var b strings.Builder
	b.Grow(len(s))
	at := make([]int32, 0, len(s)+1)
	put := func(plain string, place int) {
		b.WriteString(plain)
		for range len(plain) {
			at = append(at, int32(place))
		}
	}
	before := ' '
	var counted map[int]bool
	if forNumbers {
		counted = countedInHan(s)
	}
	for i, r := range s {
		if counted[i] {
			put(hanDigits[r], i)
			continue
		}
		last := before
		before = r
		switch {
		case !forNumbers && chars.Joiner(r) && last >= utf8.RuneSelf && unicode.In(last, unicode.L, unicode.M):
			put(string(r), i) // a part of a word in a script that joins
		case !forNumbers && closesAddress[r]:
			put(" ", i)
		case forNumbers && r == '\'' && unicode.Is(unicode.Cyrillic, last):
			// an apostrophe within a word, as Ukrainian has it
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
			at = append(at, int32(i))
		case forNumbers && (r == '’' || r == 'ʼ') && unicode.Is(unicode.Cyrillic, last):
			// Ukrainian's apostrophe within a word
		case r == 0x20E3 || chars.Invisible(r) || forNumbers && unicode.Is(unicode.Mn, r):
		case !forNumbers && (unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)):
			put(norm.NFKC.String(string(r)), i)
		case r == '€' || r == '£' || r == '¥':
			put(string(r), i)
		default:
			put(foldRune(r), i)
		}
	}
	return folded{b.String(), append(at, int32(len(s)))}
}

// closesAddress are punctuation marks of scripts beyond ASCII, behind which an address does
// not go on. The full stop of Chinese and Japanese is none: people write it for a dot.
var closesAddress = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range "，！？；：、（）【】「」『』《》〈〉“”‘’«»‹›؟،؛۔…।" {
		m[r] = true
	}
	return m
}()

// hanDigits are the digits as Chinese and Japanese say them one by one, those with which
// telephone numbers are told among them.
var hanDigits = map[rune]string{
	'零': "0", '〇': "0", '一': "1", '幺': "1", '二': "2", '两': "2", '三': "3", '四': "4", '五': "5", '六': "6", '七': "7", '八': "8", '九': "9",
	'壹': "1", '贰': "2", '叁': "3", '肆': "4", '伍': "5", '陆': "6", '柒': "7", '捌': "8", '玖': "9",
}

// minHan is how many such digits in a row are a number; fewer are words of a sentence.
const minHan = 7

// countedInHan returns the places of digits that are told one by one in a row.
func countedInHan(s string) map[int]bool {
	var out map[int]bool
	var row []int
	flush := func() {
		if len(row) >= minHan {
			if out == nil {
				out = map[int]bool{}
			}
			for _, i := range row {
				out[i] = true
			}
		}
		row = row[:0]
	}
	for i, r := range s {
		switch {
		case hanDigits[r] != "":
			row = append(row, i)
		case r != ' ' && r != '-':
			flush()
		}
	}
	flush()
	return out
}

// foldRune returns the plain form of one character beyond ASCII.
func foldRune(r rune) string {
	if d, ok := chars.Digit(r); ok {
		return string('0' + rune(d))
	}
	switch {
	case r >= 0x2776 && r <= 0x277E:
		return string('1' + r - 0x2776) // negative circled
	case r >= 0x2780 && r <= 0x2788:
		return string('1' + r - 0x2780)
	case r >= 0x278A && r <= 0x2792:
		return string('1' + r - 0x278A)
	case r >= 0x24F5 && r <= 0x24FD:
		return string('1' + r - 0x24F5) // double circled
	case r >= 0x2474 && r <= 0x247C:
		return string('1' + r - 0x2474) // in brackets
	case r >= 0x2488 && r <= 0x2490:
		return string('1' + r - 0x2488) // with a full stop
	case r == 0x24FF || r == 0x1F10B || r == 0x1F10C:
		return "0"
	case r == 0x277F || r == 0x1F51F:
		return "10"
	case unicode.Is(unicode.Zs, r):
		return " "
	case r == '\u2028' || r == '\u2029' || r == '\u0085':
		return "\n"
	case r == 'ß':
		return "ss"
	case r == '☎' || r == '☏' || r == '✆' || r >= 0x1F4DE && r <= 0x1F4DF || r == 0x1F4F1 || r == 0x1F4F2 || r == 0x1F919:
		return " tel "
	case r == 0x2795:
		return "+"
	case unicode.Is(unicode.Pd, r) || r == 0x2212 || r == 0x2796 || r == 0x2043:
		return "-"
	case r == '。' || r == '․':
		return "."
	case r == '＠':
		return "@"
	}
	if plain, ok := drawnAlike[r]; ok {
		return plain
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		switch {
		case unicode.Is(unicode.Mn, d):
		case d < utf8.RuneSelf:
			b.WriteRune(d)
		case unicode.IsLetter(d) || unicode.Is(unicode.Mc, d):
			b.WriteRune(d)
		default:
			b.WriteByte('*')
		}
	}
	return b.String()
}

// drawnAlike lists letters of other scripts by the character that they are drawn
// like (Unicode UTS 39, the ones that stand for digits and Latin letters).
var drawnAlike = map[rune]string{
	'О': "O", 'о': "o", 'Ο': "O", 'ο': "o", 'Օ': "O", 'օ': "o", '〇': "0", '○': "0", '◯': "0", '⭕': "0", 'Ø': "0", 'ø': "0", '🅾': "0", 'Ɵ': "0", 'θ': "0", 'Θ': "0",
	'І': "I", 'і': "i", 'Ι': "I", 'ι': "i", 'Ӏ': "l", 'ӏ': "l", 'ı': "i", '∣': "l", 'ǀ': "l", 'ⅼ': "l", 'Ⅰ': "I",
	'З': "3", 'з': "3", 'Ʒ': "3", 'Ɛ': "3", 'Ч': "4", 'б': "6", 'В': "B", 'в': "B", 'Β': "B", 'Ѕ': "S", 'ѕ': "s", 'Ζ': "Z",
	'А': "A", 'а': "a", 'Α': "A", 'Е': "E", 'е': "e", 'Ε': "E", 'Н': "H", 'Η': "H", 'К': "K", 'Κ': "K", 'М': "M", 'Μ': "M",
	'Ν': "N", 'Р': "P", 'р': "p", 'Ρ': "P", 'С': "C", 'с': "c", 'Т': "T", 'Τ': "T", 'Х': "X", 'х': "x", 'Χ': "X", 'у': "y", 'У': "Y", 'ν': "v",
}
