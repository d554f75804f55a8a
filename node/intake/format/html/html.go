// Package html reads saved pages: the text that a person sees and where its links lead,
// and its tables by their columns. Scripts, styles, comments and what is hidden are not
// read, and nothing that a page refers to is fetched.
package html

import (
	"bytes"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
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
	text := markup.HTMLText(string(page))
	if strings.TrimSpace(text) == "" {
		return out.Ignored()
	}
	if err := out.Value(reading.Statement{Record: "the page", Prose: true, Value: text}); err != nil {
		return err
	}
	return out.Record()
}
