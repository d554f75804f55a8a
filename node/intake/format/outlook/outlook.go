// Package outlook reads single messages of Outlook (MSG): a compound file whose streams
// are the properties of a message (MS-OXMSG, MS-OXPROPS; the container by
// richardlehane/mscfb). Who wrote to whom, the subject, the text and every attachment are
// read; a message that is attached is read with them. A body that exists as RTF alone is
// named and not read.
package outlook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "msg",
	Title:      "messages of Outlook (MSG) with their attachments",
	Source:     "MS-OXMSG, MS-OXPROPS",
	MediaTypes: []string{"application/vnd.ms-outlook"},
	Binary:     true,
	Container:  true,
	Tell: func(h *reading.Head) (string, bool) {
		return "is a compound file with the properties of a message", bytes.HasPrefix(h.Raw, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) &&
			(bytes.Contains(h.Raw, wide("__properties_version1.0")) || bytes.Contains(h.Raw, wide("__substg1.0_")) || strings.EqualFold(path.Ext(h.Name), ".msg"))
	},
	Read: read,
}

func wide(name string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(name)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Properties that are read, by their number.
const (
	subject      = 0x0037
	transport    = 0x007D // the headers that it came with
	senderEmail  = 0x0C1F
	sentBySMTP   = 0x5D02
	senderSMTP   = 0x5D01
	displayTo    = 0x0E04
	displayCc    = 0x0E03
	body         = 0x1000
	rtf          = 0x1009
	htmlBody     = 0x1013
	email        = 0x3003
	smtp         = 0x39FE
	data         = 0x3701
	shortName    = 0x3704
	longName     = 0x3707
	submitted    = 0x0039
	delivered    = 0x0E06
	typeUnicode  = 0x001F
	typeANSI     = 0x001E
	typeBinary   = 0x0102
	typeObject   = 0x000D
	typeFiletime = 0x0040
)

// Bounds of one message.
const (
	maxStreams = 20_000
	maxText    = 4 << 20
)

var (
	errMessage = errors.New("a damaged compound file")
	errStreams = errors.New("more streams than a message has; the others were not read")
	errRTF     = errors.New("its text is kept as RTF alone, which is not read; save the message as text or EML")
)

var stream = regexp.MustCompile(`^__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})$`)

func read(in *reading.Input, out *reading.Sink) (err error) {
	r, size, err := in.Random()
	if err != nil {
		return err
	}
	box, err := mscfb.New(io.NewSectionReader(r, 0, size))
	if err != nil {
		return out.Broken("the message", errMessage)
	}
	m := &message{out: out, about: &reading.About{}, html: map[string]bool{}, text: map[string]bool{}}
	defer func() {
		if recover() != nil { // mscfb trusts its sectors to be where they are said to be
			err = out.Broken("the message", errMessage)
		}
	}()
	for n := 0; ; n++ {
		entry, err := box.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out.Broken("the message", errMessage)
		}
		if n == maxStreams {
			if err := out.Problem("the message", errStreams); err != nil {
				return err
			}
			break
		}
		if err := m.entry(entry); err != nil {
			return err
		}
	}
	return m.end()
}

// A message is what was read so far. A message that is attached has its storage in the
// names of what belongs to it.
type message struct {
	out     *reading.Sink
	about   *reading.About
	held    []reading.Statement
	rtf     []string
	text    map[string]bool // storages that have a text
	html    map[string]bool
	pending []attachment
}

type attachment struct {
	where string
	entry *mscfb.File
	name  string
}

// entry reads one stream by the property that it holds.
func (m *message) entry(e *mscfb.File) error {
	where := strings.Join(e.Path, "/")
	if e.Name == "__properties_version1.0" {
		m.times(e, where)
		return nil
	}
	name := stream.FindStringSubmatch(e.Name)
	if name == nil || e.Size == 0 {
		return nil
	}
	var property, kind int
	if _, err := fmt.Sscanf(name[1]+" "+name[2], "%x %x", &property, &kind); err != nil {
		return nil
	}
	switch property {
	case senderEmail, senderSMTP, sentBySMTP, email, smtp, displayTo, displayCc:
		return m.address(property, where, m.textOf(e, kind))
	case subject:
		m.prose(where, "subject", m.textOf(e, kind))
	case body:
		m.text[where] = true
		m.prose(where, "body", m.textOf(e, kind))
	case htmlBody:
		m.html[where] = true
		raw, err := io.ReadAll(io.LimitReader(e, maxText))
		if err == nil || len(raw) > 0 {
			page, _ := charset.Field(raw)
			if kind == typeUnicode {
				page = unicode(raw)
			}
			m.prose(where, "body", markup.HTMLText(page))
		}
	case transport:
		m.prose(where, "headers", addressesOf(m.textOf(e, kind)))
	case rtf:
		m.rtf = append(m.rtf, where)
	case shortName, longName:
		for i := range m.pending {
			if m.pending[i].where == where && (property == longName || m.pending[i].name == "") {
				m.pending[i].name = m.textOf(e, kind)
			}
		}
	case data:
		if kind == typeBinary && strings.Contains(where, "__attach_version1.0_#") {
			m.pending = append(m.pending, attachment{where: where, entry: e})
		}
	}
	return nil
}

// textOf reads a property that is a text.
func (m *message) textOf(e *mscfb.File, kind int) string {
	raw, err := io.ReadAll(io.LimitReader(e, maxText))
	if err != nil && len(raw) == 0 {
		return ""
	}
	if kind == typeUnicode {
		return unicode(raw)
	}
	text, _ := charset.Field(raw)
	return strings.TrimRight(text, "\x00")
}

func unicode(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// place names a part of a message: that of one that is attached by its attachment.
func place(where, what string) string {
	n := strings.Count(where, "__substg1.0_3701000D")
	if n == 0 {
		return "the message " + what
	}
	return fmt.Sprintf("a message attached, %d deep, %s", n, what)
}

func (m *message) prose(where, what, text string) {
	if text = strings.TrimSpace(text); text != "" {
		m.held = append(m.held, reading.Statement{Record: place(where, what), Prose: true, Value: text})
	}
}

// address holds an address of mail; Exchange's own names of its users are none.
func (m *message) address(property int, where, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "/") {
		return nil
	}
	what := "sender"
	switch {
	case strings.Contains(where, "__recip_version1.0_#"):
		what = "recipient"
	case property == displayTo || property == displayCc:
		m.prose(where, "recipients", text)
		return nil
	}
	if strings.Contains(text, "@") {
		m.held = append(m.held, reading.Statement{Record: place(where, what), Kind: casework.Email, Value: text, Optional: true})
	}
	return nil
}

// addressesOf returns the header fields in which addresses stand: message ids and names of
// servers are nobody's.
func addressesOf(headers string) string {
	var b strings.Builder
	taken := false
	for line := range strings.Lines(headers) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(strings.ToLower(line), ":")
			taken = name == "from" || name == "to" || name == "cc" || name == "bcc" || name == "reply-to" || name == "sender"
		}
		if taken {
			b.WriteString(line)
		}
	}
	return b.String()
}

// times reads when a message was sent out of its fixed properties: the times of what is
// attached are others.
func (m *message) times(e *mscfb.File, where string) {
	if where != "" {
		return
	}
	raw, err := io.ReadAll(io.LimitReader(e, maxText))
	if err != nil || len(raw) < 32 {
		return
	}
	for at := 32; at+16 <= len(raw); at += 16 {
		tag := binary.LittleEndian.Uint32(raw[at:])
		if tag != submitted<<16|typeFiletime && tag != delivered<<16|typeFiletime {
			continue
		}
		ticks := binary.LittleEndian.Uint64(raw[at+8:]) // of 100 ns since 1601
		if ticks < 116444736000000000 || ticks > 200000000000000000 {
			continue
		}
		sent := time.Unix(0, 0).Add(time.Duration(ticks-116444736000000000) * 100)
		if sent, ok := reading.SaneTime(sent); ok && m.about.Seen.IsZero() {
			m.about.Seen = sent
		}
	}
}

// end states what was held until the time of the message was known, and reads what is
// attached.
func (m *message) end() error {
	if len(m.held) == 0 && len(m.pending) == 0 {
		return m.out.Broken("the message", errMessage)
	}
	for _, s := range m.held {
		s.About = m.about
		if err := m.out.Value(s); err != nil {
			return err
		}
	}
	for _, where := range m.rtf {
		if !m.text[where] && !m.html[where] {
			if err := m.out.Problem(place(where, "body"), errRTF); err != nil {
				return err
			}
		}
	}
	for i, a := range m.pending {
		// the place names it: a file's own name may be a person's
		name := fmt.Sprintf("attachment %d%s", i+1, path.Ext(a.name))
		if _, err := a.entry.Seek(0, io.SeekStart); err != nil {
			return m.out.Refused(name, errMessage)
		}
		if err := m.out.With(m.about).Nested(reading.Printable(name), a.entry); err != nil {
			return err
		}
	}
	return m.out.Record()
}
