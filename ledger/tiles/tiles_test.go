package tiles_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
)

func leaf(i int) []byte { return fmt.Appendf(nil, "leaf %d", i) }

// reference is tlog's own tree over the same leaves.
type reference []tlog.Hash

func (r reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, r[i])
	}
	return out, nil
}

func (r *reference) add(t testing.TB, i int) {
	t.Helper()
	stored, err := tlog.StoredHashes(int64(i), leaf(i), *r)
	if err != nil {
		t.Fatal(err)
	}
	*r = append(*r, stored...)
}

func (r reference) root(t testing.TB, size int) tlog.Hash {
	t.Helper()
	h, err := tlog.TreeHash(int64(size), r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// publish writes a note that is good enough for a store, which checks no signature.
func publish(t testing.TB, s *tiles.Store, size uint64, root tlog.Hash) {
	t.Helper()
	c := checkpoint.Checkpoint{Origin: "example.org/pilot", Size: size, Root: root}
	if err := s.Publish(c, []byte(c.Text()+"\n— x AAAA\n")); err != nil {
		t.Fatal(err)
	}
}

func TestAgainstReference(t *testing.T) {
	const n = 1100
	dir := t.TempDir()
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	for i := range n {
		ref.add(t, i)
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
		size, root := s.Root()
		if size != uint64(i+1) || root != ref.root(t, i+1) {
			t.Fatalf("root of %d differs", i+1)
		}
		if i%97 == 0 || i == n-1 { // at some sizes, reopen what was published
			publish(t, s, size, root)
			if s, err = tiles.Open(dir); err != nil {
				t.Fatal(err)
			}
			if size, again := s.Root(); size != uint64(i+1) || again != root {
				t.Fatalf("reopened at %d: root differs", i+1)
			}
		}
	}
	for _, size := range []uint64{1, 2, 255, 256, 257, 512, 700, 1024, n} {
		root, err := s.RootAt(size)
		if err != nil || root != ref.root(t, int(size)) {
			t.Errorf("root of %d: %v", size, err)
		}
		for _, i := range []uint64{0, 1, size / 2, size - 1} {
			if i >= size {
				continue
			}
			p, err := s.Prove(i, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(p, int64(size), root, int64(i), tlog.RecordHash(leaf(int(i)))); err != nil {
				t.Errorf("proof of %d in %d: %v", i, size, err)
			}
		}
	}
	for i := range uint64(n) {
		if l, err := s.Leaf(i); err != nil || !bytes.Equal(l, leaf(int(i))) {
			t.Fatalf("leaf %d: %q, %v", i, l, err)
		}
	}
}

// What a process that dies leaves behind: leaves after the last checkpoint are
// gone, everything before it is there.
func TestUnpublishedLeavesAreAppendedAgain(t *testing.T) {
	dir := t.TempDir()
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := s.RootAt(280)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, s, 280, root)
	if s, err = tiles.Open(dir); err != nil {
		t.Fatal(err)
	}
	if s.Size() != 280 {
		t.Fatalf("size %d after reopening", s.Size())
	}
	for i := 280; i < 300; i++ {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, got := s.Root(); got == root {
		t.Error("nothing was appended")
	}
}

func filled(t *testing.T, n int) (string, tlog.Hash) {
	t.Helper()
	dir := t.TempDir()
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	size, root := s.Root()
	publish(t, s, size, root)
	return dir, root
}

func TestCheckNamesTheLeaf(t *testing.T) {
	for _, want := range []int{0, 255, 256, 300} {
		dir, root := filled(t, 301)
		r := tiles.NewReader(tiles.Dir(os.DirFS(dir)), 301)
		if err := r.Check(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "tile/entries/000")
		if want >= 256 {
			path = filepath.Join(dir, "tile/entries/001.p/45")
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, leaf(want))
		if want == 0 {
			at = 2
		}
		data[at] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var damaged *tiles.DamagedError
		if err := r.Check(t.Context(), root); !errors.As(err, &damaged) || damaged.Leaf != uint64(want) {
			t.Errorf("byte of leaf %d flipped: %v", want, err)
		}
	}
}

func TestDamageIsNoticedOnOpen(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"leaf": func(dir string) error { return flip(filepath.Join(dir, "tile/entries/001.p/45"), 5) },
		"hash": func(dir string) error { return flip(filepath.Join(dir, "tile/0/001.p/45"), 7) },
		"node": func(dir string) error { return flip(filepath.Join(dir, "tile/1/000.p/1"), 7) },
		"truncated bundle": func(dir string) error {
			return os.Truncate(filepath.Join(dir, "tile/entries/001.p/45"), 10)
		},
		"missing tile": func(dir string) error { return os.Remove(filepath.Join(dir, "tile/0/001.p/45")) },
		"checkpoint":   func(dir string) error { return os.Truncate(filepath.Join(dir, "checkpoint"), 10) },
	} {
		dir, _ := filled(t, 301)
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := tiles.Open(dir); err == nil {
			t.Errorf("%s: not noticed", name)
		} else if !errors.Is(err, tiles.ErrTile) && !errors.Is(err, checkpoint.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// a file half-written when the process died is no harm
	dir, root := filled(t, 301)
	if err := os.WriteFile(filepath.Join(dir, "tile/0/.new-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, got := s.Root(); got != root {
		t.Error("root differs")
	}
}

func flip(path string, at int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[at] ^= 1
	return os.WriteFile(path, data, 0o644)
}

func TestPathsAreThoseOfTheSpecification(t *testing.T) {
	dir, _ := filled(t, 256*3+70)
	for _, want := range []string{
		"tile/0/000", "tile/0/002", "tile/0/003.p/70", "tile/1/000.p/3", "tile/entries/002", "tile/entries/003.p/70", "checkpoint",
	} {
		if _, err := os.Stat(filepath.Join(dir, want)); err != nil {
			t.Error(err)
		}
	}
	got, err := tiles.Checkpoint(context.Background(), tiles.Dir(os.DirFS(dir)))
	if err != nil || !strings.HasPrefix(string(got), "example.org/pilot\n838\n") {
		t.Errorf("%q, %v", got, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := tiles.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	l := make([]byte, 2000)
	for b.Loop() {
		if err := s.Append(l); err != nil {
			b.Fatal(err)
		}
	}
}
