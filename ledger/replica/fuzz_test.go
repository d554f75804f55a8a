package replica

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
)

// A leader that sends a snapshot, and a disk that gives one back, may give any
// bytes: they are entries that the rules take, from the first one on, or an error
// that stops the replica.
func FuzzSnapshot(f *testing.F) {
	leaf := entry.Leaf(1_772_438_400_000, []byte("no entry"))
	snap := append([]byte(snapshotMagic), binary.BigEndian.AppendUint64(nil, 1)...)
	snap = append(binary.BigEndian.AppendUint32(snap, uint32(len(leaf))), leaf...)
	f.Add(append(snap, 0, 0, 0, 0))
	f.Add(append(append([]byte(snapshotMagic), make([]byte, 8)...), 0, 0, 0, 0))
	f.Add(append(append([]byte(snapshotMagic), bytes.Repeat([]byte{0xff}, 8)...), 0xff, 0xff, 0xff, 0xff))
	f.Add([]byte(snapshotMagic))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Open(Config{Dir: dir, Agency: "nl-police", Network: "example.org/pilot", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		err = (*fsm)(r).Restore(io.NopCloser(bytes.NewReader(data)))
		if err == nil && r.state.Size() != 0 { // nobody can guess an entry whose hash is zero
			t.Errorf("%d entries out of nothing", r.state.Size())
		}
		if err != nil && r.Err() == nil {
			t.Error("it fails, and the replica goes on")
		}
		if r.tiles.Size() != 0 {
			t.Error("something was kept")
		}
	})
}
