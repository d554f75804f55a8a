package tiles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// A Source gives the files of the layout by path: a folder, a copy, or HTTP.
type Source interface {
	ReadFile(ctx context.Context, path string) ([]byte, error)
}

// Dir reads from a file system.
func Dir(f fs.FS) Source { return dir{f} }

type dir struct{ fs fs.FS }

func (d dir) ReadFile(_ context.Context, path string) ([]byte, error) { return fs.ReadFile(d.fs, path) }

// A Reader reads a ledger of a known size.
type Reader struct {
	src  Source
	size int64
}

// NewReader reads the first size leaves of a source.
func NewReader(src Source, size uint64) *Reader { return &Reader{src: src, size: int64(size)} }

// Checkpoint reads the newest certified checkpoint, as it lies there.
func Checkpoint(ctx context.Context, src Source) ([]byte, error) {
	data, err := src.ReadFile(ctx, CheckpointName)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return data, nil
}

// read reads a file of w entries, taking a wider one where the exact one is gone.
func (r *Reader) read(ctx context.Context, path func(w int) string, w int) ([]byte, int, error) {
	data, err := r.src.ReadFile(ctx, path(w))
	if err == nil {
		return data, w, nil
	}
	if w != width && errors.Is(err, fs.ErrNotExist) {
		if data, ferr := r.src.ReadFile(ctx, path(width)); ferr == nil {
			return data, width, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: %w", ErrTile, err)
}

// Bundle gives the leaves from n*256 on, up to 256 of them.
func (r *Reader) Bundle(ctx context.Context, n int64) ([][]byte, error) {
	w := int(min(width, r.size-n*width))
	if n < 0 || w <= 0 {
		return nil, fmt.Errorf("bundle %d of a ledger of %d: %w", n, r.size, fs.ErrNotExist)
	}
	data, got, err := r.read(ctx, func(w int) string { return bundlePath(n, w) }, w)
	if err != nil {
		return nil, err
	}
	leaves, err := decodeBundle(data, got)
	if err != nil {
		return nil, fmt.Errorf("bundle %d: %w", n, err)
	}
	return leaves[:w], nil
}

// Leaf gives one leaf.
func (r *Reader) Leaf(ctx context.Context, i uint64) ([]byte, error) {
	if i >= uint64(r.size) {
		return nil, fmt.Errorf("leaf %d of a ledger of %d: %w", i, r.size, fs.ErrNotExist)
	}
	leaves, err := r.Bundle(ctx, int64(i)/width)
	if err != nil {
		return nil, err
	}
	return leaves[i%width], nil
}

// Check recomputes every hash from the leaves: first the root, which proves all
// of them at once, and where that fails, leaf by leaf against the tiles, so that
// the first leaf that was changed is named.
func (r *Reader) Check(ctx context.Context, want tlog.Hash) error {
	e := &edge{}
	var suspect error
	for n := int64(0); n*width < r.size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		leaves, err := r.Bundle(ctx, n)
		if err != nil {
			return &DamagedError{Leaf: uint64(n * width), Err: err}
		}
		if suspect == nil {
			suspect = r.compare(ctx, n, leaves)
		}
		for _, l := range leaves {
			e.push(tlog.RecordHash(l))
		}
	}
	if got := e.root(); got != want {
		if suspect != nil {
			return suspect
		}
		return fmt.Errorf("%w: the leaves hash to %s, and the checkpoint says %s", ErrTile, got, want)
	}
	return suspect
}

// compare holds a bundle's leaves against the tile of their hashes.
func (r *Reader) compare(ctx context.Context, n int64, leaves [][]byte) error {
	data, got, err := r.read(ctx, func(w int) string { return hashPath(0, n, w) }, len(leaves))
	if err != nil {
		return &DamagedError{Leaf: uint64(n * width), Err: err}
	}
	hashes, err := decodeHashes(data, got)
	if err != nil {
		return &DamagedError{Leaf: uint64(n * width), Err: err}
	}
	for i, l := range leaves {
		if tlog.RecordHash(l) != hashes[i] {
			return &DamagedError{Leaf: uint64(n*width) + uint64(i), Err: errors.New("its bytes do not hash to the tile's hash")}
		}
	}
	return nil
}

// A DamagedError names a leaf that is not what the ledger committed to.
type DamagedError struct {
	Leaf uint64
	Err  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("entry %d: %v: %v", e.Leaf, ErrTile, e.Err) }

// Unwrap gives the cause.
func (e *DamagedError) Unwrap() []error { return []error{ErrTile, e.Err} }
