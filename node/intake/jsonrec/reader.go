package jsonrec

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Faults of one record, or of the document where no record can be told.
var (
	ErrSyntax    = errors.New("not JSON")
	ErrTooLong   = errors.New("the record is longer than the limit")
	ErrDepth     = errors.New("nested deeper than the limit")
	ErrTrailing  = errors.New("something follows behind the end of the document")
	ErrTruncated = errors.New("the document ends too early")
	ErrUTF8      = errors.New("text that is not UTF-8")
	ErrDuplicate = errors.New("a name stands twice in one object")
)

// Limits bound what a document may ask of memory.
type Limits struct {
	Record int // bytes of one record
	Depth  int // levels of nesting, those above the record included
}

// A Record is one value of the document that was not gone into.
type Record struct {
	Path string // names and indices from the root, joined with "/"
	Raw  []byte // valid until the next call of Next
	Err  error  // why the record could not be read; Raw is nil
}

// A Reader walks a document.
type Reader struct {
	window
	limits  Limits
	descend func(pattern string, array bool) bool
	stack   []frame
	started bool
	done    bool
}

// A frame is a container that was gone into.
type frame struct {
	array    bool
	index    int    // of the next element
	first    bool   // nothing was read of it
	name     string // last part of its path
	pattern  string // its path with * for every index
	firstKey []byte // name that the elements of an array begin with, in quotes
	names    map[string]bool
}

// maxNames is how many names of one object are remembered to find one that
// stands twice.
const maxNames = 10_000

// NewReader reads a document in UTF-8. descend is asked for each container by
// its pattern: its path with * in place of indices ("value/*/Media").
func NewReader(src io.Reader, limits Limits, descend func(pattern string, array bool) bool) *Reader {
	return &Reader{window: newWindow(src), limits: limits, descend: descend}
}

// Next returns the next record, with io.EOF behind the last. A record with Err
// set could not be read; reading goes on where it can. Any other error is the
// source's own.
func (d *Reader) Next() (Record, error) {
	for !d.done {
		rec, given, err := d.step()
		if err != nil {
			return Record{}, err
		}
		if given {
			return rec, nil
		}
	}
	return Record{}, io.EOF
}

// step reads one element, or opens or closes one container.
func (d *Reader) step() (Record, bool, error) {
	c, ok := d.peek()
	if !d.started {
		d.started = true
		if !ok {
			d.done = true
			return d.end(io.EOF, ErrTruncated)
		}
		return d.value("", "", c)
	}
	if len(d.stack) == 0 {
		d.done = true
		if ok {
			return Record{Err: ErrTrailing}, true, nil
		}
		return d.end(nil, nil)
	}
	if !ok {
		d.done = true
		return d.end(nil, ErrTruncated)
	}
	top := &d.stack[len(d.stack)-1]
	if c == closing(top.array) {
		d.consume(1)
		d.stack = d.stack[:len(d.stack)-1]
		return Record{}, false, nil
	}
	if !top.first {
		switch {
		case c == ',':
			d.consume(1)
			if c, ok = d.peek(); !ok {
				d.done = true
				return d.end(nil, ErrTruncated)
			}
		case top.array && c == '{': // a comma is missing between two records
		default:
			return d.fatal(ErrSyntax)
		}
	}
	top.first = false
	if top.array {
		index := strconv.Itoa(top.index)
		top.index++
		return d.value(index, "*", c)
	}
	name, err := d.name(c)
	if err != nil {
		return d.fatal(err)
	}
	if c, ok = d.peek(); !ok {
		d.done = true
		return d.end(nil, ErrTruncated)
	}
	if top.names == nil {
		top.names = map[string]bool{}
	}
	if top.names[name] {
		path := d.path(name)
		if d.skip() != nil {
			d.done = true
		}
		return Record{Path: path, Err: ErrDuplicate}, true, nil
	}
	if len(top.names) < maxNames {
		top.names[name] = true
	}
	return d.value(name, name, c)
}

// value goes into a container or returns a whole value as a record.
func (d *Reader) value(name, part string, c byte) (Record, bool, error) {
	pattern := part
	if n := len(d.stack); n > 0 && d.stack[n-1].pattern != "" {
		pattern = d.stack[n-1].pattern + "/" + part
	}
	if (c == '{' || c == '[') && len(d.stack) < d.limits.Depth && d.descend(pattern, c == '[') {
		d.consume(1)
		d.stack = append(d.stack, frame{array: c == '[', first: true, name: name, pattern: pattern})
		return Record{}, false, nil
	}
	path := d.path(name)
	n, err := d.scan(d.limits.Record, d.limits.Depth-len(d.stack))
	switch {
	case err == nil:
		raw := d.front(n)
		d.consume(n)
		d.remember(raw)
		return Record{Path: path, Raw: raw}, true, nil
	case d.failed():
		return Record{}, false, d.err
	case errors.Is(err, ErrTooLong), errors.Is(err, ErrDepth):
		if skipped := d.skip(); skipped != nil {
			d.done = true
		}
		return Record{Path: path, Err: err}, true, nil
	case d.resync():
		return Record{Path: path, Err: err}, true, nil
	}
	d.done = true
	return Record{Path: path, Err: err}, true, nil
}

// name reads a member's name and its colon.
func (d *Reader) name(c byte) (string, error) {
	if c != '"' {
		return "", ErrSyntax
	}
	n, err := d.scan(64<<10, 1)
	if err != nil {
		return "", err
	}
	v, err := Parse(d.front(n), 1)
	if err != nil {
		return "", err
	}
	d.consume(n)
	if c, ok := d.peek(); !ok || c != ':' {
		return "", ErrSyntax
	}
	d.consume(1)
	return v.Text(), nil
}

// remember keeps the first name of the elements of an array, so that a broken
// element's end can be told from the inside of it.
func (d *Reader) remember(raw []byte) {
	if n := len(d.stack); n > 0 && d.stack[n-1].array && d.stack[n-1].firstKey == nil && raw[0] == '{' {
		rest := bytes.TrimLeft(raw[1:], " \t\r\n")
		if end := bytes.IndexByte(rest[min(1, len(rest)):], '"'); end > 0 && rest[0] == '"' {
			d.stack[n-1].firstKey = bytes.Clone(rest[:end+2])
		}
	}
}

// resync finds the record behind a broken one: "}, {" followed by the name that
// the other elements begin with.
func (d *Reader) resync() bool {
	if len(d.stack) == 0 || !d.stack[len(d.stack)-1].array {
		return false
	}
	key := d.stack[len(d.stack)-1].firstKey
	if key == nil {
		key = []byte{'"'}
	}
	space := func(i int) (int, byte) {
		for {
			c, ok := d.at(i)
			if !ok || i > d.limits.Record || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				return i, c
			}
			i++
		}
	}
	for i := 1; i <= d.limits.Record; i++ {
		c, ok := d.at(i)
		if !ok {
			return false
		}
		if c != '}' {
			continue
		}
		j, c := space(i + 1)
		if c != ',' {
			continue
		}
		if j, c = space(j + 1); c != '{' {
			continue
		}
		j, _ = space(j + 1)
		match := true
		for k := range key {
			if c, ok := d.at(j + k); !ok || c != key[k] {
				match = false
				break
			}
		}
		if match {
			d.consume(i + 1)
			return true
		}
	}
	return false
}

func (d *Reader) fatal(why error) (Record, bool, error) {
	if d.failed() {
		return Record{}, false, d.err
	}
	d.done = true
	return Record{Path: d.path(""), Err: why}, true, nil
}

// end tells the end of the document from a fault of the source.
func (d *Reader) end(err, fault error) (Record, bool, error) {
	switch {
	case d.failed():
		return Record{}, false, d.err
	case fault != nil:
		return Record{Path: d.path(""), Err: fault}, true, nil
	}
	return Record{}, false, err
}

// path names the value called name in the innermost container.
func (d *Reader) path(name string) string {
	var b strings.Builder
	for _, f := range d.stack {
		if f.name != "" {
			b.WriteString(Clean(f.name))
			b.WriteByte('/')
		}
	}
	if name == "" {
		return strings.TrimSuffix(b.String(), "/")
	}
	b.WriteString(Clean(name))
	return b.String()
}

func closing(array bool) byte {
	if array {
		return ']'
	}
	return '}'
}
