package match

import (
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func (p *party) holdItem(a store.Added) {
	p.w.t.Helper()
	if err := p.store.Hold(p.w.t.Context(), store.Hold{Item: a.ID, At: time.Now(), Reason: "arrests"}); err != nil {
		p.w.t.Fatal(err)
	}
}

// A set that waits for an absent peer when one of its items is held does not reach it:
// the peer is published to anew, without that item.
func TestAttackSetThatWaitedBringsAHeldItem(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	added := b.add(casework.Shared, "held@example.org", "other@example.org")
	b.meet()
	b.newService()
	if err := b.service.prepare(t.Context(), "aa", nil); err != nil { // and then the peer is away
		t.Fatal(err)
	}
	b.holdItem(added[0])
	a.add(casework.Silent, "held@example.org", "other@example.org")
	b.start()
	a.start()
	b.waitPublished("aa")
	a.waitPublished("bb")
	w.until("the set", func() bool { s, err := a.store.PeerSet(t.Context(), "bb"); return err == nil && s.Number > 0 })
	a.waitAnswered(a.ask()...)
	if got := a.found("bb"); len(got) != 1 || got[0] != "other@example.org" {
		t.Errorf("the asker finds %v", got)
	}
}

// What was logged to be asked and is held before the peer was there is not asked; what
// else was in the batch counts as not asked.
func TestAttackBatchThatWaitedAsksOfAHeldItem(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.add(casework.Shared, "held@example.org", "other@example.org")
	added := a.add(casework.Shared, "held@example.org", "other@example.org")
	a.start()
	ids := a.ask()
	w.until("the entry", func() bool { return must(a.store.Batch(t.Context(), ids[0]))(t).Logged })
	a.holdItem(added[0])
	b.start()
	a.waitAnswered(ids...)
	if pr := a.progress(ids[0], "bb"); pr.Refusal != "items-held-back" || pr.NextPart != 0 {
		t.Errorf("the batch with a held item: %+v", pr)
	}
	if answers := w.entries("bb", entry.TypeAnswer); len(answers) != 0 {
		t.Errorf("%d answers", len(answers))
	}
	a.waitAnswered(a.ask()...)
	if got := a.found("bb"); len(got) != 1 || got[0] != "other@example.org" {
		t.Errorf("asked again, the asker finds %v", got)
	}
}
