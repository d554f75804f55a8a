package api

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// rows are what items have for themselves. They go as one text, base64 of the rows one
// after another, which costs a tenth of a JSON object for each. A list of JSON objects,
// as a person or a script writes it, is read as well.
//
// A row is the number of its facts, value, record, the two times, the other forms, each
// with its kind, and what its source says of it. Numbers are varints; a text, or a time as [time.Time.MarshalBinary]
// writes it, has its length in front.
type rows []own

// MarshalJSON returns the packed rows.
func (r rows) MarshalJSON() ([]byte, error) {
	var size int
	for i := range r {
		size += 8 + len(r[i].Value) + len(r[i].Record) + 20*len(r[i].Keys)
	}
	packed := make([]byte, 0, size)
	for i := range r {
		var err error
		if packed, err = r[i].append(packed); err != nil {
			return nil, err
		}
	}
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(packed))+2)
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), packed), '"'), nil
}

func (o *own) append(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(o.Of))
	b = appendText(appendText(b, o.Value), o.Record)
	for _, t := range []time.Time{o.Seen, o.Captured} {
		if t.IsZero() {
			b = append(b, 0)
			continue
		}
		at := len(b)
		var err error
		if b, err = t.AppendBinary(append(b, 0)); err != nil {
			return nil, err
		}
		b[at] = byte(len(b) - at - 1) // 15 or 16
	}
	b = binary.AppendUvarint(b, uint64(len(o.Keys)))
	for _, k := range o.Keys {
		b = appendText(appendText(b, string(k.Kind)), k.Value)
	}
	b = binary.AppendUvarint(b, uint64(len(o.Context)))
	for _, c := range o.Context {
		b = appendText(b, c)
	}
	return b, nil
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// UnmarshalJSON reads packed rows, or a list of objects.
func (r *rows) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '"' {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		return dec.Decode((*[]own)(r))
	}
	var packed []byte
	if err := json.Unmarshal(data, &packed); err != nil {
		return err
	}
	in := unpacking{rest: string(packed)}
	out := make(rows, 0, min(len(packed)/smallestRow, MaxItems+1))
	for len(in.rest) > 0 && len(out) <= MaxItems { // one more than are taken, so that List says it
		out = append(out, in.row())
		if in.err != nil {
			return in.err
		}
	}
	*r = out
	return nil
}

// smallestRow is a row of empty texts without times and forms.
const smallestRow = 7

var errRow = errors.New("the items end within one, or one of them cannot be read")

// An unpacking reads packed rows, whose texts stay parts of what came in.
type unpacking struct {
	rest string
	err  error
}

func (in *unpacking) row() (o own) {
	o.Of = int(min(in.number(), MaxItems)) // there are never more facts than items
	o.Value, o.Record = in.text(), in.text()
	o.Seen, o.Captured = in.time(), in.time()
	n := in.number()
	if n > maxKeys {
		n = maxKeys + 1 // which List refuses
	}
	for range n {
		o.Keys = append(o.Keys, key{Kind: casework.Kind(in.text()), Value: in.text()})
	}
	n = in.number()
	if n > maxContext {
		n = maxContext + 1 // which List refuses
	}
	for range n {
		o.Context = append(o.Context, in.text())
	}
	return o
}

func (in *unpacking) number() uint64 {
	var n uint64
	for shift := 0; shift < 63 && shift/7 < len(in.rest); shift += 7 {
		c := in.rest[shift/7]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			in.rest = in.rest[shift/7+1:]
			return n
		}
	}
	in.rest, in.err = "", errRow
	return 0
}

func (in *unpacking) text() string {
	n := in.number()
	if n > uint64(len(in.rest)) {
		in.rest, in.err = "", errRow
		return ""
	}
	text := in.rest[:n]
	in.rest = in.rest[n:]
	return text
}

func (in *unpacking) time() (t time.Time) {
	text := in.text()
	if text == "" {
		return t
	}
	if err := t.UnmarshalBinary([]byte(text)); err != nil {
		in.rest, in.err = "", errRow
	}
	return t
}
