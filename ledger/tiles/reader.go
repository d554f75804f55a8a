package tiles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// Bundle returns the leaves from n*256 on, up to 256 of them.
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

// Leaf returns one leaf.
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

// Front returns the first w leaves (level -1) or hashes of a full tile, as a partial one
// has them.
func Front(ctx context.Context, src Source, level int, n int64, w int) ([]byte, error) {
	path := bundlePath(n, width)
	if level >= 0 {
		path = hashPath(level, n, width)
	}
	data, err := src.ReadFile(ctx, path)
	if err != nil {
		return nil, err
	}
	if level >= 0 {
		hashes, err := decodeHashes(data, width)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return encodeHashes(hashes[:w]), nil
	}
	leaves, err := decodeBundle(data, width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return encodeBundle(leaves[:w]), nil
}
