package text

import (
	"github.com/crosscase/crosscase/node/identify/internal/chars"
)

// Bounds of what may stand behind a number in place of its last digits.
const (
	minLast = 2
	maxLast = 4
)

// otherEnd reports whether digits behind a number stand in place of its last ones.
func otherEnd(next, last atom) bool {
	return next.gap == "/" && chars.AllDigits(next.digits) && len(next.digits) >= minLast && len(next.digits) <= maxLast && len(last.digits) >= len(next.digits)
}

// alternative returns the second number of two that are written as one with another end:
// "07700 900145/146".
func (x *extractor) alternative(r run, w window, drawn folded) []Found {
	if w.to >= len(r.atoms) || !otherEnd(r.atoms[w.to], r.atoms[w.to-1]) {
		return nil
	}
	next := r.atoms[w.to]
	e164 := w.e164[:len(w.e164)-len(next.digits)] + next.digits
	n, err := parse(e164, "")
	if err != nil || n.e164 == w.e164 {
		return nil
	}
	n.assumed = append(n.assumed, "the end of another number in place of its own")
	start, end := drawn.place(next.start), drawn.place(next.end)
	return []Found{{Result: n.result(min(0.6, w.confidence)), Start: start, End: end, Style: "separated"}}
}
