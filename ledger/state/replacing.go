package state

import (
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Replacement is a raft log with which a voter that lost its own begins again.
type Replacement struct {
	Identity entry.Identity `cbor:"1,keyasint"`
	Index    uint64         `cbor:"2,keyasint"` // of the entry that decided it
}

// Replacing is what members want a lost log replaced by.
type Replacing map[casework.AgencyID]entry.Identity

// Replacement returns the newest replacement of a voter's log.
func (s *State) Replacement(id casework.AgencyID) (Replacement, bool) {
	r, ok := s.c.Replaced[id]
	return r, ok
}

// Replacing counts the members that approve an identity for a voter that waits for it.
func (s *State) Replacing(id casework.AgencyID, identity entry.Identity) (n int) {
	for _, i := range s.c.Replacing[id] {
		if i == identity {
			n++
		}
	}
	return n
}

// Replaces reports whether a member approves an identity for a voter that waits for it.
func (s *State) Replaces(by, id casework.AgencyID, identity entry.Identity) bool {
	return !identity.IsZero() && s.c.Replacing[id][by] == identity
}

var _ = on((*State).replace)

// replace approves a voter's new raft log. A member approves one identity of a voter
// at a time: naming another takes the approval before back.
func (s *State) replace(e entry.Entry, b *entry.VoterReplace, _ int64) (change, error) {
	if err := s.peer(e.Agency, b.Agency); err != nil {
		return nil, err
	}
	if !slices.Contains(s.Voters(), b.Agency) {
		return nil, fmt.Errorf("%w: %s has no vote", ErrOrder, b.Agency)
	}
	if s.c.Replaced[b.Agency].Identity == b.Identity {
		return nil, fmt.Errorf("%w: %s was replaced so already", ErrOrder, b.Agency)
	}
	if s.Replaces(e.Agency, b.Agency, b.Identity) {
		return nil, fmt.Errorf("%w: %s approved it already", ErrOrder, e.Agency)
	}
	return func(index uint64) {
		approved := Replacing{e.Agency: b.Identity}
		for id, i := range s.c.Replacing[b.Agency] {
			if id != e.Agency {
				approved[id] = i
			}
		}
		s.c.Replacing[b.Agency] = approved
		if s.Replacing(b.Agency, b.Identity) >= s.JoinNeeds() {
			delete(s.c.Replacing, b.Agency)
			s.c.Replaced[b.Agency] = Replacement{b.Identity, index}
		}
	}, nil
}
