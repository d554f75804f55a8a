package wire

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
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
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, MaxArrayElements: MaxParts, MaxMapPairs: 16, MaxNestedLevels: 4,
	}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}

// check gives the first failure among several conditions.
func check(conditions ...error) error {
	for _, err := range conditions {
		if err != nil {
			return err
		}
	}
	return nil
}

func between(name string, n, low, high uint64) error {
	if n < low || n > high {
		return fmt.Errorf("%s is %d, not %d to %d", name, n, low, high)
	}
	return nil
}

func elements(b []byte) error {
	if len(b) == 0 || len(b)%ElementSize != 0 || len(b) > MaxPartBytes {
		return fmt.Errorf("%d bytes are no elements", len(b))
	}
	return nil
}
