package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
)

// Tags come in random order, by the million, and later a few at a time. A table
// sorted by tag would touch a page for each, and more pages the larger the set is.
// They are kept in runs instead: what comes in together is sorted and written as
// one run of blocks, and runs of a size are merged into one of the next. A look-up goes through the runs, the newest first; a tag that was taken back is a
// record that says so. An update writes what it holds, however large the set is.

// A tagSet names the tags of one purpose, peer and epoch.
type tagSet struct {
	what  int64
	peer  int64
	epoch uint32
}

// The purposes.
const (
	ownTags   int64 = 1 // what we publish to a peer, with the item's number; 0: padding
	peerTags  int64 = 2 // what a peer publishes to us, with 0
	askedTags int64 = 3 // a peer's tags of our items, learned by asking, with the item's number
	itemKeys  int64 = 4 // beginnings of the look-up keys of our items, with the item's number
)

const (
	recordSize = tagset.Size + 6
	blockTags  = 248  // as many as fit into a page of the database: a look-up reads one
	fanOut     = 16   // runs of a level that are merged when there is time
	crowd      = 64   // and at the latest
	partTags   = 4096 // the usual size of a new run
)

// gone is the value of a tag that was taken back.
const gone = 1<<48 - 1

// A record is a tag and the number that goes with it.
type record struct {
	tag   tagset.Tag
	value int64
}

func appendRecord(dst []byte, r record) []byte {
	dst = append(dst, r.tag[:]...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.value>>32))
	return binary.BigEndian.AppendUint32(dst, uint32(r.value))
}

func recordAt(block []byte, i int) record {
	b := block[i*recordSize:]
	return record{tagset.Tag(b[:tagset.Size]), int64(binary.BigEndian.Uint16(b[tagset.Size:]))<<32 | int64(binary.BigEndian.Uint32(b[tagset.Size+2:]))}
}

// A run is one sorted list. Those of a higher level are older than those of a
// lower one; within a level the number tells the age.
type run struct{ n, level int64 }

// Levels of runs that do not count: one that is being written, and one whose blocks
// are being deleted.
const (
	building int64 = -1
	dying    int64 = -2
)

// levelOf is the level at which a run of n tags belongs.
func levelOf(n uint64) int64 {
	level := int64(0)
	for most := uint64(partTags); n > most; most *= fanOut {
		level++
	}
	return level
}

// runs lists a set's runs, the newest first, with the lock held.
func (s *Store) runs(t tagSet) ([]run, error) {
	var out []run
	err := s.query("SELECT n, level FROM tag_run WHERE what = ? AND peer = ? AND epoch = ? AND level >= 0 ORDER BY level, n DESC",
		[]any{t.what, t.peer, t.epoch}, func(st *sqlite3.Stmt) error {
			out = append(out, run{st.ColumnInt64(0), st.ColumnInt64(1)})
			return nil
		})
	return out, err
}

// beginRun makes an empty run, with the lock held.
func (s *Store) beginRun(t tagSet, level int64) (int64, error) {
	err := s.query("INSERT INTO tag_run(what, peer, epoch, level) VALUES(?, ?, ?, ?)", []any{t.what, t.peer, t.epoch, level}, nil)
	return s.db.LastInsertRowID(), err
}

// putBlock writes the next block of a run, with the lock held.
func (s *Store) putBlock(run int64, block []byte) error {
	if err := s.query("INSERT INTO tag_block(data) VALUES(?)", []any{block}, nil); err != nil {
		return err
	}
	return s.query("INSERT INTO tag_first(run, first, block) VALUES(?, ?, ?)", []any{run, block[:tagset.Size], s.db.LastInsertRowID()}, nil)
}

// putRun sorts records and adds them as the newest run, with the lock held. Of two
// records of a tag the later one counts.
func (s *Store) putRun(t tagSet, records []record) error {
	if len(records) == 0 {
		return nil
	}
	slices.SortStableFunc(records, func(a, b record) int { return a.tag.Compare(b.tag) })
	n, err := s.beginRun(t, 0)
	if err != nil {
		return err
	}
	block := make([]byte, 0, blockTags*recordSize)
	for i, r := range records {
		if i+1 < len(records) && records[i+1].tag == r.tag {
			continue
		}
		if block = appendRecord(block, r); len(block) == cap(block) {
			if err := s.putBlock(n, block); err != nil {
				return err
			}
			block = block[:0]
		}
	}
	if len(block) == 0 {
		return nil
	}
	return s.putBlock(n, block)
}

// find looks sorted tags up and tells those that are in the set, with the lock held.
func (s *Store) find(t tagSet, tags []tagset.Tag, found func(i int, value int64) error) error {
	runs, err := s.runs(t)
	if err != nil {
		return err
	}
	known := make([]bool, len(tags))
	for _, r := range runs {
		if err := s.findIn(r.n, tags, known, found); err != nil {
			return err
		}
	}
	return nil
}

// findIn looks those tags up in one run that no newer one knows. It reads each
// block that could hold one, once.
func (s *Store) findIn(run int64, tags []tagset.Tag, known []bool, found func(i int, value int64) error) error {
	for i := 0; i < len(tags); {
		if known[i] {
			i++
			continue
		}
		next := i + 1 // where no block begins at or before the tag
		err := s.query("SELECT data FROM tag_block WHERE n = (SELECT block FROM tag_first WHERE run = ? AND first <= ? ORDER BY first DESC LIMIT 1)", []any{run, tags[i][:]},
			func(st *sqlite3.Stmt) error {
				block := st.ColumnRawBlob(0)
				n := len(block) / recordSize
				if n == 0 || len(block)%recordSize != 0 {
					return fmt.Errorf("%w: a block of %d bytes of tags", store.ErrCorrupt, len(block))
				}
				last := recordAt(block, n-1).tag
				from := 0
				for next = i; next < len(tags) && (next == i || tags[next].Compare(last) <= 0); next++ {
					from += advance(block[from*recordSize:], tags[next])
					if known[next] || from == n {
						continue
					}
					if r := recordAt(block, from); r.tag == tags[next] {
						known[next] = true
						if r.value == gone {
							continue
						}
						if err := found(next, r.value); err != nil {
							return err
						}
					}
				}
				return nil
			})
		if err != nil {
			return err
		}
		i = next
	}
	return nil
}

// advance is the place in a block of the first tag that is not below the one wanted.
// It goes in steps that double: the next tag that is looked for is often near.
func advance(block []byte, want tagset.Tag) int {
	n := len(block) / recordSize
	low, high := 0, 1
	for high <= n && tagset.Tag(block[(high-1)*recordSize:][:tagset.Size]).Compare(want) < 0 {
		low, high = high, 2*high
	}
	high = min(high, n)
	for low < high {
		middle := (low + high) / 2
		if tagset.Tag(block[middle*recordSize:][:tagset.Size]).Compare(want) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// retire takes runs out of their set, with the lock held; their blocks are deleted
// by bury, soon or after a restart.
func (s *Store) retire(runs []run) error {
	for _, r := range runs {
		if err := s.query("UPDATE tag_run SET level = ? WHERE n = ?", []any{dying, r.n}, nil); err != nil {
			return err
		}
	}
	return nil
}

// bury deletes what no set has any more, a step at a time.
func (s *Store) bury(ctx context.Context, level int64) error {
	for left := true; left; {
		err := s.tx(ctx, func() error {
			var n int64
			err := s.query("SELECT n FROM tag_run WHERE level = ? LIMIT 1", []any{level}, func(st *sqlite3.Stmt) error { n = st.ColumnInt64(0); return nil })
			if left = n > 0; err != nil || !left {
				return err
			}
			var last []byte // of this step
			err = s.query("SELECT max(first) FROM (SELECT first FROM tag_first WHERE run = ? ORDER BY first LIMIT ?)", []any{n, stepBlocks}, func(st *sqlite3.Stmt) error {
				last = st.ColumnBlob(0, nil)
				return nil
			})
			if err != nil {
				return err
			}
			if len(last) == 0 {
				return s.query("DELETE FROM tag_run WHERE n = ?", []any{n}, nil)
			}
			if err := s.query("DELETE FROM tag_block WHERE n IN (SELECT block FROM tag_first WHERE run = ? AND first <= ?)", []any{n, last}, nil); err != nil {
				return err
			}
			return s.query("DELETE FROM tag_first WHERE run = ? AND first <= ?", []any{n, last}, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
