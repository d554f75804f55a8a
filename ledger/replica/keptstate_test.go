package replica_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
)

// filled is a replica that keeps a state of some hundred entries, and is stopped.
func filled(t *testing.T) (*party, entry.Hash) {
	t.Helper()
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	var g sync.WaitGroup
	for i := range 300 {
		g.Go(func() {
			if _, err := p[0].replica.Append(t.Context(), erase(i)); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if err := p[0].replica.Compact(); err != nil {
		t.Fatal(err)
	}
	p[0].add(t, erase(300), false)
	p[0].stop(t)
	return p[0], hash
}

// A start goes on from the state that was kept with the last snapshot, and comes to the
// same as a replay of everything.
func TestStartsFromTheKeptState(t *testing.T) {
	p, hash := filled(t)
	p.start(t, hash, nil)
	if n := p.replica.Unchecked(); n < 300 {
		t.Errorf("the start passed over %d leaves", n)
	}
	p.add(t, erase(1), false)
	var kept entry.Hash
	p.replica.View(func(s *state.State) { kept = s.Hash() })
	p.stop(t)
	removeStates(t, p.dir)
	p.start(t, hash, nil)
	if n := p.replica.Unchecked(); n > 0 {
		t.Errorf("without a kept state, the start passed over %d leaves", n)
	}
	p.until(t, func(s *state.State) bool { return s.Hash() == kept })
	p.add(t, erase(2), false)
}

func removeStates(t *testing.T, dir string) {
	t.Helper()
	for _, path := range states(t, dir) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func states(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "state-*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	return paths
}

// A kept state of which a byte changed, or that is of other entries, is not used.
func TestDamagedKeptStateIsNotUsed(t *testing.T) {
	p, hash := filled(t)
	path := states(t, p.dir)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{3, 20, 30, 100, len(data) - 1} {
		bad := slices.Clone(data)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := replica.Open(p.config(hash))
		if err != nil || r.Unchecked() > 0 {
			t.Errorf("byte %d changed: it is used, %v", at, err)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t, hash, nil)
	p.add(t, erase(1), false)
}

// A byte that changed before the kept state is found while the node runs.
func TestFlippedByteBeforeTheKeptState(t *testing.T) {
	p, hash := filled(t)
	bundle := filepath.Join(p.dir, "tiles", "tile", "entries", "000")
	data, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	data[9] ^= 1
	if err := os.WriteFile(bundle, data, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t, hash, nil)
	if err := <-p.done; !errors.Is(err, replica.ErrDamaged) {
		t.Errorf("it goes on: %v", err)
	}
	p.done <- nil
}
