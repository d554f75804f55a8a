package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// AddItems adds items to an open case in one transaction. What is there already is
// folded: an identifier is one item however often it occurs, and an occurrence in the
// same case, source and record is there once. The result follows the input's order.
// It fails with ErrClosed when the case is closed, whoever closes it meanwhile.
func (s *Store) AddItems(ctx context.Context, id casework.CaseID, items []casework.Evidence) ([]store.Added, error) {
	rows, err := s.newRows(items)
	if err != nil {
		return nil, err
	}
	if err := s.sets.Merge(ctx, itemSet, runs.MostRuns); err != nil {
		return nil, fmt.Errorf("merge look-up keys: %w", err)
	}
	a := addition{Store: s, into: id, out: make([]store.Added, len(items)), fresh: map[[2]string]int64{}}
	if err := s.tx(ctx, func() error { return a.add(rows) }); err != nil {
		return nil, err
	}
	return a.out, nil
}

// newRow is an item with all that can be computed without the database.
type newRow struct {
	*casework.Evidence
	standing      sharing.Standing
	lookup, value []byte // value is sealed
	seen          int64
	source, data  []byte // of the occurrence; data is sealed
	forms         []newForm
	common        *common
}

// newRows makes the rows of items on all cores: sealing them takes as long as
// storing them, and storing is one at a time.
func (s *Store) newRows(items []casework.Evidence) ([]newRow, error) {
	rows := make([]newRow, len(items))
	var g errgroup.Group
	each := max(512, (len(items)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(items); from += each {
		g.Go(func() error {
			f, known := s.keys.finder(), map[commonFacts]*common{}
			for i := from; i < min(from+each, len(items)); i++ {
				facts := commonOf(&items[i])
				c := known[facts]
				if c == nil {
					var err error
					if c, err = newCommon(f, facts); err != nil {
						return err
					}
					known[facts] = c
				}
				rows[i] = s.newRow(f, &items[i], c)
			}
			return nil
		})
	}
	return rows, g.Wait()
}

func (s *Store) newRow(f finder, it *casework.Evidence, c *common) newRow {
	r := newRow{Evidence: it, standing: sharing.StandingOf(it), common: c}
	r.lookup, r.value = s.keys.sealIdentifier(f, it.Identifier)
	if !it.Seen.IsZero() {
		r.seen = it.Seen.UnixMilli()
	}
	p := &it.Provenance
	r.source = f.find("occurrence", []byte(p.SHA256), []byte(p.Source), []byte(p.Record))
	data := canon.Encode(occurrence{c.id, p.Record, stamp(it.Seen), stamp(p.Captured), p.Assumed, p.Original, p.Context, nil})
	r.data = s.keys.seal("occurrence|"+string(r.source), data)
	for _, k := range it.Keys {
		lookup, value := s.keys.sealIdentifier(f, k)
		r.forms = append(r.forms, newForm{string(k.Kind()), lookup, value})
	}
	return r
}

// An addition is what one transaction of AddItems gathers. Tables in which new items
// would be all over the place are written at its end, sorted and once.
type addition struct {
	*Store
	into  casework.CaseID
	held  bool // that case is
	out   []store.Added
	known map[tagset.Tag]int64 // item numbers by the beginning of their look-up keys
	keyed []runs.Record        // what of it is new
	last  int64                // item number given
	came  []int64              // items that came into the case
	fresh map[[2]string]int64  // new items by kind and what keeps them out
	links []linked             // items that have other forms

	head    head // of what waits
	waiting []waiting
	args    []any
}

// linked is an item that came in with other forms of its value.
type linked struct {
	item  int64
	forms []newForm
}

func (a *addition) add(rows []newRow) error {
	if err := a.begin(rows); err != nil {
		return err
	}
	for i, r := range rows {
		var err error
		if a.out[i], err = a.addItem(r); err != nil {
			return fmt.Errorf("item %d: %w", i+1, err)
		}
		if a.out[i].NewOccurrence {
			a.came = append(a.came, a.out[i].Seq)
			if len(r.forms) > 0 {
				a.links = append(a.links, linked{a.out[i].Seq, r.forms})
			}
		}
	}
	return a.end()
}

// begin finds what is there already.
func (a *addition) begin(rows []newRow) error {
	if err := a.openCase(a.into); err != nil {
		return err
	}
	var err error
	if a.held, err = a.caseHeld(a.into); err != nil {
		return err
	}
	keys := make([]tagset.Tag, 0, len(rows))
	for _, r := range rows {
		keys = append(keys, itemKey(r.lookup))
		for _, f := range r.forms {
			keys = append(keys, itemKey(f.lookup))
		}
	}
	if a.known, err = a.itemsAt(keys); err != nil {
		return err
	}
	a.last, err = a.lastItem()
	return err
}

func (a *addition) end() error {
	if err := a.flush(); err != nil {
		return fmt.Errorf("new items: %w", err)
	}
	if err := a.link(); err != nil {
		return err
	}
	if len(a.keyed) == 0 && len(a.came) == 0 {
		return nil
	}
	if err := a.sets.Put(itemSet, a.keyed); err != nil {
		return fmt.Errorf("look-up keys: %w", err)
	}
	if err := a.widen(a.into, a.came); err != nil {
		return fmt.Errorf("items of a case: %w", err)
	}
	for of, n := range a.fresh {
		if err := a.query("INSERT INTO tally VALUES('item', ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", []any{of[0], of[1], n}, nil); err != nil {
			return fmt.Errorf("count items: %w", err)
		}
	}
	return a.setLastItem(a.last)
}

func (a *addition) addItem(r newRow) (store.Added, error) {
	key := itemKey(r.lookup)
	if seq, ok := a.known[key]; ok {
		if len(a.waiting) > 0 && seq >= a.waiting[0].seq {
			if err := a.flush(); err != nil {
				return store.Added{}, err
			}
		}
		have, err := a.itemAt(seq, r.lookup)
		if err == nil && !have.stated {
			return a.state(have, r)
		}
		if err == nil {
			return a.addKnown(have, r)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return store.Added{}, err
		}
	}
	a.last++
	if err := a.put(a.last, r); err != nil {
		return store.Added{}, err
	}
	a.known[key] = a.last
	a.keyed = append(a.keyed, runs.Record{Tag: key, Value: a.last})
	a.fresh[[2]string{string(r.Identifier.Kind()), string(r.standing.WhyNot)}]++
	return store.Added{ID: a.keys.itemID(a.last), Seq: a.last, New: true, NewOccurrence: true}, nil
}

// addKnown adds another occurrence of an item, if it is another.
func (a *addition) addKnown(have itemRow, r newRow) (store.Added, error) {
	added := store.Added{ID: have.id, Seq: have.seq}
	var err error
	added.NewOccurrence, err = a.addOccurrence(have.seq, r)
	if err != nil || !added.NewOccurrence {
		return added, err
	}
	return added, a.fold(have, r)
}

func (a *addition) addOccurrence(seq int64, r newRow) (bool, error) {
	if err := a.putCommon(r.common); err != nil {
		return false, err
	}
	before := a.db.TotalChanges()
	err := a.query("INSERT INTO occurrence(item, casefile, source, data) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
		[]any{seq, a.into[:], r.source, r.data}, nil)
	return a.db.TotalChanges() > before, err
}
