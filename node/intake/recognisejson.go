package intake

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
)

// A shape is what the head of a JSON document shows of its outermost object, or
// of the first object of its outermost array.
type shape struct {
	names map[string]bool
	texts map[string]string // of members that are strings
	array bool
}

// likeJSON reports whether a text that begins with a bracket goes on as JSON, and
// not as a chat ("[02/03/2026, 10:15] ...") or as words in brackets.
func likeJSON(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	switch {
	case text[0] == '{':
		return len(rest) == 0 || rest[0] == '"' || rest[0] == '}'
	case text[0] != '[':
		return false
	case len(rest) == 0 || bytes.IndexByte([]byte(`{["]`), rest[0]) >= 0:
		return true
	}
	end := bytes.IndexAny(rest, ",]")
	if end < 0 {
		end = len(rest)
	}
	_, err := jsonrec.Parse(bytes.TrimSpace(rest[:end]), 1)
	return err == nil
}

// shapeOf looks at a head that may be cut anywhere, and may be empty.
func shapeOf(head []byte) shape {
	s := shape{names: map[string]bool{}, texts: map[string]string{}, array: len(head) > 0 && head[0] == '['}
	d := jsonrec.NewReader(bytes.NewReader(head), jsonrec.Limits{Record: headSize, Depth: 200}, func(pattern string, _ bool) bool {
		return pattern == "" || s.array && pattern == "*"
	})
	for range 500 {
		rec, err := d.Next()
		if err != nil {
			break
		}
		name := rec.Path
		if s.array {
			var inFirst bool
			if name, inFirst = strings.CutPrefix(rec.Path, "0/"); !inFirst {
				break
			}
		}
		if name == "" {
			continue
		}
		s.names[name] = true
		if rec.Err == nil {
			if v, err := jsonrec.Parse(rec.Raw, 1); err == nil {
				if text, ok := v.Str(); ok {
					s.texts[name] = text
				}
			}
		}
	}
	return s
}

func (s shape) has(names ...string) bool {
	for _, n := range names {
		if !s.names[n] {
			return false
		}
	}
	return true
}

// recogniseJSON tells formats that are made of JSON by the members of the
// outermost object.
func recogniseJSON(text []byte, whole bool) (Format, string) {
	if isJSONLines(text, whole) {
		return JSONLines, "one JSON object a line"
	}
	s := shapeOf(text)
	context := s.texts["odata.metadata"] + s.texts["@odata.context"]
	switch {
	case strings.Contains(context, "ProjectVic") || strings.Contains(context, "VICS") || s.has("value") && context != "",
		s.has("MediaID", "MD5") || s.has("MediaID", "Category"):
		return VICS, "names the VICS data model"
	case s.has("@context") && (s.has("@graph") || s.has("@id") || s.has("@type")):
		return CASE, "is JSON-LD"
	case s.has("Event"), s.has("response"), s.has("Attribute"), s.has("Object"), s.has("info", "threat_level_id"), s.has("uuid", "type", "value", "distribution"):
		return MISP, "has the members of a MISP event"
	case s.texts["type"] == "bundle", stixID(s.texts["id"], s.texts["type"]):
		return STIX, "has the members of a STIX object"
	}
	return JSON, "is JSON of no published format; members are read by their names"
}

// stixID reports whether an id is made like STIX makes them, from the type.
func stixID(id, typ string) bool { return typ != "" && strings.HasPrefix(id, typ+"--") }

// isJSONLines reports whether the first line is a JSON object by itself and
// another one follows.
func isJSONLines(text []byte, whole bool) bool {
	first := firstLine(text)
	rest := bytes.TrimLeft(text[len(first):], " \t\r\n")
	if len(first) == len(text) || len(rest) == 0 || rest[0] != '{' {
		return false
	}
	v, err := jsonrec.Parse(first, 100)
	return err == nil && v.Object()
}

// recogniseXML tells formats that are made of XML by the name of the root.
func recogniseXML(text []byte) (Format, string) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // names are ASCII
	for range 20 {
		tok, err := d.RawToken()
		if err != nil {
			return Unknown, ""
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "report", "fileDetails", "reports", "cyberTipReport", "reportResponse":
			return CyberTip, "is XML whose root is " + start.Name.Local
		}
		return Unknown, ""
	}
	return Unknown, ""
}
