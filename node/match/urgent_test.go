package match

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// measured is how many tags are being prepared in the measured tests; they need a
// machine that does nothing else.
var measured = flag.Int("measure", 0, "measure an urgent question while so many tags are prepared")

// A gatedStore lets a test stop the making of tags in the middle.
type gatedStore struct {
	Store
	closed  atomic.Bool
	entered chan struct{}
	gate    chan struct{}
}

func (g *gatedStore) PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error {
	if g.closed.Load() {
		select {
		case g.entered <- struct{}{}:
		default:
		}
		<-g.gate
	}
	return g.Store.PutOwnTags(ctx, peer, epoch, tags)
}

func newGatedStore(s Store) *gatedStore {
	return &gatedStore{Store: s, entered: make(chan struct{}, 1), gate: make(chan struct{})}
}

// urgently is an urgent question about one item.
func (p *party) urgently(value string) Spec {
	spec := p.spec()
	spec.Urgent, spec.Items = true, []casework.ItemID{p.add(casework.Shared, value)[0].ID}
	return spec
}

// While a set is prepared, and without a quorum, an urgent question is taken and its
// officer told why it waits; with a quorum it is logged and answered, all before the
// set is ready.
func TestUrgentQuestionWaitsForNoSet(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.add(casework.Shared, "urgent@example.org")
	gates := map[*party]*gatedStore{a: newGatedStore(a.store), b: newGatedStore(b.store)}
	for _, p := range ps {
		p.config = func(c *Config) { c.Store = gates[p] }
		p.start()
	}
	w.until("the first sets", func() bool {
		return len(w.entries("aa", entry.TypeTagsAcknowledged)) == 1 && len(w.entries("bb", entry.TypeTagsAcknowledged)) == 1
	})
	for _, p := range ps {
		gates[p].closed.Store(true)
		p.add(casework.Shared, values(string(p.id), 0, 100)...)
		p.service.Publish("aa", "bb")
		<-gates[p].entered
	}
	w.setDown(true)
	asked := make(chan []casework.BatchID, 1)
	go func() { asked <- must(a.service.Ask(t.Context(), a.urgently("urgent@example.org")))(t) }()
	var ids []casework.BatchID
	select {
	case ids = <-asked:
	case <-time.After(30 * time.Second):
		t.Error("the question waits for the set")
		for _, g := range gates {
			close(g.gate)
		}
		<-asked
		return
	}
	if got := must(a.store.Batch(t.Context(), ids[0]))(t); got.Logged || !strings.HasPrefix(got.Waits, "no quorum") {
		t.Errorf("logged %v, waits %q", got.Logged, got.Waits)
	}
	w.setDown(false)
	a.waitAnswered(ids...)
	if got := a.found("bb"); !slices.Equal(got, []string{"urgent@example.org"}) {
		t.Errorf("found %v", got)
	}
	for _, p := range ps {
		if s := must(p.store.Publication(t.Context(), "bb", 1))(t); p == a && s.Number != 1 {
			t.Error("the set was ready before the answer")
		}
		close(gates[p].gate)
	}
}

// A large batch under way with a peer, whose parts the peer does not answer, holds up
// no urgent question to the same peer.
func TestUrgentQuestionOvertakesALargeBatch(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.add(casework.Shared, "urgent@example.org")
	gate := &gatedReplies{Store: b.store, gate: make(chan struct{}), entered: make(chan struct{}, 1)}
	b.config = func(c *Config) { c.Store = gate }
	a.add(casework.Shared, values("large", 0, chunk+10)...)
	a.start()
	b.start()
	a.waitPublished("bb")
	b.waitPublished("aa")
	large := a.ask()
	<-gate.entered
	ids := must(a.service.Ask(t.Context(), a.urgently("urgent@example.org")))(t)
	a.waitAnswered(ids...)
	if a.answered(large[0]) {
		t.Error("the large batch was answered first")
	}
	close(gate.gate)
	a.waitAnswered(large...)
}

// gatedReplies stores no reply of a full part before its gate opens.
type gatedReplies struct {
	Store
	entered chan struct{}
	gate    chan struct{}
}

func (g *gatedReplies) SaveReply(ctx context.Context, a store.AnswerState, part uint32, hash [32]byte, reply []byte, acked uint32) error {
	if a.Count > chunk {
		select {
		case g.entered <- struct{}{}:
		default:
		}
		<-g.gate
	}
	return g.Store.SaveReply(ctx, a, part, hash, reply, acked)
}

// With -measure 1000000: how long an urgent question takes to be refused for want of a
// quorum while so many tags are prepared.
func TestMeasureUrgentQuestion(t *testing.T) {
	if *measured == 0 {
		t.Skip("give -measure to measure")
	}
	w, ps := newWorld(t, nil, "aa", "bb")
	a := ps[0]
	const step = 10_000
	for from := 0; from < *measured; from += step {
		a.add(casework.Shared, values("large", from, from+step)...)
	}
	gate := newGatedStore(a.store)
	gate.closed.Store(true)
	a.config = func(c *Config) { c.Store = gate }
	w.setDown(true)
	a.start()
	<-gate.entered
	gate.closed.Store(false)
	close(gate.gate) // now tags are made
	var took []time.Duration
	for i := range 100 {
		spec := a.urgently(fmt.Sprintf("urgent%d@example.org", i))
		began := time.Now()
		ids := must(a.service.Ask(t.Context(), spec))(t)
		took = append(took, time.Since(began))
		if b := must(a.store.Batch(t.Context(), ids[0]))(t); b.Waits == "" {
			t.Error("it does not say why it waits")
		}
	}
	slices.Sort(took)
	pub := must(a.store.Publication(t.Context(), "bb", 1))(t)
	t.Logf("%d questions while %d tags are prepared (ready: %v): median %s, most %s", len(took), *measured, pub.Number > 0, took[len(took)/2], took[len(took)-1])
	if took[len(took)-1] > 200*time.Millisecond {
		t.Error("more than 200 ms")
	}
}
