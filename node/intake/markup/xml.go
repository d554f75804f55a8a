// Package markup holds what readers of XML and HTML are made of: a decoder of XML that
// expands no entity and reads no document type, the parts of packages of Office, and the
// text of a page as a person sees it. Nothing that a document refers to is opened, and its
// namespaces and schemas are nobody's addresses.
package markup

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
	"golang.org/x/text/encoding/charmap"
)

// Reasons for which a document of XML is not read further.
var (
	ErrDoctype  = errors.New("a document type definition; such a file is not read further, since entities can name other files")
	ErrXMLDepth = errors.New("elements nested deeper than the limit")
	ErrXMLToken = errors.New("a piece of text or a tag longer than the limit")
	ErrXML      = errors.New("not well-formed XML")
	errXMLEnd   = errors.New("the document ends too early")
)

// An XML decodes a document of XML by tokens. No entity is expanded but XML's own five,
// and no token is longer than the limit of a record.
type XML struct {
	*xml.Decoder
	guard *xmlGuard
}

// NewXML decodes a source.
func NewXML(in *reading.Input) XML {
	x := XML{guard: &xmlGuard{r: in, limit: in.Limits.Record}}
	x.Decoder = xml.NewDecoder(x.guard)
	x.CharsetReader = charsetOf
	return x
}

// Failed returns the error of the source itself, if it failed.
func (x XML) Failed() error { return x.guard.failed }

// Fault words an error of a decoder without the text that it quotes.
func Fault(err error) error {
	switch {
	case errors.Is(err, ErrDoctype), errors.Is(err, ErrXMLDepth), errors.Is(err, ErrXMLToken), errors.Is(err, ErrXML):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return errXMLEnd
	case errors.Is(err, errCharset):
		return errCharset
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w in line %d", ErrXML, syntax.Line)
	}
	return ErrXML
}

// Root returns the local name of the root of a document of XML, "" where the head is
// none.
func Root(h *reading.Head) string {
	text := h.Text()
	if len(text) == 0 || text[0] != '<' {
		return ""
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // names are ASCII
	for range 20 {
		tok, err := d.RawToken()
		if err != nil {
			return ""
		}
		if start, ok := tok.(xml.StartElement); ok {
			return start.Name.Local
		}
	}
	return ""
}

var errCharset = errors.New("an encoding that is not read")

// charsetOf reads the encodings that a declaration may name. Those with a
// byte-order mark were decoded before.
func charsetOf(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-32":
		return r, nil
	case "iso-8859-1", "latin1", "iso-8859-15", "windows-1252", "cp1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	}
	return nil, errCharset
}

// An xmlGuard refuses text and tags longer than the limit before the decoder
// holds them.
type xmlGuard struct {
	r      io.Reader
	limit  int
	run    int   // bytes since the last angle bracket
	failed error // of the source
}

func (g *xmlGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if err != nil && err != io.EOF {
		g.failed = err
	}
	for i, c := range p[:n] {
		if c == '<' || c == '>' {
			g.run = 0
			continue
		}
		if g.run++; g.run > g.limit {
			return i, ErrXMLToken
		}
	}
	return n, err
}
