package casestore

import (
	"context"
	"fmt"
	"iter"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
)

// stepBlocks is how many blocks are written in one transaction: other calls go on
// in between, and the log of the database stays small.
const stepBlocks = 256

// A cursor reads one run in order, a block in memory.
type cursor struct {
	run   int64
	block []byte
	at    int
	last  []byte // first tag of the block
	done  bool
}

func (c *cursor) head() record { return recordAt(c.block, c.at) }

// load reads the block after the last one, with the lock held.
func (s *Store) load(c *cursor) error {
	c.block, c.at = c.block[:0], 0
	last := c.last
	if last == nil {
		last = []byte{}
	}
	err := s.query("SELECT first, data FROM tag_block WHERE run = ? AND first > ? ORDER BY first LIMIT 1", []any{c.run, last}, func(st *sqlite3.Stmt) error {
		c.last, c.block = st.ColumnBlob(0, c.last[:0]), st.ColumnBlob(1, c.block)
		return nil
	})
	if err == nil && (len(c.block)%recordSize != 0) {
		err = fmt.Errorf("%w: a block of %d bytes of tags", ErrCorrupt, len(c.block))
	}
	c.done = len(c.block) == 0
	return err
}

// merged gives the records of runs in order, one a tag: the newest. The caller
// keeps the runs from being deleted.
func (s *Store) merged(ctx context.Context, runs []run) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		cursors := make([]*cursor, len(runs))
		load := func(c *cursor) error { return s.read(ctx, func() error { return s.load(c) }) }
		for i, r := range runs {
			cursors[i] = &cursor{run: r.n}
			if err := load(cursors[i]); err != nil {
				yield(record{}, err)
				return
			}
		}
		for {
			var first *cursor
			var out record
			for _, c := range cursors { // the newest first: of equal tags it wins
				if c.done {
					continue
				}
				if r := c.head(); first == nil || r.tag.Compare(out.tag) < 0 {
					first, out = c, r
				}
			}
			if first == nil {
				return
			}
			if !yield(out, nil) {
				return
			}
			for _, c := range cursors {
				if c.done || c.head().tag != out.tag {
					continue
				}
				if c.at++; c.at*recordSize == len(c.block) {
					if err := load(c); err != nil {
						yield(record{}, err)
						return
					}
				}
			}
		}
	}
}

// all gives a set's tags, ascending. No run is deleted meanwhile.
func (s *Store) all(ctx context.Context, t tagSet) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		s.merging.RLock()
		defer s.merging.RUnlock()
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

// settle merges the runs of a level into one once there are many, before something
// is added. What fails leaves the set as it was.
func (s *Store) settle(ctx context.Context, t tagSet) error {
	if !s.merging.TryLock() {
		return nil // somebody reads the set whole, or merges: the next call will do it
	}
	defer s.merging.Unlock()
	if err := s.bury(ctx, dying); err != nil {
		return err
	}
	for {
		var m merge
		// In one step: a run that comes later has a higher number than the merged one.
		err := s.tx(ctx, func() (err error) { m, err = s.crowded(t); return err })
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
func (s *Store) crowded(t tagSet) (merge, error) {
	runs, err := s.runs(t)
	if err != nil {
		return merge{}, err
	}
	for i, j := 0, 0; i < len(runs); i = j {
		for j < len(runs) && runs[j].level == runs[i].level {
			j++
		}
		if j-i >= fanOut {
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
