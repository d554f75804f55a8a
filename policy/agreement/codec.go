package agreement

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"
)

var format = canon.NewFormat(canon.Limits{Size: MaxSize, Array: 4096, Map: 256, Depth: 8})

// withLists replaces lists that are nil: a list without elements is an empty array.
func (a Agreement) withLists() Agreement {
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

// Bytes returns the canonical bytes.
func (a Agreement) Bytes() []byte { return canon.Encode(a.withLists()) }

// Hash names the agreement.
func (a Agreement) Hash() [32]byte { return sha256.Sum256(a.Bytes()) }

// LevelOf reads the feature level of an agreement that may be of a later build, and
// nothing else of it.
func LevelOf(data []byte) (uint32, error) {
	var fields map[uint64]canon.Raw
	if err := format.Decode(data, &fields); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	var level uint32
	if err := format.Decode(fields[20], &level); err != nil {
		return 0, fmt.Errorf("%w: level: %w", ErrAgreement, err)
	}
	return level, nil
}

// Parse reads canonical bytes and checks the terms.
func Parse(data []byte) (Agreement, error) {
	var a Agreement
	if err := format.Decode(data, &a); err != nil {
		return Agreement{}, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if !bytes.Equal(a.Bytes(), data) { // a list that is null
		return Agreement{}, fmt.Errorf("%w: the bytes are not the canonical ones", ErrAgreement)
	}
	if err := a.Validate(); err != nil {
		return Agreement{}, err
	}
	return a, nil
}
