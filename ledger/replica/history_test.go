package replica_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/policy/casework"
)

// appending is the ledger as its submitters see it: each receipted entry has a place
// after all those that were receipted before it was submitted. An append whose outcome
// nobody learned may have taken any place, or none.
var appending = porcupine.Model{
	Init: func() any { return int64(-1) },
	Step: func(state, _, output any) (bool, any) {
		index := output.(int64)
		if index < 0 {
			return true, state
		}
		return index > state.(int64), index
	},
	DescribeOperation: func(_, output any) string { return fmt.Sprintf("append() = %v", output) },
}

// Histories of concurrent submitters at three agencies are linearizable while leaders
// are cut off, come back, and have clocks that are an hour off.
func TestHistoriesAreLinearizable(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	voting(t, p)
	p[1].ahead.Store(time.Hour.Milliseconds())
	const submitters, appends = 9, 25
	begin := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	receipts := map[uint64]bool{}
	ctx, stop := context.WithCancel(t.Context())
	var faults sync.WaitGroup
	faults.Go(func() { cutLeaders(ctx, m, p) })
	var work sync.WaitGroup
	for client := range submitters {
		work.Go(func() {
			for i := range appends {
				op := porcupine.Operation{ClientId: client, Call: time.Since(begin).Nanoseconds(), Output: int64(-1)}
				rec, err := p[client%3].replica.Append(t.Context(), erase(client*appends+i))
				op.Return = time.Since(begin).Nanoseconds()
				if err == nil {
					index, _ := rec.Index()
					op.Output = int64(index)
				} else if !errors.Is(err, replica.ErrNoQuorum) && !errors.Is(err, replica.ErrRejected) {
					t.Errorf("%s: %v", p[client%3].id, err)
				}
				mu.Lock()
				history = append(history, op)
				if n := uint64(op.Output.(int64)); err == nil && receipts[n] {
					t.Errorf("entry %d was receipted twice", n)
				} else if err == nil {
					receipts[n] = true
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	stop()
	faults.Wait()
	if len(receipts) < submitters*appends/2 {
		t.Errorf("%d of %d appends were receipted", len(receipts), submitters*appends)
	}
	if !porcupine.CheckOperations(appending, history) {
		t.Error("the history is not linearizable")
	}
}

// A history in which a later append has an earlier place is told from one that may be.
func TestHistoryThatIsNotLinearizable(t *testing.T) {
	op := func(call, ret, index int64) porcupine.Operation {
		return porcupine.Operation{Call: call, Return: ret, Output: index}
	}
	if porcupine.CheckOperations(appending, []porcupine.Operation{op(0, 1, 7), op(2, 3, 6)}) {
		t.Error("an entry was receipted before one that was there already")
	}
	if !porcupine.CheckOperations(appending, []porcupine.Operation{op(0, 4, 7), op(2, 3, 6), op(5, 6, -1)}) {
		t.Error("appends side by side may have any order")
	}
}

// cutLeaders cuts off whoever leads, for a few elections at a time.
func cutLeaders(ctx context.Context, m *mesh, p []*party) {
	for ctx.Err() == nil {
		pause := func(d time.Duration) {
			select {
			case <-ctx.Done():
			case <-time.After(d):
			}
		}
		pause(400 * time.Millisecond)
		leader := casework.AgencyID("")
		for _, q := range p {
			if q.replica.Status().Leader == q.id {
				leader = q.id
			}
		}
		if leader == "" {
			continue
		}
		m.cutOff(leader, true)
		pause(600 * time.Millisecond)
		m.cutOff(leader, false)
	}
}
