package runs

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/crosscase/crosscase/crypto/tagset"
)

// stepBlocks is how many blocks are written or deleted in one transaction: other calls
// go on in between, and the log of the database stays small.
const stepBlocks = 1024

// Merge merges the runs of a level into one, at every level that has many. What fails
// leaves the set as it was. While a set is read whole, or another merge goes on, it
// returns at once: the next call will do it.
func (r *Runs) Merge(ctx context.Context, s Set, many int) error {
	if !r.merging.TryLock() {
		return nil
	}
	defer r.merging.Unlock()
	if err := r.deleteAll(ctx, Replaced); err != nil {
		return err
	}
	for {
		var m merge
		// In one step: a run that comes later has a higher number than the merged one.
		err := r.db.Write(ctx, func() (err error) { m, err = r.planMerge(s, many); return err })
		if err != nil || len(m.old) == 0 {
			return err
		}
		if err := r.merge(ctx, m); err != nil {
			return err
		}
	}
}

// A merge is runs of one level that one run shall replace.
type merge struct {
	old    []Run
	oldest bool  // no run of the set is older
	into   int64 // the new run
}

// planMerge finds a level with many runs and begins the run that replaces them.
func (r *Runs) planMerge(s Set, many int) (merge, error) {
	runs, err := r.pages.Runs(s)
	if err != nil {
		return merge{}, err
	}
	for i, j := 0, 0; i < len(runs); i = j {
		for j < len(runs) && runs[j].Level == runs[i].Level {
			j++
		}
		if j-i >= many {
			n, err := r.pages.Begin(s, Building)
			return merge{runs[i:j], j == len(runs), n}, err
		}
	}
	return merge{}, nil
}

// merge puts one run in the place of several. Only where none is older are removed
// tags forgotten.
func (r *Runs) merge(ctx context.Context, m merge) error {
	records := func(yield func(Record, error) bool) {
		for rec, err := range r.merged(ctx, m.old) {
			if err == nil && m.oldest && rec.Value == Removed {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}
	count, err := r.write(ctx, m.into, records)
	if err == nil {
		err = r.db.Write(ctx, func() error {
			level := min(max(m.old[0].Level, levelOf(count)), m.old[0].Level+1)
			errs := []error{r.pages.SetLevel(m.into, level)}
			for _, old := range m.old {
				errs = append(errs, r.pages.SetLevel(old.Number, Replaced))
			}
			return errors.Join(errs...)
		})
	}
	if err != nil {
		return r.discard(ctx, m.into, err)
	}
	return r.deleteAll(ctx, Replaced)
}

// ReplaceAll writes tags, ascending and each once, as a set beside what is there, and
// in its last transaction puts it in the place of all sets of its purpose and peer.
// commit sees the number of tags in that transaction.
func (r *Runs) ReplaceAll(ctx context.Context, s Set, tags iter.Seq2[tagset.Tag, error], commit func(count uint64) error) error {
	var into int64
	if err := r.db.Write(ctx, func() (err error) { into, err = r.pages.Begin(s, Building); return err }); err != nil {
		return err
	}
	records := func(yield func(Record, error) bool) {
		for t, err := range tags {
			if !yield(Record{Tag: t}, err) {
				return
			}
		}
	}
	count, err := r.write(ctx, into, records)
	if err != nil {
		return r.discard(ctx, into, err)
	}
	r.merging.Lock()
	defer r.merging.Unlock()
	err = r.db.Write(ctx, func() error {
		if err := r.pages.Replace(s.Purpose, s.Peer); err != nil {
			return err
		}
		if err := r.pages.SetLevel(into, levelOf(count)); err != nil {
			return err
		}
		return commit(count)
	})
	if err != nil {
		return r.discard(ctx, into, err)
	}
	return nil // what was replaced is deleted by the next call of Merge
}

// write puts records in order into a run that does not count yet, a step at a time,
// and returns its size.
func (r *Runs) write(ctx context.Context, run int64, records iter.Seq2[Record, error]) (count uint64, err error) {
	w := writer{r: r, run: run}
	for rec, err := range records {
		if err != nil {
			return 0, err
		}
		if err := w.add(ctx, rec); err != nil {
			return 0, err
		}
		count++
	}
	return count, w.flush(ctx)
}

// A writer gathers the blocks of a step.
type writer struct {
	r      *Runs
	run    int64
	blocks [][]byte // the last one may have room
}

func (w *writer) add(ctx context.Context, rec Record) error {
	last := len(w.blocks) - 1
	if last < 0 || len(w.blocks[last]) == cap(w.blocks[last]) {
		if last+1 == stepBlocks {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		w.blocks = append(w.blocks, make([]byte, 0, BlockRecords*recordSize))
		last = len(w.blocks) - 1
	}
	w.blocks[last] = appendRecord(w.blocks[last], rec)
	return nil
}

func (w *writer) flush(ctx context.Context) error {
	err := w.r.db.Write(ctx, func() error {
		for _, b := range w.blocks {
			if err := w.r.pages.Append(w.run, tagAt(b, 0), b); err != nil {
				return err
			}
		}
		return nil
	})
	w.blocks = w.blocks[:0]
	return err
}

// Drop deletes all sets of a peer, of any epoch; commit is called in the transaction
// from which on they are gone.
func (r *Runs) Drop(ctx context.Context, peer int64, purposes []int64, commit func() error) error {
	r.merging.Lock()
	defer r.merging.Unlock()
	err := r.db.Write(ctx, func() error {
		for _, purpose := range purposes {
			if err := r.pages.Replace(purpose, peer); err != nil {
				return err
			}
		}
		return commit()
	})
	if err != nil {
		return fmt.Errorf("drop sets: %w", err)
	}
	return r.deleteAll(ctx, Replaced)
}

// discard takes back a run that was not finished, and returns the cause.
func (r *Runs) discard(ctx context.Context, run int64, cause error) error {
	ctx = context.WithoutCancel(ctx)
	err := r.db.Write(ctx, func() error { return r.pages.SetLevel(run, Replaced) })
	if err == nil {
		err = r.deleteAll(ctx, Replaced)
	}
	if err != nil {
		return fmt.Errorf("%w (and %w)", cause, err)
	}
	return cause
}

// DeleteUnfinished deletes what a crash left over: runs that were being written, and
// those that were being deleted. It is called before anything else is.
func (r *Runs) DeleteUnfinished(ctx context.Context) error {
	return errors.Join(r.deleteAll(ctx, Building), r.deleteAll(ctx, Replaced))
}

// deleteAll deletes the runs of a level that does not count, a step at a time.
func (r *Runs) deleteAll(ctx context.Context, level int64) error {
	for more := true; more; {
		err := r.db.Write(ctx, func() (err error) { more, err = r.pages.Delete(level, stepBlocks); return err })
		if err != nil {
			return fmt.Errorf("delete runs: %w", err)
		}
	}
	return nil
}
