package replica

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// filledLog is a raft log of some commands, closed, with the path of its last file.
func filledLog(t *testing.T, n uint64) (dir, last string) {
	t.Helper()
	dir = t.TempDir()
	w := reopened(t, dir)
	for i := uint64(1); i <= n; i++ {
		if err := w.StoreLogs([]*raft.Log{{Index: i, Term: 1, Data: fmt.Appendf(nil, "command %d", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.wal"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	slices.Sort(files)
	return dir, files[len(files)-1]
}

func reopened(t *testing.T, dir string) *wal.WAL {
	t.Helper()
	w, err := openLog(dir, bridge(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// takesMore checks that a log holds n commands and takes more of them.
func takesMore(t *testing.T, dir string, n uint64) {
	t.Helper()
	for range 2 {
		w := reopened(t, dir)
		for i := uint64(1); i <= n; i++ {
			var l raft.Log
			if err := w.GetLog(i, &l); err != nil || string(l.Data) != fmt.Sprintf("command %d", i) || l.Index != i || l.Term != 1 {
				t.Fatalf("command %d: %q, %v", i, l.Data, err)
			}
		}
		n++
		if err := w.StoreLogs([]*raft.Log{{Index: n, Term: 1, Data: fmt.Appendf(nil, "command %d", n)}}); err != nil {
			t.Fatalf("it takes no more: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, aside)); !os.IsNotExist(err) {
			t.Errorf("something is left aside: %v", err)
		}
	}
}

// end is where the commits of a file end, and what the next checksum is over.
func end(t *testing.T, data []byte) int {
	t.Helper()
	committed := 0
	for at := walHeader; at+walFrame <= len(data) && data[at] != 0; {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		if data[at] == frameEnd {
			committed, size = at+walFrame, 0
		}
		at += walFrame + (size+walFrame-1)/walFrame*walFrame
	}
	return committed
}

// index is the frame that closes a file of some commands, with its commit.
func index(t *testing.T, data []byte) (frame, commit []byte) {
	t.Helper()
	var offsets []byte
	n := 0
	for at := walHeader; at+walFrame <= len(data) && data[at] != 0; {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		if data[at] == frameEntry {
			offsets = binary.LittleEndian.AppendUint32(offsets, uint32(at))
			n++
		}
		if data[at] == frameEnd {
			size = 0
		}
		at += walFrame + (size+walFrame-1)/walFrame*walFrame
	}
	frame = binary.LittleEndian.AppendUint32([]byte{frameIndex, 0, 0, 0}, uint32(len(offsets)))
	frame = append(frame, offsets...)
	for len(frame)%walFrame != 0 {
		frame = append(frame, 0)
	}
	commit = binary.LittleEndian.AppendUint32([]byte{frameEnd, 0, 0, 0}, crc32.Checksum(frame, castagnoli))
	return frame, commit
}

// The process dies, or the disk is full, while a file of the log is being closed:
// whatever of it was written, the log is whole and takes more.
func TestLogThatWasBeingClosed(t *testing.T) {
	for name, what := range map[string]func(frame, commit []byte) []byte{
		"nothing of it":           func(_, _ []byte) []byte { return nil },
		"the index's first bytes": func(frame, _ []byte) []byte { return frame[:walFrame+4] },
		"the index":               func(frame, _ []byte) []byte { return frame },
		"a commit that is torn":   func(frame, commit []byte) []byte { commit[5] ^= 1; return append(frame, commit...) },
		"all of it":               func(frame, commit []byte) []byte { return append(frame, commit...) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []uint64{1, 2, 9} {
				dir, last := filledLog(t, n)
				data, err := os.ReadFile(last)
				if err != nil {
					t.Fatal(err)
				}
				at := end(t, data)
				frame, commit := index(t, data)
				written := what(frame, commit)
				if need := at + len(written); need > len(data) {
					data = append(data, make([]byte, need-len(data))...)
				}
				copy(data[at:], written)
				if err := os.WriteFile(last, data, 0o600); err != nil {
					t.Fatal(err)
				}
				takesMore(t, dir, n)
			}
		})
	}
}

// Dying in the midst of mending loses nothing either.
func TestDyingWhileMending(t *testing.T) {
	dir, _ := filledLog(t, 5)
	w := reopened(t, dir)
	var l raft.Log
	if err := w.GetLog(5, &l); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []bool{false, true} { // before the command is taken away, and after
		path := filepath.Join(dir, aside)
		if err := beginNextUntil(w, path, gone); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w = reopened(t, dir)
		var again raft.Log
		if err := w.GetLog(5, &again); err != nil || string(again.Data) != string(l.Data) {
			t.Errorf("command 5: %v", err)
		}
	}
	w.Close()
	takesMore(t, dir, 5)
}

// beginNextUntil does the first steps of beginNext.
func beginNextUntil(w *wal.WAL, path string, gone bool) error {
	var l raft.Log
	if err := w.GetLog(5, &l); err != nil {
		return err
	}
	if err := keepAside(path, &l); err != nil || !gone {
		return err
	}
	return w.DeleteRange(5, 5)
}

// Whatever lies in a file of the log, looking at it ends, and changes nothing before
// a commit that holds.
func FuzzCutOff(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(make([]byte, walHeader), frameIndex, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
	f.Add(append(make([]byte, walHeader), frameEnd, 0, 0, 0, 1, 2, 3, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.wal")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := cutOff(path); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(path)
		if err != nil || len(after) != len(data) {
			t.Errorf("%d bytes of %d: %v", len(after), len(data), err)
		}
	})
}
