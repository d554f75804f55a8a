// Package canon is the one canonical CBOR of the system: core deterministic
// encoding (RFC 8949 section 4.2.1), under which a value has exactly one sequence
// of bytes, so that its hash names the value.
//
//	value --Encode--> bytes --Decode--> value, if Encode returns the same bytes
//
// The library decodes more than the deterministic encoding (integers that are not
// the shortest, map keys out of order), so Decode encodes what it read again and
// compares. It refuses repeated and unknown keys, indefinite lengths, tags, text
// that is not UTF-8, trailing bytes, and whatever is over the limits of the format.
//
// Bytes come from peers that are honest about nothing. Limits bound what decoding
// costs before a value is looked at; a format states its own, and its zero value
// reads nothing.
package canon

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrFormat is wrapped by every failure to decode.
var ErrFormat = errors.New("not canonical CBOR")

// Raw is a value that stays encoded.
type Raw = cbor.RawMessage

// Limits bound what one format holds.
type Limits struct {
	Size  int // bytes
	Array int // elements of one array
	Map   int // pairs of one map
	Depth int // nested arrays and maps
}

// A Format decodes values within limits. It is safe for concurrent use.
type Format struct {
	limits Limits
	mode   cbor.DecMode
}

// NewFormat returns a format. It panics if a limit is missing or one that the
// library cannot hold: limits are constants of a package.
func NewFormat(l Limits) Format {
	if l.Size <= 0 {
		panic("canon: a format without a limit on its size")
	}
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, UTF8: cbor.UTF8RejectInvalid,
		MaxArrayElements: l.Array, MaxMapPairs: l.Map, MaxNestedLevels: l.Depth,
	}.DecMode()
	if err != nil {
		panic(fmt.Sprintf("canon: %v", err))
	}
	return Format{limits: l, mode: mode}
}

// Decode reads the canonical bytes of a value into v, a pointer, and refuses any
// other bytes.
func (f Format) Decode(data []byte, v any) error {
	if err := f.DecodeOwn(data, v); err != nil {
		return err
	}
	again, err := encoder.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("%w: the value has another encoding", ErrFormat)
	}
	return nil
}

// DecodeOwn reads a value in any encoding, within the limits. It is for files that
// an earlier build of the same node wrote and authenticated, whose bytes nobody
// hashes.
func (f Format) DecodeOwn(data []byte, v any) error {
	if f.mode == nil {
		return fmt.Errorf("%w: a format that reads nothing", ErrFormat)
	}
	if len(data) > f.limits.Size {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrFormat, len(data), f.limits.Size)
	}
	if err := f.mode.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

var encoder = newEncoder()

func newEncoder() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // constant options
	}
	return mode
}

// Encode returns the canonical bytes of a value. It panics on a value of a type
// that CBOR cannot hold (a function, a channel): which types are encoded is fixed
// when a program is written.
func Encode(v any) []byte {
	b, err := encoder.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("canon: %T: %v", v, err))
	}
	return b
}
