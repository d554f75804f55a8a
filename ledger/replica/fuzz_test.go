package replica

import (
	"bytes"
	"io"
	"log/slog"
	"testing"
)

// A leader that sends a snapshot, and a disk that gives one back, may give any
// bytes: they are entries that the rules take, from the first one on, or an error
// that stops the replica.
func FuzzSnapshot(f *testing.F) {
	f.Add((&snapshot{size: 1, note: []byte("note")}).encode())
	f.Add((&snapshot{}).encode())
	f.Add(append([]byte(snapshotMagic), bytes.Repeat([]byte{0xff}, 44)...))
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
