package intake

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/policy/casework"
)

func init() {
	readers[Mail] = func(in *input, p *pipe) error { return readMail(in, p, "the message", in.limits) }
	readers[Mbox] = readMbox
}

// maxParts is the number of parts of one mail that are read, at all depths.
const maxParts = 1000

// maxMailText is how much of one part's text is searched.
const maxMailText = 1 << 20

// readMail reads one message of RFC 5322: who wrote to whom, the text of its
// parts, and the hashes of attached pictures. Nothing that it refers to is
// fetched.
func readMail(r io.Reader, p *pipe, record string, limits Limits) error {
	m, err := mail.ReadMessage(bufio.NewReader(&headerGuard{r: r, left: limits.Record}))
	if err != nil {
		if errors.Is(err, errStopped) {
			return err
		}
		return p.broken(record, errors.New("the headers are not a mail's"))
	}
	a := &about{}
	if reason := a.setSeen(m.Header.Get("Date")); reason != "" {
		if at, err := m.Header.Date(); err == nil {
			a.seen, _ = sane(at)
		}
	}
	t := &mailReader{p: p, record: record, about: a}
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
	if t.attached > 0 {
		if err := p.note("attachments that are no text and no picture were not read"); err != nil {
			return err
		}
	}
	return p.record()
}

type mailReader struct {
	p        *pipe
	record   string
	about    *about
	parts    int
	attached int
}

func (t *mailReader) state(where string, s statement) error {
	s.record, s.about = t.record+" "+where, t.about
	return t.p.value(s)
}

func (t *mailReader) prose(where, text string) error {
	return t.state(where, statement{prose: true, value: text})
}

// addresses states the addresses of a header field.
func (t *mailReader) addresses(name, field string) error {
	list, err := (&mail.AddressParser{WordDecoder: words}).ParseList(field)
	if err != nil {
		return t.prose(name, decodeWords(field))
	}
	for _, one := range list {
		if err := t.state(name, statement{kind: casework.Email, value: one.Address}); err != nil {
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
func (t *mailReader) part(h header, body io.Reader, depth int, where string) error {
	if t.parts++; t.parts > maxParts || depth > 8 {
		return t.p.problem(t.record+" "+where, "more parts than a mail has; the others were not read")
	}
	kind, params, err := mime.ParseMediaType(or(h.kind, "text/plain"))
	if err != nil {
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		mr := multipart.NewReader(body, params["boundary"])
		for n := 1; ; n++ {
			part, err := mr.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return t.p.problem(t.record+" "+where, "the parts of the message are broken; what stands before the fault was read")
			}
			if err := t.part(textHeader(part.Header), part, depth+1, fmt.Sprintf("%s/%d", where, n)); err != nil {
				return err
			}
			if t.parts > maxParts {
				return nil
			}
		}
	}
	body = decodeTransfer(h.encoding, body)
	switch {
	case kind == "text/html":
		return t.prose(where, textOf(decodeText(params["charset"], body)))
	case kind == "message/rfc822" && depth < 3:
		m, err := mail.ReadMessage(bufio.NewReader(&headerGuard{r: body, left: maxMailText}))
		if err != nil {
			return t.p.problem(t.record+" "+where, "the message inside is broken")
		}
		return t.part(textHeader(m.Header), m.Body, depth+1, where+"/message")
	case strings.HasPrefix(kind, "text/"):
		return t.prose(where, decodeText(params["charset"], body))
	case strings.HasPrefix(kind, "image/"):
		return t.picture(where, body)
	}
	t.attached++
	return nil
}

// picture states the hash of an attached picture.
func (t *mailReader) picture(where string, body io.Reader) error {
	sum := sha256.New()
	if n, err := io.Copy(sum, body); err != nil || n == 0 {
		return t.p.problem(t.record+" "+where, "the attached picture is broken")
	}
	return t.state(where, statement{kind: casework.SHA256, value: hex.EncodeToString(sum.Sum(nil))})
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
	raw, err := io.ReadAll(io.LimitReader(r, maxMailText))
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

// textOf gives the text of HTML and the targets of its links, a line to each
// block.
func textOf(page string) string {
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(maxMailText)
	var b strings.Builder
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "script", "style":
				skip++
			case "br", "p", "div", "tr", "li", "td", "h1", "h2", "h3":
				b.WriteByte('\n')
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if string(key) == "href" {
					b.WriteString(" " + string(value) + " ")
				}
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); skip > 0 && (string(name) == "script" || string(name) == "style") {
				skip--
			}
		}
	}
}

// A headerGuard bounds what is held of a message before its body.
type headerGuard struct {
	r    io.Reader
	left int
	tail []byte
	body bool
}

var errHeaders = errors.New("headers longer than the limit")

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

// readMbox reads the messages of an mbox (RFC 4155): each begins with a "From "
// line behind an empty one.
func readMbox(in *input, p *pipe) error {
	box := &mbox{r: bufio.NewReaderSize(in, 64<<10), blank: true}
	for n := 1; ; n++ {
		if !box.next() {
			return box.err()
		}
		if err := readMail(box, p, fmt.Sprintf("message %d", n), in.limits); err != nil {
			return err
		}
	}
}

// An mbox gives one message after the other as a reader.
type mbox struct {
	r       *bufio.Reader
	blank   bool // the last line was empty, or there was none
	partial bool // the last piece did not end its line
	end     bool // a "From " line is next
	fault   error
	rest    []byte
}

// next passes over what is left of a message and the "From " line of the next.
func (m *mbox) next() bool {
	if _, err := io.Copy(io.Discard, m); err != nil || m.fault != nil && !m.end {
		return false
	}
	for {
		line, err := m.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && len(line) == 0 {
			m.fault = err
			return false
		}
		m.end, m.blank, m.partial = false, false, false
		return true
	}
}

func (m *mbox) err() error {
	if m.fault == io.EOF || m.fault == nil {
		return nil
	}
	return m.fault
}

func (m *mbox) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		if m.end {
			return 0, io.EOF
		}
		if m.fault != nil {
			return 0, m.fault
		}
		if m.blank && !m.partial {
			if head, _ := m.r.Peek(5); string(head) == "From " {
				m.end = true
				continue
			}
		}
		line, err := m.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			m.fault = err
		}
		m.blank = !m.partial && len(bytes.TrimRight(line, "\r\n")) == 0
		m.partial = err == bufio.ErrBufferFull
		m.rest = append(m.rest[:0], line...)
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}
