package tiles

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// A Page is a bundle of leaves with their hashes, compared with the tile of them.
type Page struct {
	First   uint64          // index of the first leaf
	Leaves  [][]byte        // nil where one cannot be read
	Damaged []*DamagedError // leaves that are not what the ledger committed to

	hashes []tlog.Hash // what the tree is made of
	other  []tlog.Hash // what it would be if the tile were wrong and not the leaves
	read   [][]byte    // the leaves then
	tile   string      // path of the tile, if that is wrong
}

// Whole reports whether the bytes of a leaf are those that the tree is made of.
func (p *Page) Whole(i int) bool {
	return p.Leaves[i] != nil && (len(p.Damaged) == 0 || tlog.RecordHash(p.Leaves[i]) == p.hashes[i])
}

// Count is how many leaves the page is of.
func (p *Page) Count() int { return len(p.hashes) }

// Page reads the leaves from n*256 on. An error is of the context, or of a page of which
// neither leaves nor hashes can be read. It may be called concurrently.
func (r *Reader) Page(ctx context.Context, n int64) (*Page, error) {
	w := int(min(width, r.size-n*width))
	if n < 0 || w <= 0 {
		return nil, fmt.Errorf("bundle %d of a ledger of %d: %w", n, r.size, fs.ErrNotExist)
	}
	p := &Page{First: uint64(n * width)}
	data, leaves, berr := r.bundle(ctx, n, w)
	tile, terr := r.tile(ctx, 0, n, w)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if berr != nil && terr != nil {
		return nil, &DamagedError{Leaf: p.First, Err: errors.Join(berr, terr)}
	}
	var hashes []tlog.Hash
	if berr == nil {
		p.Leaves, hashes = leaves, make([]tlog.Hash, w)
		for i, l := range leaves {
			hashes[i] = tlog.RecordHash(l)
		}
		if terr == nil && slices.Equal(hashes, tile) {
			p.hashes = hashes
			return p, nil
		}
	}
	above, known := r.above(ctx, n, w)
	switch {
	case berr == nil && (terr != nil || known && root(hashes) == above):
		p.hashes, p.tile = hashes, hashPath(0, n, w)
	default: // the tile holds, or nothing decides yet
		p.hashes, p.other, p.read = tile, hashes, p.Leaves
		p.salvage(data, berr)
	}
	return p, ctx.Err()
}

// bundle reads a bundle, with its bytes.
func (r *Reader) bundle(ctx context.Context, n int64, w int) ([]byte, [][]byte, error) {
	data, got, err := r.read(ctx, func(w int) string { return bundlePath(n, w) }, w)
	if err != nil {
		return nil, nil, err
	}
	leaves, err := decodeBundle(data, got)
	if err != nil {
		return data, nil, fmt.Errorf("bundle %d: %w", n, err)
	}
	return data, leaves[:w], nil
}

// tile reads the first w hashes of a tile.
func (r *Reader) tile(ctx context.Context, level int, n int64, w int) ([]tlog.Hash, error) {
	data, got, err := r.read(ctx, func(w int) string { return hashPath(level, n, w) }, w)
	if err != nil {
		return nil, err
	}
	hashes, err := decodeHashes(data, got)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", hashPath(level, n, w), err)
	}
	return hashes[:w], nil
}

// above is the hash a level up that stands for a full tile of leaves.
func (r *Reader) above(ctx context.Context, n int64, w int) (tlog.Hash, bool) {
	if w < width {
		return tlog.Hash{}, false
	}
	hashes, err := r.tile(ctx, 1, n>>height, int(min(width, r.size>>height-n>>height<<height)))
	if err != nil {
		return tlog.Hash{}, false
	}
	return hashes[n%width], true
}

// salvage finds the leaves of a damaged bundle by their hashes. Where a length was
// changed it is found by trying all of them, so that one byte costs one leaf.
func (p *Page) salvage(data []byte, why error) {
	p.Leaves = make([][]byte, len(p.hashes))
	damage := func(i int, format string, args ...any) {
		p.Damaged = append(p.Damaged, &DamagedError{Leaf: p.First + uint64(i), Err: fmt.Errorf(format, args...)})
	}
	if data == nil {
		damage(0, "it and the %d after it cannot be read: %w", len(p.hashes)-1, why)
		return
	}
	for i, want := range p.hashes {
		leaf, rest, ok := cut(data)
		if ok && tlog.RecordHash(leaf) == want {
			p.Leaves[i], data = leaf, rest
			continue
		}
		if ok && p.goesOn(i+1, rest) {
			damage(i, "its bytes do not hash to what the ledger committed to")
			p.Leaves[i], data = leaf, rest // as it is now, for what can be told of it
			continue
		}
		n := lengthOf(data, want)
		if n < 0 {
			damage(i, "it and the %d after it in its bundle cannot be told apart", len(p.hashes)-i-1)
			return
		}
		damage(i, "its length was changed; its bytes are whole")
		p.Leaves[i], data = data[2:2+n], data[2+n:]
	}
}

// goesOn reports whether the lengths from a leaf on are right: another leaf is where they
// say, or the bundle ends where they do.
func (p *Page) goesOn(i int, rest []byte) bool {
	for ; i < len(p.hashes); i++ {
		leaf, after, ok := cut(rest)
		if !ok {
			return false
		}
		if tlog.RecordHash(leaf) == p.hashes[i] {
			return true
		}
		rest = after
	}
	return len(rest) == 0
}

// cut takes the first leaf off a bundle.
func cut(data []byte) (leaf, rest []byte, ok bool) {
	if len(data) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(data))
	if len(data) < 2+n {
		return nil, nil, false
	}
	return data[2 : 2+n], data[2+n:], true
}

// lengthOf finds how long the leaf at the front of a bundle is by its hash, or returns
// -1. It hashes each byte once.
func lengthOf(data []byte, want tlog.Hash) int {
	h := sha256.New()
	h.Write([]byte{0}) // of a leaf (RFC 6962 section 2.1)
	var sum []byte
	for n := 0; n <= MaxLeaf && 2+n <= len(data); n++ {
		if sum = h.Sum(sum[:0]); string(sum) == string(want[:]) {
			return n
		}
		h.Write(data[2+n : min(3+n, len(data))])
	}
	return -1
}

// hashFiles reads stored hashes by tlog's index out of tiles, of which it keeps a few.
type hashFiles struct {
	r    *Reader
	kept map[string][]tlog.Hash
}

// maxKept is how many tiles are kept.
const maxKept = 64

func (f *hashFiles) keep(path string, hashes []tlog.Hash) {
	if f.kept == nil || len(f.kept) >= maxKept {
		f.kept = map[string][]tlog.Hash{}
	}
	f.kept[path] = hashes
}

// read returns hashes; of the unfilled tiles of an edge, if there is one, from there.
func (f *hashFiles) read(ctx context.Context, indexes []int64, e *edge) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		run := int64(1) << (level % height) // hashes of one tile that it covers
		first := n * run
		hashes, err := f.tile(ctx, level/height, first>>height, int(first%width+run), e)
		if err != nil {
			return nil, err
		}
		out[i] = root(hashes[first%width : first%width+run])
	}
	return out, nil
}

func (f *hashFiles) tile(ctx context.Context, level int, n int64, w int, e *edge) ([]tlog.Hash, error) {
	if e != nil && level < len(e.levels) && n == e.size>>(height*(level+1)) && len(e.levels[level]) >= w {
		return e.levels[level], nil
	}
	have := int(min(width, f.r.size>>(height*level)-n<<height))
	path := hashPath(level, n, have)
	if hashes, ok := f.kept[path]; ok && len(hashes) >= w {
		return hashes, nil
	}
	hashes, err := f.r.tile(ctx, level, n, have)
	if err != nil {
		return nil, err
	}
	if len(hashes) < w {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	f.keep(path, hashes)
	return hashes, nil
}
