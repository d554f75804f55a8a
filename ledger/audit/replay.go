package audit

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// A page is one bundle of entries, read and parsed ahead of the replay.
type page struct {
	*tiles.Page
	entries []parsed
}

// parsed is an entry of a page, or why there is none.
type parsed struct {
	entry entry.Entry
	at    int64 // appended
	what  string
	err   error
}

const perPage = 256

// replay reads and parses pages side by side, and applies their entries in order.
func (v *verifier) replay(ctx context.Context, reader *tiles.Reader, size uint64) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	group.SetLimit(workers + 1)             // and the one that starts them
	ahead := make(chan chan *page, workers) // in order
	done := make(chan struct{})             // the replay wants no more
	group.Go(func() error {
		defer close(ahead)
		for n := v.from.Size / perPage; n*perPage < size && v.from.Size < size; n++ {
			slot := make(chan *page, 1)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-done:
				return nil
			case ahead <- slot:
			}
			group.Go(func() error {
				defer close(slot)
				p, err := v.read(ctx, reader, n)
				slot <- p
				return err
			})
		}
		return nil
	})
	err := func() error {
		defer close(done)
		for slot := range ahead {
			p := <-slot
			if p == nil {
				return nil // the group has the reason
			}
			if err := v.page(ctx, p); err != nil {
				return err
			}
			if v.report.Unjudged != nil {
				return nil
			}
		}
		return nil
	}()
	for slot := range ahead { // none of them blocks
		<-slot
	}
	if werr := group.Wait(); err == nil {
		err = werr
	}
	var damaged *tiles.DamagedError
	if errors.As(err, &damaged) { // neither entries nor hashes: nothing after it can be placed
		v.report.find(damaged.Leaf, "changed", "%v; what follows was not judged", damaged.Err)
		return nil
	}
	return err
}

// read reads a page and checks what needs no state.
func (v *verifier) read(ctx context.Context, reader *tiles.Reader, n uint64) (*page, error) {
	got, err := reader.Page(ctx, int64(n))
	if err != nil {
		return nil, err
	}
	p := &page{Page: got}
	v.parse(p)
	return p, nil
}

func (v *verifier) parse(p *page) {
	p.entries = make([]parsed, p.Count())
	for i := range p.entries {
		e := &p.entries[i]
		if p.Leaves[i] == nil {
			e.what, e.err = "changed", errors.New("it cannot be read")
			continue
		}
		var raw []byte
		if e.at, raw, e.err = entry.SplitLeaf(p.Leaves[i]); e.err != nil {
			e.what = "leaf"
			continue
		}
		if e.entry, e.err = entry.Parse(raw); e.err != nil {
			e.what = "entry"
			continue
		}
		if key := v.members.of(e.entry.Agency); key != nil {
			_ = e.entry.VerifyWith(key) // notes that it holds; the state says whether it had to
		}
	}
}

// page applies the entries of a page and opens their details.
func (v *verifier) page(ctx context.Context, p *page) error {
	suspect := len(p.Damaged) > 0
	if err := v.checker.Push(ctx, p.Page); err != nil {
		if errors.Is(err, tiles.ErrFrontier) {
			return errors.Join(ErrKept, err)
		}
		return err
	}
	if suspect && len(p.Damaged) == 0 { // the hashes were wrong and not the leaves
		v.parse(p)
	}
	for _, d := range p.Damaged {
		v.report.find(d.Leaf, "changed", "%v", d.Err)
	}
	var details []*detail
	var readings []Reading
	for i := range p.entries {
		index := p.First + uint64(i)
		if index < v.from.Size {
			continue
		}
		if policy, wanted := v.policies[index]; wanted && policy.Origin == "" {
			v.policies[index] = v.state.Policy()
		}
		d, holds := v.entry(ctx, index, &p.entries[i], p.Whole(i))
		if d != nil {
			details = append(details, d)
		}
		if holds && v.options.Each != nil {
			readings = append(readings, Reading{Index: index, At: p.entries[i].at, Entry: p.entries[i].entry, opens: d})
		}
		if v.report.Unjudged != nil {
			break
		}
	}
	v.members.follow(v.state)
	v.open(details)
	for _, r := range readings {
		if d := r.opens; d != nil {
			r.Detail, r.Findings, r.opens = d.detail, d.findings, nil
		}
		v.options.Each(r)
	}
	if v.options.Progress != nil {
		v.options.Progress(p.First+uint64(p.Count()), v.report.Entries)
	}
	return nil
}

// open opens details side by side and takes over what they came to, in order.
func (v *verifier) open(details []*detail) {
	var group errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(details); i += workers {
				details[i].open()
			}
			return nil
		})
	}
	_ = group.Wait() // no opening gives an error
	for _, d := range details {
		if d.closed {
			v.report.Sealed.Opened--
			v.close(d.index, d.entry.Agency, d.older[0])
		}
		for _, f := range d.findings {
			v.report.add(f)
		}
		for _, a := range d.acts {
			v.acts.add(a, v.report)
		}
	}
}

// entry applies one entry, or names what is wrong with it and goes on. It returns the
// detail that is to be opened, if there is one, and whether the entry holds.
func (v *verifier) entry(ctx context.Context, index uint64, p *parsed, whole bool) (d *detail, holds bool) {
	r, e := v.report, p.entry
	if !whole { // it was named as changed
		v.lost.add(r.changed(index), p)
		if p.err != nil {
			v.state.Pass()
		} else {
			v.state.PassFor(e, p.at)
		}
		return nil, false
	}
	if index > 0 && v.state.Network() == "" { // the founding does not hold
		r.hide(r.changed(0), index)
		return nil, false
	}
	if p.err != nil {
		r.find(index, p.what, "%v", p.err)
		v.state.Pass()
		return nil, false
	}
	if index == 0 {
		v.first = e.Body
		v.founding(entry.Fingerprint(e.Hash()))
	}
	err := v.state.Apply(e, p.at)
	if k, missing := v.lost.before(e, v.state, err); missing {
		v.lost.count -= k
		v.state.Rejoin(e.Agency, e.Seq-1, e.Prev)
		err = v.state.Apply(e, p.at)
	}
	if errors.Is(err, state.ErrUpgrade) {
		r.Unjudged = &Unjudged{From: index, Why: err.Error()}
		return nil, false
	}
	if err != nil {
		v.refused(index, e, err)
		return nil, false
	}
	v.count(index, e, p.at)
	if b, ok := e.Body.(*entry.Clock); ok {
		v.clock(ctx, index, b)
	}
	return v.detailOf(index, e, p.at), true
}

// refused names an entry that the rules refuse, or adds it to what could not be judged
// because of one before. Its agency's chain goes on after it.
func (v *verifier) refused(index uint64, e entry.Entry, err error) {
	if i, follows := v.lost.follows(e, err); follows {
		v.report.hide(i, index)
	} else {
		v.lost.refused(v.report.find(index, "rejected-"+state.Reason(err), "%v", err), e)
	}
	if seq, _ := v.state.Chain(e.Agency); e.Seq > seq && !errors.Is(err, entry.ErrSignature) {
		v.state.Rejoin(e.Agency, e.Seq, e.Hash())
	}
	v.state.Pass()
}

// clock compares the checkpoint in an entry with the tree: its signatures the rules
// have checked.
func (v *verifier) clock(ctx context.Context, index uint64, b *entry.Clock) {
	c, err := checkpoint.Parse(b.Note)
	if err != nil {
		return // it was applied
	}
	root, err := v.checker.RootAt(ctx, c.Size)
	if err != nil || root == c.Root || v.report.damaged() {
		return // a file that cannot be read is named by itself
	}
	v.report.find(index, "split", "the voters certified another root of %d entries than this ledger has: two histories", c.Size)
}
