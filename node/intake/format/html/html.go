// Package html reads saved pages: the text that a person sees and where its links lead,
// and its tables by their columns. Scripts, styles, comments and what is hidden are not
// read, and nothing that a page refers to is fetched.
package html

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/node/intake/tables"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "html",
	Title:      "saved pages (HTML)",
	Source:     "WHATWG HTML",
	MediaTypes: []string{"text/html", "application/xhtml+xml"},
	Tell:       tell,
	Read:       read,
}

// tags are those that a page, or a piece of one, begins with.
var tags = [][]byte{
	[]byte("<!doctype html"), []byte("<html"), []byte("<head"), []byte("<body"), []byte("<title"), []byte("<meta"), []byte("<div"), []byte("<table"),
	[]byte("<p>"), []byte("<p "), []byte("<span"), []byte("<script"), []byte("<style"), []byte("<ul"), []byte("<h1"), []byte("<a "), []byte("<!--"), []byte("<br"), []byte("<b>"),
}

func tell(h *reading.Head) (string, bool) {
	text := bytes.ToLower(h.Text())
	if len(text) == 0 || text[0] != '<' {
		return "", false
	}
	if bytes.HasPrefix(text, []byte("<?xml")) {
		return "is a page of XHTML", markup.Root(h) == "html"
	}
	for _, t := range tags {
		if bytes.HasPrefix(text, t) {
			return "begins like a page", true
		}
	}
	return "", false
}

// maxPage is how much of a page is read; a longer one is cut, and said so.
const maxPage = 32 << 20

func read(in *reading.Input, out *reading.Sink) error {
	page, err := io.ReadAll(io.LimitReader(in, maxPage))
	if err != nil {
		return err
	}
	if len(page) == maxPage {
		if err := out.Note("a page of more than 32 MB: what stands behind that was not read"); err != nil {
			return err
		}
	}
	if !bytes.Contains(page, []byte(">")) {
		return out.Broken("the page", markup.ErrXML)
	}
	text, found := markup.HTMLTables(string(page), func(rows [][]string) bool { return ofData(rows, in.Columns) })
	if strings.TrimSpace(text) == "" && len(found) == 0 {
		return out.Ignored()
	}
	if strings.TrimSpace(text) != "" {
		if err := out.Value(reading.Statement{Record: "the page", Prose: true, Value: text}); err != nil {
			return err
		}
		if err := out.Record(); err != nil {
			return err
		}
	}
	for n, rows := range found {
		if err := table(in, out, n+1, rows); err != nil {
			return err
		}
	}
	return nil
}

// ofData reports whether a table of a page has a header that names what is under it.
func ofData(rows [][]string, given map[string]string) bool {
	t := tables.Judge(filled(rows), given)
	return t.Header > 0 && t.Useful && t.Told && t.Regular
}

func filled(rows [][]string) (out [][]string) {
	for _, row := range rows {
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			out = append(out, row)
		}
	}
	return out
}

func table(in *reading.Input, out *reading.Sink, n int, rows [][]string) error {
	rows = filled(rows)
	t := tables.Judge(rows, in.Columns)
	if err := t.Note(out, fmt.Sprintf("table %d: ", n)); err != nil {
		return err
	}
	for i, row := range rows {
		if err := t.Take(out, i+1, tables.Row{Record: fmt.Sprintf("table %d row %d", n, i+1), Fields: row}); err != nil {
			return err
		}
	}
	return nil
}
