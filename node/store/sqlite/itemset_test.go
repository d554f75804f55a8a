package sqlite

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

func numbered(n int) casework.Evidence {
	return casework.Evidence{
		Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+4477009%05d", n)), Confidence: 1, Visibility: casework.Shared, Category: casework.Suspect,
		Provenance: casework.Provenance{Source: "file.csv", Record: fmt.Sprint("line ", n)},
	}
}

// Whatever comes in, in whatever order and however often, a case has its items, each
// once and by number, and no others; also after a restart.
func TestCasesHoldTheirItems(t *testing.T) {
	dir := t.TempDir()
	s, err := Create(dir, &[32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	ctx, r := t.Context(), rand.New(rand.NewPCG(1, 2))
	cases := []casework.CaseID{casework.NewCaseID(), casework.NewCaseID(), casework.NewCaseID()}
	model := map[casework.CaseID]map[int64]bool{cases[0]: {}, cases[1]: {}, cases[2]: {}}
	for _, c := range cases {
		if err := s.PutCase(ctx, casework.Case{ID: c, Ref: c.String()}); err != nil {
			t.Fatal(err)
		}
	}
	have := map[int]int64{} // item numbers by what they are of
	for round := range 2 * runs.MostRuns {
		var batch []casework.Evidence
		var of []int
		c, most := cases[r.IntN(3)], 2
		if round%2 == 0 { // otherwise a few at a time, so that numbers of cases mix
			most = 3 * together
		}
		for range 1 + r.IntN(most) {
			n := r.IntN(9000)
			of, batch = append(of, n), append(batch, numbered(n))
		}
		added, err := s.AddItems(ctx, c, batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range added {
			seq, known := have[of[i]]
			if a.New == known || known && a.Seq != seq || a.NewOccurrence == model[c][a.Seq] {
				t.Fatalf("round %d, item %d: %+v, known %v as %d", round, i, a, known, seq)
			}
			have[of[i]], model[c][a.Seq] = a.Seq, true
		}
		if round != runs.MostRuns && round != 2*runs.MostRuns-1 {
			continue
		}
		s.Close()
		if s, err = Open(dir, &[32]byte{1}); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			want := slices.Sorted(maps.Keys(model[c]))
			var got, asked []int64
			for after, more := int64(0), true; more; {
				items, last, err := s.ItemsOfCase(ctx, c, after, 7)
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range items {
					got = append(got, s.keys.itemSeq(it.ID))
				}
				after, more = last, len(items) > 0
			}
			f := store.MatchFilter{Case: c, Kinds: casework.Kinds(), Limit: 11}
			for more := true; more; {
				items, err := s.MatchItems(ctx, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range items {
					asked, f.AfterSeq = append(asked, it.Seq), it.Seq
				}
				more = len(items) > 0
			}
			count, err := s.MatchCount(ctx, f)
			byKind, _, cerr := s.Counts(ctx, c)
			if err != nil || cerr != nil {
				t.Fatal(err, cerr)
			}
			if !slices.Equal(got, want) || !slices.Equal(asked, want) || count != uint64(len(want)) || byKind["phone"] != uint64(len(want)) {
				t.Fatalf("%d listed, %d to match, counted %d and %d; the case has %d", len(got), len(asked), count, byKind["phone"], len(want))
			}
		}
	}
}

// Spans of a case do not overlap and cover what came in.
func TestSpans(t *testing.T) {
	s, err := Create(t.TempDir(), &[32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, r := casework.NewCaseID(), rand.New(rand.NewPCG(3, 4))
	var all []int64
	for range 300 {
		var seqs []int64
		for from, n := r.Int64N(100_000), r.Int64N(200); n > 0; n-- {
			seqs = append(seqs, from+n*(1+r.Int64N(3)))
		}
		all = append(all, seqs...)
		if err := s.tx(t.Context(), func() error { return s.widen(c, seqs) }); err != nil {
			t.Fatal(err)
		}
	}
	var spans []span
	if err := s.query("SELECT low, high FROM case_span WHERE casefile = ? ORDER BY low", []any{c[:]}, func(st *sqlite3.Stmt) error {
		spans = append(spans, span{st.ColumnInt64(0), st.ColumnInt64(1)})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(spans); i++ {
		if spans[i].first-spans[i-1].last <= spanGap {
			t.Fatalf("%v and %v touch", spans[i-1], spans[i])
		}
	}
	for _, seq := range all {
		if !slices.ContainsFunc(spans, func(p span) bool { return p.first <= seq && seq <= p.last }) {
			t.Fatalf("no span holds %d", seq)
		}
	}
	if len(spans) < 2 {
		t.Fatal("everything is in one span")
	}
}

// An item that is gone leaves its key and its number unused; one that stands under
// another's key is damage, and nothing is folded into it.
func TestKeysOfOtherItems(t *testing.T) {
	s, err := Create(t.TempDir(), &[32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, c := t.Context(), casework.NewCaseID()
	if err := s.PutCase(ctx, casework.Case{ID: c, Ref: "NL-1"}); err != nil {
		t.Fatal(err)
	}
	added, err := s.AddItems(ctx, c, []casework.Evidence{numbered(1), numbered(2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tx(ctx, func() error { return s.query("DELETE FROM item WHERE seq = ?", []any{added[1].Seq}, nil) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Find(ctx, numbered(2).Identifier); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the item that is gone: %v", err)
	}
	again, err := s.AddItems(ctx, c, []casework.Evidence{numbered(2)})
	if err != nil || !again[0].New || again[0].Seq != 3 {
		t.Errorf("%+v, %v", again, err)
	}
	if it, _, err := s.Find(ctx, numbered(2).Identifier); err != nil || it.ID != again[0].ID {
		t.Errorf("%v, %v", it.ID, err)
	}
	if err := s.tx(ctx, func() error {
		return s.sets.Put(itemSet, []runs.Record{{Tag: itemKey(s.keys.lookup(numbered(9).Identifier)), Value: added[0].Seq}})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddItems(ctx, c, []casework.Evidence{numbered(9)}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("under another's key: %v", err)
	}
	if _, _, err := s.Find(ctx, numbered(9).Identifier); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("under another's key: %v", err)
	}
}
