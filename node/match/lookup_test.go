package match

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// A wholeStore counts how often all tags of a peer are read for hits.
type wholeStore struct {
	Store
	whole atomic.Int32
}

func (s *wholeStore) Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) ([]store.Hit, error) {
	s.whole.Add(1)
	return s.Store.Hits(ctx, peer, epoch)
}

// A node that is stopped and started looks up what came meanwhile and not everything
// again; one that crashed looks up everything.
func TestStartLooksUpWhatIsLeft(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	counted := &wholeStore{Store: a.store}
	a.config = func(c *Config) { c.Store = counted }
	a.add(casework.Shared, values("x", 0, 40)...)
	b.add(casework.Shared, values("x", 20, 60)...)
	a.start()
	b.start()
	a.waitPublished("bb")
	b.waitPublished("aa")
	a.waitAnswered(a.ask()...)
	a.w.until("leads", func() bool { return len(a.found("bb")) == 20 })
	a.w.until("a stop with nothing left to look up", func() bool {
		a.halt()
		if left, err := a.store.Meta(t.Context(), lookedUpTo("bb")); err == nil && len(left) > 0 {
			return true
		}
		a.start()
		return false
	})
	before := counted.whole.Load()
	if before == 0 {
		t.Fatal("the first start looked nothing up")
	}
	a.start()
	b.add(casework.Shared, values("x", 10, 20)...)
	b.service.Publish("aa")
	a.w.until("leads upon what came later", func() bool { return len(a.found("bb")) == 30 })
	a.halt()
	if got := counted.whole.Load(); got != before {
		t.Errorf("all tags were read %d times more", got-before)
	}
	if err := a.store.PutMeta(t.Context(), lookedUpTo("bb"), nil); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	a.start()
	a.w.until("everything to be looked up", func() bool { return counted.whole.Load() > before })
}
