package sqlite

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// Ranges hold what a set of numbers would, and never overlap or touch.
func TestRangesHoldWhatASetWould(t *testing.T) {
	s, _ := emptyStore(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	want := map[int64]bool{}
	for range 200 {
		var seqs []int64
		for at := int64(random.IntN(60)); len(seqs) < 20; at += int64(1 + random.IntN(3)/2) {
			seqs = append(seqs, at)
		}
		random.Shuffle(len(seqs), func(i, j int) { seqs[i], seqs[j] = seqs[j], seqs[i] })
		out := random.IntN(2) == 0
		for _, seq := range seqs {
			if want[seq] = true; out {
				delete(want, seq)
			}
		}
		change := s.include
		if out {
			change = s.exclude
		}
		if err := s.tx(t.Context(), func() error { return change(asking, 1, 1, seqs) }); err != nil {
			t.Fatal(err)
		}
		got := map[int64]bool{}
		last := int64(-2)
		err := s.read(t.Context(), func() error {
			return s.query("SELECT seq, n FROM asking WHERE peer = 1 AND epoch = 1 ORDER BY seq", nil, func(st *sqlite3.Stmt) error {
				first, n := st.ColumnInt64(0), st.ColumnInt64(1)
				if n < 1 || first <= last+1 {
					t.Errorf("a range of %d from %d after %d", n, first, last)
				}
				for seq := first; seq < first+n; seq++ {
					got[seq] = true
				}
				last = first + n - 1
				return nil
			})
		})
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", err, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// Keys that do not follow one another have a place of their own in a batch.
func TestPlacesOfABatch(t *testing.T) {
	got := positionsOf(3, []int64{7, 8, 9, 5, 6, 6, 20})
	want := []placed{{3, 7, 3}, {6, 5, 2}, {8, 6, 1}, {9, 20, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
