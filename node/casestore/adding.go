package casestore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/ncruces/go-sqlite3"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/policy/casework"
)

// AddItems adds items in one transaction. What is there already is folded: an
// identifier is one item however often it occurs, and an occurrence in the same
// case, source and record is there once. The result follows the input's order.
func (s *Store) AddItems(ctx context.Context, items []NewItem) ([]Added, error) {
	rows, err := s.newRows(items)
	if err != nil {
		return nil, err
	}
	out := make([]Added, len(items))
	err = s.tx(ctx, func() error {
		fresh := map[[2]string]int64{} // by kind and what keeps it out
		for i, r := range rows {
			var err error
			if out[i], err = s.addItem(r); err != nil {
				return fmt.Errorf("item %d: %w", i+1, err)
			}
			if out[i].New {
				fresh[[2]string{string(r.Identifier.Kind()), string(r.WhyNot)}]++
			}
		}
		for of, n := range fresh {
			err := s.query("INSERT INTO tally VALUES('item', ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", []any{of[0], of[1], n}, nil)
			if err != nil {
				return fmt.Errorf("count items: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newRow is a NewItem with all that can be made of it without the database.
type newRow struct {
	NewItem
	lookup, value []byte // value is sealed
	seen          int64
	source, data  []byte // of the occurrence; data is sealed
	sharedKey     string
	shared        []byte // what the records of its source have in common
}

// newRows makes the rows of items on all cores: sealing them takes as long as
// storing them, and storing is one at a time.
func (s *Store) newRows(items []NewItem) ([]newRow, error) {
	rows := make([]newRow, len(items))
	var g errgroup.Group
	each := max(512, (len(items)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(items); from += each {
		g.Go(func() error {
			var last casework.Provenance
			var key string
			var shared []byte
			for i := from; i < min(from+each, len(items)); i++ {
				if p := common(items[i].Provenance); key == "" || !sameSource(p, last) {
					var err error
					if shared, err = json.Marshal(p); err != nil {
						return err
					}
					last, key = p, hex.EncodeToString(s.keys.find("provenance", shared))
				}
				var err error
				if rows[i], err = s.newRow(items[i], key, shared); err != nil {
					return fmt.Errorf("item %d: %w", i+1, err)
				}
			}
			return nil
		})
	}
	return rows, g.Wait()
}

func (s *Store) newRow(it NewItem, key string, shared []byte) (newRow, error) {
	r := newRow{NewItem: it, sharedKey: key, shared: shared}
	var sealed func() []byte
	r.lookup, sealed = s.keys.identifier(it.Identifier)
	r.value = sealed()
	if !it.Seen.IsZero() {
		r.seen = it.Seen.UnixMilli()
	}
	r.source = s.keys.find("occurrence", []byte(it.Provenance.SHA256), []byte(it.Provenance.Source), []byte(it.Provenance.Record))
	own := casework.Provenance{Record: it.Provenance.Record, Assumed: it.Provenance.Assumed, Original: it.Provenance.Original}
	data, err := json.Marshal(occurrence{it.Category, it.Consent, it.Grading, it.Handling, it.TLP, it.Seen, own, key})
	r.data = s.keys.seal("occurrence|"+string(r.source), data)
	return r, err
}

// common is what the records of one source have in common.
func common(p casework.Provenance) casework.Provenance {
	p.Record, p.Assumed, p.Original = "", nil, ""
	return p
}

// sameSource reports whether two sources, without what is a record's own, are one.
func sameSource(p, q casework.Provenance) bool {
	return p.Source == q.Source && p.SHA256 == q.SHA256 && p.Format == q.Format && p.Tool == q.Tool &&
		p.Captured.Equal(q.Captured) && p.Imported.Equal(q.Imported) && p.Report == q.Report
}

func (s *Store) addItem(r newRow) (Added, error) {
	// Most of what an intake brings is new: one statement finds that out and stores it.
	var a Added
	before := s.db.TotalChanges()
	err := s.query(`INSERT INTO item(kind, lookup, value, visibility, why_not, confidence, category, consent, grading, first, last)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(lookup) DO NOTHING`,
		[]any{string(r.Identifier.Kind()), r.lookup, r.value, string(r.Visibility), string(r.WhyNot), r.Confidence,
			string(r.Category.Or()), r.Consent, r.Grading.String(), r.seen, r.seen}, nil)
	if err != nil {
		return Added{}, err
	}
	if s.db.TotalChanges() > before {
		a.New, a.Seq = true, s.db.LastInsertRowID()
		a.ID = s.keys.itemID(a.Seq)
		a.NewOccurrence, err = s.addOccurrence(a.Seq, r)
		return a, err
	}
	var have itemRow
	err = s.query("SELECT "+itemColumns+" FROM item WHERE lookup = ?", []any{r.lookup}, func(st *sqlite3.Stmt) error {
		have = s.scanItem(st)
		return nil
	})
	if err != nil {
		return Added{}, err
	}
	a.ID, a.Seq = have.id, have.seq
	a.NewOccurrence, err = s.addOccurrence(a.Seq, r)
	if err != nil || !a.NewOccurrence {
		return a, err
	}
	return a, s.fold(have, r.NewItem, r.seen)
}

func (s *Store) addOccurrence(seq int64, r newRow) (bool, error) {
	if r.sharedKey != s.lastShared {
		if err := s.putObject("provenance", r.sharedKey, 0, r.shared); err != nil {
			return false, err
		}
		s.lastShared = r.sharedKey
	}
	before := s.db.TotalChanges()
	err := s.query("INSERT INTO occurrence(item, casefile, source, data) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
		[]any{seq, r.Case[:], r.source, r.data}, nil)
	return s.db.TotalChanges() > before, err
}
