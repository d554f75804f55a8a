package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// A fact waits to become an entry of this agency.
type fact struct {
	ctx  context.Context // of whoever waits for it
	body entry.Body
	end  chan settled // receives one
}

// settled is where a fact stands in the ledger, or why nowhere.
type settled struct {
	index uint64
	err   error
}

// log brings a body into the ledger and waits until this replica has applied it.
func (r *Replica) log(ctx context.Context, body entry.Body) (uint64, error) {
	if err := r.space(); err != nil {
		return 0, err
	}
	f := &fact{ctx, body, make(chan settled, 1)}
	select {
	case r.facts <- f:
	case <-ctx.Done():
		return 0, r.unsettled(ctx, fmt.Errorf("%s: %w", r.holdup(), ctx.Err()))
	case <-r.ended:
		return 0, r.whyEnded()
	}
	select {
	case s := <-f.end:
		return s.index, s.err
	case <-ctx.Done():
		return 0, r.unsettled(ctx, fmt.Errorf("%s: %w", r.holdup(), ctx.Err()))
	case <-r.ended:
		return 0, r.whyEnded()
	}
}

// holdup is why an entry is not in the ledger yet, as far as this replica can tell.
func (r *Replica) holdup() string {
	s := r.Status()
	switch {
	case s.Waiting != "":
		return "this node's replica " + s.Waiting
	case s.Entries == 0:
		return "this node has no entry of the ledger yet"
	case s.Leader == "":
		return "the voters have no leader now"
	case s.Leader == r.cfg.Agency:
		return "this node leads, and too few voters confirm"
	}
	return fmt.Sprintf("%s leads, and has not confirmed it", s.Leader)
}

// write makes entries of the facts that wait, as many at a time as the leader takes
// ahead, so that waiting for a commit is shared.
func (r *Replica) write(ctx context.Context) error {
	for {
		var facts []*fact
		select {
		case f := <-r.facts:
			facts = append(facts, f)
		case <-ctx.Done():
			return nil
		}
		for more := true; more && len(facts) < maxAhead; {
			select {
			case f := <-r.facts:
				facts = append(facts, f)
			default:
				more = false
			}
		}
		r.round(ctx, facts)
	}
}

// round ends when all of its facts are settled, or nobody waits for them any more.
func (r *Replica) round(ctx context.Context, facts []*fact) {
	for {
		facts = slices.DeleteFunc(facts, func(f *fact) bool { return f.ctx.Err() != nil })
		if len(facts) == 0 || ctx.Err() != nil {
			return
		}
		if err := r.replayed(facts[0].ctx); err != nil {
			if facts[0].ctx.Err() == nil {
				settle(facts, settled{err: err})
				return
			}
			continue
		}
		drafts, taken, later := r.draft(facts)
		facts = append(r.push(ctx, drafts, taken), later...)
	}
}

func settle(facts []*fact, s settled) {
	for _, f := range facts {
		f.end <- s
	}
}

// draft signs facts as the agency's next entries. It settles those that are logged
// already or cannot be an entry, and leaves for later what does not fit into one call,
// and what has the key of one before it.
func (r *Replica) draft(facts []*fact) (drafts []entry.Entry, taken, later []*fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq, prev := r.view().Chain(r.cfg.Agency)
	keys, size := map[string]bool{}, 0
	for i, f := range facts {
		key := f.body.Key()
		if key != "" {
			if index, found := r.view().Find(r.cfg.Agency, f.body.Type(), key); found {
				f.end <- settled{index: index}
				continue
			}
			if key = string(f.body.Type()) + "|" + key; keys[key] {
				later = append(later, f)
				continue
			}
		}
		e, err := r.sign(f.body, seq+1, prev)
		if err != nil { // no ledger takes such an entry
			f.end <- settled{err: &rejection{err}}
			continue
		}
		if size += 2 + len(e.Raw()); size > MaxCall {
			return drafts, taken, append(later, facts[i:]...)
		}
		seq, prev, keys[key] = seq+1, e.Hash(), true
		drafts, taken = append(drafts, e), append(taken, f)
		if f.body.Type() == entry.TypeMemberRotate { // what comes next may be signed with another key
			return drafts, taken, append(later, facts[i+1:]...)
		}
	}
	return drafts, taken, later
}

// sign makes an entry of this agency; r.mu is held.
func (r *Replica) sign(body entry.Body, seq uint64, prev entry.Hash) (entry.Entry, error) {
	return entry.Sign(entry.Header{
		Network: r.cfg.Network, Agency: r.cfg.Agency, Seq: seq, Prev: prev, Time: r.cfg.Now().UnixMilli(),
	}, body, r.secrets(r.state).Agency)
}

// push submits the same bytes until each entry is applied here or rejected, and
// returns the facts that must be drafted anew.
func (r *Replica) push(ctx context.Context, drafts []entry.Entry, facts []*fact) (anew []*fact) {
	for len(drafts) > 0 {
		results, err := r.submit(ctx, drafts)
		if err == nil {
			again, done := r.conclude(drafts, facts, results)
			anew = append(anew, again...)
			drafts, facts = drafts[done:], facts[done:]
		}
		for len(drafts) > 0 { // an answer may have been lost, and its entry not
			index, ok := r.applied(drafts[0])
			if !ok {
				break
			}
			facts[0].end <- settled{index: index}
			drafts, facts = drafts[1:], facts[1:]
		}
		if gone := r.whyEnded(); gone != nil {
			settle(facts, settled{err: gone})
			return anew
		}
		waiting := slices.ContainsFunc(facts, func(f *fact) bool { return f.ctx.Err() == nil })
		if len(drafts) == 0 || !waiting || ctx.Err() != nil {
			return append(anew, facts...)
		}
		// The leader is unknown, changed or silent: whether the entries were taken is
		// open. Wait for a change, or a while, and submit the same bytes again.
		r.waitChange(ctx, r.cfg.Heartbeat/4)
	}
	return anew
}

// conclude settles facts by what the leader answered, in order, up to the first of
// which its answer cannot be true. It returns those that must be drafted anew, and how
// many facts it went through.
func (r *Replica) conclude(drafts []entry.Entry, facts []*fact, results []settled) (anew []*fact, done int) {
	chained := true // every entry before this one is in the ledger
	for i, res := range results {
		f, e := facts[i], drafts[i]
		if index, ok := r.applied(e); ok {
			f.end <- settled{index: index}
			continue
		}
		var wait func() (bool, error)
		switch {
		case res.err == nil:
			wait = func() (bool, error) { return r.view().Size() > res.index, nil }
		case errors.Is(res.err, state.ErrDuplicate): // logged by an earlier run; this replica will see it
			wait = func() (bool, error) {
				_, found := r.view().Find(r.cfg.Agency, e.Type, f.body.Key())
				return found, nil
			}
		case !errors.Is(res.err, state.ErrSeq) && !errors.Is(res.err, state.ErrPrev):
			chained = false
			f.end <- settled{err: res.err}
			continue
		case chained: // an earlier run's entry came in between, which this replica will see
			wait = func() (bool, error) {
				seq, _ := r.view().Chain(r.cfg.Agency)
				return seq >= e.Seq, nil
			}
		}
		if wait != nil {
			if err := r.wait(f.ctx, wait); err != nil {
				return anew, i
			}
		}
		index, ok := r.applied(e)
		switch {
		case ok: // it was this very entry, whose first answer was lost
			f.end <- settled{index: index}
		case res.err == nil && r.standsAt(e, res.index):
			f.end <- settled{index: res.index}
		case res.err == nil: // the leader names an entry, and another stands there
			return anew, i
		default:
			chained = false
			anew = append(anew, f) // drafted anew, it is found, or comes after what came in between
		}
	}
	return anew, len(results)
}

// applied reports whether this very entry was applied here.
func (r *Replica) applied(e entry.Entry) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.own[e.Hash()]
	return i, ok
}

// standsAt reports whether this very entry is the one at an index. The leader's
// word is not enough: an author that believed it would send on its way what the
// ledger does not have.
func (r *Replica) standsAt(e entry.Entry, index uint64) bool {
	if i, ok := r.applied(e); ok {
		return i == index
	}
	got, _, err := r.Entry(index) // of a snapshot, which brings no entry one by one
	return err == nil && got.Hash() == e.Hash()
}

// waitChange waits for a change of what this replica knows, or a while.
func (r *Replica) waitChange(ctx context.Context, while time.Duration) {
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-r.Changed():
	case <-timer.C:
	}
}

// whyEnded is why this replica goes on no more; nil if it does.
func (r *Replica) whyEnded() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alarm == nil && r.stopped {
		return ErrStopped
	}
	return r.alarm
}
