package match

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// A peer that is away is asked when it comes back; the others are not held up.
func TestPeerAwayThenBack(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb", "cc")
	a, b, c := ps[0], ps[1], ps[2]
	for _, p := range ps {
		p.add(casework.Shared, "both@example.org")
	}
	if err := c.host.Close(); err != nil {
		t.Fatal(err)
	}
	a.start()
	b.start()
	ids := a.ask()
	w.until("the peer that is there", func() bool { return len(a.found("bb")) == 1 })
	w.until("a reason", func() bool { return a.progress(ids[0], "cc").Waits == "the peer is away" })
	if a.answered(ids[0]) {
		t.Fatal("done without cc")
	}
	c.openHost(c.record.Addrs...)
	c.start()
	a.waitAnswered(ids...)
	if got := a.found("cc"); len(got) != 1 {
		t.Errorf("%d leads with the peer that came back", len(got))
	}
}

// Without a quorum a query waits, with the reason, and goes out afterwards.
func TestNoQuorumQueuesTheQuery(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, "both@example.org")
	b.add(casework.Shared, "both@example.org")
	a.start()
	b.start()
	w.until("tags", func() bool { return len(w.entries("aa", entry.TypeTagsAcknowledged)) == 1 })
	w.setDown(true)
	ids := a.ask()
	got := must(a.store.Batch(t.Context(), ids[0]))(t)
	if got.Logged || got.Waits == "" {
		t.Errorf("logged %v, waits %q", got.Logged, got.Waits)
	}
	w.setDown(false)
	a.waitAnswered(ids...)
	if n := len(a.found("bb")); n != 1 {
		t.Errorf("%d leads", n)
	}
}

// A query that waited for a quorum and meets a spent quota of the day waits on, and
// says so: its officer was told that it waits.
func TestSpentQuotaKeepsAWaitingQuery(t *testing.T) {
	w, ps := newWorld(t, func(a *agreement.Agreement) { a.Quotas = []agreement.Quota{{PerDay: 3, PerPeerDay: 3}} }, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, values("first", 0, 2)...)
	a.start()
	b.start()
	a.waitAnswered(a.ask()...)
	w.setDown(true)
	var ids []casework.BatchID // each fits into the quota, and both together do not
	for _, name := range []string{"second", "third"} {
		a.add(casework.Shared, values(name, 0, 1)...)
		ids = append(ids, a.ask()...)
	}
	w.setDown(false)
	w.until("the quota as reason", func() bool {
		return slices.ContainsFunc(ids, func(id casework.BatchID) bool {
			return strings.HasPrefix(must(a.store.Batch(t.Context(), id))(t).Waits, "the quota of the day is used up")
		})
	})
	if _, err := a.service.Ask(t.Context(), a.spec()); !errors.Is(err, ErrNothing) {
		t.Errorf("asked again while it waits: %v", err)
	}
	a.add(casework.Shared, values("fourth", 0, 1)...)
	if _, err := a.service.Ask(t.Context(), a.spec()); !errors.Is(err, state.ErrQuota) {
		t.Errorf("a new query over the quota: %v", err)
	}
}

// A batch of several parts is cut again and again, on the wire and by restarts of
// the asker, and ends as if nothing had happened; no part is evaluated twice.
func TestRestartInTheMiddleOfABatch(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	const n = 3*chunk + 100
	a.add(casework.Shared, values("x", 0, n)...)
	b.add(casework.Shared, values("x", n-3, n+5)...)
	b.add(casework.Shared, values("x", 0, 2)...)
	var answers atomic.Int32
	restart := make(chan struct{}, 1)
	a.tap = func(_ casework.AgencyID, proto string, sent bool, data []byte) {
		if proto == QueryProtocol && !sent && len(data) > 1000 && answers.Add(int32(len(data))) > 200_000 {
			answers.Store(0)
			select {
			case restart <- struct{}{}:
			default:
			}
		}
	}
	a.start()
	b.start()
	id := a.ask()[0]
	restarts := 0
	w.until("the batch", func() bool {
		select {
		case <-restart:
			restarts++
			a.halt()
			if err := a.host.Close(); err != nil {
				t.Fatal(err)
			}
			a.openHost(a.record.Addrs...)
			a.start()
		default:
		}
		return a.answered(id)
	})
	if restarts == 0 {
		t.Fatal("nothing was cut")
	}
	want := append(values("x", 0, 2), values("x", n-3, n)...)
	if got := a.found("bb"); !slices.Equal(got, want) {
		t.Errorf("%d leads after %d restarts, want %d", len(got), restarts, len(want))
	}
	if p := a.progress(id, "bb"); p.Hits != uint32(len(want)) {
		t.Errorf("%d hits counted", p.Hits)
	}
	if k := len(w.entries("bb", entry.TypeAnswer)); k != 1 {
		t.Errorf("%d answers logged", k)
	}
}
