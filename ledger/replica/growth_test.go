//go:build unix

package replica_test

import (
	"context"
	"encoding/binary"
	"flag"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// growth is how many entries TestGrowth measures with; 0: it is passed over.
var growth = flag.Int("growth", 0, "entries of a ledger whose refill and restart are measured")

// A library serves a ledger that was written in one go, as the only voter would.
type library struct {
	tiles *tiles.Store
	note  []byte
}

func (l *library) Call(ctx context.Context, _ casework.AgencyID, method string, request []byte) ([]byte, error) {
	switch method {
	case "note":
		return l.note, nil
	case "hello":
		return canon.Encode(map[int]any{1: true, 2: nil, 3: nil, 4: l.tiles.Size(), 5: 0, 6: 0, 7: 0}), nil
	case "follow":
		if binary.BigEndian.Uint64(request) < l.tiles.Size() {
			return append([]byte{0}, l.note...), nil
		}
		<-ctx.Done()
		return nil, ctx.Err()
	case "leaves":
		var out []byte
		for i := binary.BigEndian.Uint64(request); i < l.tiles.Size(); i += 256 - i%256 {
			page, err := l.tiles.Bundle(i / 256)
			if err != nil {
				return nil, err
			}
			for _, leaf := range page[i%256:] {
				if len(out)+2+len(leaf) > replica.MaxAnswer {
					return out, nil
				}
				out = append(binary.BigEndian.AppendUint16(out, uint16(len(leaf))), leaf...)
			}
		}
		return out, nil
	}
	return nil, errCut
}

// write fills the library with entries of a network of two, of which one votes.
func write(t *testing.T, n int) (l *library, genesis entry.Entry, member *party) {
	t.Helper()
	voter, other := ledgertest.NewParty(t, network, "nl-police"), ledgertest.NewParty(t, network, "fr-fiu")
	terms := agreement.Default(network)
	terms.Voters, terms.EntriesPerDay, terms.BytesPerDay = 1, 1<<30, 1<<40
	store, err := tiles.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var seq uint64
	var prev entry.Hash
	at := time.Now().UnixMilli()
	add := func(b entry.Body) entry.Entry {
		seq++
		e, err := entry.Sign(entry.Header{Network: network, Agency: voter.ID, Seq: seq, Prev: prev, Time: at}, b, voter.Key)
		if err != nil {
			t.Fatal(err)
		}
		prev = e.Hash()
		if err := store.Append(entry.Leaf(at, e.Raw())); err != nil {
			t.Fatal(err)
		}
		return e
	}
	genesis = add(&entry.Genesis{Agreement: terms.Bytes(), Founder: voter.Signed(t)})
	add(&entry.MemberPropose{Member: other.Signed(t)})
	for i := range n - 2 {
		add(&entry.Erase{What: "item", Count: uint32(i + 1), Reason: strings.Repeat("r", 64)})
	}
	size, root := store.Root()
	c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
	note := checkpoint.Assemble(c, voter.Cosign(t, c, time.Now()))
	if err := store.Publish(c, note); err != nil {
		t.Fatal(err)
	}
	p := &party{mesh: newMesh(), id: other.ID, dir: filepath.Join(t.TempDir(), "replica"), key: other.Key, log: other.Log, cosign: other.Cosigner}
	return &library{store, note}, genesis, p
}

// TestGrowth prints what a large ledger costs a replica: go test ./ledger/replica -run
// TestGrowth -growth 1000000 -v.
func TestGrowth(t *testing.T) {
	n := *growth
	if n == 0 {
		t.Skip("-growth says how many entries")
	}
	begin := time.Now()
	l, genesis, p := write(t, n)
	t.Logf("%d entries of %d bytes written in %s", n, len(lastLeaf(t, l))-8, time.Since(begin).Round(time.Millisecond))
	debug.FreeOSMemory()
	run := func() (r *replica.Replica, stop func()) {
		cfg := p.config(genesis.Hash())
		cfg.Caller, cfg.Listener, cfg.Logger = l, newListener(p.id), slog.New(slog.NewTextHandler(&p.said, nil))
		cfg.Peers = func() []casework.AgencyID { return []casework.AgencyID{"nl-police"} }
		cfg.Dial = func(context.Context, casework.AgencyID) (net.Conn, error) { return nil, errCut }
		var err error
		if r, err = replica.Open(cfg); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		return r, func() {
			cancel()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
	}
	holds := func(r *replica.Replica) {
		for {
			changed := r.Changed()
			var size uint64
			r.View(func(s *state.State) { size = s.Size() })
			if size >= uint64(n) {
				return
			}
			select {
			case <-changed:
			case <-time.After(2 * time.Hour):
				t.Fatalf("%d entries of %d", size, n)
			}
		}
	}
	begin, cpu := time.Now(), processor(t)
	r, stop := run()
	p.begun = true
	holds(r)
	took, used := time.Since(begin), processor(t)-cpu
	t.Logf("refilled and verified in %s (%.0f a second), %s of processor time (%.0f a second of it)", took.Round(time.Millisecond), float64(n)/took.Seconds(), used.Round(time.Millisecond), float64(n)/used.Seconds())
	stop()
	t.Logf("disk: %.1f bytes an entry", float64(folderSize(t, p.dir))/float64(n))
	r = nil
	debug.FreeOSMemory()
	begin, cpu = time.Now(), processor(t)
	r, stop = run()
	holds(r)
	<-r.Started()
	took, used = time.Since(begin), processor(t)-cpu
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("restarted in %s, %s of processor time; heap %d MB, %d MB from the system", took.Round(time.Millisecond), used.Round(time.Millisecond), m.HeapInuse>>20, m.Sys>>20)
	stop()
}

func lastLeaf(t *testing.T, l *library) []byte {
	t.Helper()
	leaf, err := l.tiles.Leaf(l.tiles.Size() - 1)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func folderSize(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}
