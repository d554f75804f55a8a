package xml

import (
	"encoding/xml"
	"strings"

	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake/markup"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// A model is one thing of a phone, as UFED's report has it: a call, a message, a contact, a
// party of one of them. When it was and which way it went stand beside what is in it, and
// often behind, so that what is stated of it waits for its end.
type model struct {
	kind    string
	seen    reading.About
	context []string
	held    []reading.Statement
}

// modelOf returns the model that an element begins, nil where it begins none.
func modelOf(t xml.StartElement) *model {
	if t.Name.Local != "model" {
		return nil
	}
	m := &model{kind: markup.Attribute(t, "type")}
	if strings.EqualFold(markup.Attribute(t, "deleted_state"), "deleted") {
		m.context = []string{"deleted on the device"}
	}
	return m
}

// innermost returns the innermost model that is open, with its place on the stack.
func (r *reader) innermost(below int) (*model, int) {
	for i := below - 1; i >= 0; i-- {
		if r.stack[i].model != nil {
			return r.stack[i].model, i
		}
	}
	return nil, -1
}

// say states something now, or when the model that it stands in ends.
func (r *reader) say(s reading.Statement) error {
	m, _ := r.innermost(len(r.stack))
	if m == nil || len(m.held) >= r.limit {
		return r.out.Say(s)
	}
	m.held = append(m.held, s)
	return nil
}

// told keeps what a text says of the model that it stands in.
func (m *model) told(f field) {
	surround(&m.seen, f)
	value := strings.TrimSpace(f.value)
	switch strings.ToLower(f.name) {
	case "direction":
		switch strings.ToLower(value) {
		case "incoming", "received":
			value = reading.Received
		case "outgoing", "sent":
			value = reading.Sent
		}
		m.context = append(m.context, reading.Printable(value))
	case "role":
		m.context = append(m.context, reading.Printable("as "+value))
	case "source":
		m.context = append(m.context, reading.Printable("in "+value))
	}
}

// end gives what waited to the model around it, or states it.
func (r *reader) end(m *model, at int) error {
	outer, _ := r.innermost(at)
	for _, s := range m.held {
		if s.What == reading.IsValue {
			if s.About != nil && s.About.Seen.IsZero() {
				a := *s.About
				a.Seen = m.seen.Seen
				s.About = &a
			}
			s.Context = append(s.Context[:len(s.Context):len(s.Context)], m.context...)
		}
		if outer != nil && len(outer.held) < r.limit {
			outer.held = append(outer.held, s)
			continue
		}
		if err := r.out.Say(s); err != nil {
			return err
		}
	}
	return nil
}

// numbered are the models whose value or identifier is a telephone number where it has the
// form of one.
var numbered = map[string]bool{"Party": true, "PhoneNumber": true, "Call": true, "SMS": true, "MMS": true}

// partyOf returns what the identifier of a party is.
func (m *model) partyOf(f field) (reading.Naming, bool) {
	name := strings.ToLower(f.name)
	if m == nil || !numbered[m.kind] || name != "identifier" && name != "value" || !identify.PhoneLike(f.value) {
		return reading.Naming{}, false
	}
	return reading.Naming{Kind: casework.Phone}, true
}
