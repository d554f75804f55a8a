package tables

import (
	"bytes"
	"fmt"
	"io"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/node/intake/rows"
)

// sniffRows is how many rows a table is judged by.
const sniffRows = 200

// A Dialect is how a delimited text is written, and the table in it.
type Dialect struct {
	Comma byte // 0: one column
	Skip  int  // rows in front that say how to read the file
	Table *Table
}

// Sniff judges the head of a delimited text.
func Sniff(head []byte, whole bool, given map[string]string) Dialect {
	if comma, ok := sepLine(head); ok {
		return Dialect{Comma: comma, Skip: 1, Table: sniff(head, whole, comma, 1, given)}
	}
	best := Dialect{Table: &Table{}}
	for _, c := range []byte{',', ';', '\t', '|'} {
		if t := sniff(head, whole, c, 0, given); t.Header > 0 && len(t.Columns) > 1 && t.named > best.Table.named {
			best = Dialect{Comma: c, Table: t}
		}
	}
	if best.Comma != 0 {
		return best
	}
	comma := rows.Delimiter(head, whole)
	return Dialect{Comma: comma, Table: sniff(head, whole, comma, 0, given)}
}

// OneColumn judges the head of a text as a single column.
func OneColumn(head []byte, whole bool) *Table { return sniff(head, whole, 0, 0, nil) }

// NamedHeader reports whether a header names a column that is known.
func (t *Table) NamedHeader() bool { return t.Header > 0 && t.named > 0 }

// sepLine reads the line "sep=;" that tells a spreadsheet the delimiter.
func sepLine(head []byte) (byte, bool) {
	line := head
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		line = head[:i]
	}
	rest, ok := bytes.CutPrefix(bytes.Trim(line, `"`), []byte("sep="))
	if !ok || len(rest) != 1 || rest[0] == '"' {
		return 0, false
	}
	return rest[0], true
}

func sniff(head []byte, whole bool, comma byte, skip int, given map[string]string) *Table {
	d := rows.NewReader(bytes.NewReader(head), comma, reading.HeadSize)
	var sample [][]string
	for n := 0; len(sample) < sniffRows; n++ {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if n >= skip && row.Err == nil && !row.Empty() {
			sample = append(sample, row.Fields)
		}
	}
	if !whole && len(sample) > 1 && len(sample) < sniffRows {
		sample = sample[:len(sample)-1] // it may be cut
	}
	if len(sample) == 0 {
		return &Table{}
	}
	return Judge(sample, given)
}

// Read reads a delimited text by its dialect.
func (d Dialect) Read(in *reading.Input, out *reading.Sink) error {
	t := d.Table
	if t.Feed {
		return out.Note("the list of a MISP feed: hashes of what its events hold, not of files. Nothing was taken; read the events themselves")
	}
	if err := t.Note(out, ""); err != nil {
		return err
	}
	r := rows.NewReader(in, d.Comma, in.Limits.Record)
	foreign, n := 0, 0
	for i := 0; ; i++ {
		row, err := r.Next()
		if err == io.EOF {
			return out.Foreign(foreign)
		}
		if err != nil {
			return err
		}
		record := fmt.Sprintf("line %d", row.Line)
		if row.Err != nil {
			if err := out.Broken(record, row.Err); err != nil {
				return err
			}
			continue
		}
		if i < d.Skip || row.Empty() {
			continue
		}
		if row.Foreign {
			foreign++
		}
		n++
		if err := t.Take(out, n, Row{Record: record, Fields: row.Fields, Foreign: row.Foreign}); err != nil {
			return err
		}
	}
}
