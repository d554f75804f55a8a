package sqlite

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// A row of the table item is a match key: a value by which something is matched. Its
// number is what tags, batches and outputs are kept under. Most keys are an item's own
// value. The other forms of a value (an alias's mailbox) are keys as well: the table
// form says of which items, and a row that nobody stated as an item is a key alone.
// An item may have many keys, and a key be of many items; it may leave the agency as far
// as one of them may.

// reachOf is how far a match key may go, as the column has it.
func reachOf(v casework.Visibility) int64 {
	switch v {
	case casework.Shared:
		return reachPublished
	case casework.Silent:
		return reachAsked
	}
	return 0
}

const (
	reachAsked     int64 = 1
	reachPublished int64 = 2
)

// holdersOf are the items that have a match key: its parameter is the key, twice.
const holdersOf = "((item.seq = ? AND item.stated = 1) OR item.seq IN (SELECT f.item FROM form f WHERE f.key = ?))"

// keysOfItem are the match keys of an item: its parameter is the item, twice.
const keysOfItem = "((item.seq = ? AND item.stated = 1) OR item.seq IN (SELECT f.key FROM form f WHERE f.item = ?))"

// holders lists the items that have a match key and how far each may go, ascending,
// with the lock held.
func (s *Store) holders(key int64) (items []int64, reach []int64, err error) {
	err = s.query("SELECT "+itemColumns+" FROM item WHERE "+holdersOf+" ORDER BY seq", []any{key, key}, func(st *sqlite3.Stmt) error {
		row := s.scanItem(st)
		items, reach = append(items, row.seq), append(reach, reachOf(sharing.MayLeave(row.standing())))
		return nil
	})
	return items, reach, err
}

// found lists the items that a match key is about: those that may leave, or all, where
// that changed since.
func (s *Store) found(key int64) (out []int64, err error) {
	out, err = s.hit(key)
	if err == nil && len(out) == 0 {
		out, _, err = s.holders(key)
	}
	return out, err
}

// hit lists the items that a hit on a match key is about: none that was withdrawn since
// it was asked, or that may not be matched any more for another reason.
func (s *Store) hit(key int64) (out []int64, err error) {
	items, reach, err := s.holders(key)
	for i, item := range items {
		if reach[i] > 0 {
			out = append(out, item)
		}
	}
	return out, err
}

// keysOfItem lists the match keys of an item, ascending, with the lock held.
func (s *Store) keysOfItem(item int64) (keys []int64, err error) {
	err = s.query("SELECT seq FROM item WHERE "+keysOfItem+" ORDER BY seq", []any{item, item}, func(st *sqlite3.Stmt) error {
		keys = append(keys, st.ColumnInt64(0))
		return nil
	})
	return keys, err
}

// setReach derives how far a match key may go from the items that have it, with the
// lock held, and reports whether that changed.
func (s *Store) setReach(key int64) (changed bool, err error) {
	_, reach, err := s.holders(key)
	if err != nil {
		return false, err
	}
	var most int64
	for _, r := range reach {
		most = max(most, r)
	}
	before := s.db.TotalChanges()
	err = s.query("UPDATE item SET reach = ? WHERE seq = ? AND reach <> ?", []any{most, key, most}, nil)
	return s.db.TotalChanges() > before, err
}

// itemChanged notes that an item changed, with all its match keys, with the lock held.
func (s *Store) itemChanged(item int64) error {
	keys, err := s.keysOfItem(item)
	if err != nil {
		return err
	}
	for _, key := range keys {
		part, err := s.setReach(key)
		if err != nil {
			return err
		}
		if err := s.query("INSERT INTO change(seq, part) VALUES(?, ?)", []any{key, part}, nil); err != nil {
			return err
		}
	}
	return nil
}

// A newForm is another form of a value that came in.
type newForm struct {
	kind          string
	lookup, value []byte // value is sealed
}

// link adds the other forms of the items that came in as match keys of these items.
func (a *addition) link() error {
	for _, l := range a.links {
		for _, f := range l.forms {
			if err := a.linkForm(l.item, f); err != nil {
				return fmt.Errorf("another form of an item: %w", err)
			}
		}
	}
	return nil
}

func (a *addition) linkForm(item int64, f newForm) error {
	at := itemKey(f.lookup)
	key, known := a.known[at]
	if known {
		if _, err := a.itemAt(key, f.lookup); err != nil {
			return err
		}
	} else {
		a.last++
		key = a.last
		a.known[at], a.keyed = key, append(a.keyed, runs.Record{Tag: at, Value: key})
		err := a.query("INSERT INTO item(seq, kind, lookup, value, visibility, why_not, confidence, category, consent, grading, first, last, reach, stated) VALUES(?, ?, ?, ?, '', '', 0, '', 0, '', 0, 0, 0, 0)",
			[]any{key, f.kind, f.lookup, f.value}, nil)
		if err != nil {
			return err
		}
	}
	if key == item {
		return nil
	}
	if err := a.query("INSERT INTO form(key, item) VALUES(?, ?) ON CONFLICT DO NOTHING", []any{key, item}, nil); err != nil {
		return err
	}
	a.came = append(a.came, key)
	part, err := a.setReach(key)
	if err != nil || !known {
		return err
	}
	return a.query("INSERT INTO change(seq, part) VALUES(?, ?)", []any{key, part}, nil)
}

// state makes an item of a match key that was only another form so far.
func (a *addition) state(have itemRow, r newRow) (store.Added, error) {
	added := store.Added{ID: have.id, Seq: have.seq, New: true, NewOccurrence: true}
	st := r.standing
	err := a.query("UPDATE item SET visibility = ?, why_not = ?, confidence = ?, category = ?, consent = ?, grading = ?, first = ?, last = ?, stated = 1 WHERE seq = ?",
		[]any{string(st.Visibility), string(st.WhyNot), st.Confidence, string(st.Category), st.Consent, r.common.grading, r.seen, r.seen, have.seq}, nil)
	if err != nil {
		return added, err
	}
	if _, err := a.addOccurrence(have.seq, r); err != nil {
		return added, err
	}
	a.fresh[[2]string{string(r.Identifier.Kind()), string(st.WhyNot)}]++
	return added, a.itemChanged(have.seq)
}
