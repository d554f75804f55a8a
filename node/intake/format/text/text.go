// Package text reads adverts and chats as prose, a paragraph at a time: an identifier
// may be spread over the lines of one, not over two of them.
package text

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "text",
	Title:      "texts of adverts, messages and notes",
	Source:     "whatever people write",
	MediaTypes: []string{"text/plain"},
	Tell: func(h *reading.Head) (string, bool) {
		return "text in sentences", len(h.Text()) > 0
	},
	Read: read,
}

// paragraphBytes is the size at which a paragraph without end is cut at a line.
const paragraphBytes = 32 << 10

func read(in *reading.Input, out *reading.Sink) error {
	p := &paragraph{out: out}
	err := in.LinesOrGap(out, p.line, p.end)
	if err != nil {
		return err
	}
	return p.end()
}

// A paragraph gathers lines up to an empty one.
type paragraph struct {
	out     *reading.Sink
	text    strings.Builder
	record  string
	first   int
	foreign bool // some line of it was not UTF-8
}

func (p *paragraph) line(l reading.Line) error {
	if l.Blank() || p.text.Len()+len(l.Text) > paragraphBytes {
		if err := p.end(); err != nil {
			return err
		}
	}
	if l.Blank() {
		return nil
	}
	if p.text.Len() == 0 {
		p.record, p.first = l.Record, l.Number
	} else {
		p.text.WriteByte('\n')
	}
	p.text.WriteString(l.Text)
	p.foreign = p.foreign || l.Foreign
	return nil
}

func (p *paragraph) end() error {
	if p.text.Len() == 0 {
		return nil
	}
	s := reading.Statement{Record: p.record, Line: p.first, Prose: true, Value: p.text.String()}
	if p.foreign {
		s.Assumed = []string{reading.ForeignEncoding}
	}
	p.text.Reset()
	p.foreign = false
	if err := p.out.Value(s); err != nil {
		return err
	}
	return p.out.Record()
}
