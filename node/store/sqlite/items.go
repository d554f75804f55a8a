package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// itemRow is an item's row without its value.
type itemRow struct {
	seq                int64
	id                 casework.ItemID
	kind               string
	lookup, sealed     []byte
	visibility, whyNot string
	confidence         float64
	category           string
	consent            bool
	grading            string
	first, last        int64
	stated             bool   // or it is only another form of an item's value
	held               bool   // while an operation is under way
	permitted          string // how far, by all who disclosed it
}

const itemColumns = "seq, kind, lookup, value, visibility, why_not, confidence, category, consent, grading, first, last, stated, " + heldColumn + ", " + permittedColumn

func (s *Store) scanItem(st *sqlite3.Stmt) itemRow {
	return itemRow{
		seq: st.ColumnInt64(0), id: s.keys.itemID(st.ColumnInt64(0)), kind: st.ColumnText(1),
		lookup: st.ColumnBlob(2, nil), sealed: st.ColumnBlob(3, nil), visibility: st.ColumnText(4), whyNot: st.ColumnText(5),
		confidence: st.ColumnFloat(6), category: st.ColumnText(7), consent: st.ColumnBool(8), grading: st.ColumnText(9),
		first: st.ColumnInt64(10), last: st.ColumnInt64(11), stated: st.ColumnBool(12), held: st.ColumnBool(13), permitted: st.ColumnText(14),
	}
}

// standing is what the places of an item say together.
func (r itemRow) standing() sharing.Standing {
	return sharing.Standing{
		Visibility: casework.Visibility(r.visibility), WhyNot: casework.WhyNot(r.whyNot), Confidence: r.confidence,
		Category: casework.SubjectCategory(r.category), Consent: r.consent, Held: r.held, Permitted: casework.Visibility(r.permitted),
	}
}

// fold brings another occurrence's facts into an item: what it says of sharing, the
// better grading, and the widest span of time. An item of which no place counted so far
// is derived anew.
func (s *Store) fold(have itemRow, r newRow) error {
	if err := s.voidPermission(have.seq, r.standing); err != nil {
		return err
	}
	if why := casework.WhyNot(have.whyNot); why == casework.Withdrawn || why == casework.CaseClosed {
		return s.restate(have.seq)
	}
	now := sharing.Fold(have.standing(), r.standing)
	first, last := have.first, max(have.last, r.seen)
	if r.seen > 0 && (first == 0 || r.seen < first) {
		first = r.seen
	}
	grading := have.grading
	if g := r.common.grading; better(g, grading) {
		grading = g
	}
	return s.setStanding(have, now, grading, first, last)
}

// better compares two gradings; codes of one scheme order by their letters, and
// X is the worst.
func better(a, b string) bool { return b == (casework.Grading{}).String() || (a < b && a != "X4") }

// Find returns an own item and where it occurs; by another form of its value, too, where
// no item has the value itself.
func (s *Store) Find(ctx context.Context, i casework.Identifier) (item casework.Item, occ []casework.Occurrence, err error) {
	lookup := s.keys.lookup(i)
	err = s.read(ctx, func() error {
		at, err := s.itemsAt([]tagset.Tag{itemKey(lookup)})
		if err != nil {
			return err
		}
		row, err := s.itemAt(at[itemKey(lookup)], lookup)
		if err == nil && !row.stated {
			row, err = s.holderOf(row.seq)
		}
		if err != nil {
			return err
		}
		item, occ, err = s.whole(row)
		if err == nil && len(occ) == 0 { // it waits to be erased
			err = fmt.Errorf("item: %w", store.ErrNotFound)
		}
		return err
	})
	return item, occ, err
}

// Item returns an own item by id, and where it occurs.
func (s *Store) Item(ctx context.Context, id casework.ItemID) (item casework.Item, occ []casework.Occurrence, err error) {
	err = s.read(ctx, func() error {
		row, err := s.itemNumbered(s.keys.itemSeq(id))
		if err != nil {
			return err
		}
		item, occ, err = s.whole(row)
		return err
	})
	return item, occ, err
}

// ItemAlone returns an own item by id without where it occurs.
func (s *Store) ItemAlone(ctx context.Context, id casework.ItemID) (item casework.Item, err error) {
	err = s.read(ctx, func() error {
		row, err := s.itemNumbered(s.keys.itemSeq(id))
		if err == nil {
			item, err = s.item(row)
		}
		return err
	})
	return item, err
}

// holderOf is the first item that has a match key, with the lock held.
func (s *Store) holderOf(key int64) (itemRow, error) {
	items, _, err := s.holders(key)
	if err == nil && len(items) == 0 {
		err = fmt.Errorf("item: %w", store.ErrNotFound)
	}
	if err != nil {
		return itemRow{}, err
	}
	return s.itemNumbered(items[0])
}

// itemNumbered returns the row of a number, with the lock held.
func (s *Store) itemNumbered(seq int64) (row itemRow, err error) {
	err = s.query("SELECT "+itemColumns+" FROM item WHERE seq = ?", []any{seq}, func(st *sqlite3.Stmt) error {
		row = s.scanItem(st)
		return nil
	})
	if err == nil && row.seq == 0 {
		err = fmt.Errorf("item: %w", store.ErrNotFound)
	}
	return row, err
}

// itemAt returns the row of a number whose look-up key is the one expected, with the
// lock held.
func (s *Store) itemAt(seq int64, lookup []byte) (itemRow, error) {
	row, err := s.itemNumbered(seq)
	if err == nil && !bytes.Equal(row.lookup, lookup) {
		err = fmt.Errorf("%w: item number %d stands under the look-up key of another", store.ErrCorrupt, seq)
	}
	return row, err
}

// whole returns an item and where it occurs, with the lock held.
func (s *Store) whole(row itemRow) (casework.Item, []casework.Occurrence, error) {
	item, err := s.item(row)
	if err != nil {
		return casework.Item{}, nil, err
	}
	occ, err := s.occurrences(item.ID)
	return item, occ, err
}

func (s *Store) item(row itemRow) (casework.Item, error) {
	id, err := s.keys.openIdentifier(row.kind, row.lookup, row.sealed)
	if err != nil {
		return casework.Item{}, err
	}
	grading, err := casework.ParseGrading(row.grading)
	if err != nil {
		return casework.Item{}, fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	return casework.Item{
		ID: row.id, Identifier: id, Visibility: row.standing().Stated(), WhyNot: row.standing().Why(),
		Confidence: row.confidence, Category: casework.SubjectCategory(row.category), Consent: row.consent, Grading: grading,
		FirstSeen: moment(row.first), LastSeen: moment(row.last),
	}, nil
}

func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// ItemsOfCase lists the items of a case with a number above after, up to limit.
func (s *Store) ItemsOfCase(ctx context.Context, id casework.CaseID, after int64, limit int) ([]casework.Item, int64, error) {
	var out []casework.Item
	err := s.read(ctx, func() error {
		return s.query("SELECT "+itemColumns+" FROM "+itemsOfCase+" ORDER BY c.low, seq LIMIT ?",
			[]any{after, id[:], limit}, func(st *sqlite3.Stmt) error {
				row := s.scanItem(st)
				it, err := s.item(row)
				if err != nil {
					return err
				}
				out, after = append(out, it), row.seq
				return nil
			})
	})
	return out, after, err
}

// CasesOfItem lists the cases that hold an item.
func (s *Store) CasesOfItem(ctx context.Context, id casework.ItemID) ([]casework.CaseID, error) {
	var out []casework.CaseID
	err := s.read(ctx, func() error {
		return s.query("SELECT DISTINCT casefile FROM occurrence WHERE item = ?", []any{s.keys.itemSeq(id)}, func(st *sqlite3.Stmt) error {
			out = append(out, casework.CaseID(st.ColumnBlob(0, nil)))
			return nil
		})
	})
	return out, err
}

// Counts returns how many items there are by kind, and how many are kept out of
// matching by reason; of one case, or of all with the zero id.
func (s *Store) Counts(ctx context.Context, id casework.CaseID) (byKind, kept map[string]uint64, err error) {
	byKind, kept = map[string]uint64{}, map[string]uint64{}
	sql, args := "SELECT a, b, n FROM tally WHERE what = 'item' AND n > 0", []any(nil)
	if !id.IsZero() {
		sql, args = "SELECT kind, why_not, count(*) FROM "+itemsOfCase+" GROUP BY kind, why_not", []any{0, id[:]}
	}
	err = s.read(ctx, func() error {
		return s.query(sql, args, func(st *sqlite3.Stmt) error {
			n := uint64(st.ColumnInt64(2))
			byKind[st.ColumnText(0)] += n
			if why := st.ColumnText(1); why != "" {
				kept[why] += n
			}
			return nil
		})
	})
	return byKind, kept, err
}
