package tiles_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// Partial tiles stay as long as their tile is not full; then a reader of an older
// checkpoint finds their content in the full one.
func TestPartialsGoWhenTheTileIsFull(t *testing.T) {
	dir, old := filled(t, 200)
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tile/entries/000.p/200", "tile/0/000.p/200"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for i := 200; i < 300; i++ {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	// nothing was published since: a process that dies now is opened at the old size
	if died, err := tiles.Open(dir); err != nil {
		t.Fatal(err)
	} else if size, root := died.Root(); size != 200 || root != old {
		t.Errorf("reopened at %d", size)
	}
	size, root := s.Root()
	c := checkpoint.Checkpoint{Origin: "example.org/pilot", Size: size, Root: root}
	if err := s.Publish(c, checkpoint.Assemble(c)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tile/entries/000.p", "tile/0/000.p"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	if err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), 200).Check(t.Context(), old); err != nil {
		t.Errorf("the older checkpoint cannot be read any more: %v", err)
	}
}

// The process may die between any two of its writes: what was published last, or
// what was about to be, is what is there afterwards.
func TestDyingBetweenAnyTwoWrites(t *testing.T) {
	const before, after = 250, 260
	dir, old := filled(t, before)
	first := files(t, dir)
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := before; i < after; i++ {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	size, root := s.Root()
	publish(t, s, size, root)
	var added []string // everything but the checkpoint, which is written last
	for path := range files(t, dir) {
		if _, had := first[path]; !had {
			added = append(added, path)
		}
	}
	if len(added) < 4 {
		t.Fatalf("only %v was written", added)
	}
	last := files(t, dir)
	for set := range 1 << len(added) { // each subset, whatever the order was
		again := t.TempDir()
		for path, data := range first {
			put(t, again, path, data)
		}
		for i, path := range added {
			if set&(1<<i) != 0 {
				put(t, again, path, last[path])
			}
		}
		s, err := tiles.Open(again)
		if err != nil {
			t.Fatalf("with %b of %v: %v", set, added, err)
		}
		if size, got := s.Root(); size != before || got != old {
			t.Fatalf("with %b of %v: size %d", set, added, size)
		}
		for i := before; i < after; i++ {
			if err := s.Append(leaf(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, got := s.Root(); got != root {
			t.Fatalf("with %b of %v: another root after appending again", set, added)
		}
	}
}

func TestBundlesHoldWhatWasAppended(t *testing.T) {
	dir, _ := filled(t, 301)
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []int{256, 45} {
		leaves, err := s.Bundle(uint64(n))
		if err != nil || len(leaves) != want || string(leaves[want-1]) != string(leaf(n*256+want-1)) {
			t.Errorf("bundle %d: %d leaves, %v", n, len(leaves), err)
		}
	}
	if _, err := s.Bundle(2); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bundle 2: %v", err)
	}
}

// Whatever bytes lie where a bundle should be, they are the leaves or an error.
func FuzzBundle(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 1, 'b'})
	f.Add([]byte{0, 1, 'a', 0, 1, 'b', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		put(t, dir, "tile/entries/000.p/2", data)
		leaves, err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), 2).Bundle(t.Context(), 0)
		if err != nil {
			if !errors.Is(err, tiles.ErrTile) {
				t.Error(err)
			}
			return
		}
		if n := len(leaves[0]) + len(leaves[1]) + 4; len(leaves) != 2 || n != len(data) {
			t.Errorf("%d bytes read of %d", n, len(data))
		}
	})
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		out[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkPublish is what a checkpoint of one more leaf costs on this disk.
func BenchmarkPublish(b *testing.B) {
	s, err := tiles.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	l := make([]byte, 2000)
	for b.Loop() {
		if err := s.Append(l); err != nil {
			b.Fatal(err)
		}
		size, root := s.Root()
		publish(b, s, size, root)
	}
}
