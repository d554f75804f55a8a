package agreement

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

var (
	encoder = mustEnc(cbor.CoreDetEncOptions())
	decoder = mustDec(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField, MaxArrayElements: 4096, MaxMapPairs: 256, MaxNestedLevels: 8,
	})
)

func mustEnc(o cbor.EncOptions) cbor.EncMode {
	m, err := o.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}

func mustDec(o cbor.DecOptions) cbor.DecMode {
	m, err := o.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}

// settled writes lists without elements in the one way that they have.
func (a Agreement) settled() Agreement {
	a.Kinds, a.Purposes = orEmpty(a.Kinds), orEmpty(a.Purposes)
	a.LegalBases, a.Offences = orEmpty(a.LegalBases), orEmpty(a.Offences)
	a.Pairs, a.Quotas = orEmpty(a.Pairs), orEmpty(a.Quotas)
	return a
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Bytes gives the canonical bytes.
func (a Agreement) Bytes() []byte {
	b, err := encoder.Marshal(a.settled())
	if err != nil {
		panic(err) // the struct has no value that CBOR cannot hold
	}
	return b
}

// Hash names the agreement.
func (a Agreement) Hash() [32]byte { return sha256.Sum256(a.Bytes()) }

// Parse reads canonical bytes and checks the terms.
func Parse(data []byte) (Agreement, error) {
	var a Agreement
	if len(data) > MaxSize {
		return a, fmt.Errorf("%w: %d bytes, more than %d", ErrAgreement, len(data), MaxSize)
	}
	if err := decoder.Unmarshal(data, &a); err != nil {
		return Agreement{}, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if !bytes.Equal(a.Bytes(), data) {
		return Agreement{}, fmt.Errorf("%w: the bytes are not the canonical ones", ErrAgreement)
	}
	if err := a.Validate(); err != nil {
		return Agreement{}, err
	}
	return a, nil
}
