package replica_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
)

func TestOneReplica(t *testing.T) {
	_, p := found(t, "nl-police")
	for i := range 5 {
		if got := p[0].add(t, erase(i), false); got != uint64(i+1) {
			t.Errorf("entry %d has index %d", i, got)
		}
	}
	size, root := p[0].replica.Certified().Size, p[0].replica.Certified().Root
	p[0].stop(t)
	// from the tiles alone, as an overseer would
	if err := tiles.NewReader(tiles.Dir(os.DirFS(filepath.Join(p[0].dir, "tiles"))), size).Check(t.Context(), root); err != nil {
		t.Error(err)
	}
}

func TestThreeReplicas(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	var wg sync.WaitGroup
	for _, q := range p {
		for i := range 10 {
			wg.Go(func() { q.add(t, erase(i), false) })
		}
	}
	wg.Wait()
	var hashes []entry.Hash
	for _, q := range p {
		q.until(t, func(s *state.State) bool { return s.Size() == 1+3+30 })
		q.replica.View(func(s *state.State) { hashes = append(hashes, s.Hash()) })
	}
	if hashes[0] != hashes[1] || hashes[1] != hashes[2] {
		t.Error("the replicas' states differ")
	}
	// a fact with a key is logged once, whoever repeats it
	var terms agreement.Agreement
	p[1].replica.View(func(s *state.State) { terms = s.Agreement() })
	terms.Version++
	q := &entry.AgreementPropose{Agreement: terms.Bytes()}
	first := p[1].add(t, q, false)
	if again := p[1].add(t, q, true); again != first {
		t.Errorf("the same fact is logged as %d and %d", first, again)
	}
}

func TestRejectionIsTold(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu")
	for _, q := range p { // from the leader, and over the wire
		_, err := q.replica.Append(t.Context(), &entry.AgreementApprove{Agreement: entry.Hash{1}})
		if !errors.Is(err, replica.ErrRejected) || !errors.Is(err, state.ErrOrder) {
			t.Errorf("%s: %v", q.id, err)
		}
		q.add(t, erase(0), false) // and the chain goes on
	}
}

func TestNoQuorumNoReceipt(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[0].add(t, erase(0), false)
	m.cutOff("fr-fiu", true)
	m.cutOff("gb-hotline", true)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if _, err := p[0].replica.Append(ctx, erase(1)); !errors.Is(err, replica.ErrNoQuorum) {
		t.Fatalf("without a quorum: %v", err)
	}
	m.cutOff("fr-fiu", false)
	m.cutOff("gb-hotline", false)
	p[0].add(t, erase(2), false) // works again when they are back
}

func TestLeaderDies(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	index := p[1].add(t, erase(0), false)
	for p[1].replica.Voting() < 3 { // the newest voter has no vote in raft before it has caught up
		index = p[1].add(t, erase(0), false)
	}
	hash := p[0].genesisHash(t)
	p[0].stop(t) // it founded the network and leads
	p[1].add(t, erase(1), false)
	p[2].add(t, erase(2), false)
	// the old leader comes back with all that was acknowledged
	p[0].start(t, hash, nil)
	p[0].until(t, func(s *state.State) bool { return s.Size() >= index+3 })
	p[0].add(t, erase(3), false)
	_ = m
}

func (p *party) genesisHash(t testing.TB) entry.Hash {
	t.Helper()
	var h entry.Hash
	p.replica.View(func(s *state.State) { h = s.Genesis() })
	return h
}

func TestRestartKeepsEverything(t *testing.T) {
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	var last uint64
	for i := range 300 { // more than a bundle
		last = p[0].add(t, erase(i), false)
	}
	var before entry.Hash
	p[0].replica.View(func(s *state.State) { before = s.Hash() })
	p[0].stop(t)
	p[0].start(t, hash, nil)
	p[0].until(t, func(s *state.State) bool { return s.Size() == last+1 })
	p[0].replica.View(func(s *state.State) {
		if s.Hash() != before {
			t.Error("the state differs after a restart")
		}
	})
	p[0].add(t, erase(0), false)
}

func TestOthersEntriesAndStrangersAreDenied(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu")
	foreign, err := entry.Sign(entry.Header{Network: network, Agency: "nl-police", Seq: 9, Prev: entry.Hash{1}, Time: time.Now().UnixMilli()}, erase(1), p[1].key)
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"another's entry": func() error {
			_, err := p[0].replica.Serve(t.Context(), "fr-fiu", "submit", submission(foreign))
			return err
		},
		"a stranger": func() error {
			_, err := p[0].replica.Serve(t.Context(), "xx-nobody", "size", nil)
			return err
		},
		"not the leader's checkpoint": func() error {
			_, err := p[0].replica.Serve(t.Context(), "fr-fiu", "cosign", p[0].replica.Certified().Note)
			return err
		},
		"garbage":        func() error { _, err := p[0].replica.Serve(t.Context(), "fr-fiu", "submit", []byte("x")); return err },
		"unknown method": func() error { _, err := p[0].replica.Serve(t.Context(), "fr-fiu", "drop", nil); return err },
		"too large": func() error {
			_, err := p[0].replica.Serve(t.Context(), "fr-fiu", "submit", make([]byte, replica.MaxCall+1))
			return err
		},
	} {
		if err := call(); !errors.Is(err, replica.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A voter whose own leaves hash to something else does not sign: it keeps the
// evidence and stops, and does not start again.
func TestAnotherRootIsAnAlarm(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[0].add(t, erase(0), false)
	c := p[1].replica.Certified().Checkpoint
	c.Root[0] ^= 1
	p[1].until(t, func(s *state.State) bool { return s.Size() >= c.Size })
	// unsigned it proves nothing, and stops nobody
	if _, err := p[1].replica.Serve(t.Context(), "nl-police", "cosign", []byte(c.Text()+"\n")); !errors.Is(err, replica.ErrDenied) || errors.Is(err, replica.ErrAlarm) {
		t.Fatalf("another root, unsigned: %v", err)
	}
	if err := p[1].replica.Err(); err != nil {
		t.Fatalf("it stopped: %v", err)
	}
	lines, err := checkpoint.Sign(c, p[0].log, p[0].cosign)
	if err != nil {
		t.Fatal(err)
	}
	note := checkpoint.Assemble(c, lines)
	if err := p[0].whileLeading(t, func() error {
		_, err := p[1].replica.Serve(t.Context(), "nl-police", "cosign", note)
		return err
	}); !errors.Is(err, replica.ErrAlarm) {
		t.Fatalf("another root: %v", err)
	}
	if err := <-p[1].done; !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("the replica goes on: %v", err)
	}
	p[1].done <- nil
	if _, err := p[1].replica.Append(t.Context(), erase(1)); !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("it appends after an alarm: %v", err)
	}
	if seen, err := os.ReadFile(filepath.Join(p[1].dir, "evidence", "seen")); err != nil || string(seen) != string(note) {
		t.Errorf("evidence: %q, %v", seen, err)
	}
	if _, err := replica.Open(p[1].config(entry.Hash{1})); !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("it starts again: %v", err)
	}
	p[0].add(t, erase(2), false) // the others have a quorum without it
}

// A newcomer whose invitation names another first entry takes nothing.
func TestForeignGenesisIsRefused(t *testing.T) {
	m, p := found(t, "nl-police")
	other := m.party(t, "fr-fiu")
	other.start(t, entry.Hash{7}, nil)
	p[0].replicaPropose(t, other)
	if err := <-other.done; !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("%v", err)
	}
	other.done <- nil
}

// replicaPropose proposes without waiting for certification, which needs the newcomer.
func (p *party) replicaPropose(t *testing.T, other *party) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.replica.Append(ctx, &entry.MemberPropose{Member: other.member}); err != nil && !errors.Is(err, replica.ErrNoQuorum) {
		t.Fatal(err)
	}
}
