package state

import (
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// What follows is for an auditor, who goes on after an entry that does not hold and was
// named. A replica never does.

// Pass counts an entry that Apply refused or that cannot be read. Nothing else of it
// counts.
func (s *State) Pass() { s.c.Size++ }

// PassFor counts an entry whose bytes were changed in a copy of the ledger, and lets it
// do what its body, as far as it can still be read, does: others refer to it. It reports
// whether its type's rule took it.
func (s *State) PassFor(e entry.Entry, at int64) bool {
	defer s.Pass()
	if s.c.Size == 0 {
		return false
	}
	if i := s.member(e.Agency); i < 0 || !s.c.Members[i].Active() || e.Network != s.c.Network {
		return false
	}
	change, err := s.body(e, at)
	if err != nil {
		return false
	}
	change(s.c.Size)
	if key := e.Body.Key(); key != "" {
		s.c.Keys[keyOf(e.Agency, e.Type, key)] = s.c.Size
	}
	return true
}

// Rejoin lets an agency's chain go on after an entry of it.
func (s *State) Rejoin(id casework.AgencyID, seq uint64, hash entry.Hash) {
	s.c.Chains[id] = Chain{Seq: seq, Prev: hash}
}
