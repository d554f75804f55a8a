package text

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/identify/internal/chars"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Found is an identifier in a text: where it stands and how it was written.
type Found struct {
	identify.Result
	Start, End int    // bytes of the text
	Style      string // how it was written: plain, words, keycaps, ...
}

// worthShowing is the confidence under which a candidate is noise, and not shown.
const worthShowing = 0.15

// An extractor reads one text.
type extractor struct {
	hint      identify.Hint
	region    string
	code      string // of the region, with its plus
	trunk     string
	asked     map[string]dialled
	nationals int // runs that would be numbers if the region were known
}

// Extract finds the identifiers in a text, in its order, each once. national is how
// many numbers stand in it that cannot be read because no region is known.
//
//	text -> plain characters -> addresses, wallets, handles, links (their places are
//	taken) -> prices, dates, measures (so are theirs) -> words for digits, digits ->
//	runs -> the numbers in a run -> region, validity, cue -> confidence
func Extract(text string, h identify.Hint) (found []Found, national int) {
	x := &extractor{hint: h, region: strings.ToUpper(strings.TrimSpace(h.Region)), asked: map[string]dialled{}}
	if code := phonenumbers.GetCountryCodeForRegion(x.region); code > 0 {
		x.code = "+" + decimal(code)
		x.trunk = trunkOf(x.region)
	} else {
		x.region = ""
	}
	for from := 0; from < len(text); {
		to := cut(text, from)
		plain := unmarked(text[from:to])
		for _, f := range x.part(plain.text) {
			f.Start, f.End = plain.place(f.Start)+from, plain.place(f.End)+from
			found = append(found, f)
		}
		from = to
	}
	return once(found), x.nationals
}

// partSize bounds what is looked at at a time, so that the work grows with the text
// and no faster.
const partSize = 8 << 10

// cut returns the end of the part that begins at from: at a space where there is one.
func cut(text string, from int) int {
	if len(text)-from <= partSize {
		return len(text)
	}
	to := from + partSize
	if at := strings.LastIndexAny(text[from+partSize/2:to], " \n\t"); at >= 0 {
		return from + partSize/2 + at + 1
	}
	for to > from+partSize-4 && !utf8.RuneStart(text[to]) {
		to--
	}
	return to
}

// part finds the identifiers in a part of a text.
func (x *extractor) part(text string) []Found {
	written := fold(text, false)
	found, taken := entities(written, x.hint)
	drawn := written
	if written.at != nil {
		drawn = fold(text, true)
		taken = moved(tidySpans(taken), written, drawn)
	}
	barred := tidySpans(append(taken, figures(drawn.text)...))
	for _, r := range runs(atoms(drawn.text, barred)) {
		windows := x.windows(r)
		if x.region == "" && len(windows) == 0 && r.nationalRun() {
			x.nationals++
		}
		for _, w := range windows {
			list := r.atoms[w.from:w.to]
			first, last := list[0], list[len(list)-1]
			c := noCue
			if windows[0].from == w.from {
				c = cueOf(r.before, r.atoms[0].gap)
			}
			confidence := weigh(w.confidence, c, list)
			if confidence < worthShowing {
				continue
			}
			start, end := drawn.place(first.start), drawn.place(last.end)
			found = append(found, x.alternative(r, w, drawn)...)
			found = append(found, Found{Result: w.result(confidence), Start: start, End: end, Style: styleOf(text[start:end], list)})
		}
	}
	sortFound(found)
	return found
}

// weigh brings what stands around a number into its confidence.
func weigh(confidence float64, c cue, list []atom) float64 {
	said := 0
	for _, a := range list {
		if a.digits == "" {
			said++
		}
	}
	switch {
	case c == listing:
		confidence *= 0.4
	case c == calling && confidence >= 0.4:
		confidence += (1 - confidence) * 0.4
	case said == 0 && rising(list):
		confidence *= 0.4
	}
	return confidence
}

// styleOf names how a number is written.
func styleOf(text string, list []atom) string {
	said, letters := 0, false
	for _, a := range list {
		if a.digits == "" {
			said++
		}
		letters = letters || a.letters
	}
	switch {
	case said == len(list):
		return "words"
	case said > 0:
		return "words and digits"
	case strings.ContainsRune(text, 0x20E3):
		return "keycaps"
	case !chars.IsASCII(text):
		return "other characters"
	case letters:
		return "letters for digits"
	case strings.Contains(text, "\n"):
		return "over lines"
	case strings.Trim(text, "0123456789 ()-+./") == "":
		return "plain"
	}
	return "separated"
}

// once keeps the surest of those that are the same.
func once(found []Found) []Found {
	at := make(map[casework.IdentifierKey]int, len(found))
	out := found[:0]
	for _, f := range found {
		key := f.Identifier.Key()
		if i, ok := at[key]; ok {
			if f.Confidence > out[i].Confidence {
				out[i].Result, out[i].Style = f.Result, f.Style
			}
			continue
		}
		at[key] = len(out)
		out = append(out, f)
	}
	return out
}

func decimal(n int) string {
	if n < 10 {
		return string('0' + byte(n))
	}
	return decimal(n/10) + string('0'+byte(n%10))
}

// moved returns the places of spans of one folding, sorted, in another folding of the
// same text.
func moved(spans []span, from, to folded) []span {
	out := make([]span, 0, len(spans))
	i := 0
	for _, s := range spans {
		start, end := from.place(s.start), from.place(s.end)
		for i < len(to.text) && to.place(i) < start {
			i++
		}
		m := span{start: i}
		for i < len(to.text) && to.place(i) < end {
			i++
		}
		if m.end = i; m.end > m.start {
			out = append(out, m)
		}
	}
	return out
}
