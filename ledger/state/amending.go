package state

import (
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

var _ = on((*State).proposeAgreement)

func (s *State) proposeAgreement(e entry.Entry, b *entry.AgreementPropose, _ int64) (change, error) {
	a, err := agreement.Parse(b.Agreement)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if a.Network != s.c.Network || a.Version != s.agreement.Version+1 || a.Normaliser != s.agreement.Normaliser {
		return nil, fmt.Errorf("%w: network and normaliser stay, and the version grows by one", ErrAgreement)
	}
	hash := entry.Hash(a.Hash())
	if d, ok := s.c.Drafts[hash]; ok { // proposing it again is approving it
		return s.supportDraft(e, hash, d)
	}
	return func(uint64) {
		s.adopt(hash, Draft{Text: b.Agreement, Approvals: []casework.AgencyID{e.Agency}})
	}, nil
}

var _ = on((*State).approveAgreement)

func (s *State) approveAgreement(e entry.Entry, b *entry.AgreementApprove, _ int64) (change, error) {
	d, ok := s.c.Drafts[b.Agreement]
	if !ok {
		return nil, fmt.Errorf("%w: nobody proposed this agreement", ErrOrder)
	}
	return s.supportDraft(e, b.Agreement, d)
}

func (s *State) supportDraft(e entry.Entry, hash entry.Hash, d Draft) (change, error) {
	if slices.Contains(d.Approvals, e.Agency) {
		return nil, fmt.Errorf("%w: %s approved it already", ErrOrder, e.Agency)
	}
	return func(uint64) {
		d.Approvals = append(slices.Clone(d.Approvals), e.Agency)
		s.adopt(hash, d)
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
