// Package vcard reads contacts: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), with folded
// lines, groups, parameters, quoted-printable and the addresses of telephones and chats.
// A name of a person is not taken, and does not stand in the name of a record.
package vcard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "vcard",
	Title:      "contacts in vCard 2.1, 3.0 and 4.0",
	Source:     "RFC 2426, RFC 6350, versit vCard 2.1",
	MediaTypes: []string{"text/vcard", "text/x-vcard", "text/directory"},
	Tell: func(h *reading.Head) (string, bool) {
		return "begins like a vCard", len(h.Text()) >= len(begin) && strings.EqualFold(string(h.Text()[:len(begin)]), begin)
	},
	Read: read,
}

const begin = "BEGIN:VCARD"

var (
	errLine  = errors.New("a line that is no property of a vCard")
	errCards = errors.New("a card that ends nowhere")
)

func read(in *reading.Input, out *reading.Sink) error {
	c := &cards{out: out}
	if err := in.Unfolded(out, c.line); err != nil {
		return err
	}
	if c.soft != "" {
		if err := c.property(c.record, c.soft); err != nil {
			return err
		}
	}
	if c.open {
		return out.Broken(fmt.Sprintf("card %d", c.n), errCards)
	}
	return nil
}

// cards reads one card after the other.
type cards struct {
	out    *reading.Sink
	n      int
	open   bool
	found  bool
	seen   string
	soft   string // a quoted-printable line that goes on in the next
	record string
	held   []reading.Statement
}

func (c *cards) line(l reading.Line) error {
	text := strings.TrimSpace(l.Text)
	if c.soft != "" {
		c.soft = strings.TrimSuffix(c.soft, "=") + text
		if strings.HasSuffix(text, "=") {
			return nil
		}
		text, c.soft = c.soft, ""
		return c.property(c.record, text)
	}
	if text == "" {
		return nil
	}
	if strings.HasSuffix(text, "=") && strings.Contains(strings.ToUpper(text), "QUOTED-PRINTABLE") {
		c.soft, c.record = text, l.Record
		return nil
	}
	return c.property(l.Record, text)
}

// property reads one line: [group.]NAME[;parameters]:value.
func (c *cards) property(record, text string) error {
	head, value, ok := strings.Cut(text, ":")
	if !ok {
		return c.out.Problem(record, errLine)
	}
	parts := strings.Split(head, ";")
	name := strings.ToUpper(parts[0][strings.LastIndexByte(parts[0], '.')+1:])
	parameters := strings.ToUpper(strings.Join(parts[1:], ";"))
	if strings.Contains(parameters, "QUOTED-PRINTABLE") {
		value = decodeQuoted(value)
	}
	value = strings.TrimSpace(unescape(value))
	switch name {
	case "BEGIN":
		if c.open {
			if err := c.end(); err != nil {
				return err
			}
		}
		c.n, c.open, c.found, c.seen = c.n+1, true, false, ""
		return nil
	case "END":
		return c.end()
	case "REV":
		c.seen = value
		return nil
	}
	s := reading.Statement{Record: fmt.Sprintf("card %d", c.n), Value: value}
	if !c.state(&s, name, parameters) || value == "" {
		return nil
	}
	c.held = append(c.held, s)
	return nil
}

// state tells what a property holds; ok is false for what is no identifier.
func (c *cards) state(s *reading.Statement, name, parameters string) (ok bool) {
	switch name {
	case "TEL":
		s.Kind = casework.Phone
	case "EMAIL":
		s.Kind = casework.Email
	case "URL":
		s.Kind = casework.URL
	case "NOTE":
		s.Prose = true
	case "IMPP", "X-SOCIALPROFILE", "SOCIALPROFILE":
		s.Kind, s.Optional = casework.Handle, true
		if strings.Contains(s.Value, "://") {
			s.Kind = casework.URL
		}
	default:
		platform := identify.Platform(strings.ToLower(strings.TrimPrefix(name, "X-")))
		if platform == "" || !strings.HasPrefix(name, "X-") {
			return false
		}
		s.Kind, s.Platform, s.Optional = casework.Handle, platform, true
	}
	return true
}

// end states what a card holds with the time of its last change.
func (c *cards) end() error {
	a := &reading.About{}
	a.Seen, _ = reading.ParseTime(c.seen)
	found := len(c.held) > 0
	for _, s := range c.held {
		s.About = a
		if err := c.out.Value(s); err != nil {
			return err
		}
	}
	c.held, c.open = c.held[:0], false
	if !found {
		return c.out.Ignored()
	}
	return c.out.Record()
}

func decodeQuoted(value string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
	if err != nil && len(raw) == 0 {
		return value
	}
	return string(bytes.ToValidUTF8(raw, []byte("?")))
}

var escapes = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\:`, ":", `\\`, `\`)

func unescape(value string) string { return escapes.Replace(value) }
