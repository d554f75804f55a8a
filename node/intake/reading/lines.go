package reading

import (
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/rows"
)

// A Line is one line of a source of text.
type Line struct {
	Record string // its name: "line 7"
	Number int    // from 1
	Text   string // without its end
	// Foreign is set where the line was not UTF-8 and was read as Windows-1252.
	Foreign bool
}

// Lines hands each line of a source to use. A line that cannot be read (too long, a
// zero byte in it) is told to the sink and costs itself.
func (in *Input) Lines(out *Sink, use func(Line) error) error {
	return in.lines(out, use, nil)
}

// LinesOrGap is Lines for readers that hold text of several lines back: gap is called
// in the place of a line that could not be read.
func (in *Input) LinesOrGap(out *Sink, use func(Line) error, gap func() error) error {
	return in.lines(out, use, gap)
}

func (in *Input) lines(out *Sink, use func(Line) error, gap func() error) error {
	d := rows.NewReader(in, 0, in.Limits.Record)
	foreign := 0
	for {
		row, err := d.Next()
		if err == io.EOF {
			return out.Foreign(foreign)
		}
		if err != nil {
			return err
		}
		record := fmt.Sprintf("line %d", row.Line)
		if row.Err != nil {
			if gap != nil {
				if err := gap(); err != nil {
					return err
				}
			}
			if err := out.Broken(record, row.Err); err != nil {
				return err
			}
			continue
		}
		if row.Foreign {
			foreign++
		}
		if err := use(Line{Record: record, Number: row.Line, Text: row.Fields[0], Foreign: row.Foreign}); err != nil {
			return err
		}
	}
}

// Unfolded hands each logical line to use, with the lines that continue it (they begin
// with a space or a tab: RFC 5322, RFC 6350, RFC 2849) joined to it. Unfolding comes
// before any decoding, since a fold may stand inside of an escape.
func (in *Input) Unfolded(out *Sink, use func(Line) error) error {
	var held Line
	flush := func() error {
		if held.Number == 0 {
			return nil
		}
		line := held
		held = Line{}
		return use(line)
	}
	err := in.lines(out, func(l Line) error {
		if held.Number != 0 && l.Text != "" && (l.Text[0] == ' ' || l.Text[0] == '\t') {
			if len(held.Text)+len(l.Text) <= in.Limits.Record {
				held.Text += l.Text[1:]
			}
			return nil
		}
		if err := flush(); err != nil {
			return err
		}
		held = l
		return nil
	}, flush)
	if err != nil {
		return err
	}
	return flush()
}

// ForeignEncoding is what is assumed of values of lines that are not UTF-8.
const ForeignEncoding = "encoding Windows-1252"

// Blank reports whether a line holds nothing to see.
func (l Line) Blank() bool { return strings.TrimSpace(l.Text) == "" }
