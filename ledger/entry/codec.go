package entry

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Errors that callers branch on.
var (
	ErrFormat    = errors.New("not an entry")              // the bytes are not those of an entry
	ErrShape     = errors.New("the entry's body is wrong") // a value in it is out of range or missing
	ErrSignature = errors.New("the entry's signature does not hold")
)

var (
	encoder = mustEncoder()
	decoder = mustDecoder()
)

func mustEncoder() cbor.EncMode {
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}

func mustDecoder() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, MaxArrayElements: 1024, MaxMapPairs: 256, MaxNestedLevels: 8,
	}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}

// encode gives canonical bytes.
func encode(v any) []byte {
	b, err := encoder.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("entry: %T cannot be encoded: %v", v, err)) // no body has such a value
	}
	return b
}

// decode reads canonical bytes into v, a pointer, and refuses any others.
func decode(data []byte, v any) error {
	if err := decoder.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	again, err := encoder.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("%w: the bytes are not the canonical ones", ErrFormat)
	}
	return nil
}
