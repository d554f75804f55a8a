// Package xml reads XML of no published format, as phone extraction tools and services
// export it: every attribute and every text of an element is judged by its name and by its
// content, as the cells of a table are. Namespaces, schemas and document types are not
// read. An element that holds others is a record.
package xml

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "xml",
	Title:      "XML of no published format, among it reports of phone extractions and SMS Backup & Restore",
	Source:     "XML 1.0; SMS Backup & Restore's fields, UFED's report",
	MediaTypes: []string{"application/xml", "text/xml"},
	Tell: func(h *reading.Head) (string, bool) {
		root := markup.Root(h)
		return "is XML; elements and attributes are read by their names", root != "" && root != "html"
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	d := markup.NewXML(in)
	r := &reader{out: out, limit: in.Limits.Held}
	for {
		tok, err := d.RawToken()
		if err == io.EOF && len(r.stack) == 0 {
			return nil
		}
		if failed := d.Failed(); failed != nil {
			return failed
		}
		if err != nil {
			return r.fault(err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return r.fault(markup.ErrDoctype)
		case xml.StartElement:
			if len(r.stack) >= in.Limits.Depth {
				return r.fault(markup.ErrXMLDepth)
			}
			r.open(t)
		case xml.CharData:
			if n := len(r.stack); n > 0 && len(r.stack[n-1].text)+len(t) <= in.Limits.Record {
				r.stack[n-1].text = append(r.stack[n-1].text, t...)
			}
		case xml.EndElement:
			if n := len(r.stack); n == 0 || r.stack[n-1].tag != t.Name.Local {
				return r.fault(markup.ErrXML)
			}
			if err := r.close(); err != nil {
				return err
			}
		}
	}
}

// An element is one that is open.
type element struct {
	tag    string
	name   string // what its text is called: by an attribute, its parent, or its tag
	n      int    // among its parent's children
	inner  int    // its children
	values bool   // something in it was stated
	fields []field
	about  reading.About
	text   []byte
	model  *model // that it begins; nil where it begins none
}

// A field is a named text of an element.
type field struct{ name, value string }

type reader struct {
	out   *reading.Sink
	stack []element
	limit int // of what waits for the end of a model
}

func (r *reader) fault(err error) error {
	return r.out.Broken(r.path(), markup.Fault(err))
}

// path names the innermost open element by the numbers of its ancestors.
func (r *reader) path() string {
	if len(r.stack) == 0 {
		return "the document"
	}
	var parts []string
	for _, e := range r.stack {
		part := reading.Printable(e.tag)
		if e.n > 0 {
			part = fmt.Sprintf("%s[%d]", part, e.n+1)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

// generic are tags that say nothing of what stands in them.
var generic = map[string]bool{"value": true, "string": true, "text": true, "data": true, "item": true, "entry": true, "field": true, "val": true, "v": true, "p": true, "content": true}

func (r *reader) open(t xml.StartElement) {
	e := element{tag: t.Name.Local, name: t.Name.Local, model: modelOf(t)}
	if n := len(r.stack); n > 0 {
		parent := &r.stack[n-1]
		e.n, parent.inner = parent.inner, parent.inner+1
		e.about = parent.about
		if generic[strings.ToLower(e.tag)] {
			e.name = parent.name
		}
	}
	for _, a := range t.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "xml" || a.Name.Space == "xsi" || name == "xmlns" || strings.HasSuffix(name, "chemaLocation"):
			continue // namespaces and schemas
		case name == "name" || name == "key" || name == "label":
			e.name = a.Value // UFED: <field name="Value">
		}
		e.fields = append(e.fields, field{name, a.Value})
	}
	r.stack = append(r.stack, e)
}

// close states what an element holds: its text as a field of its parent, its attributes as
// fields of its own.
func (r *reader) close() error {
	n := len(r.stack) - 1
	e := &r.stack[n]
	record := r.path()
	for _, f := range e.fields {
		surround(&e.about, f)
	}
	stated := false
	fields := e.fields
	if text := strings.TrimSpace(string(e.text)); text != "" {
		fields = append(fields, field{e.name, text})
		if n > 0 {
			surround(&r.stack[n-1].about, field{e.name, text})
		}
		if m, _ := r.innermost(n); m != nil {
			m.told(field{e.name, text})
		}
	}
	for _, f := range fields {
		ok, err := r.state(record, f, e)
		if err != nil {
			return err
		}
		stated = stated || ok
	}
	if stated {
		if err := r.say(reading.Statement{What: reading.IsRecord}); err != nil {
			return err
		}
	}
	if e.model != nil {
		if err := r.end(e.model, n); err != nil {
			return err
		}
	}
	values := e.values || stated
	r.stack = r.stack[:n]
	switch {
	case n == 0 && !values:
		return r.out.Ignored()
	case n > 0:
		r.stack[n-1].values = r.stack[n-1].values || values
	}
	return nil
}

// parties are names of fields that hold the other side of a message or a call: a number,
// several of them with "~" between, or a name or a short code of a service.
var parties = map[string]bool{"address": true, "number": true, "normalized_number": true, "party": true, "from": true, "to": true, "identifier": true}

// state states one field, and reports whether it holds anything.
func (r *reader) state(record string, f field, e *element) (bool, error) {
	a := e.about
	s := reading.Statement{Record: record, About: &a, Context: direction(e)}
	switch role := reading.RoleOf(f.name); {
	case role == reading.RoleText:
		s.Prose, s.Value = true, f.value
		return true, r.say(s)
	case role != reading.Unused && role != reading.RoleValue:
		return false, nil
	}
	named, sure := reading.KindOf(f.name)
	ok := sure
	if !sure {
		named, ok = reading.KindIn(f.name)
	}
	if m, _ := r.innermost(len(r.stack)); !ok {
		if party, is := m.partyOf(f); is {
			named, ok = party, true
		}
	}
	values := []string{f.value}
	if tag := strings.ToLower(e.tag); parties[f.name] && !ok && (tag == "sms" || tag == "mms" || tag == "addr" || tag == "call" || tag == "party") {
		named, ok, sure = reading.Naming{Kind: casework.Phone}, true, false
		values = strings.Split(f.value, "~")
	}
	if !ok {
		return r.unnamed(s, f.value)
	}
	for _, v := range values {
		s.Kind, s.Platform, s.Chain, s.Value, s.Optional = named.Kind, named.Platform, named.Chain, v, !sure || named.Kind == casework.Domain
		if err := r.say(s); err != nil {
			return true, err
		}
	}
	return true, nil
}

// unnamed states a field whose name says nothing, by its content.
func (r *reader) unnamed(s reading.Statement, value string) (bool, error) {
	s.Value = value
	if kind, ok := reading.Evident(value); ok {
		s.Kind = kind
		return true, r.say(s)
	}
	if reading.Sentence(value) {
		s.Prose = true
		return true, r.say(s)
	}
	return false, nil
}

// surround reads a field that says when something was.
func surround(a *reading.About, f field) {
	switch reading.RoleOf(f.name) {
	case reading.RoleSeen:
		if at, ok := reading.ParseTime(f.value); ok && at.After(a.Seen) {
			a.Seen = at
		}
	case reading.RoleCaptured:
		a.Captured, _ = reading.ParseTime(f.value)
	}
}

// direction says which way a message or a call went, as SMS Backup & Restore writes it.
func direction(e *element) []string {
	if e.tag != "sms" && e.tag != "mms" && e.tag != "call" {
		return nil
	}
	for _, f := range e.fields {
		if f.name != "type" && f.name != "msg_box" {
			continue
		}
		switch f.value {
		case "1":
			return []string{"received"}
		case "2":
			return []string{"sent"}
		case "3":
			if e.tag == "call" {
				return []string{"missed"}
			}
		}
	}
	return nil
}
