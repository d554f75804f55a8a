package jsonrec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A Value is a parsed JSON value. The zero Value is an absent one, and every
// method of it returns nothing.
type Value struct {
	kind  byte // jsontext's kinds, 0 where absent
	text  string
	names []string // of an object's members, in order
	items []Value
}

// Parse makes a tree of one JSON value with at most depth levels of nesting.
// Its errors wrap ErrUTF8, ErrDuplicate, ErrDepth or ErrSyntax, and name a path.
func Parse(raw []byte, depth int) (Value, error) {
	if !utf8.Valid(raw) {
		return Value{}, ErrUTF8
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	v, err := read(d, depth)
	if err != nil {
		return Value{}, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return Value{}, ErrTrailing
	}
	return v, nil
}

func read(d *jsontext.Decoder, depth int) (Value, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return Value{}, fault(d, err)
	}
	v := Value{kind: byte(tok.Kind())}
	switch tok.Kind() {
	case '{', '[':
		if depth == 0 {
			return Value{}, fmt.Errorf("%w at %s", ErrDepth, Clean(string(d.StackPointer())))
		}
		for d.PeekKind() != '}' && d.PeekKind() != ']' {
			if v.kind == '{' {
				name, err := d.ReadToken()
				if err != nil {
					return Value{}, fault(d, err)
				}
				v.names = append(v.names, name.String())
			}
			item, err := read(d, depth-1)
			if err != nil {
				return Value{}, err
			}
			v.items = append(v.items, item)
		}
		if _, err := d.ReadToken(); err != nil {
			return Value{}, fault(d, err)
		}
	case 'n':
	default:
		v.text = tok.String()
	}
	return v, nil
}

// fault returns a decoder's error without the text that it quotes.
func fault(d *jsontext.Decoder, err error) error {
	why := ErrSyntax
	if errors.Is(err, jsontext.ErrDuplicateName) {
		why = ErrDuplicate
	}
	if at := Clean(string(d.StackPointer())); at != "" {
		return fmt.Errorf("%w at %s", why, at)
	}
	return why
}

// Clean makes a path printable: without control characters and not too long.
func Clean(path string) string {
	path = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, path)
	if len(path) <= 120 {
		return path
	}
	cut := 120
	for !utf8.RuneStart(path[cut]) {
		cut--
	}
	return path[:cut] + "..."
}

// Get returns the value of a member, going down one object for each name.
func (v Value) Get(names ...string) Value {
	for _, name := range names {
		found := Value{}
		for i, n := range v.names {
			if n == name {
				found = v.items[i]
				break
			}
		}
		v = found
	}
	return v
}

// Text returns a string's text, or a number or a boolean as it was written. It is
// "" for everything else.
func (v Value) Text() string { return v.text }

// Str reports whether the value is a string, and returns it.
func (v Value) Str() (string, bool) { return v.text, v.kind == '"' }

// Exists reports whether the member was there and not null.
func (v Value) Exists() bool { return v.kind != 0 && v.kind != 'n' }

// True reports whether the value is true, or one of the spellings that exporters
// give it as a string.
func (v Value) True() bool {
	switch strings.ToLower(v.text) {
	case "true", "yes", "y", "1":
		return true
	}
	return false
}

// Object reports whether the value is an object.
func (v Value) Object() bool { return v.kind == '{' }

// Array reports whether the value is an array.
func (v Value) Array() bool { return v.kind == '[' }

// Names returns the names of an object's members in order.
func (v Value) Names() []string { return v.names }

// Items returns the elements of an array or the values of an object's members; of
// any other value, the value alone where it exists.
func (v Value) Items() []Value {
	switch {
	case v.kind == '{' || v.kind == '[':
		return v.items
	case v.Exists():
		return []Value{v}
	}
	return nil
}

// Each returns the elements of an array, or the value alone: many JSON-LD and MISP
// members hold one thing or a list of them.
func (v Value) Each() []Value {
	if v.kind == '[' {
		return v.items
	}
	if v.Exists() {
		return []Value{v}
	}
	return nil
}

// FromPairs makes an object of names and texts; of several texts under one name
// the first stands.
func FromPairs(pairs map[string][]string) Value {
	v := Value{kind: '{'}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		if len(pairs[name]) > 0 {
			v.names = append(v.names, name)
			v.items = append(v.items, Value{kind: '"', text: pairs[name][0]})
		}
	}
	return v
}

// Has reports whether an object has members of all the names.
func (v Value) Has(names ...string) bool {
	for _, name := range names {
		if !slices.Contains(v.names, name) {
			return false
		}
	}
	return true
}

// Without returns a value without the members of some names, at any depth.
func (v Value) Without(names ...string) Value {
	out := Value{kind: v.kind, text: v.text}
	for i, item := range v.items {
		if v.kind == '{' {
			if slices.Contains(names, v.names[i]) {
				continue
			}
			out.names = append(out.names, v.names[i])
		}
		out.items = append(out.items, item.Without(names...))
	}
	return out
}

// Mapped returns a value whose texts, at any depth, are what use makes of them.
func (v Value) Mapped(use func(string) string) Value {
	if v.kind == '"' {
		v.text = use(v.text)
	}
	if len(v.items) > 0 {
		items := make([]Value, len(v.items))
		for i := range v.items {
			items[i] = v.items[i].Mapped(use)
		}
		v.items = items
	}
	return v
}
