package match

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// askedItem is a value to be asked: one that the other side holds, or none.
func askedItem(i int) (value string, hit bool) {
	if i%2 == 0 {
		return fmt.Sprintf("hit%05d@example.org", i/2), true
	}
	return fmt.Sprintf("no%05d@example.org", i/2), false
}

// tellApart fails where a peer could tell hits from the times, or from the bytes that
// it received; a receipt's proof grows with the ledger.
func tellApart(t *testing.T, times map[bool][]time.Duration, sizes map[bool]map[int]bool) {
	t.Helper()
	p := rankTest(times[true], times[false])
	t.Logf("p = %.2g, medians %s with a hit, %s without", p, median(times[true]), median(times[false]))
	if p < told {
		t.Error("hits are told from the time")
	}
	if d := len(sizes[true]) - len(sizes[false]); d < -2 || d > 2 {
		t.Errorf("hits are told from the bytes: %v, %v", sizes[true], sizes[false])
	}
}

// A peer that is published to right after it answered does not learn from the time that
// this takes whether its answer was a hit, which is looked up meanwhile.
func TestAttackTimeOfPublishingAfterAHit(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	const n = 40
	b.add(casework.Shared, values("hit", 0, n)...)
	watch := &stopwatch{from: wire.TypeTagsHave, to: wire.TypeTagsOffer}
	b.tap = watch.tap
	a.config = func(c *Config) { c.Manual = true }
	a.start()
	b.start()
	b.waitPublished("aa")
	a.service.Publish("bb")
	a.waitPublished("bb")
	times, sizes := map[bool][]time.Duration{}, map[bool]map[int]bool{true: {}, false: {}}
	for i := range 2 * n {
		value, hit := askedItem(i)
		spec := a.spec()
		spec.Items = []casework.ItemID{a.add(casework.Silent, value)[0].ID}
		a.add(casework.Shared, fmt.Sprintf("new%05d@example.org", i))
		_, before, _ := watch.read()
		ids := must(a.service.Ask(t.Context(), spec))(t)
		a.service.Publish("bb")
		a.waitAnswered(ids...)
		a.w.until("the set", func() bool {
			_, offered, _ := watch.read()
			pub := must(a.store.Publication(t.Context(), "bb", 1))(t)
			return offered > before && pub.Acked == uint64(i)+2
		})
		took, _, bytes := watch.read()
		times[hit] = append(times[hit], took)
		sizes[hit][bytes/64] = true
	}
	if len(a.found("bb")) != n {
		t.Fatalf("%d hits", len(a.found("bb")))
	}
	tellApart(t, times, sizes)
}

// forgetful is an answerer's store that fails where it is to note, for the first time,
// that a batch was answered: the peer breaks off after its answer.
type forgetful struct {
	Store
	mu   sync.Mutex
	seen map[casework.BatchID]bool
}

func (f *forgetful) SaveAnswer(ctx context.Context, a store.AnswerState) error {
	f.mu.Lock()
	first := a.Done && !f.seen[a.Batch]
	if first {
		f.seen[a.Batch] = true
	}
	f.mu.Unlock()
	if first {
		return errors.New("broken off")
	}
	return f.Store.SaveAnswer(ctx, a)
}

// A peer that breaks off after its answer and measures when it is asked again does not
// learn whether the answer was a hit.
func TestAttackTimeOfAskingAgain(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	const n = 40
	b.add(casework.Shared, values("hit", 0, n)...)
	watch := &stopwatch{from: wire.TypeRefusal, to: wire.TypeQueryOpen}
	b.tap = watch.tap
	b.config = func(c *Config) { c.Store = &forgetful{Store: c.Store, seen: map[casework.BatchID]bool{}} }
	a.start()
	b.start()
	b.waitPublished("aa")
	a.waitPublished("bb")
	times, sizes := map[bool][]time.Duration{}, map[bool]map[int]bool{true: {}, false: {}}
	for i := range 2 * n {
		value, hit := askedItem(i)
		spec := a.spec()
		spec.Items = []casework.ItemID{a.add(casework.Shared, value)[0].ID}
		_, before, _ := watch.read()
		a.waitAnswered(must(a.service.Ask(t.Context(), spec))(t)...)
		took, asked, bytes := watch.read()
		if asked != before+1 {
			t.Fatalf("asked again %d times", asked-before)
		}
		times[hit] = append(times[hit], took)
		sizes[hit][bytes/64] = true
	}
	if len(a.found("bb")) != n {
		t.Fatalf("%d hits", len(a.found("bb")))
	}
	tellApart(t, times, sizes)
}

// Where the peer has no padding that could leave with a tag, it gets some first: a tag
// never leaves alone.
func TestAttackRemovalWithoutPadding(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.config = func(c *Config) { c.RemoveEvery = time.Nanosecond }
	b.add(casework.Shared, values("x", 0, tagset.MinBucket)...) // a full bucket has no padding
	a.start()
	b.start()
	w.until("the first set", a.hasSet("bb", 1))
	if pub := must(b.store.Publication(t.Context(), "aa", 1))(t); len(pub.Spare) > 0 {
		t.Fatalf("%d padding tags", len(pub.Spare))
	}
	victim := casework.Evidence{
		Identifier: casework.NewIdentifier(casework.Email, values("x", 7, 8)[0]), Confidence: 1, Visibility: casework.Shared, Category: casework.Victim,
		Provenance: casework.Provenance{Source: "statement"},
	}
	must(b.store.AddItems(t.Context(), casework.CaseID{1}, []casework.Evidence{victim}))(t)
	b.service.Publish("aa")
	w.until("the third set", a.hasSet("bb", 3))
	var removed []uint32
	for _, body := range w.entries("bb", entry.TypeTagsPublished) {
		removed = append(removed, body.(*entry.TagsPublished).Removed)
	}
	if len(removed) != 3 || removed[1] != 0 || removed[2] != deltaBucket {
		t.Errorf("tags that left with each set: %d", removed)
	}
}
