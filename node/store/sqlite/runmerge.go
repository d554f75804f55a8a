package sqlite

import (
	"context"
	"fmt"
	"iter"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// stepBlocks is how many blocks are written in one transaction: other calls go on
// in between, and the log of the database stays small.
const stepBlocks = 1024

// A cursor reads one run in order, a block in memory.
type cursor struct {
	run   int64
	age   int // the newest run has the least
	block []byte
	at    int
	head  record // at that place
	last  []byte // first tag of the block
	done  bool
}

// before orders cursors by their next tag; of equal ones the newest is first.
func (c *cursor) before(d *cursor) bool {
	by := c.head.tag.Compare(d.head.tag)
	return by < 0 || by == 0 && c.age < d.age
}

// next goes on by one record, and reads the next block where one ends.
func (s *Store) next(ctx context.Context, c *cursor) error {
	if c.at++; c.at*recordSize >= len(c.block) {
		if err := s.read(ctx, func() error { return s.load(c) }); err != nil || c.done {
			return err
		}
	}
	c.head = recordAt(c.block, c.at)
	return nil
}

// load reads the block after the last one, with the lock held.
func (s *Store) load(c *cursor) error {
	c.block, c.at = c.block[:0], 0
	last := c.last
	if last == nil {
		last = []byte{}
	}
	err := s.query("SELECT f.first, b.data FROM tag_first f JOIN tag_block b ON b.n = f.block WHERE f.run = ? AND f.first > ? ORDER BY f.first LIMIT 1", []any{c.run, last}, func(st *sqlite3.Stmt) error {
		c.last, c.block = st.ColumnBlob(0, c.last[:0]), st.ColumnBlob(1, c.block)
		return nil
	})
	if err == nil && (len(c.block)%recordSize != 0) {
		err = fmt.Errorf("%w: a block of %d bytes of tags", store.ErrCorrupt, len(c.block))
	}
	c.done = len(c.block) == 0
	return err
}

// A heap of cursors has the one with the least tag at its root.
type cursors []*cursor

func (h cursors) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// advance moves the first cursor on.
func (h *cursors) advance(ctx context.Context, s *Store) error {
	c := (*h)[0]
	if err := s.next(ctx, c); err != nil {
		return err
	}
	if c.done {
		last := len(*h) - 1
		(*h)[0] = (*h)[last]
		*h = (*h)[:last]
	}
	h.down(0)
	return nil
}

// merged gives the records of runs in order, one a tag: the newest. The caller
// keeps the runs from being deleted.
func (s *Store) merged(ctx context.Context, runs []run) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		var h cursors
		for i, r := range runs {
			c := &cursor{run: r.n, age: i, at: -1}
			if err := s.next(ctx, c); err != nil {
				yield(record{}, err)
				return
			}
			if !c.done {
				h = append(h, c)
			}
		}
		for i := len(h)/2 - 1; i >= 0; i-- {
			h.down(i)
		}
		for len(h) > 0 {
			out := h[0].head
			if !yield(out, nil) {
				return
			}
			for len(h) > 0 && h[0].head.tag == out.tag {
				if err := h.advance(ctx, s); err != nil {
					yield(record{}, err)
					return
				}
			}
		}
	}
}

// all gives a set's records, ascending. The caller holds merging, shared: no run is
// deleted meanwhile.
func (s *Store) all(ctx context.Context, t tagSet) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		var runs []run
		err := s.read(ctx, func() (err error) { runs, err = s.runs(t); return err })
		if err != nil {
			yield(record{}, err)
			return
		}
		for r, err := range s.merged(ctx, runs) {
			if err == nil && r.value == gone {
				continue
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// tagsOf gives the tags of all.
func (s *Store) tagsOf(ctx context.Context, t tagSet) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		for r, err := range s.all(ctx, t) {
			if !yield(r.tag, err) || err != nil {
				return
			}
		}
	}
}

// write puts records in order into a run that does not count yet, a step at a time,
// and gives its size. each sees every block before it is written, with the lock held.
func (s *Store) write(ctx context.Context, n int64, records iter.Seq2[record, error], each func([]tagset.Tag) error) (count uint64, err error) {
	var blocks [][]byte
	flush := func() error {
		err := s.tx(ctx, func() error {
			for _, b := range blocks {
				if each != nil {
					tags := make([]tagset.Tag, len(b)/recordSize)
					for i := range tags {
						tags[i] = recordAt(b, i).tag
					}
					if err := each(tags); err != nil {
						return err
					}
				}
				if err := s.putBlock(n, b); err != nil {
					return err
				}
			}
			return nil
		})
		blocks = blocks[:0]
		return err
	}
	block := make([]byte, 0, blockTags*recordSize)
	for r, err := range records {
		if err != nil {
			return 0, err
		}
		count++
		if block = appendRecord(block, r); len(block) < cap(block) {
			continue
		}
		blocks, block = append(blocks, block), make([]byte, 0, blockTags*recordSize)
		if len(blocks) == stepBlocks {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if len(block) > 0 {
		blocks = append(blocks, block)
	}
	return count, flush()
}

// Settle merges what has become many runs of a peer's and an epoch's tags. It is for
// idle times; a set that nobody settles is merged while something is added to it.
func (s *Store) Settle(ctx context.Context, peer casework.AgencyID, epoch uint32) error {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	for _, what := range []int64{ownTags, peerTags, askedTags} {
		if err := s.settle(ctx, tagSet{what, n, epoch}, fanOut); err != nil {
			return fmt.Errorf("merge tags: %w", err)
		}
	}
	return nil
}

// settle merges the runs of a level into one once there are many. What fails leaves
// the set as it was.
func (s *Store) settle(ctx context.Context, t tagSet, many int) error {
	if !s.merging.TryLock() {
		return nil // somebody reads a set whole, or merges: the next call will do it
	}
	defer s.merging.Unlock()
	if err := s.bury(ctx, dying); err != nil {
		return err
	}
	for {
		var m merge
		// In one step: a run that comes later has a higher number than the merged one.
		err := s.tx(ctx, func() (err error) { m, err = s.crowded(t, many); return err })
		if err != nil || len(m.old) == 0 {
			return err
		}
		if err := s.mergeRuns(ctx, m); err != nil {
			return err
		}
	}
}

// A merge is runs of one level that one run shall replace.
type merge struct {
	old    []run
	oldest bool  // no run of the set is older
	into   int64 // the new run
}

// crowded finds a level with many runs and begins the run that replaces them, with
// the lock held.
func (s *Store) crowded(t tagSet, many int) (merge, error) {
	runs, err := s.runs(t)
	if err != nil {
		return merge{}, err
	}
	for i, j := 0, 0; i < len(runs); i = j {
		for j < len(runs) && runs[j].level == runs[i].level {
			j++
		}
		if j-i >= many {
			n, err := s.beginRun(t, building)
			return merge{runs[i:j], j == len(runs), n}, err
		}
	}
	return merge{}, nil
}

// mergeRuns puts one run in the place of several. Only where none is older are
// tags that were taken back forgotten.
func (s *Store) mergeRuns(ctx context.Context, m merge) error {
	records := func(yield func(record, error) bool) {
		for r, err := range s.merged(ctx, m.old) {
			if err == nil && m.oldest && r.value == gone {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
	count, err := s.write(ctx, m.into, records, nil)
	if err == nil {
		err = s.tx(ctx, func() error {
			level := min(max(m.old[0].level, levelOf(count)), m.old[0].level+1)
			if err := s.query("UPDATE tag_run SET level = ? WHERE n = ?", []any{level, m.into}, nil); err != nil {
				return err
			}
			return s.retire(m.old)
		})
	}
	if err != nil {
		return s.discard(ctx, m.into, err)
	}
	return s.bury(ctx, dying)
}

// discard takes back a run that was not finished.
func (s *Store) discard(ctx context.Context, n int64, cause error) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.tx(ctx, func() error { return s.retire([]run{{n: n}}) }); err != nil {
		return fmt.Errorf("%w (and %w)", cause, err)
	}
	if err := s.bury(ctx, dying); err != nil {
		return fmt.Errorf("%w (and %w)", cause, err)
	}
	return cause
}
