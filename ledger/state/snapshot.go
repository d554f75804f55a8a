package state

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/crypto/canon"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
)

// format holds a state of a large network: all batches and requests of years.
var format = canon.NewFormat(canon.Limits{Size: 1 << 40, Array: 1 << 24, Map: 1 << 26, Depth: 12})

// Bytes returns the state in its one encoding, for a snapshot.
func (s *State) Bytes() []byte { return canon.Encode(s.c) }

// Hash names the state: two replicas that applied the same entries have the same.
func (s *State) Hash() entry.Hash { return sha256.Sum256(s.Bytes()) }

// ErrSnapshot is wrapped by every failure to restore a state.
var ErrSnapshot = errors.New("not a state")

// Restore reads what Bytes wrote. Who wrote them is trusted with what they say:
// the bytes prove nothing, and only replaying the ledger does.
func Restore(data []byte) (*State, error) {
	s := New()
	if err := format.Decode(data, &s.c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	c := &s.c
	if c.Proposals == nil || c.Expels == nil || c.Drafts == nil || c.Chains == nil || c.Keys == nil ||
		c.Queries == nil || c.Requests == nil || c.Published == nil || c.Asked == nil || c.Reported == nil || c.Logged == nil ||
		c.Replacing == nil || c.Replaced == nil {
		return nil, fmt.Errorf("%w: a part of it is missing", ErrSnapshot)
	}
	if c.Size == 0 {
		if !bytes.Equal(data, New().Bytes()) {
			return nil, fmt.Errorf("%w: something in it comes before the first entry", ErrSnapshot)
		}
		return s, nil
	}
	var err error
	if s.agreement, err = agreement.Parse(c.Agreement); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if s.agreement.Network != c.Network || len(c.Members) == 0 {
		return nil, fmt.Errorf("%w: no network, or no member", ErrSnapshot)
	}
	for i := range c.Members {
		m := &c.Members[i]
		if m.Member, err = m.Record.Read(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
		}
		if s.member(m.Agency) != i {
			return nil, fmt.Errorf("%w: %s is in it twice", ErrSnapshot, m.Agency)
		}
	}
	return s, s.consistent()
}

// consistent holds what later steps rely on.
func (s *State) consistent() error {
	for hash, p := range s.c.Proposals {
		if m, err := p.Record.Read(); err != nil || m.Hash() != hash || m.Agency != p.Agency {
			return fmt.Errorf("%w: a proposal is under a wrong name", ErrSnapshot)
		}
	}
	for hash, d := range s.c.Drafts {
		if a, err := agreement.Parse(d.Text); err != nil || a.Hash() != hash {
			return fmt.Errorf("%w: a draft is under a wrong name", ErrSnapshot)
		}
	}
	for _, p := range s.c.Published {
		if p.Acked > p.Number || uint64(len(p.Open)) != p.Number-p.Acked {
			return fmt.Errorf("%w: a publication's numbers do not fit", ErrSnapshot)
		}
	}
	return nil
}
