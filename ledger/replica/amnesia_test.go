package replica_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
)

// voting waits until all vote in raft's own configuration.
func voting(t *testing.T, p []*party) {
	t.Helper()
	for i := 0; p[0].replica.Voting() < len(p) || p[1].replica.Voting() < len(p); i++ {
		p[0].add(t, erase(i), false)
	}
}

// logged checks that an entry is the one that a receipt was given for.
func (p *party) logged(t *testing.T, receipts map[uint64]entry.Hash) {
	t.Helper()
	for index, want := range receipts {
		p.until(t, func(s *state.State) bool { return s.Size() > index })
		if e, _, err := p.replica.Entry(index); err != nil || e.Hash() != want {
			t.Errorf("%s: entry %d was receipted and is another: %v", p.id, index, err)
		}
	}
}

func (p *party) receipted(t *testing.T, n int, receipts map[uint64]entry.Hash) {
	t.Helper()
	for i := range n {
		rec, err := p.replica.Append(t.Context(), erase(i))
		if err != nil {
			t.Fatalf("%s: %v", p.id, err)
		}
		v, err := rec.Verify(p.replica.Policy())
		if err != nil {
			t.Fatal(err)
		}
		receipts[v.Index] = v.Entry.Hash()
	}
}

// What can happen to a ledger folder while its node is stopped.
var losses = map[string]func(t *testing.T, dir, older string){
	"deleted": func(t *testing.T, dir, _ string) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	},
	"older": func(t *testing.T, dir, older string) {
		if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(older))); err != nil {
			t.Fatal(err)
		}
	},
	"without its journal": func(t *testing.T, dir, _ string) {
		if err := os.Remove(filepath.Join(dir, "signed")); err != nil {
			t.Fatal(err)
		}
	},
	"without its log": func(t *testing.T, dir, _ string) {
		if err := os.RemoveAll(filepath.Join(dir, "raft")); err != nil {
			t.Fatal(err)
		}
	},
	"with another's log": func(t *testing.T, dir, older string) {
		raft := filepath.Join(dir, "raft")
		if err := errors.Join(os.RemoveAll(raft), os.CopyFS(raft, os.DirFS(filepath.Join(older, "raft")))); err != nil {
			t.Fatal(err)
		}
	},
	"with a changed journal": func(t *testing.T, dir, _ string) {
		path := filepath.Join(dir, "signed")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/3] ^= 1
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	},
}

// One voter is away while two certify; one of the two stops; the other loses its
// folder. The two that are left certify nothing until the one that knows is back,
// and then everything that was receipted is there.
func TestNoSecondHistory(t *testing.T) {
	for loss, lose := range losses {
		for lost := range 3 {
			for stopped := range 3 {
				one := lost == 1 && stopped == 0
				if stopped == lost || !one && (testing.Short() || loss != "deleted" && loss != "older") {
					continue
				}
				t.Run(fmt.Sprintf("voter %d %s, voter %d stopped", lost, loss, stopped), func(t *testing.T) {
					t.Parallel()
					noSecondHistory(t, lost, stopped, 3-lost-stopped, lose)
				})
			}
		}
	}
}

func noSecondHistory(t *testing.T, lost, stopped, away int, lose func(t *testing.T, dir, older string)) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	hash := p[0].genesisHash(t)
	voting(t, p)
	receipts := map[uint64]entry.Hash{}
	p[lost].receipted(t, 2, receipts)
	p[away].until(t, func(s *state.State) bool { return s.Size() > 4 })
	p[lost].stop(t)
	older := filepath.Join(t.TempDir(), "older")
	if err := os.CopyFS(older, os.DirFS(p[lost].dir)); err != nil {
		t.Fatal(err)
	}
	p[lost].start(t, hash, nil)
	p[away].stop(t)
	p[lost].receipted(t, 3, receipts)
	p[stopped].receipted(t, 2, receipts)
	p[stopped].stop(t)
	p[lost].stop(t)
	lose(t, p[lost].dir, older)

	p[lost].start(t, hash, nil)
	p[away].start(t, hash, nil)
	var g sync.WaitGroup
	for _, q := range []*party{p[away], p[lost]} {
		g.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			if rec, err := q.replica.Append(ctx, erase(9)); !errors.Is(err, replica.ErrNoQuorum) {
				index, _ := rec.Index()
				t.Errorf("%s: entry %d of a second history: %v", q.id, index, err)
			}
		})
	}
	g.Wait()
	if p[lost].replica.Status().Waiting == "" {
		t.Error("nothing says for what it waits")
	}
	p[stopped].start(t, hash, nil) // the way back
	for _, q := range p {
		q.logged(t, receipts)
		q.receipted(t, 1, receipts)
		if err := q.replica.Err(); err != nil {
			t.Errorf("%s: %v", q.id, err)
		}
	}
	for _, q := range p {
		q.logged(t, receipts)
	}
	_ = m
}

// A machine whose disk was put back as a whole, file by file in its place, is told by
// the others, who remember its later start.
func TestAttackOlderImageInPlace(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	hash := p[0].genesisHash(t)
	voting(t, p)
	receipts := map[uint64]entry.Hash{}
	p[1].receipted(t, 1, receipts)
	p[1].stop(t)
	older := map[string][]byte{}
	for _, path := range files(t, p[1].dir) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		older[path] = data
	}
	p[1].start(t, hash, nil)
	p[1].receipted(t, 2, receipts)
	p[1].stop(t)
	for _, path := range files(t, p[1].dir) {
		if data, ok := older[path]; !ok {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else if filepath.Base(path) != "signed" {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// the journal as if its file were the one that it was written to
	now, err := os.ReadFile(filepath.Join(p[1].dir, "signed"))
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.PutBack(filepath.Join(p[1].dir, "signed"), older[filepath.Join(p[1].dir, "signed")]); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(now, older[filepath.Join(p[1].dir, "signed")]) {
		t.Fatal("nothing was signed in between")
	}
	p[1].start(t, hash, nil)
	p[1].logged(t, receipts)
	p[1].receipted(t, 1, receipts)
	for _, q := range p {
		q.logged(t, receipts)
		if err := q.replica.Err(); err != nil {
			t.Errorf("%s: %v", q.id, err)
		}
	}
	if p[1].said.times("takes part again") == 0 {
		t.Error("it took part as if nothing had happened")
	}
}

// files lists the files below a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Two of two voters: the one that lost its folder comes back by what the other tells.
func TestTwoVotersOneFolderLost(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu")
	hash := p[0].genesisHash(t)
	voting(t, p)
	receipts := map[uint64]entry.Hash{}
	for _, q := range p {
		q.receipted(t, 2, receipts)
	}
	for _, q := range p {
		q.stop(t)
		if err := os.RemoveAll(q.dir); err != nil {
			t.Fatal(err)
		}
		q.start(t, hash, nil)
		q.logged(t, receipts)
		q.receipted(t, 1, receipts)
	}
	for _, q := range p {
		q.logged(t, receipts)
	}
}

// Whoever founded the network does not found it again where its folder is gone.
func TestFounderDoesNotFoundAgain(t *testing.T) {
	m := newMesh()
	p := m.party(t, "nl-police")
	g := p.genesis(t)
	p.start(t, g.Hash(), &g)
	p.add(t, erase(0), false)
	p.stop(t)
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	p.start(t, g.Hash(), &g)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := p.replica.Append(ctx, erase(1)); !errors.Is(err, replica.ErrNoQuorum) {
		t.Errorf("it began a second history: %v", err)
	}
}
