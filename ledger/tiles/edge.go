package tiles

import "golang.org/x/mod/sumdb/tlog"

// An edge is the right edge of a growing tree: for each level of tiles the hashes
// of its last, unfilled tile. It is all that hashing the next leaf needs.
type edge struct {
	size   int64
	levels [][]tlog.Hash
	full   func(level int, n int64, hashes []tlog.Hash) // called with each tile that fills; may be nil
}

// push adds a leaf's hash.
func (e *edge) push(h tlog.Hash) {
	n := e.size
	e.size++
	for level := 0; ; level++ {
		if level == len(e.levels) {
			e.levels = append(e.levels, make([]tlog.Hash, 0, width))
		}
		e.levels[level] = append(e.levels[level], h)
		n >>= height
		if len(e.levels[level]) < width {
			return
		}
		if e.full != nil {
			e.full(level, n, e.levels[level])
		}
		h = root(e.levels[level])
		e.levels[level] = e.levels[level][:0]
	}
}

// root is the tree's root hash. Each level's unfilled tile is a run of perfect
// subtrees; they fold from the right.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		h, err := tlog.TreeHash(0, nil)
		if err != nil {
			panic(err) // reads nothing
		}
		return h
	}
	var acc tlog.Hash
	var some bool
	for _, hashes := range e.levels {
		for len(hashes) > 0 {
			// the largest power of two that the count's lowest bit names
			w := len(hashes) & -len(hashes)
			h := root(hashes[len(hashes)-w:])
			hashes = hashes[:len(hashes)-w]
			if !some {
				acc, some = h, true
			} else {
				acc = tlog.NodeHash(h, acc)
			}
		}
	}
	return acc
}
