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

// A Checker recomputes a ledger's hashes from its leaves, page by page, and compares
// the ledger's files with them and all with a root:
//
//	pages in order, read with Page --Push--> hashes of the tree --Finish--> the root
//
// It holds the tree's right edge and nothing that grows with the ledger. It is not safe
// for concurrent use.
type Checker struct {
	r      *Reader
	want   tlog.Hash // the root
	start  Frontier
	edge   edge
	files  hashFiles
	beside string            // the first file that the leaves contradict
	whole  map[string]string // of each tile that is needed in part, in all: its bytes
}

// A Frontier is the right edge of a tree of a size: where a check can go on later.
type Frontier struct {
	Size   uint64 `cbor:"1,keyasint"`
	Hashes []byte `cbor:"2,keyasint"` // of each level's unfilled tile, from the leaves up
	Root   []byte `cbor:"3,keyasint"`
}

// NewChecker begins to check a reader's ledger against a root, from a frontier on; its
// zero value is the beginning.
func NewChecker(r *Reader, want tlog.Hash, from Frontier) (*Checker, error) {
	c := &Checker{r: r, want: want, start: from, whole: map[string]string{}}
	c.files = hashFiles{r: r}
	if from.Size > uint64(r.size) {
		return nil, fmt.Errorf("%w: what was kept is of %d entries, and there are %d", ErrFrontier, from.Size, r.size)
	}
	if err := c.edge.restore(from); err != nil {
		return nil, err
	}
	return c, nil
}

// ErrFrontier is wrapped where what was kept of an earlier check does not fit.
var ErrFrontier = errors.New("what was kept of an earlier check is of no use here")

// restore is the edge that a frontier describes.
func (e *edge) restore(f Frontier) error {
	e.size = int64(f.Size)
	left := f.Hashes
	for _, w := range widths(e.size) {
		if len(left) < w*tlog.HashSize {
			return fmt.Errorf("%w: it has too few hashes", ErrFrontier)
		}
		hashes, err := decodeHashes(left[:w*tlog.HashSize], w)
		if err != nil {
			return err
		}
		e.levels = append(e.levels, append(make([]tlog.Hash, 0, width), hashes...))
		left = left[w*tlog.HashSize:]
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: it has too many hashes", ErrFrontier)
	}
	if root := e.root(); f.Size > 0 && string(root[:]) != string(f.Root) {
		return fmt.Errorf("%w: its hashes do not make its root", ErrFrontier)
	}
	return nil
}

// Frontier is where the check stands.
func (c *Checker) Frontier() Frontier {
	root := c.edge.root()
	f := Frontier{Size: uint64(c.edge.size), Root: root[:]}
	for _, hashes := range c.edge.levels {
		f.Hashes = append(f.Hashes, encodeHashes(hashes)...)
	}
	return f
}

// Push takes the next page. Of a page of which leaves and hashes differ it settles
// which are the ledger's.
func (c *Checker) Push(ctx context.Context, p *Page) error {
	if p.First+uint64(len(p.hashes)) <= uint64(c.edge.size) {
		return fmt.Errorf("%w: page %d again", ErrTile, p.First/width)
	}
	skip := uint64(c.edge.size) - p.First // of a page that an earlier check took in part
	before := c.edge.clone()
	hashes := p.hashes
	if p.other != nil && len(p.hashes) < width && !c.ends(before, p.hashes[skip:]) && c.ends(before, p.other[skip:]) {
		hashes = p.other // no level above decides, and the root does
		p.Damaged, p.Leaves, p.tile = nil, p.read, hashPath(0, int64(p.First)/width, len(p.hashes))
	}
	if skip > 0 && !slices.Equal(c.edge.levels[0], hashes[:skip]) {
		return fmt.Errorf("%w: entries that it covers are others now", ErrFrontier)
	}
	if p.tile != "" && c.beside == "" {
		c.beside = p.tile
	}
	if len(hashes) < width && len(p.Damaged) == 0 {
		c.whole[bundlePath(int64(p.First)/width, width)] = string(encodeBundle(p.Leaves))
	}
	c.edge.full = func(level int, n int64, hashes []tlog.Hash) {
		c.files.keep(hashPath(level, n, width), slices.Clone(hashes))
		if level > 0 { // Page compared level 0
			c.compare(ctx, level, n, hashes)
		}
	}
	for _, h := range hashes[skip:] {
		c.edge.push(h)
	}
	return ctx.Err()
}

// ends reports whether the tree ends with these hashes in the wanted root.
func (c *Checker) ends(e edge, hashes []tlog.Hash) bool {
	e = e.clone()
	for _, h := range hashes {
		e.push(h)
	}
	return e.root() == c.want
}

// clone copies an edge, without what is called for its full tiles.
func (e *edge) clone() edge {
	out := edge{size: e.size}
	for _, hashes := range e.levels {
		out.levels = append(out.levels, append(make([]tlog.Hash, 0, width), hashes...))
	}
	return out
}

// compare notes a tile that is not what belongs there.
func (c *Checker) compare(ctx context.Context, level int, n int64, want []tlog.Hash) {
	if c.beside != "" || ctx.Err() != nil {
		return
	}
	data, got, err := c.r.read(ctx, func(w int) string { return hashPath(level, n, w) }, len(want))
	if err == nil {
		var hashes []tlog.Hash
		if hashes, err = decodeHashes(data, got); err == nil && slices.Equal(hashes[:len(want)], want) {
			return
		}
	}
	c.beside = hashPath(level, n, len(want))
}

// Finish compares the root, the tiles at the right edge, and where the source can list
// its files, partial tiles that are left from earlier checkpoints. It returns an error
// that wraps ErrBeside where only a file beside the leaves is wrong.
func (c *Checker) Finish(ctx context.Context) error {
	if got := c.edge.root(); got != c.want {
		return fmt.Errorf("%w: the leaves hash to %s, and the checkpoint says %s", ErrTile, got, c.want)
	}
	for level, hashes := range c.edge.levels {
		if len(hashes) > 0 {
			n := c.r.size >> (height * (level + 1))
			c.whole[hashPath(level, n, width)] = string(encodeHashes(hashes))
			if level > 0 {
				c.compare(ctx, level, n, hashes)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.beside != "" { // every leaf is what it was: the tile is not
		return fmt.Errorf("%w: %s", ErrBeside, c.beside)
	}
	return c.leftovers(ctx)
}

// RootAt is the root of the first leaves, of no more than were pushed. Where a file of
// hashes is wrong it may say so instead.
func (c *Checker) RootAt(ctx context.Context, size uint64) (tlog.Hash, error) {
	if size > uint64(c.edge.size) {
		return tlog.Hash{}, fmt.Errorf("root of %d, and %d are checked: %w", size, c.edge.size, fs.ErrNotExist)
	}
	if size == uint64(c.edge.size) {
		return c.edge.root(), nil
	}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return c.files.read(ctx, indexes, &c.edge) })
	h, err := tlog.TreeHash(int64(size), read)
	if err == nil && c.beside != "" {
		err = fmt.Errorf("%w: %s", ErrBeside, c.beside)
	}
	if err != nil || size >= c.start.Size {
		return h, err
	}
	// Tiles below the frontier were not compared this time: the hashes must lead to its root.
	return h, extends(read, size, h, c.start.Size, tlog.Hash(c.start.Root))
}

// extends proves that a tree is the beginning of another.
func extends(read tlog.HashReader, size uint64, root tlog.Hash, of uint64, ofRoot tlog.Hash) error {
	if size == 0 {
		return nil // of every tree
	}
	p, err := tlog.ProveTree(int64(of), int64(size), read)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTile, err)
	}
	if err := tlog.CheckTree(p, int64(of), ofRoot, int64(size), root); err != nil {
		return fmt.Errorf("%w: tiles of hashes do not fit its root: %w", ErrTile, err)
	}
	return nil
}

// RootAt is the root of the first size leaves of a ledger with a root, by its tiles of
// hashes.
func (r *Reader) RootAt(ctx context.Context, size uint64, root tlog.Hash) (tlog.Hash, error) {
	if size > uint64(r.size) {
		return tlog.Hash{}, fmt.Errorf("root of %d in a ledger of %d: %w", size, r.size, fs.ErrNotExist)
	}
	files := hashFiles{r: r}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return files.read(ctx, indexes, nil) })
	h, err := tlog.TreeHash(int64(size), read)
	if err != nil {
		return h, err
	}
	return h, extends(read, size, h, uint64(r.size), root)
}

// Check checks the whole of a ledger. Where the root differs it names the first leaf
// that is not what its tile says, and where it does not, the file that is wrong.
func (r *Reader) Check(ctx context.Context, want tlog.Hash) error {
	c, err := NewChecker(r, want, Frontier{})
	if err != nil {
		return err
	}
	for n := int64(0); n*width < r.size; n++ {
		p, err := r.Page(ctx, n)
		if err != nil {
			return err
		}
		if err := c.Push(ctx, p); err != nil {
			return err
		}
		if len(p.Damaged) > 0 {
			return p.Damaged[0]
		}
	}
	return c.Finish(ctx)
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
func (c *Checker) leftovers(ctx context.Context) error {
	l, ok := c.r.src.(Lister)
	if !ok {
		return nil
	}
	paths, err := l.Files(ctx)
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
		data, err := c.r.src.ReadFile(ctx, path)
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
