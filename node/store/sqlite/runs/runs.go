package runs

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/crosscase/crosscase/crypto/tagset"
)

const (
	FanOut    = 16   // runs of a level that are merged when there is time
	MostRuns  = 64   // runs of a level that are merged before more are added
	levelSize = 4096 // records in a run of level 0; FanOut times as many in one of the next
)

// A Run is one sorted list. Those of a higher level are older than those of a lower
// one; within a level the higher number is newer.
type Run struct{ Number, Level int64 }

// Levels of runs that do not count.
const (
	Building int64 = -1 // is being written
	Replaced int64 = -2 // its blocks are being deleted
)

// Pages is where runs and their blocks are kept. Its methods are called inside a
// transaction of a [DB].
type Pages interface {
	// Runs lists a set's runs that count, the newest first.
	Runs(Set) ([]Run, error)
	// Begin adds an empty run, numbered above all that were begun before.
	Begin(s Set, level int64) (run int64, err error)
	SetLevel(run, level int64) error
	// Replace sets all runs that count of a purpose and peer, of any epoch, to Replaced.
	Replace(purpose, peer int64) error
	// Append writes the next block of a run.
	Append(run int64, first tagset.Tag, block []byte) error
	// At reads the last block of a run that begins at or before a tag, if there is one.
	At(run int64, tag tagset.Tag, read func(block []byte) error) error
	// Next reads the first block of a run that begins after first into block; an empty
	// one follows the last.
	Next(run int64, first, block []byte) (nextFirst, nextBlock []byte, err error)
	// Delete removes at most so many blocks of some run of a level, or the run when it
	// has none, and reports whether there was such a run.
	Delete(level int64, blocks int) (bool, error)
}

// A DB runs a function in a transaction, or with a consistent view.
type DB interface {
	Write(ctx context.Context, f func() error) error
	Read(ctx context.Context, f func() error) error
}

// Runs are all sets of a database. They are safe for concurrent use.
type Runs struct {
	db      DB
	pages   Pages
	merging sync.RWMutex // held to delete runs, shared to read a set whole; taken before any transaction
}

// New returns the sets that are kept in pages.
func New(db DB, pages Pages) *Runs { return &Runs{db: db, pages: pages} }

// levelOf is the level at which a run of n records belongs.
func levelOf(n uint64) int64 {
	level := int64(0)
	for most := uint64(levelSize); n > most; most *= FanOut {
		level++
	}
	return level
}

// Put sorts records and adds them as the newest run, in the caller's transaction. Of
// two records of a tag the later one counts.
func (r *Runs) Put(s Set, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	slices.SortStableFunc(records, func(a, b Record) int { return a.Tag.Compare(b.Tag) })
	run, err := r.pages.Begin(s, 0)
	if err != nil {
		return err
	}
	block := make([]byte, 0, BlockRecords*recordSize)
	for i, rec := range records {
		if i+1 < len(records) && records[i+1].Tag == rec.Tag {
			continue
		}
		if block = appendRecord(block, rec); len(block) == cap(block) {
			if err := r.pages.Append(run, tagAt(block, 0), block); err != nil {
				return err
			}
			block = block[:0]
		}
	}
	if len(block) == 0 {
		return nil
	}
	return r.pages.Append(run, tagAt(block, 0), block)
}

// Find looks sorted tags up, in the caller's transaction, and calls found for those
// that are in the set.
func (r *Runs) Find(s Set, tags []tagset.Tag, found func(i int, value int64) error) error {
	all, err := r.pages.Runs(s)
	if err != nil {
		return err
	}
	l := lookup{tags: tags, known: make([]bool, len(tags)), found: found}
	for _, run := range all {
		if err := l.in(r.pages, run.Number); err != nil {
			return err
		}
	}
	return nil
}

// A lookup is of sorted tags, of which some are known from newer runs.
type lookup struct {
	tags  []tagset.Tag
	known []bool
	found func(i int, value int64) error
}

// in looks up in one run what no newer one knows. It reads each block that could hold
// a tag once.
func (l *lookup) in(pages Pages, run int64) error {
	for i := 0; i < len(l.tags); {
		if l.known[i] {
			i++
			continue
		}
		next := i + 1 // where no block begins at or before the tag
		err := pages.At(run, l.tags[i], func(block []byte) (err error) { next, err = l.inBlock(block, i); return err })
		if err != nil {
			return err
		}
		i = next
	}
	return nil
}

// inBlock looks up the tags from i on that the block could hold, and returns the place
// of the first that it could not.
func (l *lookup) inBlock(block []byte, i int) (next int, err error) {
	n, err := checkBlock(block)
	if err != nil {
		return 0, err
	}
	last, from := tagAt(block, n-1), 0
	for next = i; next < len(l.tags) && (next == i || l.tags[next].Compare(last) <= 0); next++ {
		from += seek(block[from*recordSize:], l.tags[next])
		if l.known[next] || from == n {
			continue
		}
		rec := recordAt(block, from)
		if rec.Tag != l.tags[next] {
			continue
		}
		if l.known[next] = true; rec.Value == Removed {
			continue
		}
		if err := l.found(next, rec.Value); err != nil {
			return 0, err
		}
	}
	return next, nil
}

// Tags lists a set's tags, ascending, in steps of its own. The caller must not add to
// the set or replace it meanwhile.
func (r *Runs) Tags(ctx context.Context, s Set) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		r.merging.RLock()
		defer r.merging.RUnlock()
		r.tags(ctx, s)(yield)
	}
}

// Intersect lists the tags that two sets share, ascending.
func (r *Runs) Intersect(ctx context.Context, a, b Set) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		r.merging.RLock() // once for both: a writer that waits lets nobody take it twice
		defer r.merging.RUnlock()
		tagset.Intersect(r.tags(ctx, a), r.tags(ctx, b))(yield)
	}
}

func (r *Runs) tags(ctx context.Context, s Set) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		for rec, err := range r.all(ctx, s) {
			if !yield(rec.Tag, err) || err != nil {
				return
			}
		}
	}
}

// all lists a set's records, ascending. The caller holds merging, shared.
func (r *Runs) all(ctx context.Context, s Set) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var runs []Run
		err := r.db.Read(ctx, func() (err error) { runs, err = r.pages.Runs(s); return err })
		if err != nil {
			yield(Record{}, fmt.Errorf("list runs: %w", err))
			return
		}
		for rec, err := range r.merged(ctx, runs) {
			if err == nil && rec.Value == Removed {
				continue
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}
