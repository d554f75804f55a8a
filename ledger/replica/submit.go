package replica

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// Append logs a fact in the agency's name and gives its receipt once a majority
// of voters has certified it. A fact that is in the ledger already, by its key,
// gives the receipt of that entry. An error other than a rejection leaves it open
// whether the fact is logged; appending it again settles that.
func (r *Replica) Append(ctx context.Context, body entry.Body) (receipt.Receipt, error) {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.cfg.Patience)
		defer cancel()
	}
	index, err := r.log(ctx, body)
	if err != nil {
		return receipt.Receipt{}, err
	}
	return r.Receipt(ctx, index)
}

// log brings a body into the ledger and waits until this replica has applied it.
func (r *Replica) log(ctx context.Context, body entry.Body) (uint64, error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return 0, r.unsettled(ctx, fmt.Errorf("an earlier entry of this agency waits: %w", ctx.Err()))
	}
	for {
		if err := r.replayed(ctx); err != nil {
			return 0, r.unsettled(ctx, err)
		}
		e, index, found, err := r.draft(body)
		if err != nil || found {
			return index, err
		}
		index, err = r.push(ctx, e)
		var dup *state.DuplicateError
		switch {
		case err == nil:
			return index, nil
		case errors.As(err, &dup) || errors.Is(err, state.ErrDuplicate):
			// Logged by an earlier run; this replica will see it.
			if err := r.wait(ctx, func() (bool, error) {
				index, found = r.state.Find(r.cfg.Agency, e.Type, body.Key())
				return found, nil
			}); err != nil {
				return 0, r.unsettled(ctx, err)
			}
			return index, nil
		case errors.Is(err, state.ErrSeq) || errors.Is(err, state.ErrPrev):
			// An earlier run's entry came in between: draft anew on top of it.
			if err := r.wait(ctx, func() (bool, error) {
				seq, _ := r.state.Chain(r.cfg.Agency)
				return seq >= e.Seq, nil
			}); err != nil {
				return 0, r.unsettled(ctx, err)
			}
			if index, ok := r.applied(e); ok {
				return index, nil // it was this very entry, whose first answer was lost
			}
		default:
			return 0, err
		}
	}
}

// draft signs the body as the agency's next entry, unless it is logged already.
func (r *Replica) draft(body entry.Body) (e entry.Entry, index uint64, found bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if key := body.Key(); key != "" {
		if index, found = r.state.Find(r.cfg.Agency, body.Type(), key); found {
			return e, index, true, nil
		}
	}
	seq, prev := r.state.Chain(r.cfg.Agency)
	e, err = entry.Sign(entry.Header{
		Network: r.cfg.Network, Agency: r.cfg.Agency, Seq: seq + 1, Prev: prev, Time: r.cfg.Now().UnixMilli(),
	}, body, r.cfg.AgencyKey)
	return e, 0, false, err
}

// push submits the same bytes until they are applied here, or rejected.
func (r *Replica) push(ctx context.Context, e entry.Entry) (uint64, error) {
	for {
		index, err := r.submit(ctx, e)
		if err == nil || isRejection(err) {
			if i, ok := r.applied(e); ok {
				return i, nil
			}
		}
		if err == nil {
			if err := r.wait(ctx, func() (bool, error) { return r.state.Size() > index, nil }); err != nil {
				return 0, r.unsettled(ctx, err)
			}
			if r.standsAt(e, index) {
				return index, nil
			}
			err = fmt.Errorf("the leader names entry %d, and another stands there", index)
		}
		if isRejection(err) {
			return 0, err
		}
		// The leader is unknown, changed or silent: whether the entry was taken is
		// open. Wait for a change, or a while, and submit the same bytes again.
		r.mu.Lock()
		changed, gone := r.changed, r.alarm
		if gone == nil && r.stopped {
			gone = ErrStopped
		}
		r.mu.Unlock()
		if gone != nil {
			return 0, gone
		}
		timer := time.NewTimer(r.cfg.Heartbeat / 4)
		select {
		case <-ctx.Done():
			timer.Stop()
			return 0, r.unsettled(ctx, err)
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
		if i, ok := r.applied(e); ok {
			return i, nil
		}
	}
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

// unsettled words an append whose end nobody knows.
func (r *Replica) unsettled(ctx context.Context, cause error) error {
	if ctx.Err() == nil {
		return cause
	}
	return fmt.Errorf("%w (%w)", ErrNoQuorum, cause)
}

// A rejection is the ledger's own no, by its stable code.
type rejection struct{ err error }

func (e *rejection) Error() string   { return fmt.Sprintf("%v: %v", ErrRejected, e.err) }
func (e *rejection) Unwrap() []error { return []error{ErrRejected, e.err} }

func isRejection(err error) bool { return errors.Is(err, ErrRejected) }

// submit hands an entry to the leader, which may be this replica.
func (r *Replica) submit(ctx context.Context, e entry.Entry) (uint64, error) {
	select {
	case <-r.started:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if r.raft.State() == raft.Leader {
		return r.lead(ctx, e.Raw())
	}
	_, leader := r.raft.LeaderWithID()
	if leader == "" {
		return 0, fmt.Errorf("%w: they have no leader now", ErrNoQuorum)
	}
	answer, err := r.cfg.Caller.Call(ctx, casework.AgencyID(leader), methodSubmit, e.Raw())
	if err != nil {
		return 0, fmt.Errorf("leader %s: %w", leader, err)
	}
	return readSubmitted(answer)
}

// replayed waits until raft has replayed at least what the tiles held at the start.
func (r *Replica) replayed(ctx context.Context) error {
	return r.wait(ctx, func() (bool, error) { return r.stored == nil && r.state.Size() > 0, nil })
}

// inTerm makes sure that a new leader has applied all that its predecessors
// committed, before it judges an entry or stamps a time. r.stamp is held.
func (r *Replica) inTerm() error {
	term := r.raft.CurrentTerm()
	if r.term == term {
		return nil
	}
	if err := r.raft.Barrier(r.cfg.Heartbeat * 5).Error(); err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	r.term = term
	return nil
}

// maxAhead is how many entries of one agency may be on their way through raft.
const maxAhead = 64

// lead stamps an entry with the time and commits it. Only the leader can.
func (r *Replica) lead(ctx context.Context, raw []byte) (uint64, error) {
	e, err := entry.Parse(raw)
	if err != nil {
		return 0, &rejection{err}
	}
	if e.Type != entry.TypeClock {
		if err := r.keepTime(ctx); err != nil {
			return 0, err
		}
	}
	r.stamp.Lock()
	if err := r.inTerm(); err != nil {
		r.stamp.Unlock()
		return 0, err
	}
	r.mu.Lock()
	at := max(r.state.Stamp(r.cfg.Now(), r.certified.Time), r.stamped)
	if e.Type == entry.TypeClock {
		at = max(r.cfg.Now().UnixMilli(), r.state.Last(), r.stamped)
		at = max(min(at, r.certified.Time.Add(r.state.Agreement().MaxAhead()).UnixMilli()), r.state.Last())
	}
	err = r.state.Check(e, at)
	seq, _ := r.state.Chain(e.Agency)
	if r.alarm != nil {
		err = r.alarm
	}
	r.mu.Unlock()
	// Those before it may be on their way; a few, or anybody could fill every log
	// with entries that will never be due.
	soon := errors.Is(err, state.ErrSeq) && e.Seq > seq && e.Seq-seq <= maxAhead
	if err != nil && !soon {
		r.stamp.Unlock()
		return 0, &rejection{err}
	}
	r.stamped = at
	f := r.raft.Apply(encodeEntry(at, raw), r.cfg.Patience)
	r.stamp.Unlock()
	if err := f.Error(); err != nil {
		return 0, fmt.Errorf("raft: %w", err)
	}
	res, ok := f.Response().(result)
	switch {
	case !ok:
		return 0, fmt.Errorf("raft: an answer of type %T", f.Response())
	case res.err != nil:
		return 0, &rejection{res.err}
	}
	return res.index, ctx.Err()
}
