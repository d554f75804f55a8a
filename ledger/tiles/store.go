package tiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
)

// A Store is the writing side, on disk. It is safe for concurrent use.
type Store struct {
	dir string

	publishing sync.Mutex      // held while files are written, so that mu is not
	made       map[string]bool // folders known to exist; guarded by publishing

	mu        sync.RWMutex // guards what follows
	edge      edge
	bundle    [][]byte          // leaves of the unfilled bundle
	full      map[string][]byte // full tiles that are not on disk yet, by path
	failed    error             // a write that failed; everything after it fails, too
	published uint64            // size of the newest checkpoint
	note      []byte
}

// maxFull is how many full tiles wait in memory for the disk.
const maxFull = 64

// Open opens or begins the tiles in a folder, at the size of the checkpoint that
// lies there; leaves appended after it are to be appended again.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tile"), 0o755); err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	dir = filepath.Clean(dir)
	s := &Store{dir: dir, made: map[string]bool{}, full: map[string][]byte{}}
	s.edge.full = s.writeFull
	note, err := os.ReadFile(filepath.Join(dir, CheckpointName))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	c, err := checkpoint.Parse(note)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	if err := s.load(int64(c.Size)); err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	if got := s.edge.root(); got != c.Root {
		return nil, fmt.Errorf("tiles: %w: they hash to %s, and the checkpoint says %s", ErrTile, got, c.Root)
	}
	s.note, s.published = note, c.Size
	return s, nil
}

// Rewind forgets what was appended after the newest published checkpoint.
func (s *Store) Rewind() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edge = edge{full: s.writeFull}
	s.bundle, s.failed = nil, nil
	clear(s.full)
	if s.published == 0 {
		return nil
	}
	if err := s.load(int64(s.published)); err != nil {
		s.failed = fmt.Errorf("tiles: %w", err)
	}
	return s.failed
}

// load reads the right edge of a tree of a size.
func (s *Store) load(size int64) error {
	r := NewReader(Dir(os.DirFS(s.dir)), uint64(size))
	n := size
	for level, w := range widths(size) {
		hashes := make([]tlog.Hash, 0, width)
		if w > 0 {
			data, got, err := r.read(context.Background(), func(w int) string { return hashPath(level, n>>height, w) }, w)
			if err != nil {
				return err
			}
			read, err := decodeHashes(data, got)
			if err != nil {
				return err
			}
			hashes = append(hashes, read[:w]...)
		}
		s.edge.levels = append(s.edge.levels, hashes)
		n >>= height
	}
	s.edge.size = size
	if size%width > 0 {
		leaves, err := r.Bundle(context.Background(), size/width)
		if err != nil {
			return err
		}
		for i, l := range leaves {
			if tlog.RecordHash(l) != s.edge.levels[0][i] {
				return &DamagedError{Leaf: uint64(size/width*width) + uint64(i), Err: errors.New("its bytes do not hash to the tile's hash")}
			}
			s.bundle = append(s.bundle, bytes.Clone(l))
		}
	}
	return nil
}

// Size is how many leaves were appended.
func (s *Store) Size() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return uint64(s.edge.size)
}

// Root is the root of all that was appended, with its size.
func (s *Store) Root() (uint64, tlog.Hash) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return uint64(s.edge.size), s.edge.root()
}

// CheckFrom recomputes the hashes of the leaves from an index on, and compares them with
// those of the tiles.
func (s *Store) CheckFrom(index uint64) error {
	for n := index / width; n*width < s.Size(); n++ {
		leaves, err := s.Bundle(n)
		if err != nil {
			return err
		}
		s.mu.RLock()
		hashes, err := s.tile(0, int64(n), len(leaves))
		s.mu.RUnlock()
		if err != nil {
			return err
		}
		for i, l := range leaves {
			if tlog.RecordHash(l) != hashes[i] {
				return &DamagedError{Leaf: n*width + uint64(i), Err: errors.New("its bytes do not hash to the tile's hash")}
			}
		}
	}
	return nil
}

// RootWith is the root that the tree would have with more leaves.
func (s *Store) RootWith(leaves ...[]byte) tlog.Hash {
	s.mu.RLock()
	next := edge{size: s.edge.size}
	for _, level := range s.edge.levels {
		next.levels = append(next.levels, append(make([]tlog.Hash, 0, width), level...))
	}
	s.mu.RUnlock()
	for _, l := range leaves {
		next.push(tlog.RecordHash(l))
	}
	return next.root()
}

// Append adds leaves. They become durable with the next Publish.
func (s *Store) Append(leaves ...[]byte) error {
	for _, l := range leaves {
		if len(l) > MaxLeaf {
			return fmt.Errorf("tiles: a leaf of %d bytes, more than %d", len(l), MaxLeaf)
		}
	}
	s.mu.Lock()
	for _, l := range leaves {
		s.bundle = append(s.bundle, bytes.Clone(l))
		if len(s.bundle) == width {
			s.full[bundlePath(s.edge.size>>height, width)] = encodeBundle(s.bundle)
			s.bundle = nil
		}
		s.edge.push(tlog.RecordHash(l))
	}
	err, many := s.failed, len(s.full) > maxFull
	s.mu.Unlock()
	if err != nil || !many {
		return err
	}
	s.publishing.Lock()
	defer s.publishing.Unlock()
	return s.write(s.waiting())
}

func (s *Store) writeFull(level int, n int64, hashes []tlog.Hash) {
	s.full[hashPath(level, n, width)] = encodeHashes(hashes)
}

// waiting is a copy of which full tiles are to be written.
func (s *Store) waiting() map[string][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.full)
}

// Publish makes everything durable for a checkpoint of at most the present size,
// and then the checkpoint. Leaves can be appended meanwhile.
func (s *Store) Publish(c checkpoint.Checkpoint, note []byte) error {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	files := s.waiting()
	s.mu.RLock()
	err := s.addPartials(files, c.Size)
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	if err := s.write(files); err != nil {
		return err
	}
	if err := s.write(map[string][]byte{CheckpointName: note}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note, s.published = bytes.Clone(note), c.Size
	return nil
}

// addPartials adds the unfilled tiles of a tree of a size; s.mu is held.
func (s *Store) addPartials(files map[string][]byte, of uint64) error {
	if of > uint64(s.edge.size) {
		return fmt.Errorf("tiles: a checkpoint of %d in a ledger of %d", of, s.edge.size)
	}
	size := int64(of)
	n := size
	for level, w := range widths(size) {
		n >>= height
		if w == 0 {
			continue
		}
		hashes, err := s.tile(level, n, w)
		if err != nil {
			return err
		}
		files[hashPath(level, n, w)] = encodeHashes(hashes)
	}
	if w := int(size % width); w > 0 {
		leaves, err := s.leaves(size/width, w)
		if err != nil {
			return err
		}
		files[bundlePath(size/width, w)] = encodeBundle(leaves)
	}
	return nil
}

// tile returns the first w hashes of a tile, from the edge or from disk.
func (s *Store) tile(level int, n int64, w int) ([]tlog.Hash, error) {
	if level < len(s.edge.levels) && n == s.edge.size>>(height*(level+1)) {
		if have := s.edge.levels[level]; len(have) >= w {
			return have[:w], nil
		}
	}
	data, err := s.whole(hashPath(level, n, width))
	if err != nil {
		return nil, err
	}
	hashes, err := decodeHashes(data, width)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	return hashes[:w], nil
}

// whole reads a full tile, which may not be on disk yet.
func (s *Store) whole(path string) ([]byte, error) {
	if data, ok := s.full[path]; ok {
		return data, nil
	}
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path)))
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	return data, nil
}

// leaves returns the first w leaves of a bundle, from memory or from disk.
func (s *Store) leaves(n int64, w int) ([][]byte, error) {
	if n == s.edge.size>>height {
		if len(s.bundle) < w {
			return nil, fmt.Errorf("bundle %d of a ledger of %d: %w", n, s.edge.size, fs.ErrNotExist)
		}
		return s.bundle[:w], nil
	}
	data, err := s.whole(bundlePath(n, width))
	if err != nil {
		return nil, err
	}
	all, err := decodeBundle(data, width)
	if err != nil {
		return nil, fmt.Errorf("tiles: bundle %d: %w", n, err)
	}
	return all[:w], nil
}

// Leaf returns a leaf that was appended.
func (s *Store) Leaf(i uint64) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i >= uint64(s.edge.size) {
		return nil, fmt.Errorf("leaf %d of a ledger of %d: %w", i, s.edge.size, fs.ErrNotExist)
	}
	leaves, err := s.leaves(int64(i)/width, int(i%width)+1)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(leaves[i%width]), nil
}

// Bundle returns the leaves that were appended from n*256 on, up to 256 of them.
// The caller must not change them.
func (s *Store) Bundle(n uint64) ([][]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	size := uint64(s.edge.size)
	if n >= (size+width-1)/width {
		return nil, fmt.Errorf("bundle %d of a ledger of %d: %w", n, size, fs.ErrNotExist)
	}
	return s.leaves(int64(n), int(min(width, size-n*width)))
}

// Checkpoint returns the newest published checkpoint and its size; none is nil.
func (s *Store) Checkpoint() (note []byte, size uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.note, s.published
}

// Prove returns the inclusion proof of a leaf in the tree of a size.
func (s *Store) Prove(index, size uint64) (tlog.RecordProof, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if size > uint64(s.edge.size) || index >= size {
		return nil, fmt.Errorf("tiles: no proof of %d in %d", index, size)
	}
	p, err := tlog.ProveRecord(int64(size), int64(index), tlog.HashReaderFunc(s.readHashes))
	if err != nil {
		return nil, fmt.Errorf("tiles: prove %d in %d: %w", index, size, err)
	}
	return p, nil
}

// RootAt is the root of the tree as it was at a size.
func (s *Store) RootAt(size uint64) (tlog.Hash, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if size == uint64(s.edge.size) {
		return s.edge.root(), nil
	}
	if size > uint64(s.edge.size) {
		return tlog.Hash{}, fmt.Errorf("tiles: no root of %d in a ledger of %d", size, s.edge.size)
	}
	h, err := tlog.TreeHash(int64(size), tlog.HashReaderFunc(s.readHashes))
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("tiles: root of %d: %w", size, err)
	}
	return h, nil
}

// readHashes returns stored hashes by tlog's index, out of tiles.
func (s *Store) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		// the hash covers 2^level leaves: a run of 2^(level%8) hashes of one tile
		run := int64(1) << (level % height)
		first := n * run
		hashes, err := s.tile(level/height, first>>height, int(first%width+run))
		if err != nil {
			return nil, err
		}
		out[i] = root(hashes[first%width : first%width+run])
	}
	return out, nil
}

// write replaces files whole and durably, side by side; its first failure stays. Then
// it removes the partial tiles of those that are full: whoever looks for one of those
// finds its content at the front of the full one. s.publishing is held.
func (s *Store) write(files map[string][]byte) error {
	s.mu.RLock()
	err := s.failed
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(8)
	for path, data := range files {
		full := filepath.Join(s.dir, filepath.FromSlash(path))
		if err = s.makeFolder(filepath.Dir(full)); err != nil {
			break
		}
		g.Go(func() error { return durable.Replace(full, data, 0o644) })
	}
	err = errors.Join(err, g.Wait())
	for path := range files {
		if err != nil || path == CheckpointName || strings.Contains(path, ".p/") {
			continue
		}
		partials := filepath.Join(s.dir, filepath.FromSlash(path)) + ".p"
		delete(s.made, partials)
		err = os.RemoveAll(partials)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed = fmt.Errorf("tiles: %w; free space on the disk and start the node again, nothing acknowledged is lost", err)
		return s.failed
	}
	for path := range files {
		delete(s.full, path)
	}
	return nil
}

// makeFolder makes a folder below the store's own, and its name durable.
func (s *Store) makeFolder(folder string) error {
	if s.made[folder] || folder == s.dir {
		return nil
	}
	if err := s.makeFolder(filepath.Dir(folder)); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncFolder(filepath.Dir(folder)); err != nil {
		return err
	}
	s.made[folder] = true
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
