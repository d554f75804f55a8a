package adgen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A style is one way of writing a number. write gives "" where the number does not
// lend itself to it; a nil second result means the number itself.
type style struct {
	name    string
	langs   string // empty: all
	regions string // of the text; empty: all
	foreign bool   // a reader elsewhere can dial it
	write   func(*writer, number) (string, []string)
}

func one(f func(*writer, number) string) func(*writer, number) (string, []string) {
	return func(w *writer, n number) (string, []string) { return f(w, n), nil }
}

func joined(sep string) func(*writer, number) (string, []string) {
	return one(func(_ *writer, n number) string { return strings.Join(n.groups, sep) })
}

var styles = []style{
	{name: "grouped", write: joined(" ")},
	{name: "run-together", write: one(func(_ *writer, n number) string { return n.national })},
	{name: "dots", write: joined(".")},
	{name: "hyphens", write: joined("-")},
	{name: "area-in-parens", write: one(func(w *writer, n number) string {
		if !n.area {
			return ""
		}
		return "(" + n.groups[0] + ") " + strings.Join(n.groups[1:], w.pick([]string{" ", "-", ""}))
	})},
	{name: "slash", write: one(func(w *writer, n number) string {
		return n.groups[0] + w.pick([]string{"/", " / "}) + strings.Join(n.groups[1:], w.pick([]string{"", " "}))
	})},
	{name: "odd-groups", write: one(func(w *writer, n number) string {
		var out []string
		for rest := n.national; rest != ""; {
			k := min(1+w.IntN(4), len(rest))
			out, rest = append(out, rest[:k]), rest[k:]
		}
		return strings.Join(out, w.pick([]string{" ", "-", " . ", "  "}))
	})},
	{name: "single-digits", write: one(func(w *writer, n number) string {
		return strings.Join(strings.Split(n.national, ""), w.pick([]string{" ", "  ", "-", ".", " - ", ",", ", "}))
	})},
	{name: "symbols", write: one(func(w *writer, n number) string {
		s := w.pick([]string{"*", "_", "~", "|", " | ", "=", "#", "•", "·", "+", "^", "**", "--", "...", "–", "—", ":"})
		return strings.Join(n.groups, s)
	})},
	{name: "symbol-each-digit", write: one(func(w *writer, n number) string {
		return strings.Join(strings.Split(n.national, ""), w.pick([]string{"*", "_", "~", "|", "•", "·", ".", "^", "/"}))
	})},
	{name: "bracket-each", write: one(func(w *writer, n number) string {
		b := w.pick([]string{"()", "[]", "{}", "<>"})
		parts := n.groups
		if w.chance(50) {
			parts = strings.Split(n.national, "")
		}
		return b[:1] + strings.Join(parts, b[1:]+w.pick([]string{"", " "})+b[:1]) + b[1:]
	})},
	{name: "emoji-between", write: one(func(w *writer, n number) string {
		return strings.Join(n.groups, w.pick([]string{"❤", "🌹", "⭐", " 🍒 ", "💋", "✨", "➖", "♥️"}))
	})},
	{name: "lines", write: one(func(w *writer, n number) string {
		parts := n.groups
		if w.chance(40) {
			parts = strings.Split(n.national, "")
		}
		return strings.Join(parts, w.pick([]string{"\n", "-\n", " \n "}))
	})},
	{name: "keycaps", write: one(func(w *writer, n number) string {
		return w.mapped(n, func(d byte) string { return string(d) + "\ufe0f\u20e3" })
	})},
	{name: "circled", write: one(func(w *writer, n number) string {
		sets := []string{"⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "⓪➀➁➂➃➄➅➆➇➈", "⓿➊➋➌➍➎➏➐➑➒"}
		set := []rune(sets[w.IntN(len(sets))])
		return w.mapped(n, func(d byte) string { return string(set[d-'0']) })
	})},
	{name: "full-width", write: one(func(w *writer, n number) string {
		s := w.mapped(n, func(d byte) string { return string('０' + rune(d-'0')) })
		return strings.ReplaceAll(s, "-", "－")
	})},
	{name: "other-digits", write: one(func(w *writer, n number) string {
		zero := []rune("𝟎𝟘𝟢𝟬𝟶٠۰०")
		z := zero[w.IntN(len(zero))]
		return w.mapped(n, func(d byte) string { return string(z + rune(d-'0')) })
	})},
	{name: "superscript", write: one(func(w *writer, n number) string {
		set := []rune(w.pick([]string{"⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"}))
		return w.mapped(n, func(d byte) string { return string(set[d-'0']) })
	})},
	{name: "invisible-between", write: one(func(w *writer, n number) string {
		s := w.pick([]string{"\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u200c"})
		return w.mapped(n, func(d byte) string { return string(d) + s })
	})},
	{name: "odd-spaces", write: one(func(w *writer, n number) string {
		return strings.Join(n.groups, w.pick([]string{"\u00a0", "\u2009", "\u202f", "\u3000", "\t", "\u2003"}))
	})},
	{name: "letters-for-digits", write: one(func(w *writer, n number) string { return w.lookalike(n, map[byte]string{'0': "Oo", '1': "lI"}) })},
	{name: "more-letters-for-digits", write: one(func(w *writer, n number) string {
		return w.lookalike(n, map[byte]string{'0': "OQ", '1': "lI", '5': "S", '8': "B", '2': "Z"})
	})},
	{name: "foreign-letters", write: one(func(w *writer, n number) string {
		return w.lookalike(n, map[byte]string{'0': "ОоΟο", '3': "З", '1': "І"})
	})},
	{name: "words", write: one(func(w *writer, n number) string { return strings.Join(w.sayAll(n.national), " ") })},
	{name: "words-grouped", write: one(func(w *writer, n number) string {
		var groups []string
		for _, g := range n.groups {
			groups = append(groups, strings.Join(w.sayAll(g), w.pick([]string{" ", "-", " "})))
		}
		return strings.Join(groups, w.pick([]string{", ", " - ", " / ", "; ", " ... ", "\n"}))
	})},
	{name: "words-capitals", write: one(func(w *writer, n number) string {
		words := w.sayAll(n.national)
		for i, word := range words {
			if w.chance(50) {
				words[i] = strings.ToUpper(word)
			} else {
				first, size := utf8.DecodeRuneInString(word)
				words[i] = string(unicode.ToUpper(first)) + word[size:]
			}
		}
		return strings.Join(words, w.pick([]string{" ", "-", "."}))
	})},
	{name: "words-glued", write: one(func(w *writer, n number) string {
		var groups []string
		for _, g := range n.groups {
			groups = append(groups, strings.Join(w.sayAll(g), ""))
		}
		return strings.Join(groups, w.pick([]string{" ", "", "-"}))
	})},
	{name: "pairs", langs: "fr es de ro", write: one(func(w *writer, n number) string {
		return strings.Join(w.sayPairs(n.national), w.pick([]string{" ", ", ", " "}))
	})},
	{name: "pairs-english", langs: "en", regions: "US", write: one(func(w *writer, n number) string {
		tail := n.national[6:]
		return strings.Join(w.sayAll(n.national[:6]), " ") + " " + strings.Join(w.sayPairs(tail), " ")
	})},
	{name: "words-and-digits", write: one(func(w *writer, n number) string {
		return strings.Join(w.half(n.national), w.pick([]string{" ", "-", " "}))
	})},
	{name: "words-and-digits-glued", write: one(func(w *writer, n number) string {
		var groups []string
		for _, g := range n.groups {
			groups = append(groups, strings.Join(w.half(g), ""))
		}
		return strings.Join(groups, w.pick([]string{" ", "-"}))
	})},
	{name: "groups-in-words", write: one(func(w *writer, n number) string {
		groups := append([]string(nil), n.groups...)
		for _, i := range w.Perm(len(groups))[:1+w.IntN(len(groups)-1)] {
			groups[i] = strings.Join(w.sayAll(groups[i]), " ")
		}
		return strings.Join(groups, w.pick([]string{" ", ", ", " - "}))
	})},
	{name: "double-triple", write: one(func(w *writer, n number) string {
		out := w.runs(n.national)
		return strings.Join(out, w.pick([]string{" ", ", ", " "}))
	})},
	{name: "said-in-parts", write: one(func(w *writer, n number) string { return strings.Join(n.groups, " "+w.pick(w.join)+" ") })},
	{name: "leet-words", langs: "en", write: one(func(w *writer, n number) string {
		leet := strings.NewReplacer("e", "3", "o", "0", "i", "1")
		words := w.sayAll(strings.ReplaceAll(n.national, "0", "0"))
		for i, word := range words {
			if word == "oh" {
				word = "zero"
			}
			if w.chance(60) {
				word = leet.Replace(word)
			}
			words[i] = word
		}
		return strings.Join(words, w.pick([]string{" ", "-"}))
	})},
	{name: "homophones", langs: "en", write: one(func(w *writer, n number) string {
		sound := map[string]string{"two": "too", "four": "for", "eight": "ate", "one": "won"}
		words := w.sayAll(n.national)
		changed := false
		for i, word := range words {
			if s, ok := sound[word]; ok && i > 1 && i < len(words)-1 && w.chance(50) {
				words[i], changed = s, true
			}
		}
		if !changed {
			return ""
		}
		return strings.Join(words, " ")
	})},
	{name: "spaced-letters", write: one(func(w *writer, n number) string {
		words := w.sayAll(n.national)
		for i, word := range words {
			words[i] = strings.Join(strings.Split(word, ""), " ")
		}
		return strings.Join(words, w.pick([]string{"   ", " - ", " / "}))
	})},
	{name: "plus", foreign: true, write: one(func(w *writer, n number) string {
		return "+" + n.cc + w.pick([]string{" ", "", "-"}) + strings.Join(n.abroad(), w.pick([]string{" ", "", "-"}))
	})},
	{name: "plus-zero-in-parens", foreign: true, write: one(func(w *writer, n number) string {
		if n.trunk == "" {
			return ""
		}
		return "+" + n.cc + w.pick([]string{" (0)", "(0)", " (0) "}) + strings.Join(n.abroad(), w.pick([]string{" ", ""}))
	})},
	{name: "double-zero", foreign: true, regions: "GB FR DE ES RO", write: one(func(w *writer, n number) string {
		return "00" + n.cc + w.pick([]string{" ", ""}) + strings.Join(n.abroad(), w.pick([]string{" ", "", "."}))
	})},
	{name: "plus-in-words", foreign: true, write: one(func(w *writer, n number) string {
		plus := map[string]string{"en": "plus", "fr": "plus", "es": "más", "de": "plus", "ro": "plus"}[w.lang]
		return plus + " " + strings.Join(w.sayAll(n.e164[1:]), " ")
	})},
	{name: "plus-symbols", foreign: true, write: one(func(w *writer, n number) string {
		return "+" + n.cc + w.pick([]string{"*", "~", "_", "•"}) + strings.Join(n.abroad(), w.pick([]string{"*", "~", "_", "•"}))
	})},
	{name: "chat-link", foreign: true, write: one(func(w *writer, n number) string {
		return w.pick([]string{"https://wa.me/", "wa.me/", "https://api.whatsapp.com/send?phone="}) + n.e164[1:]
	})},
	{name: "extension", langs: "en", write: one(func(w *writer, n number) string {
		return strings.Join(n.groups, " ") + w.pick([]string{" ext. ", " ext ", " x"}) + w.digitsOf(2)
	})},
	{name: "two-numbers", write: func(w *writer, n number) (string, []string) {
		other := w.number(w.regionOf(n))
		if other.foreign || other.e164 == n.e164 {
			return "", nil
		}
		sep := w.pick([]string{" / ", ", ", " or ", "; ", "\n", " "})
		return strings.Join(n.groups, " ") + sep + strings.Join(other.groups, " "), []string{n.e164, other.e164}
	}},
	{name: "twice", write: func(w *writer, n number) (string, []string) {
		return strings.Join(n.groups, "-") + w.pick([]string{" !! ", " ... ", ", "}) + strings.Join(w.sayAll(n.national), " "), []string{n.e164}
	}},
}
