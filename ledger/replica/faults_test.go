package replica_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// A byte that changed on the disk is noticed before the node says anything.
func TestFlippedByteIsNoticed(t *testing.T) {
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	var wg sync.WaitGroup
	for i := range 260 { // so that a bundle is full, and not looked at to append
		wg.Go(func() {
			if _, err := p[0].replica.Append(t.Context(), erase(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p[0].stop(t)
	bundle := filepath.Join(p[0].dir, "tiles", "tile", "entries", "000")
	data, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	data[9] ^= 1 // the append time of the first entry, which nobody signed
	if err := os.WriteFile(bundle, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Open(p[0].config(hash)); !errors.Is(err, replica.ErrDamaged) || !strings.Contains(err.Error(), "entry 0") || !strings.Contains(err.Error(), "take the ledger folder away") {
		t.Errorf("it opens: %v", err)
	}
}

// A partial tile that an earlier checkpoint needed, and nobody does now, may be
// anything: the node starts.
func TestLeftoverTileStopsNobody(t *testing.T) {
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	for i := range 3 {
		p[0].add(t, erase(i), false)
	}
	p[0].stop(t)
	if err := os.WriteFile(filepath.Join(p[0].dir, "tiles", "tile", "0", "000.p", "1"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	p[0].start(t, hash, nil)
	p[0].add(t, erase(3), false)
}

// A voter that cannot note what it signs says why it stops, instead of being a
// voter that does not answer.
func TestJournalThatCannotBeWritten(t *testing.T) {
	_, p := found(t, "nl-police")
	p[0].add(t, erase(0), false)
	journal := filepath.Join(p[0].dir, "signed")
	if err := os.Remove(journal); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(journal, "in the way"), 0o700); err != nil { // a folder cannot be replaced by a file
		t.Fatal(err)
	}
	if _, err := p[0].replica.Append(t.Context(), erase(1)); err == nil || !strings.Contains(err.Error(), "start the node again") {
		t.Errorf("%v", err)
	}
	if err := <-p[0].done; err == nil || !strings.Contains(err.Error(), "what was signed cannot be noted") {
		t.Errorf("it goes on: %v", err)
	}
	p[0].done <- nil
}

// A node that starts alone knows its members and what was certified, and answers
// nothing; with a quorum it goes on.
func TestStartsWithoutQuorum(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	hash := p[0].genesisHash(t)
	for i := 0; i == 0 || p[0].replica.Voting() < 3 || p[1].replica.Voting() < 3; i++ {
		p[1].add(t, erase(i), false)
	}
	size := p[1].replica.Certified().Size
	for _, q := range p {
		q.stop(t)
	}
	p[1].start(t, hash, nil)
	p[1].replica.View(func(s *state.State) {
		if s.Size() < size || len(s.Voters()) != 3 {
			t.Errorf("it knows %d entries and %d voters", s.Size(), len(s.Voters()))
		}
	})
	if p[1].replica.Certified().Size != size {
		t.Error("it forgot what was certified")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := p[1].replica.Append(ctx, erase(1)); !errors.Is(err, replica.ErrNoQuorum) {
		t.Errorf("alone: %v", err)
	}
	if _, err := p[1].replica.Serve(t.Context(), "xx-nobody", "size", nil); !errors.Is(err, replica.ErrDenied) {
		t.Errorf("a stranger, before raft has replayed: %v", err)
	}
	p[0].start(t, hash, nil)
	p[1].add(t, erase(2), false)
	_ = m
}

// What was acknowledged is there after every restart, and an append right after
// the start waits for the replay instead of failing.
func TestAppendRightAfterRestart(t *testing.T) {
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	acknowledged := map[uint64]entry.Hash{}
	for i := range 12 {
		index := p[0].add(t, erase(i), false)
		e, _, err := p[0].replica.Entry(index)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[index] = e.Hash()
		if i%4 == 3 {
			p[0].stop(t)
			p[0].start(t, hash, nil)
		}
	}
	for index, want := range acknowledged {
		if e, _, err := p[0].replica.Entry(index); err != nil || e.Hash() != want {
			t.Errorf("entry %d: %v", index, err)
		}
	}
}

// An answer that is lost on the way does not log the fact twice, with a key or
// without.
func TestLostAnswer(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu")
	p[0].add(t, erase(0), false)
	var lost atomic.Int32
	p[1].after = func(method string) error {
		if method == "submit" && lost.Add(1) <= 2 {
			return errCut
		}
		return nil
	}
	var before uint64
	p[1].replica.View(func(s *state.State) { before, _ = s.Chain("fr-fiu") })
	p[1].add(t, erase(1), false)
	p[1].replica.View(func(s *state.State) {
		if seq, _ := s.Chain("fr-fiu"); seq != before+1 {
			t.Errorf("the fact was logged %d times", seq-before)
		}
	})
}

// A newcomer whom the log no longer reaches back to gets a snapshot, and replays it.
func TestNewcomerGetsASnapshot(t *testing.T) {
	m, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			if _, err := p[0].replica.Append(t.Context(), erase(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := p[0].replica.Compact(); err != nil {
		t.Fatal(err)
	}
	q := m.party(t, "fr-fiu")
	q.start(t, hash, nil)
	p[0].add(t, &entry.MemberPropose{Member: q.member}, false)
	q.until(t, func(s *state.State) bool { return s.Size() >= 302 })
	var own, its entry.Hash
	p[0].replica.View(func(s *state.State) { own = s.Hash() })
	q.replica.View(func(s *state.State) { its = s.Hash() })
	if own != its {
		t.Error("the newcomer's state differs")
	}
	if q.replica.Restored() == 0 {
		t.Error("the newcomer replayed the log and no snapshot")
	}
	q.add(t, erase(0), false)
	dir := p[0].dir
	p[0].stop(t)
	if first, err := replica.FirstLog(dir); err != nil || first < 100 {
		t.Errorf("the log begins at %d, so nothing needed a snapshot: %v", first, err)
	}
	// and whoever wrote the snapshot starts from it
	p[0].start(t, hash, nil)
	p[0].add(t, erase(1), false)
}

func TestManyAtOnce(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			rec, err := p[i%3].replica.Append(t.Context(), erase(i))
			if err != nil {
				t.Error(err)
				return
			}
			v, err := rec.Verify(p[i%3].replica.Policy())
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if seen[v.Index] {
				t.Errorf("entry %d acknowledges two appends", v.Index)
			}
			seen[v.Index] = true
		})
	}
	wg.Wait()
	if len(seen) != 200 {
		t.Errorf("%d acknowledged", len(seen))
	}
}

func benchmark(b *testing.B, replicas, clients int) {
	ids := []casework.AgencyID{"nl-police", "fr-fiu", "gb-hotline"}
	_, p := found(b, ids[:replicas]...)
	var n atomic.Int64
	b.ResetTimer()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				if _, err := p[0].replica.Append(b.Context(), erase(int(i))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkOneReplicaOneClient(b *testing.B)    { benchmark(b, 1, 1) }
func BenchmarkOneReplica16Clients(b *testing.B)    { benchmark(b, 1, 16) }
func BenchmarkThreeReplicasOneClient(b *testing.B) { benchmark(b, 3, 1) }
func BenchmarkThreeReplicas16Clients(b *testing.B) { benchmark(b, 3, 16) }
