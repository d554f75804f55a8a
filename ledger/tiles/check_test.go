package tiles_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/ledger/tiles"
)

// Whichever file of the folder has a byte changed, cut off or added, or is gone,
// the check says so and names it, or the first leaf that it is about.
func TestEveryFileCounts(t *testing.T) {
	dir, root := filled(t, 70_000) // tiles of three levels
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := 70_000; i < 70_010; i++ {
		if err := s.Append(leaf(i)); err != nil {
			t.Fatal(err)
		}
	}
	size, newest := s.Root()
	publish(t, s, size, newest)
	check := func(size uint64, root [32]byte) error {
		return tiles.NewReader(tiles.Dir(os.DirFS(dir)), size).Check(t.Context(), root)
	}
	if err := check(size, newest); err != nil {
		t.Fatal(err)
	}
	if err := check(70_000, root); err != nil {
		t.Fatalf("the earlier checkpoint: %v", err)
	}
	good := files(t, dir)
	delete(good, tiles.CheckpointName)
	var paths []string
	for i, path := range slices.Sorted(maps.Keys(good)) {
		if i%150 == 0 || strings.Contains(path, ".p/") || !strings.HasPrefix(path, "tile/0/") && !strings.HasPrefix(path, "tile/entries/") {
			paths = append(paths, path)
		}
	}
	for _, level := range []string{"tile/0/", "tile/1/", "tile/2/", "tile/entries/"} {
		if !slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, level) }) {
			t.Fatalf("no %s among %v", level, paths)
		}
	}
	for _, path := range paths {
		data := good[path]
		last := bytes.Clone(data)
		last[len(last)-1] ^= 1
		faults := map[string][]byte{"changed": last, "cut": data[:len(data)-1], "longer": append(bytes.Clone(data), 0), "empty": {}}
		if !strings.Contains(path, ".p/") {
			faults = map[string][]byte{"changed": last}
		}
		for what, bad := range faults {
			put(t, dir, path, bad)
			err := check(size, newest)
			var damaged *tiles.DamagedError
			if err == nil || !errors.As(err, &damaged) && !(errors.Is(err, tiles.ErrBeside) && strings.Contains(err.Error(), path)) {
				t.Errorf("%s %s: %v", path, what, err)
			}
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
			t.Fatal(err)
		}
		if err := check(size, newest); err == nil && !strings.Contains(path, ".p/") {
			t.Errorf("%s gone: nothing said", path)
		}
		put(t, dir, path, good[path])
	}
	if err := check(size, newest); err != nil {
		t.Error(err)
	}
}

// A tile of hashes that was changed accuses no leaf.
func TestTilesBesideWholeLeaves(t *testing.T) {
	dir, root := filled(t, 1000)
	path := "tile/1/000.p/3"
	data := files(t, dir)[path]
	data[2*32] ^= 1
	put(t, dir, path, data)
	err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), 1000).Check(t.Context(), root)
	var damaged *tiles.DamagedError
	if errors.As(err, &damaged) || !errors.Is(err, tiles.ErrBeside) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

func TestCheckStops(t *testing.T) {
	dir, root := filled(t, 300)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), 300).Check(ctx, root); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
