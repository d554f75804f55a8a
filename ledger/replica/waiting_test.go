package replica_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
)

// untilStatus waits for a status.
func (p *party) untilStatus(t *testing.T, ok func(replica.Status) bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		changed := p.replica.Changed()
		if ok(p.replica.Status()) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s: %+v", p.id, p.replica.Status())
		}
	}
}

// A call to a leader that never answers ends, and the entry goes to whoever leads
// then, once.
func TestCallToALeaderThatHangs(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	voting(t, p)
	p[1].hangs.Store(true)
	appended := make(chan error, 1)
	go func() {
		_, err := p[1].replica.Append(t.Context(), erase(77))
		appended <- err
	}()
	if err := p[0].whileLeading(t, func() error { return p[0].replica.LetLead("gb-hotline") }); err != nil {
		t.Fatal(err)
	}
	p[1].untilStatus(t, func(s replica.Status) bool { return s.Leader == "gb-hotline" })
	p[1].hangs.Store(false)
	if err := <-appended; err != nil {
		t.Fatal(err)
	}
	once := 0
	for i := range p[1].replica.Status().Entries {
		e, _, err := p[1].replica.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := e.Body.(*entry.Erase); ok && e.Agency == "fr-fiu" && b.Count == 78 {
			once++
		}
	}
	if once != 1 {
		t.Errorf("it is logged %d times", once)
	}
}

// A leader whose disk does not answer leads no longer than an election takes; the
// others log entries meanwhile, and it goes on when the disk does.
func TestLeaderWhoseDiskHangs(t *testing.T) {
	m := newMesh()
	first := m.party(t, "nl-police")
	var mu sync.Mutex
	hung := false
	freed := make(chan struct{})
	first.slow = func() {
		mu.Lock()
		wait := hung
		mu.Unlock()
		if wait {
			<-freed
		}
	}
	g := first.genesis(t)
	first.start(t, g.Hash(), &g)
	p := admit(t, m, first, "fr-fiu", "gb-hotline")
	voting(t, p)
	mu.Lock()
	hung = true
	mu.Unlock()
	p[1].add(t, erase(1), false)
	p[2].add(t, erase(2), false)
	p[1].untilStatus(t, func(s replica.Status) bool { return s.Leader != "" && s.Leader != "nl-police" })
	mu.Lock()
	hung = false
	mu.Unlock()
	close(freed)
	p[0].add(t, erase(3), false)
}

// A disk that is nearly full takes no entry of its own node, which says why, and
// another voter leads.
func TestDiskNearlyFull(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	voting(t, p)
	p[0].full.Store(true)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := p[0].replica.Append(ctx, erase(1))
		cancel()
		if errors.Is(err, replica.ErrSpace) {
			break
		}
		if err != nil {
			t.Fatalf("nearly full: %v", err)
		}
	}
	p[1].untilStatus(t, func(s replica.Status) bool { return s.Leader != "" && s.Leader != "nl-police" })
	p[1].add(t, erase(2), false)
	p[0].full.Store(false)
	for {
		_, err := p[0].replica.Append(t.Context(), erase(3))
		if err == nil {
			break
		}
		if !errors.Is(err, replica.ErrSpace) {
			t.Fatal(err)
		}
		<-p[0].replica.Changed()
	}
}
