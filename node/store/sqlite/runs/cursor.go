package runs

import (
	"container/heap"
	"context"
	"iter"
)

// A cursor reads one run in order, a block in memory.
type cursor struct {
	run   int64
	age   int // the newest run has the least
	block []byte
	at    int
	head  Record // at that place
	first []byte // first tag of the block
	done  bool
}

// next goes on by one record, and reads the next block where one ends.
func (r *Runs) next(ctx context.Context, c *cursor) error {
	if c.at++; c.at*recordSize >= len(c.block) {
		if err := r.db.Read(ctx, func() error { return c.load(r.pages) }); err != nil || c.done {
			return err
		}
	}
	c.head = recordAt(c.block, c.at)
	return nil
}

// load reads the block after the last one.
func (c *cursor) load(pages Pages) (err error) {
	c.at = 0
	if c.first, c.block, err = pages.Next(c.run, c.first, c.block[:0]); err != nil {
		return err
	}
	if c.done = len(c.block) == 0; c.done {
		return nil
	}
	_, err = checkBlock(c.block)
	return err
}

// cursors are a heap whose root has the least tag; of equal ones the newest.
type cursors []*cursor

func (h cursors) Len() int      { return len(h) }
func (h cursors) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h cursors) Less(i, j int) bool {
	by := h[i].head.Tag.Compare(h[j].head.Tag)
	return by < 0 || by == 0 && h[i].age < h[j].age
}
func (h *cursors) Push(c any) { *h = append(*h, c.(*cursor)) }
func (h *cursors) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// advance moves the root on.
func (h *cursors) advance(ctx context.Context, r *Runs) error {
	if err := r.next(ctx, (*h)[0]); err != nil {
		return err
	}
	if (*h)[0].done {
		heap.Pop(h)
	} else {
		heap.Fix(h, 0)
	}
	return nil
}

// merged lists the records of runs in order, one a tag: the newest. The caller keeps
// the runs from being deleted.
func (r *Runs) merged(ctx context.Context, runs []Run) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var h cursors
		for i, run := range runs {
			c := &cursor{run: run.Number, age: i, at: -1}
			if err := r.next(ctx, c); err != nil {
				yield(Record{}, err)
				return
			}
			if !c.done {
				h = append(h, c)
			}
		}
		heap.Init(&h)
		for len(h) > 0 {
			out := h[0].head
			if !yield(out, nil) {
				return
			}
			for len(h) > 0 && h[0].head.Tag == out.Tag {
				if err := h.advance(ctx, r); err != nil {
					yield(Record{}, err)
					return
				}
			}
		}
	}
}
