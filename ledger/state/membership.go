package state

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

var _ = on((*State).propose)

// propose puts an agency up, which its proposer approves. Proposing what another
// member proposed already is approving it.
func (s *State) propose(e entry.Entry, b *entry.MemberPropose, _ int64) (change, error) {
	m, err := b.Member.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if p, ok := s.c.Proposals[m.Hash()]; ok {
		return s.support(e, m, p)
	}
	if err := s.admissible(m); err != nil {
		return nil, err
	}
	if n := s.open(e.Agency); n >= maxOpen {
		return nil, fmt.Errorf("%w: %d proposals of %s wait already", ErrQuota, n, e.Agency)
	}
	return func(index uint64) {
		p := Proposal{Record: b.Member, Index: index, Approvals: []casework.AgencyID{e.Agency}, Agency: m.Agency, By: e.Agency}
		s.c.Proposals[m.Hash()] = p
		s.admit(m, index)
	}, nil
}

var _ = on((*State).approve)

func (s *State) approve(e entry.Entry, b *entry.MemberApprove, _ int64) (change, error) {
	p, ok := s.c.Proposals[b.Record]
	if !ok || p.Agency != b.Agency {
		return nil, fmt.Errorf("%w: nobody proposed this record of %s", ErrOrder, b.Agency)
	}
	m, err := p.Record.Read() // it was opened when it was proposed
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return s.support(e, m, p)
}

// maxOpen is how many proposals, and how many drafts of agreements, of one member may
// wait: the state holds each whole.
const maxOpen = 8

// open counts the proposals of an agency that wait.
func (s *State) open(by casework.AgencyID) (n int) {
	for _, p := range s.c.Proposals {
		if p.By == by {
			n++
		}
	}
	return n
}

// support adds an approval.
func (s *State) support(e entry.Entry, m entry.Member, p Proposal) (change, error) {
	if slices.Contains(p.Approvals, e.Agency) {
		return nil, fmt.Errorf("%w: %s approved it already", ErrOrder, e.Agency)
	}
	if err := s.admissible(m); err != nil { // others may have joined or rotated since
		return nil, err
	}
	return func(index uint64) {
		p.Approvals = append(slices.Clone(p.Approvals), e.Agency)
		s.c.Proposals[m.Hash()] = p
		s.admit(m, index)
	}, nil
}

// admissible checks what a newcomer's record must be.
func (s *State) admissible(m entry.Member) error {
	if err := keysOf(m, s.agreement); err != nil {
		return err
	}
	if s.member(m.Agency) >= 0 {
		return fmt.Errorf("%w: %s is or was a member", ErrRecord, m.Agency)
	}
	if level := s.drafted(); m.Level < level {
		return fmt.Errorf("%w: %s knows %d, and an agreement of level %d waits for approval", ErrLevel, m.Agency, m.Level, level)
	}
	if m.Epoch != s.Epoch() {
		return fmt.Errorf("%w: its keys are of epoch %d, the network's is %d", ErrRecord, m.Epoch, s.Epoch())
	}
	return s.unused(m)
}

// unused refuses a record that takes over a key or identity of a member, or whose
// signatures could not be told from a member's.
func (s *State) unused(m entry.Member) error {
	for _, other := range s.c.Members {
		if other.Agency == m.Agency {
			continue
		}
		if other.PeerID == m.PeerID || bytes.Equal(other.AgencyKey, m.AgencyKey) || bytes.Equal(other.MatchKey, m.MatchKey) ||
			bytes.Equal(other.DisclosureKey, m.DisclosureKey) || checkpoint.Clash(other.LogKey, m.LogKey) || checkpoint.Clash(other.CosignerKey, m.CosignerKey) {
			return fmt.Errorf("%w: a key in it is %s's", ErrRecord, other.Agency)
		}
	}
	return nil
}

// admit admits an agency if one of its proposals has enough approvals. What was
// proposed for the same agency besides is gone then.
func (s *State) admit(m entry.Member, index uint64) {
	p := s.c.Proposals[m.Hash()]
	if len(p.Approvals) < s.JoinNeeds() {
		return
	}
	maps.DeleteFunc(s.c.Proposals, func(_ entry.Hash, other Proposal) bool { return other.Agency == m.Agency })
	s.c.Members = append(s.c.Members, Member{Record: p.Record, Admitted: index, Member: m})
}

// reconsider follows an expulsion: what the agency that went had approved counts
// without it, and what waited for it, or for one approval more than it takes among
// the members that are left, waits no longer. Wishes that others be expelled count no
// more: each was made among other members, and out of one expulsion none follows.
func (s *State) reconsider(gone casework.AgencyID, index uint64) {
	without := func(ids []casework.AgencyID) []casework.AgencyID {
		return slices.DeleteFunc(slices.Clone(ids), func(id casework.AgencyID) bool { return id == gone })
	}
	for hash, p := range s.c.Proposals {
		p.Approvals = without(p.Approvals)
		s.c.Proposals[hash] = p
	}
	for hash, d := range s.c.Drafts {
		d.Approvals = without(d.Approvals)
		s.c.Drafts[hash] = d
	}
	clear(s.c.Expels)
	clear(s.c.Replacing)
	for _, p := range s.Pending() {
		if _, still := s.c.Proposals[entry.Hash(sha256.Sum256(p.Record.Record))]; !still {
			continue
		}
		if m, err := p.Record.Read(); err == nil && s.admissible(m) == nil {
			s.admit(m, index)
		}
	}
	for _, hash := range slices.SortedFunc(maps.Keys(s.c.Drafts), func(a, b entry.Hash) int { return bytes.Compare(a[:], b[:]) }) {
		if d, still := s.c.Drafts[hash]; still {
			s.adopt(hash, d)
		}
	}
}

var _ = on((*State).expel)

func (s *State) expel(e entry.Entry, b *entry.MemberExpel, _ int64) (change, error) {
	i, err := s.active(b.Agency)
	if err != nil {
		return nil, err
	}
	if s.Count() < 2 {
		return nil, fmt.Errorf("%w: the last member cannot go", ErrOrder)
	}
	if slices.Contains(s.c.Expels[b.Agency], e.Agency) {
		return nil, fmt.Errorf("%w: %s said so already", ErrOrder, e.Agency)
	}
	return func(index uint64) {
		s.withdraw(e.Agency) // a member wants one other gone at a time
		votes := append(slices.Clone(s.c.Expels[b.Agency]), e.Agency)
		// Who leaves by its own entry needs nobody's approval.
		if e.Agency != b.Agency && len(votes) < s.ExpelNeeds() {
			s.c.Expels[b.Agency] = votes
			return
		}
		s.c.Members[i].Expelled = index
		s.reconsider(b.Agency, index)
	}, nil
}

// WantGone lists the members that want another expelled.
func (s *State) WantGone(id casework.AgencyID) []casework.AgencyID {
	return slices.Clone(s.c.Expels[id])
}

// withdraw takes back an agency's wish that another be expelled.
func (s *State) withdraw(id casework.AgencyID) {
	for of, votes := range s.c.Expels {
		votes = slices.DeleteFunc(slices.Clone(votes), func(v casework.AgencyID) bool { return v == id })
		if len(votes) == 0 {
			delete(s.c.Expels, of)
		} else {
			s.c.Expels[of] = votes
		}
	}
}

var _ = on((*State).rotate)

// rotate replaces the own record: addresses, or any key by itself, the entry being
// signed under the agency key before. Who a member is does not change. Its match key
// may be one epoch ahead of the network, which follows once all are there.
func (s *State) rotate(e entry.Entry, b *entry.MemberRotate, _ int64) (change, error) {
	m, err := b.Member.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	i, err := s.active(e.Agency)
	if err != nil {
		return nil, err
	}
	old := s.c.Members[i].Member
	if m.Agency != e.Agency {
		return nil, fmt.Errorf("%w: it is %s's", ErrRecord, m.Agency)
	}
	if m.Name != old.Name || m.Country != old.Country || m.Oversight.Name != old.Oversight.Name {
		return nil, fmt.Errorf("%w: name, country and oversight body cannot change", ErrRecord)
	}
	sameMatch := bytes.Equal(m.MatchKey, old.MatchKey)
	switch m.Epoch {
	case old.Epoch:
		if !sameMatch {
			return nil, fmt.Errorf("%w: the match key changes only with the epoch", ErrRecord)
		}
	case old.Epoch + 1:
		if sameMatch {
			return nil, fmt.Errorf("%w: the match key changes with the epoch", ErrRecord)
		}
		if m.Epoch > s.Epoch()+1 {
			return nil, fmt.Errorf("%w: epoch %d, and not all members are at %d", ErrRecord, m.Epoch, old.Epoch)
		}
	default:
		return nil, fmt.Errorf("%w: epoch %d after %d", ErrRecord, m.Epoch, old.Epoch)
	}
	if m.Level < old.Level {
		return nil, fmt.Errorf("%w: the level of a member does not fall", ErrRecord)
	}
	if err := keysOf(m, s.agreement); err != nil {
		return nil, err
	}
	if err := s.unused(m); err != nil {
		return nil, err
	}
	return func(index uint64) {
		if !bytes.Equal(m.AgencyKey, old.AgencyKey) {
			s.c.Members[i].Former = append(slices.Clone(s.c.Members[i].Former), FormerKey{old.AgencyKey, index})
		}
		if body := old.Oversight.Hash(); body != m.Oversight.Hash() {
			s.c.Members[i].Bodies = append(slices.Clone(s.c.Members[i].Bodies), body)
		}
		s.c.Members[i].Record, s.c.Members[i].Member = b.Member, m
	}, nil
}

// Pending lists all proposals in the order in which they came.
func (s *State) Pending() []Proposal {
	return slices.SortedFunc(maps.Values(s.c.Proposals), func(a, b Proposal) int { return cmp.Compare(a.Index, b.Index) })
}

// Proposed returns the proposal of one record.
func (s *State) Proposed(record entry.Hash) (Proposal, bool) {
	p, ok := s.c.Proposals[record]
	return p, ok
}

// Proposals gives, for each agency that wants to join, the proposal with the most
// approvals, the first one of equals. See Pending for all.
func (s *State) Proposals() map[casework.AgencyID]Proposal {
	out := map[casework.AgencyID]Proposal{}
	for _, p := range s.Pending() {
		if best, ok := out[p.Agency]; !ok || len(p.Approvals) > len(best.Approvals) {
			out[p.Agency] = p
		}
	}
	return out
}
