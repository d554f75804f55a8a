package gather_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/gather"
)

const network = "example.org/pilot"

// A member has a copy of a ledger, of so many leaves from so many on its own.
func member(t *testing.T, n, common int) string {
	t.Helper()
	dir := t.TempDir()
	grow(t, dir, 0, n, common)
	return dir
}

func grow(t *testing.T, dir string, from, n, common int) {
	t.Helper()
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < n; i++ {
		leaf := fmt.Sprintf("leaf %d", i)
		if i >= common {
			leaf += " of " + dir
		}
		if err := s.Append([]byte(leaf)); err != nil {
			t.Fatal(err)
		}
	}
	signer, _, err := checkpoint.NewLogKey(network)
	if err != nil {
		t.Fatal(err)
	}
	cosigner, _, err := checkpoint.NewCosignerKey(network + "/nl-police")
	if err != nil {
		t.Fatal(err)
	}
	size, root := s.Root()
	c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
	lines, err := checkpoint.Sign(c, signer, cosigner)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(c, checkpoint.Assemble(c, lines)); err != nil {
		t.Fatal(err)
	}
}

func from(dirs ...string) (out []gather.From) {
	for _, d := range dirs {
		out = append(out, gather.From{Name: d, Copy: tiles.Dir(os.DirFS(d))})
	}
	return out
}

// holds checks a copy by itself.
func holds(t *testing.T, dir string, size uint64) {
	t.Helper()
	note, err := os.ReadFile(filepath.Join(dir, tiles.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	c, err := checkpoint.Parse(note)
	if err != nil || c.Size != size {
		t.Fatalf("%v: %d entries, want %d", err, c.Size, size)
	}
	if err := tiles.NewReader(tiles.Dir(os.DirFS(dir)), c.Size).Check(t.Context(), c.Root); err != nil {
		t.Error(err)
	}
}

func TestFromSeveralMembers(t *testing.T) {
	const all = 100_000
	a, b := member(t, 1300, all), member(t, 700, all)
	dest := filepath.Join(t.TempDir(), "copy")
	var last uint64
	r, err := gather.Gather(t.Context(), dest, from(b, a), func(done, _ uint64) { last = done })
	if err != nil || r.Size != 1300 || r.New != 1300 || last != 1280 {
		t.Fatalf("%v: %+v, progress %d", err, r, last)
	}
	states := map[string]string{}
	for _, s := range r.Standings {
		states[s.Name] = s.State
	}
	if states[a] != gather.Newest || states[b] != gather.Behind {
		t.Errorf("%v", states)
	}
	holds(t, dest, 1300)
	if kept, err := os.ReadDir(filepath.Join(dest, gather.CheckpointsName)); err != nil || len(kept) != 2 {
		t.Errorf("%v, %v", kept, err)
	}
	// later, only what is new
	grow(t, a, 1300, 1400, all)
	r, err = gather.Gather(t.Context(), dest, from(a, b), nil)
	if err != nil || r.Size != 1400 || r.New != 100 {
		t.Fatalf("%v: %+v", err, r)
	}
	holds(t, dest, 1400)
	// and nothing from who is behind
	r, err = gather.Gather(t.Context(), dest, from(b), nil)
	if err != nil || r.Size != 1400 || r.New != 0 || r.Standings[0].State != gather.Behind {
		t.Fatalf("%v: %+v", err, r)
	}
}

// broken hides or changes files of a copy.
type broken struct {
	tiles.Source
	change func(path string, data []byte) ([]byte, error)
}

func (b broken) ReadFile(ctx context.Context, path string) ([]byte, error) {
	data, err := b.Source.ReadFile(ctx, path)
	if err != nil {
		return nil, err
	}
	return b.change(path, data)
}

// TestAttackChangedEntry: what one member changed or withholds comes from another, and
// it is named.
func TestAttackChangedEntry(t *testing.T) {
	const all = 100_000
	a, b := member(t, 1300, all), member(t, 1300, all)
	for name, change := range map[string]func(string, []byte) ([]byte, error){
		"changed": func(path string, data []byte) ([]byte, error) {
			if path == "tile/entries/002" {
				data[9] ^= 1
			}
			return data, nil
		},
		"withheld": func(path string, data []byte) ([]byte, error) {
			if strings.HasPrefix(path, "tile/entries/003") {
				return nil, os.ErrNotExist
			}
			return data, nil
		},
	} {
		dest := t.TempDir()
		bad := gather.From{Name: "bad", Copy: broken{tiles.Dir(os.DirFS(a)), change}}
		r, err := gather.Gather(t.Context(), dest, []gather.From{bad, from(b)[0]}, nil)
		if err != nil || r.Size != 1300 {
			t.Fatalf("%s: %v: %+v", name, err, r)
		}
		holds(t, dest, 1300)
	}
}

// TestAttackFork: another history is named, whichever is longer, and what was there
// stays.
func TestAttackFork(t *testing.T) {
	a, shorter, longer := member(t, 1300, 5000), member(t, 1200, 600), member(t, 2000, 600)
	dest := t.TempDir()
	if _, err := gather.Gather(t.Context(), dest, from(a), nil); err != nil {
		t.Fatal(err)
	}
	for _, fork := range []string{shorter, longer} {
		r, err := gather.Gather(t.Context(), dest, from(a, fork), nil)
		if !errors.Is(err, gather.ErrFork) || !strings.Contains(err.Error(), fork) || r.Size != 1300 {
			t.Errorf("%v: %+v", err, r)
		}
		holds(t, dest, 1300)
	}
	r, err := gather.Gather(t.Context(), t.TempDir(), from(a, shorter), nil)
	if !errors.Is(err, gather.ErrFork) || r.Size != 1300 {
		t.Errorf("into a new folder: %v: %+v", err, r)
	}
}

// A copy that was interrupted goes on with what is there.
func TestResume(t *testing.T) {
	a := member(t, 40_000, 100_000)
	dest := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := gather.Gather(ctx, dest, from(a), func(done, _ uint64) {
		if done > 30_000 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	var bundles atomic.Int32
	counted := gather.From{Name: a, Copy: broken{tiles.Dir(os.DirFS(a)), func(path string, data []byte) ([]byte, error) {
		if strings.HasPrefix(path, "tile/entries/") {
			bundles.Add(1)
		}
		return data, nil
	}}}
	if _, err := gather.Gather(t.Context(), dest, []gather.From{counted}, nil); err != nil {
		t.Fatal(err)
	}
	holds(t, dest, 40_000)
	if n := bundles.Load(); n > 80 { // of 157
		t.Errorf("%d bundles were fetched again", n)
	}
}

func TestNothingToCopy(t *testing.T) {
	if _, err := gather.Gather(t.Context(), t.TempDir(), from(t.TempDir()), nil); err == nil {
		t.Error("nothing was copied, and nothing said")
	}
}
