// Package pdf reads the text of PDF documents, page by page (by ledongthuc/pdf). Pages that
// are pictures have no text, and are counted and named; the file's hashes are taken too, so
// that a list of hashes meets it. Forms that are filled in, and what is attached, are not
// read.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "pdf",
	Title:      "PDF documents, by page",
	Source:     "ISO 32000",
	MediaTypes: []string{"application/pdf"},
	Binary:     true,
	Tell: func(h *reading.Head) (string, bool) {
		return "begins like a PDF", bytes.HasPrefix(h.Raw, []byte("%PDF-"))
	},
	Read: read,
}

// Bounds of one document: the library holds its tables in memory, and a hostile one may
// name pages without end.
const (
	maxSize  = 512 << 20
	maxPages = 20_000
	maxText  = 4 << 20  // of one page
	maxPage  = 32 << 20 // that a page unpacks to
	maxParts = 10_000
	maxTime  = 2 * time.Minute
)

var (
	errDamaged   = errors.New("a damaged PDF; take its text out with 'pdftotext' for example")
	errEncrypted = errors.New("encrypted with a password; save it without")
	errPages     = fmt.Errorf("more than %d pages, or more than %s to read; the others were not read", maxPages, maxTime)
	errPage      = errors.New("a page that cannot be read")
	errSize      = errors.New("a PDF of more than 512 MB")
)

func read(in *reading.Input, out *reading.Sink) error {
	r, size, err := in.Random()
	if err != nil {
		return err
	}
	whole := *in
	whole.Reader = io.NewSectionReader(r, 0, size)
	if err := reading.Hashes(&whole, out, "a PDF"); err != nil {
		return err
	}
	if size > maxSize {
		return out.Problem("the file", errSize)
	}
	d, pages, err := open(r, size)
	if err != nil {
		return out.Broken("the file", err)
	}
	until, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	empty := 0
	for n := 1; n <= pages; n++ {
		record := fmt.Sprintf("page %d", n)
		if n > maxPages || until.Err() != nil {
			return out.Problem(record, errPages)
		}
		text, err := page(d, n)
		switch {
		case err != nil:
			if err := out.Broken(record, errPage); err != nil {
				return err
			}
			continue
		case strings.TrimSpace(text) == "":
			empty++
			continue
		}
		if err := out.Value(reading.Statement{Record: record, Prose: true, Value: text}); err != nil {
			return err
		}
		if err := out.Record(); err != nil {
			return err
		}
	}
	if empty > 0 {
		return out.Note(fmt.Sprintf("%d of %d pages have no text; they may be pictures of one, which are not read", empty, pages))
	}
	return nil
}

// open reads the tables of a document. The library panics at what it does not expect.
func open(r io.ReaderAt, size int64) (d *pdf.Reader, pages int, err error) {
	defer func() {
		if recover() != nil {
			err = errDamaged
		}
	}()
	if d, err = pdf.NewReader(r, size); err != nil {
		if errors.Is(err, pdf.ErrInvalidPassword) {
			return nil, 0, errEncrypted
		}
		return nil, 0, errDamaged
	}
	pages = d.NumPage()
	if pages <= 0 {
		return nil, 0, errDamaged
	}
	return d, pages, nil
}

// page returns the text of a page.
func page(d *pdf.Reader, n int) (text string, err error) {
	defer func() {
		if recover() != nil {
			err = errPage
		}
	}()
	p := d.Page(n)
	if p.V.IsNull() || !bounded(p) {
		return "", errPage
	}
	return layout(p.Content().Text), nil
}

// bounded reports whether a page, and what says which characters its fonts have, unpack to
// no more than a page needs: the library holds them whole.
func bounded(p pdf.Page) bool {
	left := int64(maxPage)
	take := func(v pdf.Value) {
		if v.Kind() != pdf.Stream || left < 0 {
			return
		}
		r := v.Reader()
		defer r.Close()
		n, err := io.Copy(io.Discard, io.LimitReader(r, left+1))
		if left -= n; err != nil {
			left = min(left, maxPage/2)
		}
	}
	contents := p.V.Key("Contents")
	take(contents)
	if contents.Kind() == pdf.Array {
		for i := range min(contents.Len(), maxParts) {
			take(contents.Index(i))
		}
	}
	for _, name := range p.Fonts() {
		take(p.Font(name).V.Key("ToUnicode"))
	}
	return left >= 0 && contents.Len() <= maxParts
}

// layout puts the characters of a page into lines and words by where they stand, in the
// order in which the page draws them.
func layout(drawn []pdf.Text) string {
	var b strings.Builder
	var last pdf.Text
	for i, c := range drawn {
		if c.S == "\n" || b.Len() > maxText {
			continue
		}
		size := max(c.FontSize, 1)
		switch {
		case i == 0:
		case c.Y < last.Y-size/2 || c.Y > last.Y+size/2:
			b.WriteByte('\n')
		case c.X > last.X+last.W+max(size/5, 0.5) && c.S != " " && last.S != " ":
			b.WriteByte(' ')
		}
		b.WriteString(c.S)
		last = c
	}
	return b.String()
}
