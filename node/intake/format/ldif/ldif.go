// Package ldif reads directories and address books in LDIF (RFC 2849): an entry a record,
// with continued lines, values in base64, and the attributes of persons of RFC 2798 and
// RFC 4519 by their names. Names of persons are not taken. go-ldap/ldif reads a file as a
// whole and brings a client of LDAP with it, so that it is read here.
package ldif

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "ldif",
	Title:      "directories and address books in LDIF",
	Source:     "RFC 2849; attributes of RFC 2798, RFC 4519 and Mozilla's address book",
	MediaTypes: []string{"text/ldif", "text/x-ldif", "application/ldif"},
	Tell: func(h *reading.Head) (string, bool) {
		text := bytes.ToLower(h.Text())
		return "begins like LDIF", bytes.HasPrefix(text, []byte("dn:")) || bytes.HasPrefix(text, []byte("version: 1\n")) || bytes.HasPrefix(text, []byte("version: 1\r\n"))
	},
	Read: read,
}

var (
	errLine = errors.New("a line that is no attribute")
	errText = errors.New("a value in base64 that cannot be decoded")
)

func read(in *reading.Input, out *reading.Sink) error {
	e := &entry{out: out}
	blankOrLine := func(l reading.Line) error {
		if l.Blank() {
			return e.end()
		}
		if strings.HasPrefix(l.Text, "#") {
			return nil
		}
		return e.line(l)
	}
	if err := in.Unfolded(out, blankOrLine); err != nil {
		return err
	}
	return e.end()
}

// kinds are what the attributes of persons hold; any other name is read as that of a
// column is.
var kinds = map[string]casework.Kind{
	"telephonenumber": casework.Phone, "mobile": casework.Phone, "homephone": casework.Phone, "pager": casework.Phone, "facsimiletelephonenumber": casework.Phone,
	"cellphone": casework.Phone, "mobiletelephonenumber": casework.Phone, "othertelephone": casework.Phone, "othermobile": casework.Phone,
	"mail": casework.Email, "rfc822mailbox": casework.Email, "mozillasecondemail": casework.Email, "mailalternateaddress": casework.Email, "othermailbox": casework.Email,
	"labeleduri": casework.URL, "mozillahomeurl": casework.URL, "mozillaworkurl": casework.URL,
}

// An entry is what stands between two empty lines.
type entry struct {
	out   *reading.Sink
	n     int
	open  bool
	found bool
}

func (e *entry) line(l reading.Line) error {
	if e.n == 0 && strings.HasPrefix(strings.ToLower(l.Text), "version:") {
		return nil
	}
	if !e.open {
		e.n++
		e.open, e.found = true, false
	}
	name, value, ok := strings.Cut(l.Text, ":")
	record := fmt.Sprintf("entry %d", e.n)
	if !ok {
		return e.out.Problem(record, errLine)
	}
	s := reading.Statement{Record: record}
	switch rest, encoded := strings.CutPrefix(value, ":"); {
	case strings.HasPrefix(value, "<"):
		return nil // what another file holds is not opened
	case encoded:
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		if err != nil {
			return e.out.Problem(record, errText)
		}
		text, utf8 := charset.Field(raw)
		if s.Value = text; !utf8 {
			s.Assumed = []string{reading.ForeignEncoding}
		}
	default:
		s.Value = value
	}
	s.Value = strings.TrimSpace(s.Value)
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ";")
	if !state(&s, name) || s.Value == "" {
		return nil
	}
	e.found = true
	return e.out.Value(s)
}

// state tells what an attribute holds; it is false for what is no identifier.
func state(s *reading.Statement, name string) bool {
	if kind, ok := kinds[name]; ok {
		s.Kind = kind
		if kind == casework.URL { // a label may follow
			s.Value, _, _ = strings.Cut(s.Value, " ")
		}
		return true
	}
	if name == "description" || name == "info" || name == "comment" {
		s.Prose = true
		return true
	}
	if n, ok := reading.KindIn(name); ok && name != "dn" {
		s.Kind, s.Platform, s.Chain, s.Optional = n.Kind, n.Platform, n.Chain, true
		return true
	}
	return false
}

func (e *entry) end() error {
	if !e.open {
		return nil
	}
	e.open = false
	if !e.found {
		return e.out.Ignored()
	}
	return e.out.Record()
}
