package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// A hold is an object under the item's number or the case's id. Whether an item is held
// is read with its row ([heldColumn]) from its own hold and from those of the cases that
// it occurs in; how far its match keys may go is derived again when a hold is placed or
// released, a part at a time.

// heldColumn is 1 for an item that is held.
const heldColumn = `(EXISTS (SELECT 1 FROM object WHERE kind = 'hold') AND (
	EXISTS (SELECT 1 FROM object h WHERE h.kind = 'hold' AND h.key = 'item ' || item.seq) OR
	EXISTS (SELECT 1 FROM occurrence p JOIN object h ON h.kind = 'hold' AND h.key = 'case ' || hex(p.casefile) WHERE p.item = item.seq)))`

func (s *Store) holdKey(h store.Hold) string {
	if !h.Item.IsZero() {
		return fmt.Sprintf("item %d", s.keys.itemSeq(h.Item))
	}
	return fmt.Sprintf("case %X", h.Case[:])
}

// Holds lists holds in the order in which they were placed.
func (s *Store) Holds(ctx context.Context) ([]store.Hold, error) { return holds.List(ctx, s) }

// Hold places a hold. From then on nothing of what it is on is published or asked; one
// that is there already stays as it is.
func (s *Store) Hold(ctx context.Context, h store.Hold) error {
	h.Unsettled, h.Released = true, false
	key := s.holdKey(h)
	err := s.tx(ctx, func() error {
		if !h.Item.IsZero() {
			if _, err := s.itemNumbered(s.keys.itemSeq(h.Item)); err != nil {
				return err
			}
		}
		have, err := holds.get(s, key)
		if err == nil && !have.Released {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return holds.put(s, key, h.At.UnixMilli(), h)
	})
	if err != nil {
		return err
	}
	return s.settleHold(ctx, key)
}

// Release ends the hold on an item or a case; without one it fails with ErrNotFound.
func (s *Store) Release(ctx context.Context, of store.Hold) error {
	key := s.holdKey(of)
	err := s.tx(ctx, func() error {
		h, err := holds.get(s, key)
		if err != nil {
			return err
		}
		// It moves to a key under which it holds nothing, until all is derived again.
		h.Unsettled, h.Released = true, true
		if err := holds.delete(s, key); err != nil {
			return err
		}
		return holds.put(s, released+key, h.At.UnixMilli(), h)
	})
	if err != nil {
		return err
	}
	return s.settleHold(ctx, released+key)
}

// released begins the key of a hold that is being released.
const released = "released "

// SettleHolds ends what was cut off while a hold was placed or released.
func (s *Store) SettleHolds(ctx context.Context) error {
	all, err := s.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range all {
		if !h.Unsettled {
			continue
		}
		key := s.holdKey(h)
		if h.Released {
			key = released + key
		}
		if err := s.settleHold(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// settlePart is how many items are derived anew in one transaction.
const settlePart = 500

// settleHold derives anew how far the match keys may go of what a hold is on.
func (s *Store) settleHold(ctx context.Context, key string) error {
	for after, more := int64(0), true; more; {
		err := s.tx(ctx, func() error {
			h, err := holds.get(s, key)
			if errors.Is(err, store.ErrNotFound) || err == nil && !h.Unsettled {
				more = false
				return nil
			}
			if err != nil {
				return err
			}
			items, err := s.heldBy(h, after)
			if err != nil {
				return err
			}
			for _, item := range items {
				if err := s.itemChanged(item); err != nil {
					return err
				}
				after = item
			}
			if len(items) == settlePart {
				return nil
			}
			more = false
			if h.Released {
				return holds.delete(s, key)
			}
			h.Unsettled = false
			return holds.put(s, key, h.At.UnixMilli(), h)
		})
		if err != nil {
			return fmt.Errorf("hold: %w", err)
		}
	}
	return nil
}

// heldBy lists the items that a hold is on, above a number, with the lock held.
func (s *Store) heldBy(h store.Hold, after int64) (out []int64, err error) {
	if !h.Item.IsZero() {
		if seq := s.keys.itemSeq(h.Item); seq > after {
			out = append(out, seq)
		}
		return out, nil
	}
	err = s.query("SELECT item.seq FROM "+itemsOfCase+" ORDER BY c.low, seq LIMIT ?", []any{after, h.Case[:], settlePart}, func(st *sqlite3.Stmt) error {
		out = append(out, st.ColumnInt64(0))
		return nil
	})
	return out, err
}

// caseHeld reports whether a case is held, with the lock held.
func (s *Store) caseHeld(id casework.CaseID) (bool, error) {
	_, err := holds.get(s, s.holdKey(store.Hold{Case: id}))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// MayLeaveBatch reports whether all match keys of a batch, from a position on, may still
// be asked.
func (s *Store) MayLeaveBatch(ctx context.Context, id casework.BatchID, from int) (may bool, err error) {
	may = true
	err = s.read(ctx, func() error {
		return s.query("SELECT 1 FROM "+keysOfBatch+" AND item.reach < ? LIMIT 1", []any{id[:], from, from, reachAsked}, func(*sqlite3.Stmt) error {
			may = false
			return nil
		})
	})
	return may, err
}
