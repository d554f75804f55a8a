package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// ErrSeam means that a seam does not end this ledger.
var ErrSeam = errors.New("the seam does not fit this ledger")

var _ = on(func(*State, entry.Entry, *entry.Recover, int64) (change, error) {
	return nil, fmt.Errorf("%w: there is one already", ErrGenesis)
})

// A foundation is what a first entry says of the network that it founds.
type foundation struct {
	agreement []byte
	founder   entry.SignedMember
	seam      *entry.Seam // of a successor
}

func foundationOf(b entry.Body) (foundation, bool) {
	switch b := b.(type) {
	case *entry.Genesis:
		return foundation{b.Agreement, b.Founder, nil}, true
	case *entry.Recover:
		return foundation{b.Agreement, b.Founder, &b.Seam}, true
	}
	return foundation{}, false
}

// Retires checks that a seam ends this ledger at its last certified checkpoint, of the
// size that is known to be certified or a later one, and was signed by members and the
// oversight body of each. It does not compare the root: the caller has the leaves.
func (s *State) Retires(seam entry.Seam, certified uint64) (checkpoint.Checkpoint, error) {
	if seam.Network != s.c.Network || seam.Genesis != s.c.Genesis {
		return checkpoint.Checkpoint{}, fmt.Errorf("%w: it retires %q, founded by another entry", ErrSeam, seam.Network)
	}
	c, err := s.Policy().Verify(seam.Note)
	if err != nil {
		return checkpoint.Checkpoint{}, fmt.Errorf("%w: its checkpoint: %w", ErrSeam, err)
	}
	if c.Size < certified {
		return checkpoint.Checkpoint{}, fmt.Errorf("%w: it ends at %d entries, and %d are certified", ErrSeam, c.Size, certified)
	}
	var overseers [][]byte
	for _, v := range seam.Survivors {
		i, err := s.active(v.Agency)
		if err != nil {
			return checkpoint.Checkpoint{}, fmt.Errorf("%w: %w", ErrSeam, err)
		}
		m := s.c.Members[i]
		if !bytes.Equal(m.AgencyKey, v.Key) {
			return checkpoint.Checkpoint{}, fmt.Errorf("%w: %s signed with another key than its record's", ErrSeam, v.Agency)
		}
		overseers = append(overseers, m.Oversight.VerifyKey)
	}
	for _, b := range seam.Bodies {
		if !slices.ContainsFunc(overseers, func(k []byte) bool { return bytes.Equal(k, b.Key) }) {
			return checkpoint.Checkpoint{}, fmt.Errorf("%w: a body signed that oversees none of the survivors", ErrSeam)
		}
	}
	return c.Checkpoint, nil
}

// Unsigned lists the survivors of a seam whose oversight body has not signed it.
func (s *State) Unsigned(seam entry.Seam) (ids []casework.AgencyID) {
	for _, v := range seam.Survivors {
		m, ok := s.Member(v.Agency)
		if !ok || !slices.ContainsFunc(seam.Bodies, func(b entry.BodySignature) bool { return bytes.Equal(b.Key, m.Oversight.VerifyKey) }) {
			ids = append(ids, v.Agency)
		}
	}
	return ids
}

// Lost lists the members that did not sign a seam.
func (s *State) Lost(seam entry.Seam) (ids []casework.AgencyID) {
	for _, m := range s.c.Members {
		if m.Active() && !slices.ContainsFunc(seam.Survivors, func(v entry.Survivor) bool { return v.Agency == m.Agency }) {
			ids = append(ids, m.Agency)
		}
	}
	return ids
}
