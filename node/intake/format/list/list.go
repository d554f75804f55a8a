// Package list reads lists: one value a line, of any kind; what stands behind a # is a
// comment.
package list

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:   "list",
	Title:  "lists of one value a line",
	Source: "written by hand, or the output of other programs",
	Tell:   tell,
	Read:   read,
}

func tell(h *reading.Head) (string, bool) {
	text := h.Text()
	if len(text) == 0 {
		return "", false
	}
	lines := h.SampleLines()
	values := 0
	for _, l := range lines {
		if likeValue(l) {
			values++
		}
	}
	return "one value a line", values > 0 && values*10 >= len(lines)*6
}

// likeValue reports whether a line is one value rather than a sentence.
func likeValue(line string) bool {
	if strings.HasPrefix(line, "#") {
		return true // a comment
	}
	if len(line) > 512 {
		return false
	}
	if len(strings.Fields(line)) == 1 {
		return true
	}
	digits := 0
	for _, r := range line {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("+()-./ \u00a0\t", r):
		default:
			return false
		}
	}
	return digits >= 5
}

func read(in *reading.Input, out *reading.Sink) error {
	return in.Lines(out, func(l reading.Line) error {
		s := reading.Statement{Record: l.Record, Value: strings.TrimSpace(l.Text)}
		if s.Value == "" || strings.HasPrefix(s.Value, "#") {
			return nil
		}
		if l.Foreign {
			s.Assumed = []string{reading.ForeignEncoding}
		}
		s.Prose = !likeValue(s.Value) // a sentence among values
		if err := out.Value(s); err != nil {
			return err
		}
		return out.Record()
	})
}
