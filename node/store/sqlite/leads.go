package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

// storedLead keeps the handle, which a lead's JSON does not show.
type storedLead struct {
	casework.Lead
	Handle []byte
}

// PutLeads stores leads, all or none; one that is known already stays as it stands, and
// one that was withdrawn is again what it was. It returns those that are new or are
// leads again.
func (s *Store) PutLeads(ctx context.Context, leads []casework.Lead) (fresh []casework.Lead, err error) {
	err = s.tx(ctx, func() error {
		for _, l := range leads {
			stored, isNew, err := s.putLead(l)
			if err != nil {
				return err
			}
			if isNew {
				fresh = append(fresh, stored)
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

// putLead stores one lead for each peer and item: a hit found twice is one. Found again
// in a later epoch, it is the same lead with that epoch's handle.
func (s *Store) putLead(l casework.Lead) (stored casework.Lead, isNew bool, err error) {
	peer, err := s.peer(string(l.Peer))
	if err != nil {
		return stored, false, err
	}
	have, err := s.leads("WHERE item = ? AND peer = ? ORDER BY epoch DESC", l.Item[:], peer)
	if err != nil {
		return stored, false, err
	}
	if len(have) > 0 {
		stored = have[0]
		if stored.Epoch > l.Epoch {
			return stored, false, nil
		}
		revived := stored.Revive()
		if !revived && stored.Epoch == l.Epoch {
			return stored, false, nil
		}
		stored.Epoch, stored.Tag = l.Epoch, l.Tag
		return stored, revived, s.saveLead(stored)
	}
	data, err := json.Marshal(storedLead{l, l.Tag[:]})
	if err != nil {
		return stored, false, err
	}
	err = s.query("INSERT INTO lead(id, peer, item, epoch, state, found, data) VALUES(?, ?, ?, ?, ?, ?, ?)",
		[]any{l.ID[:], peer, l.Item[:], l.Epoch, string(l.State), l.Found.UnixMilli(), s.keys.seal("lead|"+string(l.ID[:]), data)}, nil)
	if err != nil {
		return stored, false, err
	}
	n := s.db.LastInsertRowID()
	return l, true, s.putLeadCases(n, peer, l.Cases)
}

func (s *Store) putLeadCases(lead, peer int64, cases []casework.CaseID) error {
	for _, c := range cases {
		if err := s.query("INSERT INTO lead_case(casefile, peer, lead) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", []any{c[:], peer, lead}, nil); err != nil {
			return err
		}
	}
	return nil
}

// leads reads leads, with the lock held.
func (s *Store) leads(where string, args ...any) (out []casework.Lead, err error) {
	err = s.query("SELECT id, data FROM lead "+where, args, func(st *sqlite3.Stmt) error {
		data, err := s.keys.open("lead|"+string(st.ColumnRawBlob(0)), st.ColumnRawBlob(1))
		if err != nil {
			return err
		}
		var l storedLead
		if err := json.Unmarshal(data, &l); err != nil {
			return fmt.Errorf("%w: lead: %w", store.ErrCorrupt, err)
		}
		copy(l.Tag[:], l.Handle)
		out = append(out, l.Lead)
		return nil
	})
	return out, err
}

// hasLead reports whether a hit is a lead already, and not a withdrawn one, with the
// lock held.
func (s *Store) hasLead(peer int64, item casework.ItemID, epoch uint32) (yes bool, err error) {
	err = s.query("SELECT 1 FROM lead WHERE item = ? AND peer = ? AND epoch = ? AND state <> 'withdrawn'", []any{item[:], peer, epoch}, func(*sqlite3.Stmt) error {
		yes = true
		return nil
	})
	return yes, err
}

// SaveLead stores a lead's changed state.
func (s *Store) SaveLead(ctx context.Context, l casework.Lead) error {
	return s.tx(ctx, func() error { return s.saveLead(l) })
}

// saveLead stores a changed lead, with the lock held.
func (s *Store) saveLead(l casework.Lead) error {
	data, err := json.Marshal(storedLead{l, l.Tag[:]})
	if err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	before := s.db.TotalChanges()
	err = s.query("UPDATE lead SET state = ?, epoch = ?, data = ? WHERE id = ?",
		[]any{string(l.State), l.Epoch, s.keys.seal("lead|"+string(l.ID[:]), data), l.ID[:]}, nil)
	if err != nil {
		return err
	}
	if s.db.TotalChanges() == before {
		return fmt.Errorf("lead: %w", store.ErrNotFound)
	}
	var n, peer int64
	if err := s.query("SELECT n, peer FROM lead WHERE id = ?", []any{l.ID[:]}, func(st *sqlite3.Stmt) error {
		n, peer = st.ColumnInt64(0), st.ColumnInt64(1)
		return nil
	}); err != nil {
		return err
	}
	return s.putLeadCases(n, peer, l.Cases)
}

// WithdrawLeads withdraws the leads with a peer in an epoch that rest on tags which it
// took back; with no tags named, on any that is not in its set now. It returns how many.
func (s *Store) WithdrawLeads(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (withdrawn int, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return 0, err
	}
	theirs := runs.Set{Purpose: peerTags, Peer: n, Epoch: epoch}
	part := func(leads []casework.Lead) error {
		for _, l := range leads {
			there := false
			if err := s.sets.Find(theirs, []tagset.Tag{l.Tag}, func(int, int64) error { there = true; return nil }); err != nil {
				return err
			}
			if there || !l.Withdraw(peer, "the other agency took its item back") {
				continue
			}
			if err := s.saveLead(l); err != nil {
				return err
			}
			withdrawn++
		}
		return nil
	}
	if tags != nil {
		err = s.tx(ctx, func() error {
			leads, err := s.leadsUpon(n, epoch, tags)
			if err != nil {
				return err
			}
			return part(leads)
		})
		return withdrawn, err
	}
	for after, more := int64(0), true; more && err == nil; {
		err = s.tx(ctx, func() error {
			numbers, err := s.numbers("SELECT n FROM lead WHERE n > ? AND peer = ? AND epoch = ? AND state IN ('new', 'requested', 'withdrawn') ORDER BY n LIMIT ?", after, n, epoch, leadPage)
			if err != nil {
				return err
			}
			if more = len(numbers) == leadPage; len(numbers) == 0 {
				return nil
			}
			leads, err := s.leads("WHERE n > ? AND n <= ? AND peer = ? AND epoch = ?", after, numbers[len(numbers)-1], n, epoch)
			if err != nil {
				return err
			}
			after = numbers[len(numbers)-1]
			return part(leads)
		})
	}
	return withdrawn, err
}

// leadPage is how many leads are looked at in one transaction.
const leadPage = 500

// leadsUpon lists the leads with a peer upon items that were asked under some of its
// tags, with the lock held.
func (s *Store) leadsUpon(peer int64, epoch uint32, tags []tagset.Tag) (out []casework.Lead, err error) {
	tags = slices.Clone(tags)
	tagset.Sort(tags)
	var keys []int64
	if err := s.sets.Find(runs.Set{Purpose: askedTags, Peer: peer, Epoch: epoch}, tags, func(_ int, seq int64) error { keys = append(keys, seq); return nil }); err != nil {
		return nil, err
	}
	for _, key := range keys {
		items, _, err := s.holders(key)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			id := s.keys.itemID(item)
			leads, err := s.leads("WHERE item = ? AND peer = ? AND epoch = ?", id[:], peer, epoch)
			if err != nil {
				return nil, err
			}
			out = append(out, leads...)
		}
	}
	return out, nil
}

// Lead returns a lead by id.
func (s *Store) Lead(ctx context.Context, id casework.LeadID) (l casework.Lead, err error) {
	all, err := s.readLeads(ctx, "WHERE id = ?", id[:])
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("lead: %w", store.ErrNotFound)
	}
	if err != nil {
		return l, err
	}
	return all[0], nil
}

func (s *Store) readLeads(ctx context.Context, where string, args ...any) (out []casework.Lead, err error) {
	err = s.read(ctx, func() (err error) { out, err = s.leads(where, args...); return err })
	return out, err
}

// Leads lists leads in the order in which they were found.
func (s *Store) Leads(ctx context.Context) ([]casework.Lead, error) {
	return s.readLeads(ctx, "ORDER BY found, n")
}

// LeadsSince lists the leads found at a moment or later, in their order.
func (s *Store) LeadsSince(ctx context.Context, at time.Time) ([]casework.Lead, error) {
	return s.readLeads(ctx, "WHERE found >= ? ORDER BY found, n", at.UnixMilli())
}

// LeadsOfItem lists the leads upon an item, in their order.
func (s *Store) LeadsOfItem(ctx context.Context, id casework.ItemID) ([]casework.Lead, error) {
	return s.readLeads(ctx, "WHERE item = ? ORDER BY found, n", id[:])
}

// LeadsOfCase lists the leads upon items of a case, in their order.
func (s *Store) LeadsOfCase(ctx context.Context, id casework.CaseID) ([]casework.Lead, error) {
	return s.readLeads(ctx, "WHERE n IN (SELECT lead FROM lead_case WHERE casefile = ?) ORDER BY found, n", id[:])
}

// LeadCounts says how many leads there are in each state.
func (s *Store) LeadCounts(ctx context.Context) (map[string]uint64, error) {
	out := map[string]uint64{}
	err := s.read(ctx, func() error {
		return s.query("SELECT a, n FROM tally WHERE what = 'lead' AND n > 0", nil, func(st *sqlite3.Stmt) error {
			out[st.ColumnText(0)] = uint64(st.ColumnInt64(1))
			return nil
		})
	})
	return out, err
}

// CountLeadsOfItem is how many leads there are upon an item.
func (s *Store) CountLeadsOfItem(ctx context.Context, id casework.ItemID) (int, error) {
	return s.count(ctx, "SELECT count(*) FROM lead WHERE item = ?", id[:])
}

// CountLeadsOfCase is how many leads there are out of a case; with one peer, or
// with all where none is named.
func (s *Store) CountLeadsOfCase(ctx context.Context, id casework.CaseID, peer casework.AgencyID) (int, error) {
	if peer == "" {
		return s.count(ctx, "SELECT count(*) FROM lead_case WHERE casefile = ?", id[:])
	}
	return s.count(ctx, "SELECT count(*) FROM lead_case WHERE casefile = ? AND peer = (SELECT n FROM peer WHERE agency = ?)", id[:], string(peer))
}

// CountPlaces is how many records of the own files an item stands in.
func (s *Store) CountPlaces(ctx context.Context, id casework.ItemID) (int, error) {
	return s.count(ctx, "SELECT count(*) FROM occurrence WHERE item = ?", s.keys.itemSeq(id))
}

// CaseSize is about how many items a case has, and not fewer than that.
func (s *Store) CaseSize(ctx context.Context, id casework.CaseID) (int, error) {
	return s.count(ctx, "SELECT coalesce(sum(high - low + 1), 0) FROM case_span WHERE casefile = ?", id[:])
}

// mostByPrefix is how many ids a prefix finds at most: two are too many already.
const mostByPrefix = 5

// LeadsByPrefix returns the first leads whose id's text begins with some letters.
func (s *Store) LeadsByPrefix(ctx context.Context, prefix string) (out []casework.LeadID, err error) {
	low, high, err := casework.IDRange[casework.LeadID](prefix)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func() error {
		return s.query("SELECT id FROM lead WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?", []any{low[:], high[:], mostByPrefix}, func(st *sqlite3.Stmt) error {
			out = append(out, casework.LeadID(st.ColumnBlob(0, nil)))
			return nil
		})
	})
	return out, err
}

// RequestsByPrefix returns the first requests whose id's text begins with some letters.
func (s *Store) RequestsByPrefix(ctx context.Context, prefix string) (out []casework.RequestID, err error) {
	low, high, err := casework.IDRange[casework.RequestID](prefix)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func() error {
		return s.query("SELECT id FROM dossier WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?", []any{low[:], high[:], mostByPrefix}, func(st *sqlite3.Stmt) error {
			out = append(out, casework.RequestID(st.ColumnBlob(0, nil)))
			return nil
		})
	})
	return out, err
}

func (s *Store) count(ctx context.Context, sql string, args ...any) (n int, err error) {
	err = s.read(ctx, func() error {
		return s.query(sql, args, func(st *sqlite3.Stmt) error { n = int(st.ColumnInt64(0)); return nil })
	})
	return n, err
}
