package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

// SetWithdrawn withdraws items from a case, or, with no withdrawal, takes that back;
// with the zero case it does so in all cases. It returns how many places changed.
func (s *Store) SetWithdrawn(ctx context.Context, id casework.CaseID, items []casework.ItemID, w *casework.Withdrawal) (changed int, err error) {
	var as *withdrawn
	if w != nil {
		as = &withdrawn{stamp(w.At), w.By[:], w.Reason}
	}
	err = s.changePlaces(ctx, id, items, func(p *place) (bool, error) {
		if (p.own.Withdrawn == nil) == (as == nil) {
			return false, nil
		}
		p.own.Withdrawn = as
		changed++
		return true, nil
	})
	return changed, err
}

// Correct changes what an item's places in a case state; with the zero case, in all. It
// returns how many places there are.
func (s *Store) Correct(ctx context.Context, id casework.CaseID, item casework.ItemID, c store.Correction) (changed int, err error) {
	err = s.changePlaces(ctx, id, []casework.ItemID{item}, func(p *place) (bool, error) {
		set(&p.facts.Category, c.Category)
		set(&p.facts.Consent, c.Consent)
		set(&p.facts.Grading, c.Grading)
		set(&p.facts.Handling, c.Handling)
		set(&p.facts.TLP, c.TLP)
		set(&p.facts.Visibility, c.Visibility)
		changed++
		return true, nil
	})
	return changed, err
}

func set[T any](v, to *T) {
	if to != nil {
		*v = *to
	}
}

// changePlaces changes the places of items in a case, or in all with the zero case, and
// derives these items anew, all in one transaction.
func (s *Store) changePlaces(ctx context.Context, id casework.CaseID, items []casework.ItemID, change func(*place) (bool, error)) error {
	return s.tx(ctx, func() error {
		for _, item := range items {
			row, err := s.itemNumbered(s.keys.itemSeq(item))
			if err != nil {
				return err
			}
			places, err := s.placesOf(row.seq)
			if err != nil {
				return err
			}
			for _, p := range places {
				if !id.IsZero() && p.file != id {
					continue
				}
				p.stateFor(row)
				changed, err := change(&p)
				if err == nil && changed {
					err = s.putPlace(row.seq, p)
				}
				if err != nil {
					return err
				}
			}
			if err := s.restate(row.seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// MoveItem moves the places of an item from one case to another, which is open. It
// returns how many places there were.
func (s *Store) MoveItem(ctx context.Context, item casework.ItemID, from, to casework.CaseID) (moved int, err error) {
	err = s.tx(ctx, func() error {
		if err := s.openCase(to); err != nil {
			return err
		}
		row, err := s.itemNumbered(s.keys.itemSeq(item))
		if err != nil {
			return err
		}
		places, err := s.placesOf(row.seq)
		if err != nil {
			return err
		}
		for _, p := range places {
			if p.file != from {
				continue
			}
			err := s.query("INSERT INTO occurrence(item, casefile, source, data) SELECT item, ?, source, data FROM occurrence WHERE item = ? AND casefile = ? AND source = ? ON CONFLICT DO NOTHING",
				[]any{to[:], row.seq, from[:], p.source}, nil)
			if err == nil {
				err = s.deletePlace(row.seq, p)
			}
			if err != nil {
				return err
			}
			moved++
		}
		if moved == 0 {
			return nil
		}
		keys, err := s.keysOfItem(row.seq)
		if err != nil {
			return err
		}
		if err := s.widen(to, append(keys, row.seq)); err != nil {
			return err
		}
		return errors.Join(s.restate(row.seq), s.setLeadCases(row))
	})
	return moved, err
}

// RemoveSource takes back what came into a case from one source, of the items with a
// number above after and up to a limit of them. It returns how many places it removed,
// and the last number, or 0 where no item is left. What is in no case any more is erased
// once no other agency has a tag of it: see EraseLoose.
func (s *Store) RemoveSource(ctx context.Context, id casework.CaseID, source string, after int64, limit int) (removed int, last int64, err error) {
	err = s.tx(ctx, func() error {
		seqs, err := s.numbersOfCase(id, after, limit)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			n, err := s.removePlaces(seq, func(p place) bool { return p.file == id && sourceOf(p).SourceID() == source })
			if err != nil {
				return err
			}
			removed, last = removed+n, seq
		}
		if len(seqs) < limit {
			last = 0
		}
		return nil
	})
	return removed, last, err
}

func sourceOf(p place) casework.Provenance {
	return casework.Provenance{Source: p.facts.Source, SHA256: p.facts.SHA256, Imported: p.facts.Imported}
}

// removePlaces deletes places of an item, with the lock held.
func (s *Store) removePlaces(seq int64, which func(place) bool) (removed int, err error) {
	row, err := s.itemNumbered(seq)
	if err != nil {
		return 0, err
	}
	places, err := s.placesOf(seq)
	if err != nil {
		return 0, err
	}
	for _, p := range places {
		if !which(p) {
			continue
		}
		if err := s.deletePlace(seq, p); err != nil {
			return removed, err
		}
		removed++
	}
	if removed == 0 {
		return 0, nil
	}
	if removed == len(places) {
		if err := s.query("INSERT INTO loose(seq) VALUES(?) ON CONFLICT DO NOTHING", []any{seq}, nil); err != nil {
			return removed, err
		}
	}
	return removed, errors.Join(s.restate(seq), s.setLeadCases(row))
}

// RestateCase derives the items of a case anew, which was closed or opened again: those
// with a number above after and up to a limit of them. It returns the last number, or 0
// where none is left.
func (s *Store) RestateCase(ctx context.Context, id casework.CaseID, after int64, limit int) (last int64, err error) {
	err = s.tx(ctx, func() error {
		seqs, err := s.numbersOfCase(id, after, limit)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			if err := s.restate(seq); err != nil {
				return err
			}
			last = seq
		}
		if len(seqs) < limit {
			last = 0
		}
		return nil
	})
	return last, err
}

// setLeadCases lets the leads upon an item name the cases that hold it now, with the
// lock held.
func (s *Store) setLeadCases(row itemRow) error {
	places, err := s.placesOf(row.seq)
	if err != nil {
		return err
	}
	var files []casework.CaseID
	for _, p := range places {
		if !slices.Contains(files, p.file) {
			files = append(files, p.file)
		}
	}
	var gone error
	err = s.changeLeads(row.id, func(l *casework.Lead) bool {
		for _, before := range l.Cases {
			if gone == nil && !slices.Contains(files, before) {
				gone = s.query("DELETE FROM lead_case WHERE casefile = ? AND peer = (SELECT n FROM peer WHERE agency = ?) AND lead = (SELECT n FROM lead WHERE id = ?)",
					[]any{before[:], string(l.Peer), l.ID[:]}, nil)
			}
		}
		l.Cases = files
		return true
	})
	return errors.Join(gone, err)
}

// EraseLoose erases items that are in no case any more and of which no member
// has a tag, of those with a number above after and up to a limit of them, with their
// other forms and leads. The numbers of the match keys that go with them are handed to
// outside first, which erases what is kept elsewhere under them and must not use the
// store. It returns how many items are erased, and the last number that it looked at, or
// 0 where none is left.
func (s *Store) EraseLoose(ctx context.Context, members []casework.AgencyID, after int64, limit int, outside func(keys []int64) error) (items int, last int64, err error) {
	if err := s.sets.Merge(ctx, itemSet, runs.MostRuns); err != nil {
		return 0, 0, fmt.Errorf("merge look-up keys: %w", err)
	}
	published, err := s.publishedTo(ctx, members)
	if err != nil {
		return 0, 0, err
	}
	err = s.tx(ctx, func() error {
		seqs, err := s.numbers("SELECT seq FROM loose WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
		if err != nil {
			return err
		}
		var keys []int64
		for _, seq := range seqs {
			last = seq
			if has, err := s.isPublished(seq, published); err != nil || has {
				if err != nil {
					return err
				}
				continue
			}
			if err := s.query("DELETE FROM loose WHERE seq = ?", []any{seq}, nil); err != nil {
				return err
			}
			gone, err := s.eraseItem(seq)
			if err != nil {
				return err
			}
			if len(gone) > 0 {
				keys, items = append(keys, gone...), items+1
			}
		}
		if len(seqs) < limit {
			last = 0
		}
		if items == 0 {
			return nil
		}
		if err := outside(keys); err != nil {
			return err
		}
		return s.query("INSERT INTO tally VALUES('erased', 'item', '', ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", []any{items}, nil)
	})
	if err != nil {
		return 0, 0, err
	}
	return items, last, nil
}

// Erased is how many items were erased of which the ledger has not been told.
func (s *Store) Erased(ctx context.Context) (uint64, error) {
	return s.tallied(ctx, "erased", "item", "")
}

// ErasedLogged notes that the ledger was told of some.
func (s *Store) ErasedLogged(ctx context.Context, n uint64) error {
	return s.tx(ctx, func() error {
		return s.query("UPDATE tally SET n = n - ? WHERE what = 'erased' AND a = 'item' AND b = ''", []any{int64(n)}, nil)
	})
}

// A publishedSet is what a member has of this agency's in its latest epoch.
type publishedSet struct {
	peer  int64
	epoch uint32
}

func (s *Store) publishedTo(ctx context.Context, members []casework.AgencyID) (out []publishedSet, err error) {
	all, err := publications.List(ctx, s)
	if err != nil {
		return nil, err
	}
	latest := map[casework.AgencyID]uint32{}
	for _, p := range all {
		if !slices.Contains(members, p.Peer) {
			continue
		}
		latest[p.Peer] = max(latest[p.Peer], p.Epoch)
	}
	for agency, epoch := range latest {
		n, err := s.peerNumber(ctx, agency)
		if err != nil {
			return nil, err
		}
		out = append(out, publishedSet{n, epoch})
	}
	return out, nil
}

// isPublished reports whether a peer has a tag of one of an item's match keys, with the
// lock held.
func (s *Store) isPublished(item int64, to []publishedSet) (yes bool, err error) {
	keys, err := s.keysOfItem(item)
	if err != nil {
		return false, err
	}
	for _, p := range to {
		for _, key := range keys {
			err := s.query("SELECT "+ownKeys.has("?"), []any{key, p.peer, p.epoch, key}, func(st *sqlite3.Stmt) error {
				yes = st.ColumnBool(0)
				return nil
			})
			if err != nil || yes {
				return yes, err
			}
		}
	}
	return false, nil
}

// eraseItem erases an item that has no place, with the lock held; one that came into a
// case again stays.
func (s *Store) eraseItem(seq int64) (gone []int64, err error) {
	places, err := s.placesOf(seq)
	if err != nil || len(places) > 0 {
		return nil, err
	}
	row, err := s.itemNumbered(seq)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := s.keysOfItem(seq)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{"DELETE FROM form WHERE item = ?", "UPDATE item SET stated = 0, reach = 0 WHERE seq = ?"} {
		if err := s.query(sql, []any{seq}, nil); err != nil {
			return nil, err
		}
	}
	// The trigger counts items that are deleted while they are stated.
	if err := s.query("UPDATE tally SET n = n - 1 WHERE what = 'item' AND a = ? AND b = ?", []any{row.kind, row.whyNot}, nil); err != nil {
		return nil, err
	}
	if err := s.query("DELETE FROM lead WHERE item = ?", []any{row.id[:]}, nil); err != nil {
		return nil, err
	}
	for _, key := range keys {
		more, err := s.eraseKey(key)
		if err != nil {
			return nil, err
		}
		gone = append(gone, more...)
	}
	return gone, nil
}

// eraseKey erases a match key that no item has any more, with the lock held.
func (s *Store) eraseKey(key int64) (gone []int64, err error) {
	if items, _, err := s.holders(key); err != nil || len(items) > 0 {
		return nil, err
	}
	row, err := s.itemNumbered(key)
	if err != nil {
		return nil, err
	}
	if err := s.sets.Put(itemSet, []runs.Record{{Tag: itemKey(row.lookup), Value: runs.Removed}}); err != nil {
		return nil, err
	}
	return []int64{key}, s.query("DELETE FROM item WHERE seq = ?", []any{key}, nil)
}

// Loose is how many items are in no case and wait to be erased.
func (s *Store) Loose(ctx context.Context) (int, error) {
	return s.count(ctx, "SELECT count(*) FROM loose")
}

// numbers reads a column of numbers, with the lock held.
func (s *Store) numbers(sql string, args ...any) (out []int64, err error) {
	err = s.query(sql, args, func(st *sqlite3.Stmt) error { out = append(out, st.ColumnInt64(0)); return nil })
	return out, err
}
