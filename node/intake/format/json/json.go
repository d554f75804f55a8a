// Package json reads JSON documents of no published format: one record, an array of
// records, or an object in which such arrays stand somewhere (cases with their
// identifiers, reports, messages of a chat).
package json

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/members"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "json",
	Title:      "JSON of no published format",
	Source:     "RFC 8259; exports of chats and services, read by the names of members",
	MediaTypes: []string{"application/json"},
	Tell: func(h *reading.Head) (string, bool) {
		return "is JSON of no published format; members are read by their names", h.LikeJSON()
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	single := in.Head.Whole && (isRecord(in.Head.Shape()) || flat(in.Head.Text()))
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, _ bool) bool {
		// what stands in an array is a record; what stands above one is not
		return !single && !strings.Contains(pattern, "*") && strings.Count(pattern, "/") < 4
	})
	return in.Each(d, out, func(rec jsonrec.Record, v jsonrec.Value) error {
		if v.Object() {
			return members.Object(out, rec.Path, v, reading.Statement{}, reading.About{})
		}
		text, ok := v.Str()
		if !ok {
			return nil
		}
		return loose(out, rec.Path, text)
	})
}

// loose states a text that stands in no record: an element of an array of values, or a
// member of the document itself.
func loose(out *reading.Sink, path, text string) error {
	s := reading.Statement{Record: path, Value: text}
	name := path[strings.LastIndexByte(path, '/')+1:]
	inArray := strings.Trim(name, "0123456789") == ""
	if inArray {
		name = strings.TrimRight(path[:max(0, len(path)-len(name))], "/")
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	if strings.HasPrefix(name, "$") {
		return nil // a schema, or a reference into one
	}
	named, known := reading.KindOf(name)
	if !known {
		if named, known = reading.KindIn(name); known {
			s.Optional = true
		}
	}
	kind, shows := reading.Evident(text)
	switch {
	case known:
		s.Kind, s.Platform, s.Chain = named.Kind, named.Platform, named.Chain
	case reading.RoleOf(name) == reading.RoleText:
		s.Prose = true
	case shows:
		s.Kind = kind
	case inArray && name == "":
		s.Optional = true // an array of values
	case inArray && reading.Sentence(text):
		s.Prose = true
	default:
		return nil // a remark on the whole document
	}
	if err := out.Value(s); err != nil {
		return err
	}
	return out.Record()
}

// isRecord reports whether the outermost object is a record itself.
func isRecord(s reading.Shape) bool {
	if s.Array {
		return false
	}
	for name := range s.Texts {
		role := reading.RoleOf(name)
		if _, ok := reading.KindOf(name); ok || role == reading.RoleText || role == reading.RoleValue {
			return true
		}
	}
	return s.Has("caller", "summary") || s.Has("From", "Body")
}

// flat reports whether a document is one object of texts and numbers alone, which say
// something of each other.
func flat(text []byte) bool {
	v, err := jsonrec.Parse(text, 2)
	if err != nil || !v.Object() {
		return false
	}
	for _, item := range v.Items() {
		if item.Object() || item.Array() {
			return false
		}
	}
	return true
}
