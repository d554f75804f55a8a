// Package members reads JSON objects of no published format by the names of their
// members, as a table is read by the names of its columns: members that are named for a
// kind of identifier, members that say something about the values beside them, and
// members whose content shows by itself what it is. Every member is looked at, however
// deep it stands.
//
// Reports of the public are told by their members too, and are stated as such: without
// the recorded consent of who reported, nothing of them is matched.
package members

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// maxDepth is how many levels of members are gone into.
const maxDepth = 12

var errKind = fmt.Errorf("the kind of the value is none that is known")

// Object states what one JSON object holds, and ends a record for each innermost object
// of it that is one. s and a are what surrounds it.
func Object(out *reading.Sink, record string, v jsonrec.Value, s reading.Statement, a reading.About) error {
	if is, err := Report(out, record, v, s, a); is {
		return err
	}
	s.Record = record
	w := &walker{out: out}
	n, err := w.object(v, s, a, reading.Naming{}, 0)
	if err != nil {
		return err
	}
	if n == 0 && w.records == 0 {
		return out.Ignored()
	}
	if n > 0 {
		return out.Record()
	}
	return nil
}

type walker struct {
	out     *reading.Sink
	records int // that were ended
}

// object states the members of an object and returns how many of them belong to the
// record that it stands in. Objects of an array are records of their own.
func (w *walker) object(v jsonrec.Value, s reading.Statement, a reading.About, named reading.Naming, depth int) (int, error) {
	names, items := v.Names(), v.Items()
	typ, value := "", jsonrec.Value{}
	for i, name := range names {
		if err := w.out.Problems(s.Record, surround(&a, &s, name, items[i], v)); err != nil {
			return 0, err
		}
		switch reading.RoleOf(name) {
		case reading.RoleType:
			typ = cmp.Or(items[i].Text(), typ)
		case reading.RoleValue:
			value = items[i]
		}
	}
	s.About = &a
	n := 0
	if value.Text() != "" {
		m, err := w.typed(typ, value.Text(), s, named)
		if err != nil {
			return n, err
		}
		n += m
	}
	for i, name := range names {
		if items[i].Text() != "" && reading.RoleOf(name) == reading.RoleValue && value.Text() != "" {
			continue
		}
		m, err := w.member(name, items[i], s, a, depth)
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

// typed states a value whose kind another member names.
func (w *walker) typed(typ, value string, s reading.Statement, named reading.Naming) (int, error) {
	s.Value = value
	n, ok := reading.KindOf(typ)
	switch {
	case ok:
		named = n
	case named.Kind != "":
	case typ == "":
		s.Optional = true
	default:
		if _, shown := reading.Evident(value); !shown {
			return 1, w.out.Problem(s.Record, errKind)
		}
	}
	s.Kind, s.Platform, s.Chain = named.Kind, cmp.Or(named.Platform, s.Platform), cmp.Or(named.Chain, s.Chain)
	return 1, w.out.Value(s)
}

// member states one member by its name and by what stands in it.
func (w *walker) member(name string, item jsonrec.Value, s reading.Statement, a reading.About, depth int) (int, error) {
	if strings.HasPrefix(name, "$") || name == "@context" {
		return 0, nil // a schema, or a reference into one
	}
	role := reading.RoleOf(name)
	named, isKind := reading.KindOf(name)
	sure := isKind
	if !isKind {
		named, isKind = reading.KindIn(name)
	}
	switch {
	case role == reading.RoleText:
		if text := wholeText(item); text != "" {
			s.Prose, s.Value = true, text
			return 1, w.out.Value(s)
		}
	case item.Text() != "" && role != reading.Unused && !isKind:
		return 0, nil // it says something about the others
	}
	switch {
	case item.Object():
		return w.inner(name, item, s, a, named, depth)
	case item.Array():
		return w.array(name, item, s, a, named, sure, depth)
	case item.Text() == "":
		return 0, nil
	case isKind:
		s.Value, s.Optional = item.Text(), !sure
		s.Kind, s.Platform, s.Chain = named.Kind, cmp.Or(named.Platform, s.Platform), cmp.Or(named.Chain, s.Chain)
		return 1, w.out.Value(s)
	}
	return w.unnamed(item, s)
}

// unnamed states a member whose name says nothing, by its content.
func (w *walker) unnamed(item jsonrec.Value, s reading.Statement) (int, error) {
	text, isText := item.Str()
	if !isText {
		return 0, nil
	}
	s.Value = text
	if kind, ok := reading.Evident(text); ok {
		s.Kind = kind
		return 1, w.out.Value(s)
	}
	if reading.Sentence(text) {
		s.Prose = true
		return 1, w.out.Value(s)
	}
	return 0, nil
}

func (w *walker) inner(name string, item jsonrec.Value, s reading.Statement, a reading.About, named reading.Naming, depth int) (int, error) {
	if depth >= maxDepth {
		return 0, nil
	}
	s.Record = s.Record + "/" + jsonrec.Clean(name)
	n, err := w.object(item, s, a, named, depth+1)
	return n, err
}

// array states the elements of an array: values like those of a member of its name,
// objects as records of their own.
func (w *walker) array(name string, item jsonrec.Value, s reading.Statement, a reading.About, named reading.Naming, sure bool, depth int) (int, error) {
	if depth >= maxDepth {
		return 0, nil
	}
	n := 0
	outer := s.Record
	for i, one := range item.Items() {
		s.Record = outer
		switch {
		case one.Object():
			s.Record = fmt.Sprintf("%s/%s/%d", outer, jsonrec.Clean(name), i)
			if is, err := Report(w.out, s.Record, one, s, a); is {
				if err != nil {
					return n, err
				}
				w.records++
				continue
			}
			m, err := w.object(one, s, a, named, depth+1)
			if err != nil {
				return n, err
			}
			if m > 0 {
				w.records++
				if err := w.out.Record(); err != nil {
					return n, err
				}
			}
		case one.Array():
			m, err := w.array(name, one, s, a, named, sure, depth+1)
			if err != nil {
				return n, err
			}
			n += m
		case one.Text() == "":
		case named.Kind != "":
			v := s
			v.Value, v.Optional = one.Text(), !sure
			v.Kind, v.Platform, v.Chain = named.Kind, cmp.Or(named.Platform, s.Platform), cmp.Or(named.Chain, s.Chain)
			if err := w.out.Value(v); err != nil {
				return n, err
			}
			n++
		default:
			m, err := w.unnamed(one, s)
			if err != nil {
				return n, err
			}
			n += m
		}
	}
	return n, nil
}

// wholeText joins the pieces of a text: a string, or an array of strings and of objects
// with a text and perhaps the address that it leads to, as Telegram writes a message
// with marks in it.
func wholeText(item jsonrec.Value) string {
	if text := item.Text(); text != "" {
		return text
	}
	if !item.Array() {
		return ""
	}
	var b strings.Builder
	for _, piece := range item.Items() {
		text, ok := piece.Str()
		if !ok && piece.Object() {
			text = piece.Get("text").Text()
			if href := piece.Get("href").Text(); href != "" {
				text += " " + href + " "
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// surround reads a member that says something about the values beside it.
func surround(a *reading.About, s *reading.Statement, name string, item, whole jsonrec.Value) error {
	text := item.Text()
	if text == "" {
		return nil
	}
	switch reading.RoleOf(name) {
	case reading.RoleRegion:
		if r, ok := reading.ParseRegion(text); ok {
			s.Region = r
		} else if len(strings.TrimSpace(text)) <= 3 {
			return reading.ErrRegion
		}
	case reading.RolePlatform:
		s.Platform = strings.TrimSpace(text)
	case reading.RoleChain:
		s.Chain = strings.TrimSpace(text)
	case reading.RoleCase:
		a.CaseRef = strings.TrimSpace(text)
	case reading.RoleSeen:
		return a.SetSeen(text)
	case reading.RoleCategory:
		return a.SetCategory(text)
	case reading.RoleConsent:
		return a.SetConsent(text)
	case reading.RoleGrading:
		return a.SetGrading(text)
	case reading.RoleHandling:
		return a.SetHandling(text, whole.Get("handling_text").Text())
	case reading.RoleTLP:
		return a.SetTLP(text)
	case reading.RoleCaptured:
		a.Captured, _ = reading.ParseTime(text)
	case reading.RoleTool:
		a.Tool = reading.Printable(strings.TrimSpace(text))
	}
	return nil
}
