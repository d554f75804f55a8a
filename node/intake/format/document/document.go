// Package document reads texts and slides of Office by paragraph: DOCX and PPTX (ECMA-376)
// and ODT and ODP (OASIS ODF), with the targets of their links. Styles, schemas and
// namespaces in them are nobody's addresses and are not read.
package document

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:   "document",
	Title:  "texts and slides of Office (DOCX, PPTX, ODT, ODP), by paragraph",
	Source: "ECMA-376, OASIS ODF 1.3",
	MediaTypes: []string{
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.presentation",
	},
	Binary: true,
	Tell: func(h *reading.Head) (string, bool) {
		switch kind := markup.OfficeKind(h); kind {
		case "word/", "ppt/", "opendocument.text", "opendocument.presentation":
			return "is a package of Office with a text", true
		}
		return "", false
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	parts, err := markup.OpenParts(in)
	if err != nil {
		return err
	}
	var names []string
	for _, p := range [][2]string{
		{"word/document", ".xml"}, {"word/footnotes", ".xml"}, {"word/endnotes", ".xml"}, {"word/comments", ".xml"}, {"word/header", ".xml"}, {"word/footer", ".xml"},
		{"ppt/slides/slide", ".xml"}, {"ppt/notesSlides/notesSlide", ".xml"}, {"content", ".xml"},
	} {
		names = append(names, parts.Names(p[0], p[1])...)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return out.Refused("the text", markup.ErrParts)
	}
	for _, name := range names {
		p := &paragraphs{out: out, name: name}
		if err := parts.Tokens(name, in.Limits, p.token); err != nil {
			if !damaged(err) {
				return err
			}
			if err := out.Refused(name, err); err != nil {
				return err
			}
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
	return links(in, out, parts)
}

func damaged(err error) bool {
	return errors.Is(err, markup.ErrParts) || errors.Is(err, markup.ErrXML) || errors.Is(err, markup.ErrDoctype) || errors.Is(err, markup.ErrXMLDepth) || errors.Is(err, markup.ErrXMLToken)
}

// links states where the links of a text lead: they stand beside it.
func links(in *reading.Input, out *reading.Sink, parts *markup.Parts) error {
	for _, name := range parts.Names("", ".rels") {
		n := 0
		err := parts.Tokens(name, in.Limits, func(tok xml.Token) error {
			t, ok := tok.(xml.StartElement)
			if !ok || t.Name.Local != "Relationship" || !strings.HasSuffix(markup.Attribute(t, "Type"), "/hyperlink") || markup.Attribute(t, "TargetMode") != "External" {
				return nil
			}
			n++
			if err := out.Value(reading.Statement{Record: fmt.Sprintf("%s link %d", name, n), Prose: true, Value: markup.Attribute(t, "Target")}); err != nil {
				return err
			}
			return out.Record()
		})
		if err != nil && !damaged(err) {
			return err
		}
	}
	return nil
}

// paragraphs states one paragraph after the other.
type paragraphs struct {
	out  *reading.Sink
	name string
	n    int
	text strings.Builder
	in   int // elements of text that are open
}

func (p *paragraphs) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "t", "span", "p", "h":
			p.in++
		case "tab", "s":
			p.text.WriteByte(' ')
		case "br", "line-break", "cr":
			p.text.WriteByte('\n')
		case "a":
			p.text.WriteString(" " + markup.Attribute(t, "href") + " ")
		}
	case xml.CharData:
		if p.in > 0 && p.text.Len() < 1<<20 {
			p.text.Write(t)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "t", "span":
			p.in--
		case "p", "h":
			p.in--
			return p.flush()
		}
	}
	return nil
}

func (p *paragraphs) flush() error {
	text := strings.TrimSpace(p.text.String())
	p.text.Reset()
	if text == "" {
		return nil
	}
	p.n++
	if err := p.out.Value(reading.Statement{Record: fmt.Sprintf("%s paragraph %d", p.name, p.n), Prose: true, Value: text}); err != nil {
		return err
	}
	return p.out.Record()
}
