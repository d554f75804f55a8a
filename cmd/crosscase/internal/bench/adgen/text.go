package adgen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A Text is one advert with its answer, in the form in which intake reads it.
type Text struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Expected []string `json:"expected"` // E.164, in the order of the text; empty for a decoy
	Style    string   `json:"style"`
	Region   string   `json:"default_region,omitempty"`
	Lang     string   `json:"lang"`
}

// A writer holds what one text is written with.
type writer struct {
	*rand.Rand
	lang string
	tongue
}

// decoyShare is how many of a hundred texts hold no number.
const decoyShare = 30

// Texts writes n texts. A style comes up as often as any other that its language
// and region allow.
func Texts(n int, seed uint64) []Text {
	r := rand.New(rand.NewPCG(seed, 0x0adc0de))
	out := make([]Text, n)
	for i := range out {
		lang := langs[r.IntN(len(langs))]
		w := &writer{Rand: r, lang: lang, tongue: tongues[lang]}
		if r.IntN(100) < decoyShare {
			out[i] = w.decoy()
		} else {
			out[i] = w.advert()
		}
		out[i].ID = fmt.Sprintf("g%06d", i)
		out[i].Lang = lang
	}
	return out
}

func (w *writer) pick(list []string) string { return list[w.IntN(len(list))] }

func (w *writer) chance(percent int) bool { return w.IntN(100) < percent }

// advert writes a text with a number in one style.
func (w *writer) advert() Text {
	region := w.pick(w.regions)
	for {
		s := styles[w.IntN(len(styles))]
		n := w.number(region)
		if s.langs != "" && !strings.Contains(s.langs, w.lang) || s.regions != "" && !strings.Contains(s.regions, region) {
			continue
		}
		if n.foreign && !s.foreign {
			continue
		}
		written, expected := s.write(w, n)
		if written == "" {
			continue
		}
		if expected == nil {
			expected = []string{n.e164}
		}
		return Text{Text: w.around(written), Expected: expected, Style: s.name, Region: region}
	}
}

// around puts a written number into an advert: what is offered, now and then a
// figure that is no number, and an invitation to call or none.
func (w *writer) around(written string) string {
	var parts []string
	parts = append(parts, w.pick(w.offers))
	if w.chance(40) {
		parts = append(parts, w.figure())
	}
	switch {
	case w.chance(55):
		parts = append(parts, w.pick(w.calls)+w.pick([]string{" ", ": ", " "})+written)
	case w.chance(50):
		parts = append(parts, written)
	default:
		parts = append(parts, w.pick([]string{"> ", "☎ ", "📞", "", "* "})+written)
	}
	if w.chance(40) {
		parts = append(parts, w.pick(w.closers))
	}
	if w.chance(20) {
		parts = append(parts, w.figure())
	}
	return strings.Join(parts, w.pick([]string{". ", " - ", "\n", ", ", "! "}))
}

// decoy writes a text of figures only.
func (w *writer) decoy() Text {
	d := decoys[w.IntN(len(decoys))]
	parts := []string{w.pick(w.offers), d.write(w)}
	if w.chance(50) {
		parts = append(parts, w.figure())
	}
	if w.chance(30) {
		parts = append(parts, w.pick(w.closers))
	}
	if w.chance(25) {
		slices.Reverse(parts)
	}
	return Text{Text: strings.Join(parts, w.pick([]string{". ", " - ", "\n", ", "})), Expected: []string{}, Style: "decoy-" + d.name, Region: w.pick(w.regions)}
}
