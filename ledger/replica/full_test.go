package replica_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
)

// TestFullDisk fills a real disk under a replica, frees it again, and starts the
// replica anew. It needs a small disk of its own, such as
//
//	mount -t tmpfs -o size=64m tmpfs /mnt/small && CROSSCASE_SMALL_DISK=/mnt/small go test ./ledger/replica -run FullDisk -count=20
func TestFullDisk(t *testing.T) {
	disk := os.Getenv("CROSSCASE_SMALL_DISK")
	if disk == "" {
		t.Skip("CROSSCASE_SMALL_DISK names no small disk")
	}
	dir, err := os.MkdirTemp(disk, "full-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := newMesh().party(t, "nl-police")
	p.dir = filepath.Join(dir, "ledger")
	genesis := p.genesis(t)
	p.start(t, genesis.Hash(), &genesis)
	p.add(t, erase(0), false)

	acknowledged := map[uint64]entry.Hash{}
	filler := filepath.Join(dir, "filler")
	for at, i := rand.IntN(400), 0; ; i++ {
		if i == at {
			fill(t, filler)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		rec, err := p.replica.Append(ctx, erase(i))
		cancel()
		if err != nil {
			break
		}
		v, err := rec.Verify(p.replica.Policy())
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[v.Index] = v.Entry.Hash()
		if i > 5000 {
			t.Fatal("the disk is never full")
		}
	}
	select {
	case err := <-p.done:
		if err == nil || !strings.Contains(err.Error(), "space") || !strings.Contains(err.Error(), "start the node again") {
			t.Errorf("it does not say what to do: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("it goes on: %v", p.replica.Err())
	}
	p.done <- nil
	p.stop(t)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.start(t, genesis.Hash(), nil)
	p.add(t, erase(1), false)
	for index, want := range acknowledged {
		if e, _, err := p.replica.Entry(index); err != nil || e.Hash() != want {
			t.Errorf("entry %d was acknowledged and is lost: %v", index, err)
		}
	}
	p.add(t, erase(2), false)
	t.Logf("%d acknowledged before the disk was full", len(acknowledged))
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
