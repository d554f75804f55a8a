package casestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/policy/casework"
)

// storedLead keeps the handle, which a lead's JSON does not show.
type storedLead struct {
	casework.Lead
	Handle []byte
}

// leadKey is one for each peer, item and epoch: a hit found twice is one lead.
func leadKey(l casework.Lead) string {
	return fmt.Sprintf("%s|%s|%d", l.Peer, l.Item, l.Epoch)
}

// PutLeads stores leads, all or none; of one that is known already the lead is
// given as it stands. It gives those that are new.
func (s *Store) PutLeads(ctx context.Context, leads []casework.Lead) (fresh []casework.Lead, err error) {
	err = s.tx(ctx, func() error {
		for _, l := range leads {
			_, isNew, err := s.putLead(l)
			if err != nil {
				return err
			}
			if isNew {
				fresh = append(fresh, l)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

// PutLead stores a new lead; one that is known already is given as it stands.
func (s *Store) PutLead(ctx context.Context, l casework.Lead) (stored casework.Lead, isNew bool, err error) {
	err = s.tx(ctx, func() error {
		stored, isNew, err = s.putLead(l)
		return err
	})
	return stored, isNew, err
}

func (s *Store) putLead(l casework.Lead) (stored casework.Lead, isNew bool, err error) {
	data, err := s.object("lead", leadKey(l))
	if err == nil {
		stored, err = readLead(data)
		return stored, false, err
	}
	if !errors.Is(err, ErrNotFound) {
		return stored, false, err
	}
	if data, err = json.Marshal(storedLead{l, l.Tag[:]}); err != nil {
		return stored, false, err
	}
	if err := s.putObject("leadid", l.ID.String(), 0, []byte(leadKey(l))); err != nil {
		return stored, false, err
	}
	return l, true, s.putObject("lead", leadKey(l), l.Found.UnixMilli(), data)
}

func readLead(data []byte) (casework.Lead, error) {
	var l storedLead
	if err := json.Unmarshal(data, &l); err != nil {
		return casework.Lead{}, fmt.Errorf("%w: lead: %w", ErrCorrupt, err)
	}
	copy(l.Tag[:], l.Handle)
	return l.Lead, nil
}

// SaveLead stores a lead's changed state.
func (s *Store) SaveLead(ctx context.Context, l casework.Lead) error {
	return s.put(ctx, "lead", leadKey(l), l.Found.UnixMilli(), storedLead{l, l.Tag[:]})
}

// Lead gives a lead by id.
func (s *Store) Lead(ctx context.Context, id casework.LeadID) (l casework.Lead, err error) {
	err = s.read(ctx, func() error {
		key, err := s.object("leadid", id.String())
		if err != nil {
			return fmt.Errorf("lead: %w", err)
		}
		data, err := s.object("lead", string(key))
		if err != nil {
			return err
		}
		l, err = readLead(data)
		return err
	})
	return l, err
}

// Leads lists leads in the order in which they were found.
func (s *Store) Leads(ctx context.Context) ([]casework.Lead, error) {
	all, err := list[storedLead](ctx, s, "lead")
	out := make([]casework.Lead, len(all))
	for i, l := range all {
		copy(l.Tag[:], l.Handle)
		out[i] = l.Lead
	}
	return out, err
}
