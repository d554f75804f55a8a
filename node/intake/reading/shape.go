package reading

import (
	"bytes"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
)

// A Shape is what the head of a JSON document shows of its outermost object, or
// of the first object of its outermost array.
type Shape struct {
	Names map[string]bool
	Texts map[string]string // of members that are strings
	Array bool
}

// ShapeOf looks at a head that may be cut anywhere, and may be empty.
func ShapeOf(head []byte) Shape {
	s := Shape{Names: map[string]bool{}, Texts: map[string]string{}, Array: len(head) > 0 && head[0] == '['}
	d := jsonrec.NewReader(bytes.NewReader(head), jsonrec.Limits{Record: HeadSize, Depth: 200}, func(pattern string, _ bool) bool {
		return pattern == "" || s.Array && pattern == "*"
	})
	for range 500 {
		rec, err := d.Next()
		if err != nil {
			break
		}
		name := rec.Path
		if s.Array {
			var inFirst bool
			if name, inFirst = strings.CutPrefix(rec.Path, "0/"); !inFirst {
				break
			}
		}
		if name == "" {
			continue
		}
		s.Names[name] = true
		if rec.Err == nil {
			if v, err := jsonrec.Parse(rec.Raw, 1); err == nil {
				if text, ok := v.Str(); ok {
					s.Texts[name] = text
				}
			}
		}
	}
	return s
}

func (s Shape) Has(names ...string) bool {
	for _, n := range names {
		if !s.Names[n] {
			return false
		}
	}
	return true
}

func trimSpace(head []byte) []byte {
	for len(head) > 0 && (head[0] == ' ' || head[0] == '\t' || head[0] == '\r' || head[0] == '\n') {
		head = head[1:]
	}
	return head
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
