// Package csv reads delimited tables: RFC 4180 and its relatives with semicolons, tabs
// or bars, with or without a header, with lines of a report in front of it.
package csv

import (
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/node/intake/tables"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "csv",
	Title:      "CSV and other delimited tables",
	Source:     "RFC 4180; exports of spreadsheets, phone extraction tools, banks and operators",
	MediaTypes: []string{"text/csv", "text/tab-separated-values"},
	Tell:       tell,
	Read: func(in *reading.Input, out *reading.Sink) error {
		return tables.Sniff(in.Head.Text(), in.Head.Whole, in.Columns).Read(in, out)
	},
}

func tell(h *reading.Head) (string, bool) {
	text := h.Text()
	if len(text) == 0 || text[0] == '<' {
		return "", false
	}
	if d := tables.Sniff(text, h.Whole, nil); d.Comma != 0 && d.Table.Plausible() {
		return "fields separated by " + delimiterName(d.Comma), true
	}
	if tables.OneColumn(text, h.Whole).NamedHeader() {
		return "one column under a header", true
	}
	return "", false
}

func delimiterName(c byte) string {
	switch c {
	case ',':
		return "commas"
	case ';':
		return "semicolons"
	case '\t':
		return "tabs"
	case '|':
		return "vertical bars"
	}
	return "a sign that its first line names"
}
