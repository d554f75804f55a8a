package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height // hashes in a tile, leaves in a bundle
)

// CheckpointName is the path of the newest certified checkpoint.
const CheckpointName = "checkpoint"

// MaxLeaf is the size of the largest leaf in bytes: its length takes two bytes.
const MaxLeaf = 1<<16 - 1

// ErrTile is wrapped by every tile or bundle that is not what it should be.
var ErrTile = errors.New("the ledger's tiles are damaged")

// number writes a tile's number as C2SP does: "x001/x234/067".
func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

// hashPath is the path of a tile of hashes with w of 256.
func hashPath(level int, n int64, w int) string {
	return partial(fmt.Sprintf("tile/%d/%s", level, number(n)), w)
}

// bundlePath is the path of a bundle with w of 256 leaves.
func bundlePath(n int64, w int) string { return partial("tile/entries/"+number(n), w) }

func partial(path string, w int) string {
	if w == width {
		return path
	}
	return fmt.Sprintf("%s.p/%d", path, w)
}

// encodeBundle writes leaves behind their lengths.
func encodeBundle(leaves [][]byte) []byte {
	var out []byte
	for _, l := range leaves {
		out = binary.BigEndian.AppendUint16(out, uint16(len(l)))
		out = append(out, l...)
	}
	return out
}

// decodeBundle reads w leaves and nothing more; all that there are if w is -1.
func decodeBundle(data []byte, w int) ([][]byte, error) {
	leaves := make([][]byte, 0, width)
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, fmt.Errorf("%w: a bundle ends inside a length", ErrTile)
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			return nil, fmt.Errorf("%w: a bundle ends inside leaf %d", ErrTile, len(leaves))
		}
		leaves = append(leaves, data[2:2+n])
		data = data[2+n:]
	}
	if w >= 0 && len(leaves) != w {
		return nil, fmt.Errorf("%w: a bundle of %d leaves, want %d", ErrTile, len(leaves), w)
	}
	return leaves, nil
}

// decodeHashes reads w hashes and nothing more.
func decodeHashes(data []byte, w int) ([]tlog.Hash, error) {
	if len(data) != w*tlog.HashSize {
		return nil, fmt.Errorf("%w: a tile of %d bytes, want %d", ErrTile, len(data), w*tlog.HashSize)
	}
	out := make([]tlog.Hash, w)
	for i := range out {
		copy(out[i][:], data[i*tlog.HashSize:])
	}
	return out, nil
}

func encodeHashes(hashes []tlog.Hash) []byte {
	out := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out
}

// root is the tree hash of a full tile: the hash that stands for it a level up.
func root(hashes []tlog.Hash) tlog.Hash {
	for len(hashes) > 1 {
		next := make([]tlog.Hash, len(hashes)/2)
		for i := range next {
			next[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
		hashes = next
	}
	return hashes[0]
}

// widths gives, for a tree of a size, how many hashes the right-most tile of each
// level holds, from level 0 on; full tiles before it are not counted.
func widths(size int64) []int {
	var out []int
	for n := size; n > 0; n >>= height {
		out = append(out, int(n%width))
	}
	return out
}
