package replica_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// An appended is an append that was acknowledged, and when it ran.
type appended struct {
	index      uint64
	hash       entry.Hash
	begin, end time.Time
}

// Appends of many at once, while leadership moves and voters are cut off, are in the
// ledger once each, at every replica, and one that had ended before another began stands
// before it. An append-only log whose appends return their index is linearizable if and
// only if that holds.
func TestAppendsAreLinearizable(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	voting(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	var mu sync.Mutex
	var all []appended
	var g sync.WaitGroup
	for i := range 12 {
		q := p[i%3]
		g.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				begin := time.Now()
				rec, err := q.replica.Append(ctx, erase(i*1000+n))
				if err != nil {
					continue // open whether it is logged
				}
				v, err := rec.Verify(q.replica.Policy())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				all = append(all, appended{v.Index, v.Entry.Hash(), begin, time.Now()})
				mu.Unlock()
			}
		})
	}
	g.Go(func() {
		for ctx.Err() == nil {
			away := p[rand.IntN(3)]
			_ = away.replica.LetLead(p[rand.IntN(3)].id) // it may not lead
			m.cutOff(away.id, true)
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(rand.IntN(400)) * time.Millisecond):
			}
			m.cutOff(away.id, false)
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(rand.IntN(600)) * time.Millisecond):
			}
		}
	})
	g.Wait()
	if len(all) == 0 {
		t.Fatal("nothing was appended")
	}
	slices.SortFunc(all, func(a, b appended) int { return int(int64(a.index) - int64(b.index)) })
	var latest time.Time // begin of any append before this one in the ledger
	for i, a := range all {
		if i > 0 && all[i-1].index == a.index {
			t.Errorf("entry %d acknowledges two appends", a.index)
		}
		if a.end.Before(latest) {
			t.Errorf("entry %d was acknowledged before one that stands before it began", a.index)
		}
		if a.begin.After(latest) {
			latest = a.begin
		}
	}
	last := all[len(all)-1].index
	states := map[entry.Hash][]casework.AgencyID{}
	for _, q := range p {
		q.until(t, func(s *state.State) bool { return s.Size() > last })
		for _, a := range all {
			if e, _, err := q.replica.Entry(a.index); err != nil || e.Hash() != a.hash {
				t.Fatalf("%s: entry %d was receipted and is another: %v", q.id, a.index, err)
			}
		}
	}
	p[0].add(t, erase(0), false)
	var size uint64
	p[0].replica.View(func(s *state.State) { size = s.Size() })
	for _, q := range p {
		q.until(t, func(s *state.State) bool {
			if s.Size() == size {
				states[s.Hash()] = append(states[s.Hash()], q.id)
			}
			return s.Size() >= size
		})
	}
	if len(states) > 1 {
		t.Errorf("the replicas' states differ: %v", states)
	}
	t.Logf("%d appends", len(all))
}
