package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// whereOf is the set builder: the one condition under which a match key leaves the
// agency in any form. How far it may go was derived when its items changed.
func whereOf(f store.MatchFilter) (string, []any) {
	reach := reachPublished
	if f.IncludeSilent {
		reach = reachAsked
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(f.Kinds)), ", ")
	args := []any{reach}
	for _, k := range f.Kinds {
		args = append(args, string(k))
	}
	return "reach >= ? AND kind IN (" + marks + ")", args
}

// fromOf returns the match keys above a number, for conditions to follow, and their order.
func fromOf(f store.MatchFilter, after int64) (sql string, args []any, order string) {
	if f.Case.IsZero() {
		return "item WHERE seq > ?", []any{after}, "seq"
	}
	return keysOfCase, []any{after, f.Case[:]}, "c.low, seq"
}

// MatchItems lists match keys of items that may match, ascending.
func (s *Store) MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error) {
	if len(f.Kinds) == 0 || f.Limit <= 0 {
		return nil, nil
	}
	from, args, order := fromOf(f, f.AfterSeq)
	where, more := whereOf(f)
	args = append(append(args, more...), f.Limit)
	return s.matchItems(ctx, from+" AND "+where+" ORDER BY "+order+" LIMIT ?", args)
}

// MatchKeys lists the match keys that MatchItems does, without their values.
func (s *Store) MatchKeys(ctx context.Context, f store.MatchFilter) (out []store.MatchKey, err error) {
	if len(f.Kinds) == 0 || f.Limit <= 0 {
		return nil, nil
	}
	from, args, order := fromOf(f, f.AfterSeq)
	where, more := whereOf(f)
	args = append(append(args, more...), f.Limit)
	err = s.read(ctx, func() error {
		return s.query("SELECT seq, kind FROM "+from+" AND "+where+" ORDER BY "+order+" LIMIT ?", args, func(st *sqlite3.Stmt) error {
			out = append(out, matchKey(st))
			return nil
		})
	})
	return out, err
}

func matchKey(st *sqlite3.Stmt) store.MatchKey {
	return store.MatchKey{Seq: st.ColumnInt64(0), Kind: casework.Kind(st.ColumnText(1))}
}

func (s *Store) matchItems(ctx context.Context, from string, args []any) (out []store.MatchItem, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT seq, kind, lookup, value, stated FROM "+from, args, func(st *sqlite3.Stmt) error {
			m, err := s.matchItem(st)
			out = append(out, m)
			return err
		})
	})
	return out, err
}

func (s *Store) matchItem(st *sqlite3.Stmt) (store.MatchItem, error) {
	m := store.MatchItem{Seq: st.ColumnInt64(0), ID: s.keys.itemID(st.ColumnInt64(0))}
	var err error
	if m.Identifier, err = s.keys.openIdentifier(st.ColumnText(1), st.ColumnRawBlob(2), st.ColumnRawBlob(3)); err != nil || st.ColumnBool(4) {
		return m, err
	}
	items, err := s.found(m.Seq)
	if err == nil && len(items) > 0 {
		m.ID = s.keys.itemID(items[0])
	}
	return m, err
}

// MatchCount is the size of the match set.
func (s *Store) MatchCount(ctx context.Context, f store.MatchFilter) (uint64, error) {
	if len(f.Kinds) == 0 {
		return 0, nil
	}
	from, args, _ := fromOf(f, 0)
	where, more := whereOf(f)
	var n uint64
	err := s.read(ctx, func() error {
		return s.query("SELECT count(*) FROM "+from+" AND "+where, append(args, more...), func(st *sqlite3.Stmt) error {
			n = uint64(st.ColumnInt64(0))
			return nil
		})
	})
	return n, err
}

// NotAsked lists match keys that may match and were not asked yet of at least one of
// the peers in an epoch, ascending. It goes on where the last search with the same
// filter ended (CreateBatch), so that its cost is that of what is new. With the
// last of them, fewer than the limit, comes the mark to which it came.
func (s *Store) NotAsked(ctx context.Context, peers []casework.AgencyID, epoch uint32, f store.MatchFilter) (items []store.MatchKey, to *store.Mark, err error) {
	if len(f.Kinds) == 0 || f.Limit <= 0 || len(peers) == 0 {
		return nil, nil, nil
	}
	f.IncludeSilent = !f.SharedOnly
	where, args := whereOf(f)
	var numbers []int64
	var asked []string
	for _, p := range peers {
		n, err := s.peerNumber(ctx, p)
		if err != nil {
			return nil, nil, err
		}
		numbers, args = append(numbers, n), append(args, n, epoch)
		asked = append(asked, asking.has("item.seq"))
	}
	where += " AND NOT (" + strings.Join(asked, " AND ") + ")"
	err = s.read(ctx, func() error {
		from, err := s.searched(numbers, epoch, f.Scope())
		if err != nil {
			return err
		}
		take := func(st *sqlite3.Stmt) error {
			items = append(items, matchKey(st))
			return nil
		}
		if f.AfterSeq < from.Seq { // of what was looked through, only what changed
			sql := "SELECT seq, kind FROM item WHERE seq IN (SELECT seq FROM change WHERE n > ?) AND seq > ? AND seq <= ?"
			changed := []any{from.Change, f.AfterSeq, from.Seq}
			if !f.Case.IsZero() {
				sql, changed = sql+" AND "+inCase("?"), append(changed, f.Case[:], f.Case[:])
			}
			if err := s.query(sql+" AND "+where+" ORDER BY seq LIMIT ?", append(append(changed, args...), f.Limit), take); err != nil {
				return err
			}
		}
		if len(items) < f.Limit {
			rest, first, order := fromOf(f, max(f.AfterSeq, from.Seq))
			sql := "SELECT seq, kind FROM " + rest + " AND " + where + " ORDER BY " + order + " LIMIT ?"
			if err := s.query(sql, append(append(first, args...), f.Limit-len(items)), take); err != nil {
				return err
			}
		}
		if len(items) == f.Limit {
			return nil
		}
		to = &store.Mark{}
		return s.query("SELECT (SELECT coalesce(max(seq), 0) FROM item), (SELECT coalesce(max(n), 0) FROM change)", nil, func(st *sqlite3.Stmt) error {
			*to = store.Mark{Seq: st.ColumnInt64(0), Change: st.ColumnInt64(1)}
			return nil
		})
	})
	return items, to, err
}

// searched is up to where everything was looked through for all of some peers,
// with the lock held.
func (s *Store) searched(peers []int64, epoch uint32, scope string) (store.Mark, error) {
	var all *store.Mark
	for _, n := range peers {
		var m store.Mark
		err := s.query("SELECT seq, change FROM asked_upto WHERE peer = ? AND epoch = ? AND scope = ?", []any{n, epoch, scope}, func(st *sqlite3.Stmt) error {
			m = store.Mark{Seq: st.ColumnInt64(0), Change: st.ColumnInt64(1)}
			return nil
		})
		if err != nil {
			return store.Mark{}, err
		}
		if all == nil {
			all = &m
		}
		*all = store.Mark{Seq: min(all.Seq, m.Seq), Change: min(all.Change, m.Change)}
	}
	return *all, nil
}

func (s *Store) peerNumber(ctx context.Context, p casework.AgencyID) (n int64, err error) {
	s.mu.Lock()
	n, ok := s.peers[string(p)]
	s.mu.Unlock()
	if ok {
		return n, nil
	}
	err = s.tx(ctx, func() (err error) { n, err = s.peer(string(p)); return err })
	return n, err
}

// MatchItemsOf returns the match keys of those of the named items that may match.
func (s *Store) MatchItemsOf(ctx context.Context, ids []casework.ItemID) ([]store.MatchItem, error) {
	var out []store.MatchItem
	err := s.read(ctx, func() error {
		for _, id := range ids {
			row, err := s.itemNumbered(s.keys.itemSeq(id))
			if errors.Is(err, store.ErrNotFound) || err == nil && sharing.MayLeave(row.standing()) == casework.Local {
				continue
			}
			if err != nil {
				return err
			}
			err = s.query("SELECT seq, kind, lookup, value, stated FROM item WHERE "+keysOfItem+" ORDER BY seq", []any{row.seq, row.seq}, func(st *sqlite3.Stmt) error {
				m, err := s.matchItem(st)
				m.ID = id
				out = append(out, m)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// MatchItemsBySeq returns items by number, in the order asked for.
func (s *Store) MatchItemsBySeq(ctx context.Context, seqs []int64) ([]store.MatchItem, error) {
	out := make([]store.MatchItem, 0, len(seqs))
	err := s.read(ctx, func() error {
		for _, p := range positionsOf(0, seqs) {
			next := p.first
			if err := s.query("SELECT seq, kind, lookup, value, stated FROM item WHERE seq >= ? AND seq < ? ORDER BY seq", []any{p.first, p.first + int64(p.n)}, func(st *sqlite3.Stmt) error {
				if st.ColumnInt64(0) != next {
					return nil // one before it is gone, which is said below
				}
				m, err := s.matchItem(st)
				out, next = append(out, m), next+1
				return err
			}); err != nil {
				return err
			}
			if next != p.first+int64(p.n) {
				return fmt.Errorf("item number %d: %w", next, store.ErrNotFound)
			}
		}
		return nil
	})
	return out, err
}
