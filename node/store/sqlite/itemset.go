package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

// itemSet finds items by their look-up keys, whose beginnings are kept in runs as
// tags are: an index over them would have a page written for every other item that
// comes in.
var itemSet = runs.Set{Purpose: itemKeys}

// itemKey is the part of a look-up key that is kept in runs. Of ten million items
// two have the same with a chance of 1 in 10^10, and are then refused as damage.
func itemKey(lookup []byte) tagset.Tag { return tagset.Tag(lookup[:tagset.Size]) }

// itemsAt returns the numbers of the items that are there under some keys, with the
// lock held. It sorts the keys.
func (s *Store) itemsAt(keys []tagset.Tag) (map[tagset.Tag]int64, error) {
	tagset.Sort(keys)
	keys = slices.Compact(keys)
	at := make(map[tagset.Tag]int64, len(keys))
	err := s.sets.Find(itemSet, keys, func(i int, seq int64) error { at[keys[i]] = seq; return nil })
	return at, err
}

// lastItem is the number that was given to the last new item, with the lock held. No
// number is given twice, also when its item is gone.
func (s *Store) lastItem() (n int64, err error) {
	err = s.query("SELECT n FROM tally WHERE what = 'numbered'", nil, func(st *sqlite3.Stmt) error { n = st.ColumnInt64(0); return nil })
	return n, err
}

func (s *Store) setLastItem(n int64) error {
	return s.query("INSERT INTO tally VALUES('numbered', '', '', ?) ON CONFLICT DO UPDATE SET n = excluded.n", []any{n}, nil)
}

// A case's items lie in its spans of item numbers, which do not overlap: what comes
// in together has numbers that follow each other. Not every item in a span is the
// case's: that is for its occurrences to say.
type span struct{ first, last int64 }

// itemsOfCase are the items of a case above a number: its parameters are that number
// and the case. In the order of "c.low, seq" they come by number, and only those
// that are read are looked at.
const itemsOfCase = "case_span c JOIN item ON item.seq > max(c.low - 1, ?) AND item.seq <= c.high WHERE c.casefile = ?" +
	" AND EXISTS (SELECT 1 FROM occurrence o WHERE o.item = item.seq AND o.casefile = c.casefile)"

// keysOfCase are the match keys of a case's items, likewise.
var keysOfCase = "case_span c JOIN item ON item.seq > max(c.low - 1, ?) AND item.seq <= c.high WHERE c.casefile = ? AND " + inCase("c.casefile")

// inCase is the condition that a match key is of an item of a case.
func inCase(casefile string) string {
	return "(EXISTS (SELECT 1 FROM occurrence o WHERE o.item = item.seq AND o.casefile = " + casefile +
		") OR EXISTS (SELECT 1 FROM form f JOIN occurrence o ON o.item = f.item WHERE f.key = item.seq AND o.casefile = " + casefile + "))"
}

// spanGap is how far apart two items of a case may be and still be in one span.
const spanGap = 64

// spansOf covers item numbers with spans. It sorts them.
func spansOf(seqs []int64) (out []span) {
	slices.Sort(seqs)
	for _, seq := range seqs {
		if n := len(out); n > 0 && seq-out[n-1].last <= spanGap {
			out[n-1].last = seq
		} else {
			out = append(out, span{seq, seq})
		}
	}
	return out
}

// widen takes items into the spans of a case, with the lock held.
func (s *Store) widen(id casework.CaseID, seqs []int64) error {
	for _, add := range spansOf(seqs) {
		// The spans that touch it are the last of those that begin before its end.
		enough := errors.New("no more")
		var touched []span
		err := s.query("SELECT low, high FROM case_span WHERE casefile = ? AND low <= ? ORDER BY low DESC", []any{id[:], add.last + spanGap}, func(st *sqlite3.Stmt) error {
			have := span{st.ColumnInt64(0), st.ColumnInt64(1)}
			if have.last+spanGap < add.first {
				return enough
			}
			touched = append(touched, have)
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			return err
		}
		if len(touched) == 1 && touched[0].first <= add.first && add.last <= touched[0].last {
			continue
		}
		for _, have := range touched {
			if err := s.query("DELETE FROM case_span WHERE casefile = ? AND low = ?", []any{id[:], have.first}, nil); err != nil {
				return err
			}
			add = span{min(add.first, have.first), max(add.last, have.last)}
		}
		if err := s.query("INSERT INTO case_span(casefile, low, high) VALUES(?, ?, ?)", []any{id[:], add.first, add.last}, nil); err != nil {
			return fmt.Errorf("span: %w", err)
		}
	}
	return nil
}
