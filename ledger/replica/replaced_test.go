package replica_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// identity is what the operator of a voter that lost its folder reads out.
func (p *party) identity(t *testing.T) entry.Identity {
	t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		changed := p.replica.Changed()
		if id, ok := p.replica.Returning(); ok && p.replica.Status().Waiting != "" {
			return id
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s waits for nobody: %+v", p.id, p.replica.Status())
		}
	}
}

// A voter whose disk is lost while another stays away begins again by an entry that
// the members approve, once: an image of its disk from before that does not.
func TestReplacedDisk(t *testing.T) {
	m := newMesh()
	first := m.party(t, "nl-police")
	first.voters = 5
	g := first.genesis(t)
	first.start(t, g.Hash(), &g)
	p := admit(t, m, first, "fr-fiu", "gb-hotline", "de-bka", "es-guardia")
	promoted(t, p)
	receipts := map[uint64]entry.Hash{}
	for _, q := range p {
		q.receipted(t, 2, receipts)
	}
	away, lost := p[3], p[4]
	away.stop(t)
	lost.stop(t)
	if err := os.RemoveAll(lost.dir); err != nil {
		t.Fatal(err)
	}
	lost.start(t, g.Hash(), nil)
	identity := lost.identity(t)
	p[0].receipted(t, 1, receipts)
	lost.stop(t)
	returning, err := os.ReadFile(filepath.Join(lost.dir, "signed"))
	if err != nil {
		t.Fatal(err)
	}
	lost.start(t, g.Hash(), nil)
	if again := lost.identity(t); again != identity {
		t.Fatalf("started again, it calls itself %s and not %s", again, identity)
	}
	approve := &entry.VoterReplace{Agency: lost.id, Identity: identity}
	p[0].add(t, approve, false)
	p[1].add(t, approve, false)
	if lost.replica.Status().Waiting == "" {
		t.Error("two of five approve, and it takes part")
	}
	p[2].add(t, approve, false)
	lost.receipted(t, 2, receipts)
	away.start(t, g.Hash(), nil)
	for _, q := range p {
		q.logged(t, receipts)
		q.receipted(t, 1, receipts)
		if err := q.replica.Err(); err != nil {
			t.Errorf("%s: %v", q.id, err)
		}
	}

	away.stop(t)
	lost.stop(t)
	if err := os.RemoveAll(lost.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(lost.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lost.dir, "signed"), returning, 0o600); err != nil {
		t.Fatal(err)
	}
	lost.start(t, g.Hash(), nil)
	if again := lost.identity(t); again != identity {
		t.Fatalf("the image calls itself %s", again)
	}
	p[0].receipted(t, 3, receipts)
	size := p[0].replica.Certified().Size
	lost.until(t, func(s *state.State) bool { return s.Size() >= size })
	if s := lost.replica.Status(); s.Waiting == "" || !strings.Contains(s.Waiting, "de-bka") {
		t.Errorf("one replacement serves twice: it waits for %q", s.Waiting)
	}
	away.start(t, g.Hash(), nil)
	lost.receipted(t, 1, receipts)
}
