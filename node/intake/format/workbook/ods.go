package workbook

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// ODS is the entry of the list of formats for OpenDocument spreadsheets.
var ODS = reading.Format{
	Name:       "ods",
	Title:      "OpenDocument spreadsheets (ODS), by sheet and column",
	Source:     "OASIS ODF 1.3, part 3",
	MediaTypes: []string{"application/vnd.oasis.opendocument.spreadsheet"},
	Binary:     true,
	Tell: func(h *reading.Head) (string, bool) {
		return "is an OpenDocument with sheets", markup.OfficeKind(h) == "opendocument.spreadsheet"
	},
	Read: readODS,
}

// maxRepeated bounds how often a cell or a row that states it once is repeated.
const maxRepeated = 1000

func readODS(in *reading.Input, out *reading.Sink) error {
	parts, err := markup.OpenParts(in)
	if err != nil {
		return err
	}
	b := &book{in: in, out: out}
	if err := parts.Tokens("content.xml", in.Limits, b.token); err != nil {
		if errors.Is(err, markup.ErrParts) || errors.Is(err, markup.ErrXML) {
			return out.Refused("content.xml", err)
		}
		return err
	}
	return nil
}

// A book reads the cells of one sheet after the other.
type book struct {
	in  *reading.Input
	out *reading.Sink

	sheets  int
	name    string
	rows    [][]string
	row     []string
	cell    strings.Builder
	value   string // that the cell states beside its text
	inCell  bool
	repeats int // of the cell
	again   int // of the row
}

func (b *book) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "table":
			b.sheets++
			b.name, b.rows = markup.Attribute(t, "name"), nil
		case "table-row":
			b.row, b.again = nil, repeated(t, "number-rows-repeated")
		case "table-cell", "covered-table-cell":
			b.cell.Reset()
			b.inCell, b.value, b.repeats = true, "", repeated(t, "number-columns-repeated")
			switch markup.Attribute(t, "value-type") {
			case "float":
				b.value = markup.Attribute(t, "value")
			case "date":
				b.value = markup.Attribute(t, "date-value")
			}
		case "p":
			if b.inCell && b.cell.Len() > 0 {
				b.cell.WriteByte('\n')
			}
		case "a":
			if b.inCell {
				b.cell.WriteString(markup.Attribute(t, "href") + " ")
			}
		}
	case xml.CharData:
		if b.inCell {
			b.cell.Write(t)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "table-cell", "covered-table-cell":
			text := b.value
			if text == "" {
				text = b.cell.String()
			}
			for range b.repeats {
				b.row = append(b.row, text)
			}
			b.inCell = false
		case "table-row":
			for len(b.row) > 0 && b.row[len(b.row)-1] == "" {
				b.row = b.row[:len(b.row)-1]
			}
			if len(b.row) == 0 {
				b.again = 1 // a gap, however tall
			}
			for range b.again {
				b.rows = append(b.rows, append([]string(nil), b.row...))
			}
		case "table":
			rows := b.rows
			b.rows = nil
			return sheet(b.in, b.out, b.sheets, b.name, true, func() (rowSource, error) { return &heldRows{rows: rows}, nil })
		}
	}
	return nil
}

func repeated(t xml.StartElement, name string) int {
	n, err := strconv.Atoi(markup.Attribute(t, name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxRepeated)
}

// heldRows are rows that are held in memory.
type heldRows struct {
	rows [][]string
	at   int
}

func (r *heldRows) Next() ([]string, error) {
	if r.at == len(r.rows) {
		return nil, io.EOF
	}
	r.at++
	return append([]string(nil), r.rows[r.at-1]...), nil
}

func (r *heldRows) Close() error { return nil }
