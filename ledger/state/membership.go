package state

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// propose puts an agency up, which its proposer approves.
func (s *State) propose(e entry.Entry, b *entry.MemberPropose) (change, error) {
	m, err := b.Member.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if err := keysOf(m, s.agreement); err != nil {
		return nil, err
	}
	if i := s.member(m.Agency); i >= 0 {
		return nil, fmt.Errorf("%w: %s is or was a member", ErrRecord, m.Agency)
	}
	if err := s.unused(m); err != nil {
		return nil, err
	}
	return func(index uint64) {
		p := Proposal{Record: b.Member, Index: index, Approvals: []casework.AgencyID{e.Agency}}
		s.settle(m, p, index)
	}, nil
}

// unused refuses a record that takes over a key or identity of a member.
func (s *State) unused(m entry.Member) error {
	for _, other := range s.c.Members {
		if other.Agency == m.Agency {
			continue
		}
		if other.PeerID == m.PeerID || bytes.Equal(other.AgencyKey, m.AgencyKey) || bytes.Equal(other.MatchKey, m.MatchKey) ||
			bytes.Equal(other.DisclosureKey, m.DisclosureKey) || other.LogKey == m.LogKey || other.CosignerKey == m.CosignerKey {
			return fmt.Errorf("%w: a key in it is %s's", ErrRecord, other.Agency)
		}
	}
	return nil
}

func (s *State) approve(e entry.Entry, b *entry.MemberApprove) (change, error) {
	p, ok := s.c.Proposals[b.Agency]
	if !ok {
		return nil, fmt.Errorf("%w: nobody proposed %s", ErrOrder, b.Agency)
	}
	m, err := p.Record.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if m.Hash() != b.Record {
		return nil, fmt.Errorf("%w: another record of %s was proposed", ErrRecord, b.Agency)
	}
	if slices.Contains(p.Approvals, e.Agency) {
		return nil, fmt.Errorf("%w: %s approved it already", ErrOrder, e.Agency)
	}
	return func(index uint64) {
		p.Approvals = append(slices.Clone(p.Approvals), e.Agency)
		s.settle(m, p, index)
	}, nil
}

// settle admits an agency that has enough approvals, or keeps the proposal.
func (s *State) settle(m entry.Member, p Proposal, index uint64) {
	standing := 0
	for _, a := range p.Approvals {
		if _, err := s.active(a); err == nil {
			standing++
		}
	}
	if standing < s.JoinNeeds() {
		s.c.Proposals[m.Agency] = p
		return
	}
	delete(s.c.Proposals, m.Agency)
	s.c.Members = append(s.c.Members, Member{Record: p.Record, Admitted: index, Member: m})
}

func (s *State) expel(e entry.Entry, b *entry.MemberExpel) (change, error) {
	i, err := s.active(b.Agency)
	if err != nil {
		return nil, err
	}
	if s.Count() < 2 {
		return nil, fmt.Errorf("%w: the last member cannot go", ErrOrder)
	}
	return func(index uint64) {
		votes := append(slices.Clone(s.c.Expels[b.Agency]), e.Agency)
		standing := 0
		for _, a := range votes {
			if _, err := s.active(a); err == nil && a != b.Agency {
				standing++
			}
		}
		// Who leaves by its own entry needs nobody's approval.
		if e.Agency != b.Agency && standing < min(int(s.agreement.ExpelApprovals), s.Count()-1) {
			s.c.Expels[b.Agency] = votes
			return
		}
		delete(s.c.Expels, b.Agency)
		s.c.Members[i].Expelled = index
	}, nil
}

// rotate replaces the own record. Who a member is does not change: its name,
// country, signing key and oversight body stay.
func (s *State) rotate(e entry.Entry, b *entry.MemberRotate) (change, error) {
	m, err := b.Member.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	i, err := s.active(e.Agency)
	if err != nil {
		return nil, err
	}
	old := s.c.Members[i].Member
	switch {
	case m.Agency != e.Agency:
		return nil, fmt.Errorf("%w: it is %s's", ErrRecord, m.Agency)
	case m.Country != old.Country || !bytes.Equal(m.AgencyKey, old.AgencyKey) ||
		!bytes.Equal(m.Oversight.VerifyKey, old.Oversight.VerifyKey) || !bytes.Equal(m.Oversight.SealKey, old.Oversight.SealKey):
		return nil, fmt.Errorf("%w: country, agency key and oversight body cannot change", ErrRecord)
	case m.Epoch < old.Epoch || m.Epoch > old.Epoch+1:
		return nil, fmt.Errorf("%w: epoch %d after %d", ErrRecord, m.Epoch, old.Epoch)
	case (m.Epoch == old.Epoch) != (bytes.Equal(m.MatchKey, old.MatchKey) && bytes.Equal(m.DisclosureKey, old.DisclosureKey)):
		return nil, fmt.Errorf("%w: match and disclosure keys change with the epoch, and only then", ErrRecord)
	}
	if err := keysOf(m, s.agreement); err != nil {
		return nil, err
	}
	if err := s.unused(m); err != nil {
		return nil, err
	}
	return func(uint64) {
		s.c.Members[i].Record, s.c.Members[i].Member = b.Member, m
	}, nil
}

func (s *State) proposeAgreement(e entry.Entry, b *entry.AgreementPropose) (change, error) {
	a, err := agreement.Parse(b.Agreement)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if a.Network != s.c.Network || a.Version != s.agreement.Version+1 || a.Normaliser != s.agreement.Normaliser {
		return nil, fmt.Errorf("%w: network and normaliser stay, and the version grows by one", ErrAgreement)
	}
	return func(uint64) {
		s.adopt(a.Hash(), Draft{Text: b.Agreement, Approvals: []casework.AgencyID{e.Agency}})
	}, nil
}

func (s *State) approveAgreement(e entry.Entry, b *entry.AgreementApprove) (change, error) {
	d, ok := s.c.Drafts[b.Agreement]
	if !ok {
		return nil, fmt.Errorf("%w: nobody proposed this agreement", ErrOrder)
	}
	return func(uint64) {
		d.Approvals = append(slices.Clone(d.Approvals), e.Agency)
		s.adopt(b.Agreement, d)
	}, nil
}

// adopt puts an agreement into force once every member approved it.
func (s *State) adopt(hash entry.Hash, d Draft) {
	for _, m := range s.c.Members {
		if m.Active() && !slices.Contains(d.Approvals, m.Agency) {
			s.c.Drafts[hash] = d
			return
		}
	}
	a, err := agreement.Parse(d.Text)
	if err != nil {
		panic(err) // it was parsed when it was proposed
	}
	s.agreement, s.c.Agreement = a, d.Text
	clear(s.c.Drafts) // each was drafted against the version before
}
