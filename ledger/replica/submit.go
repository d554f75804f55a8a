package replica

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
)

// Append logs a fact in the agency's name and returns its receipt once a majority
// of voters has certified it. A fact that is in the ledger already, by its key,
// has the receipt of that entry. An error other than a rejection leaves it open
// whether the fact is logged; appending it again settles that.
func (r *Replica) Append(ctx context.Context, body entry.Body) (receipt.Receipt, error) {
	ctx, cancel := r.patient(ctx)
	defer cancel()
	index, err := r.log(ctx, body)
	if err != nil {
		return receipt.Receipt{}, err
	}
	return r.Receipt(ctx, index)
}

// Log is Append without waiting for the receipt: a majority of voters has the entry in
// its logs, and it is applied here.
func (r *Replica) Log(ctx context.Context, body entry.Body) (index uint64, err error) {
	ctx, cancel := r.patient(ctx)
	defer cancel()
	return r.log(ctx, body)
}

// patient bounds how long an append waits whose context has no deadline.
func (r *Replica) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, r.cfg.Patience)
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

// submit hands entries, each after the other, to the leader, which may be this
// replica. A call to a leader ends when another leads, and when it takes longer than a
// leader that lives needs.
func (r *Replica) submit(ctx context.Context, entries []entry.Entry) ([]settled, error) {
	if r.raft.State() == raft.Leader {
		return r.lead(ctx, entries)
	}
	leader := r.leads()
	if leader == "" {
		return nil, fmt.Errorf("%w: they have no leader now", ErrNoQuorum)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*r.cfg.Heartbeat)
	defer cancel()
	defer context.AfterFunc(r.reign(leader), cancel)()
	var request []byte
	for _, e := range entries {
		r.ahead(e) // it is not parsed and verified again when it comes back
		request = append(binary.BigEndian.AppendUint16(request, uint16(len(e.Raw()))), e.Raw()...)
	}
	answer, err := r.cfg.Caller.Call(ctx, leader, methodSubmit, request)
	if err != nil {
		return nil, fmt.Errorf("leader %s: %w", leader, err)
	}
	return readSubmitted(answer, len(entries))
}

// replayed waits until raft has replayed at least what the tiles held at the start. It
// feeds none that has no vote.
func (r *Replica) replayed(ctx context.Context) error {
	return r.wait(ctx, func() (bool, error) {
		v := r.view()
		return v.Size() > 0 && (r.stored == nil || !slices.Contains(v.Voters(), r.cfg.Agency)), nil
	})
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
const maxAhead = 256

// lead stamps entries of one agency with the time and commits them, each after the
// other. Only the leader can.
func (r *Replica) lead(ctx context.Context, entries []entry.Entry) ([]settled, error) {
	if !slices.ContainsFunc(entries, func(e entry.Entry) bool { return e.Type == entry.TypeClock }) {
		if err := r.keepTime(ctx); err != nil {
			return nil, err
		}
	}
	out := make([]settled, len(entries))
	futures, err := r.enqueue(entries, out)
	if err != nil {
		return nil, err
	}
	for i, f := range futures {
		if f == nil {
			continue
		}
		if err := r.committed(ctx, f); err != nil {
			return nil, err
		}
		res, ok := f.Response().(settled)
		switch {
		case !ok:
			return nil, fmt.Errorf("raft: an answer of type %T", f.Response())
		case res.err != nil:
			res.err = &rejection{res.err}
		}
		out[i] = res
	}
	return out, ctx.Err()
}

// committed waits for a command of this leader's.
func (r *Replica) committed(ctx context.Context, f raft.ApplyFuture) error {
	end := make(chan error, 1)
	go func() { end <- f.Error() }() // ends with raft at the latest
	select {
	case err := <-end:
		if err != nil {
			return fmt.Errorf("raft: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enqueue returns raft those entries that may be due, and puts the others' rejections
// into out.
func (r *Replica) enqueue(entries []entry.Entry, out []settled) ([]raft.ApplyFuture, error) {
	r.stamp.Lock()
	defer r.stamp.Unlock()
	if err := r.inTerm(); err != nil {
		return nil, err
	}
	futures := make([]raft.ApplyFuture, len(entries))
	for i, e := range entries {
		r.mu.Lock()
		at := max(r.state.Stamp(r.cfg.Now(), r.certified.Time), r.stamped)
		if e.Type == entry.TypeClock {
			at = max(r.cfg.Now().UnixMilli(), r.state.Last(), r.stamped)
			at = max(min(at, r.certified.Time.Add(r.state.Agreement().MaxAhead()).UnixMilli()), r.state.Last())
		}
		err := r.state.Check(e, at)
		seq, _ := r.state.Chain(e.Agency)
		if r.alarm != nil {
			err = r.alarm
		}
		r.mu.Unlock()
		// Those before it may be on their way; a few, or anybody could fill every log
		// with entries that will never be due.
		soon := errors.Is(err, state.ErrSeq) && e.Seq > seq && e.Seq-seq <= maxAhead
		if err != nil && !soon {
			out[i] = settled{err: &rejection{err}}
			continue
		}
		r.stamped = at
		r.ahead(e)
		futures[i] = r.raft.Apply(encodeEntry(at, e.Raw()), r.cfg.Patience)
	}
	return futures, nil
}

// ahead keeps an entry that this leader has checked until it applies it, so that its
// signature is checked once.
func (r *Replica) ahead(e entry.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.checked) > 4096 {
		clear(r.checked)
	}
	r.checked[e.Hash()] = e
}

// parse reads an entry of the log.
func (r *Replica) parse(raw []byte) (entry.Entry, error) {
	h := entry.Hash(sha256.Sum256(raw))
	r.mu.Lock()
	e, ok := r.checked[h]
	delete(r.checked, h)
	r.mu.Unlock()
	if ok {
		return e, nil
	}
	return entry.Parse(raw)
}
