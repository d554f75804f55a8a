// Package mail reads messages of RFC 5322: who wrote to whom, the text of the parts,
// and every attachment as what it is by itself, messages that were forwarded with their
// own headers among them. Nothing that a message refers to is fetched.
//
// The parts are taken apart by the standard library (net/mail, mime/multipart), which
// goes on where a message is damaged and bounds what it holds; what stands before a
// fault is read.
package mail

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "mail",
	Title:      "mail with its attachments",
	Source:     "RFC 5322, MIME",
	MediaTypes: []string{"message/rfc822"},
	Container:  true,
	Binary:     true, // each part says its own encoding
	Tell: func(h *reading.Head) (string, bool) {
		return "begins with the headers of a mail", Headers(h.Text()) >= 2
	},
	Read: func(in *reading.Input, out *reading.Sink) error { return Message(in, out, "the message", in.Limits) },
}

// Reasons for which a message, or a part of one, is not read.
var (
	errNoHeaders = errors.New("the headers are not a mail's")
	errParts     = errors.New("more parts than a mail has; the others were not read")
	errBoundary  = errors.New("the parts of the message are broken; what stands before the fault was read")
	errHeaders   = errors.New("headers longer than the limit")
)

// maxParts is the number of parts of one mail that are read, at all depths.
const maxParts = 1000

// maxText is how much of one part's text is searched.
const maxText = 1 << 20

// Headers counts the header lines of RFC 5322 that a text begins with, if they are a
// mail's.
func Headers(text []byte) int {
	names, end := 0, bytes.Index(text, []byte("\n\n"))
	if crlf := bytes.Index(text, []byte("\r\n\r\n")); crlf >= 0 && (end < 0 || crlf < end) {
		end = crlf
	}
	if end < 0 {
		end = len(text) - 1
	}
	m, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(text[:end+1]), "\r\n\r\n"...)))
	if err != nil {
		return 0
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Received", "Mime-Version", "Content-Type", "Return-Path", "Delivered-To"} {
		if len(m.Header[name]) > 0 {
			names++
		}
	}
	return names
}

// Message reads one message under a record's name.
func Message(r io.Reader, out *reading.Sink, record string, limits reading.Limits) error {
	m, err := mail.ReadMessage(bufio.NewReader(&headerGuard{r: r, left: limits.Record}))
	if err != nil {
		return out.Broken(record, errNoHeaders)
	}
	a := &reading.About{}
	if a.SetSeen(m.Header.Get("Date")) != nil {
		if at, err := m.Header.Date(); err == nil {
			a.Seen, _ = reading.SaneTime(at)
		}
	}
	t := &message{out: out, record: record, about: a}
	for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"} {
		for _, field := range m.Header[name] {
			if err := t.addresses(name, field); err != nil {
				return err
			}
		}
	}
	if err := t.prose("Subject", decodeWords(m.Header.Get("Subject"))); err != nil {
		return err
	}
	if err := t.part(textHeader(m.Header), m.Body, 0, "body"); err != nil {
		return err
	}
	return out.Record()
}

// A message is a message that is being read.
type message struct {
	out    *reading.Sink
	record string
	about  *reading.About
	parts  int
}

func (t *message) state(where string, s reading.Statement) error {
	s.Record, s.About = t.record+" "+where, t.about
	return t.out.Value(s)
}

func (t *message) prose(where, text string) error {
	return t.state(where, reading.Statement{Prose: true, Value: text})
}

func (t *message) problem(where string, why error) error {
	return t.out.Problem(t.record+" "+where, why)
}

// addresses states the addresses of a header field.
func (t *message) addresses(name, field string) error {
	list, err := (&mail.AddressParser{WordDecoder: words}).ParseList(field)
	if err != nil {
		return t.prose(name, decodeWords(field))
	}
	for _, one := range list {
		if err := t.state(name, reading.Statement{Kind: casework.Email, Value: one.Address}); err != nil {
			return err
		}
	}
	return nil
}

// header is what a part's headers say about its content.
type header struct{ kind, encoding, disposition string }

func textHeader(h map[string][]string) header {
	get := func(name string) string {
		if v := h[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	return header{kind: get("Content-Type"), encoding: get("Content-Transfer-Encoding"), disposition: get("Content-Disposition")}
}

// part reads the content of a message or of one of its parts.
func (t *message) part(h header, body io.Reader, depth int, where string) error {
	if t.parts++; t.parts > maxParts || depth > 8 {
		return t.problem(where, errParts)
	}
	kind, params, err := mime.ParseMediaType(cmp.Or(h.kind, "text/plain"))
	if err != nil {
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		return t.multipart(multipart.NewReader(body, params["boundary"]), depth, where)
	}
	body = decodeTransfer(h.encoding, body)
	disposition, names, err := mime.ParseMediaType(h.disposition)
	attached := err == nil && disposition == "attachment" || err == nil && names["filename"] != "" || params["name"] != ""
	switch {
	case attached, !strings.HasPrefix(kind, "text/"):
		// the place names it: a file's own name may be a person's
		name := t.record + " " + where + path.Ext(cmp.Or(decodeWords(names["filename"]), decodeWords(params["name"])))
		return t.out.With(t.about).Nested(reading.Printable(name), body)
	case kind == "text/html":
		return t.prose(where, markup.HTMLText(decodeText(params["charset"], body)))
	}
	return t.prose(where, decodeText(params["charset"], body))
}

func (t *message) multipart(mr *multipart.Reader, depth int, where string) error {
	for n := 1; ; n++ {
		part, err := mr.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return t.problem(where, errBoundary)
		}
		if err := t.part(textHeader(part.Header), part, depth+1, fmt.Sprintf("%s/%d", where, n)); err != nil {
			return err
		}
		if t.parts > maxParts {
			return nil
		}
	}
}

func decodeTransfer(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	}
	return r
}

// decodeText reads what is searched of a part, as far as it can be read.
func decodeText(name string, r io.Reader) string {
	raw, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil && len(raw) == 0 {
		return ""
	}
	if e, err := htmlindex.Get(name); err == nil && name != "" {
		if text, err := e.NewDecoder().Bytes(raw); err == nil {
			return string(text)
		}
	}
	text, _ := charset.Field(raw)
	return text
}

var words = &mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}}

func decodeWords(field string) string {
	if text, err := words.DecodeHeader(field); err == nil {
		return text
	}
	return field
}

// A headerGuard bounds what is held of a message before its body.
type headerGuard struct {
	r    io.Reader
	left int
	tail []byte
	body bool
}

func (g *headerGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.body {
		return n, err
	}
	g.tail = append(g.tail, p[:n]...)
	if bytes.Contains(g.tail, []byte("\n\n")) || bytes.Contains(g.tail, []byte("\n\r\n")) {
		g.body, g.tail = true, nil
		return n, err
	}
	if len(g.tail) > 3 {
		g.tail = append(g.tail[:0], g.tail[len(g.tail)-3:]...)
	}
	if g.left -= n; g.left < 0 {
		return 0, errHeaders
	}
	return n, err
}
