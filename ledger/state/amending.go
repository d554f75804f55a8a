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
	if level, err := agreement.LevelOf(b.Agreement); err == nil && level > s.KnownLevel() {
		return nil, fmt.Errorf("%w: the draft is of level %d, and not all know more than %d", ErrLevel, level, s.KnownLevel())
	} else if err == nil && level > s.known {
		return nil, fmt.Errorf("%w: a draft of level %d", ErrUpgrade, level)
	}
	a, err := agreement.Parse(b.Agreement)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
	}
	if a.Level < s.agreement.Level {
		return nil, fmt.Errorf("%w: the level does not fall", ErrAgreement)
	}
	if a.Network != s.c.Network || a.Version != s.agreement.Version+1 || a.Normaliser != s.agreement.Normaliser {
		return nil, fmt.Errorf("%w: network and normaliser stay, and the version grows by one", ErrAgreement)
	}
	hash := entry.Hash(a.Hash())
	if d, ok := s.c.Drafts[hash]; ok { // proposing it again is approving it
		return s.supportDraft(e, hash, d)
	}
	drafts := 0
	for _, d := range s.c.Drafts {
		if d.By == e.Agency {
			drafts++
		}
	}
	if drafts >= maxOpen {
		return nil, fmt.Errorf("%w: %d drafts of %s wait already", ErrQuota, drafts, e.Agency)
	}
	return func(uint64) {
		s.adopt(hash, Draft{Text: b.Agreement, Approvals: []casework.AgencyID{e.Agency}, By: e.Agency})
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

// adopt puts an agreement into force once enough members approved it.
func (s *State) adopt(hash entry.Hash, d Draft) {
	if len(d.Approvals) < s.AmendNeeds() {
		s.c.Drafts[hash] = d
		return
	}
	a, err := agreement.Parse(d.Text)
	if err != nil {
		panic(err) // it was parsed when it was proposed
	}
	s.agreement, s.c.Agreement = a, d.Text
	clear(s.c.Drafts) // each was drafted against the version before
}

// Drafts returns the agreements that wait for approval, by hash. The caller must not
// change it.
func (s *State) Drafts() map[entry.Hash]Draft { return s.c.Drafts }

// drafted is the highest feature level among the agreements that wait for approval.
func (s *State) drafted() uint32 {
	var highest uint32
	for _, d := range s.c.Drafts {
		if level, err := agreement.LevelOf(d.Text); err == nil {
			highest = max(highest, level)
		}
	}
	return highest
}
