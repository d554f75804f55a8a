package tiles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A checking recomputes a ledger's hashes and holds its files against them.
type checking struct {
	r       *Reader
	ctx     context.Context // of the one call of Check
	edge    edge
	suspect error             // the first tile that does not fit the leaves
	tile    string            // its path
	whole   map[string]string // of each tile that is needed in part, in all: its bytes
}

// Check recomputes every hash from the leaves, and holds the root against the one
// that is wanted, and every tile against the hashes: those that readers of this
// checkpoint need, and where the source can list its files, partial ones that are
// left from earlier checkpoints. Where the root differs it names the first leaf
// that is not what its tile says, and where it does not, the file that is wrong.
func (r *Reader) Check(ctx context.Context, want tlog.Hash) error {
	c := &checking{r: r, ctx: ctx, whole: map[string]string{}}
	c.edge.full = c.full
	for n := int64(0); n*width < r.size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		leaves, err := r.Bundle(ctx, n)
		if err != nil {
			if c.suspect != nil {
				return c.suspect
			}
			return &DamagedError{Leaf: uint64(n * width), Err: err}
		}
		if len(leaves) < width {
			c.whole[bundlePath(n, width)] = string(encodeBundle(leaves))
		}
		for _, l := range leaves {
			c.edge.push(tlog.RecordHash(l))
		}
	}
	for level, hashes := range c.edge.levels {
		if len(hashes) > 0 {
			n := r.size >> (height * (level + 1))
			c.whole[hashPath(level, n, width)] = string(encodeHashes(hashes))
			c.hold(level, n, hashes)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if got := c.edge.root(); got != want {
		if c.suspect != nil {
			return c.suspect
		}
		return fmt.Errorf("%w: the leaves hash to %s, and the checkpoint says %s", ErrTile, got, want)
	}
	if c.suspect != nil { // every leaf is what it was: the tile is not
		return fmt.Errorf("%w: %s", ErrBeside, c.tile)
	}
	return c.leftovers()
}

// RootAt recomputes the root of the first size leaves.
func (r *Reader) RootAt(ctx context.Context, size uint64) (tlog.Hash, error) {
	if size > uint64(r.size) {
		return tlog.Hash{}, fmt.Errorf("root of %d in a ledger of %d: %w", size, r.size, fs.ErrNotExist)
	}
	e := &edge{}
	for n := int64(0); uint64(e.size) < size; n++ {
		leaves, err := r.Bundle(ctx, n)
		if err != nil {
			return tlog.Hash{}, err
		}
		for _, l := range leaves[:min(uint64(len(leaves)), size-uint64(e.size))] {
			e.push(tlog.RecordHash(l))
		}
	}
	return e.root(), ctx.Err()
}

// full is called with each tile that the leaves fill.
func (c *checking) full(level int, n int64, hashes []tlog.Hash) { c.hold(level, n, hashes) }

// hold compares a tile with the hashes that belong there, unless something is
// wrong already.
func (c *checking) hold(level int, n int64, want []tlog.Hash) {
	if c.suspect != nil || c.ctx.Err() != nil {
		return
	}
	first := uint64(n) << (height * (level + 1))
	path := hashPath(level, n, len(want))
	c.tile = path
	data, got, err := c.r.read(c.ctx, func(w int) string { return hashPath(level, n, w) }, len(want))
	if err != nil {
		c.suspect = &DamagedError{Leaf: first, Err: err}
		return
	}
	hashes, err := decodeHashes(data, got)
	if err != nil {
		c.suspect = &DamagedError{Leaf: first, Err: fmt.Errorf("%s: %w", path, err)}
		return
	}
	for i := range want {
		if want[i] == hashes[i] {
			continue
		}
		err := fmt.Errorf("its bytes do not hash to what %s says", path)
		if level > 0 {
			err = fmt.Errorf("it and those after it do not hash to what %s says", path)
		}
		c.suspect = &DamagedError{Leaf: first + uint64(i)<<(height*level), Err: err}
		return
	}
}

// ErrBeside is wrapped where the leaves are what the checkpoint says, and a file
// beside them is not: a tile of hashes, or a partial one of an earlier checkpoint.
var ErrBeside = errors.New("the entries are whole, and a file beside them is missing or was changed")

// A Lister is a source that knows what files it has, by their paths.
type Lister interface {
	Files(ctx context.Context) ([]string, error)
}

// leftovers holds the narrower forms of the last tiles, which readers of earlier
// checkpoints look for, against what they are the beginning of.
func (c *checking) leftovers() error {
	l, ok := c.r.src.(Lister)
	if !ok {
		return nil
	}
	paths, err := l.Files(c.ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTile, err)
	}
	slices.Sort(paths)
	for _, path := range paths {
		of, text, ok := strings.Cut(path, ".p/")
		w, err := strconv.Atoi(text)
		whole, needed := c.whole[of]
		if !ok || err != nil || !needed || w < 1 || w >= width {
			continue // of no checkpoint up to this one
		}
		if strings.HasPrefix(path, "tile/entries/") {
			leaves, err := decodeBundle([]byte(whole), -1)
			if err != nil {
				return err
			}
			if w > len(leaves) {
				continue // of a later checkpoint
			}
			whole = string(encodeBundle(leaves[:w]))
		} else if w*tlog.HashSize > len(whole) {
			continue
		} else {
			whole = whole[:w*tlog.HashSize]
		}
		data, err := c.r.src.ReadFile(c.ctx, path)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrTile, err)
		}
		if string(data) != whole {
			return fmt.Errorf("%w: %s", ErrBeside, path)
		}
	}
	return nil
}

// Files is of Lister.
func (d dir) Files(ctx context.Context) ([]string, error) {
	var out []string
	err := fs.WalkDir(d.fs, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a tile that fills loses its partial ones
			return err
		}
		if err == nil && e.Type().IsRegular() {
			out = append(out, path)
		}
		return ctx.Err()
	})
	return out, err
}

// A DamagedError names a leaf that is not what the ledger committed to.
type DamagedError struct {
	Leaf uint64
	Err  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("entry %d: %v: %v", e.Leaf, ErrTile, e.Err) }

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() []error { return []error{ErrTile, e.Err} }
