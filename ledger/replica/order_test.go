package replica_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// An appended is an append that was acknowledged, and when it ran.
type appended struct {
	client     int
	index      uint64
	hash       entry.Hash
	begin, end time.Time
}

// appendTogether appends by twelve clients at once until the context ends, and returns
// what was acknowledged, in the order of the ledger.
func appendTogether(ctx context.Context, t *testing.T, p []*party) []appended {
	t.Helper()
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
				all = append(all, appended{i, v.Index, v.Entry.Hash(), begin, time.Now()})
				mu.Unlock()
			}
		})
	}
	g.Wait()
	slices.SortFunc(all, func(a, b appended) int { return cmp.Compare(a.index, b.index) })
	return all
}

// disturb moves leadership and cuts voters off until the context ends.
func disturb(ctx context.Context, m *mesh, p []*party) {
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
}

// linearizable fails unless a history is.
func linearizable(t *testing.T, all []appended) {
	t.Helper()
	var history []porcupine.Operation
	for i, a := range all {
		if i > 0 && all[i-1].index == a.index {
			t.Errorf("entry %d acknowledges two appends", a.index)
		}
		history = append(history, porcupine.Operation{ClientId: a.client, Call: a.begin.UnixNano(), Return: a.end.UnixNano(), Output: int64(a.index)})
	}
	if !porcupine.CheckOperations(appending, history) {
		t.Error("the history is not linearizable")
	}
}

// agree fails unless all replicas come to one state.
func agree(t *testing.T, p []*party) {
	t.Helper()
	states := map[entry.Hash][]casework.AgencyID{}
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
}

// Appends of many at once, while leadership moves, voters are cut off and the clock of one
// is an hour ahead, are in the ledger once each, at every replica, and their history is
// linearizable.
func TestAppendsAreLinearizable(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	voting(t, p)
	p[1].ahead.Store(time.Hour.Milliseconds())
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	var g sync.WaitGroup
	g.Go(func() { disturb(ctx, m, p) })
	all := appendTogether(ctx, t, p)
	g.Wait()
	if len(all) == 0 {
		t.Fatal("nothing was appended")
	}
	linearizable(t, all)
	last := all[len(all)-1].index
	for _, q := range p {
		q.until(t, func(s *state.State) bool { return s.Size() > last })
		for _, a := range all {
			if e, _, err := q.replica.Entry(a.index); err != nil || e.Hash() != a.hash {
				t.Fatalf("%s: entry %d was receipted and is another: %v", q.id, a.index, err)
			}
		}
	}
	agree(t, p)
	t.Logf("%d appends", len(all))
}

// appending is the ledger as its submitters see it: each receipted entry has a place
// after all those that were receipted before it was submitted. Appends whose outcome
// nobody learned are left out: they may have any place, or none.
var appending = porcupine.Model{
	Init: func() any { return int64(-1) },
	Step: func(state, _, output any) (bool, any) {
		index := output.(int64)
		return index > state.(int64), index
	},
	DescribeOperation: func(_, output any) string { return fmt.Sprintf("append() = %v", output) },
}

// A history in which a later append has an earlier place is told from one that may be.
func TestHistoryThatIsNotLinearizable(t *testing.T) {
	op := func(call, ret, index int64) porcupine.Operation {
		return porcupine.Operation{Call: call, Return: ret, Output: index}
	}
	if porcupine.CheckOperations(appending, []porcupine.Operation{op(0, 1, 7), op(2, 3, 6)}) {
		t.Error("an entry was receipted before one that was there already")
	}
	if !porcupine.CheckOperations(appending, []porcupine.Operation{op(0, 4, 7), op(2, 3, 6)}) {
		t.Error("appends side by side may have any order")
	}
}
