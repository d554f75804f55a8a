package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// MaxCall is the size in bytes of the largest request or answer between replicas.
const MaxCall = entry.MaxSize + 1024

// Serve answers a call of another member, whose identity its connection proved.
// An error is for this side's log; the caller is to be told only that it failed.
func (r *Replica) Serve(ctx context.Context, from casework.AgencyID, method string, request []byte) ([]byte, error) {
	select {
	case <-r.started:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(request) > MaxCall {
		return nil, fmt.Errorf("%w: %d bytes", ErrDenied, len(request))
	}
	if !r.known(from) {
		return nil, fmt.Errorf("%w: %s is not a member", ErrDenied, from)
	}
	switch method {
	case methodSubmit:
		return r.serveSubmit(ctx, from, request)
	case methodCosign:
		return r.serveCosign(ctx, from, request)
	case methodSize:
		r.mu.Lock()
		defer r.mu.Unlock()
		return binary.BigEndian.AppendUint64(nil, r.state.Size()), nil
	}
	return nil, fmt.Errorf("%w: no method %q", ErrDenied, method)
}

// known reports whether an agency may talk to this replica: a member, or, before
// this replica has seen the ledger, whomever the connection's gate let in.
func (r *Replica) known(id casework.AgencyID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Size() == 0 {
		return true
	}
	m, ok := r.state.Member(id)
	return ok && m.Active()
}

// serveSubmit commits an entry that its author brings; nobody brings another's.
// The answer is 0 and the index, or 1 and the code of the rejection.
func (r *Replica) serveSubmit(ctx context.Context, from casework.AgencyID, raw []byte) ([]byte, error) {
	e, err := entry.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	if e.Agency != from {
		return nil, fmt.Errorf("%w: %s brings an entry of %s", ErrDenied, from, e.Agency)
	}
	if r.raft.State() != raft.Leader {
		return nil, fmt.Errorf("%w: this replica does not lead", ErrDenied)
	}
	index, err := r.lead(ctx, raw)
	var no *rejection
	if errors.As(err, &no) {
		return append([]byte{1}, state.Reason(no.err)...), nil
	}
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint64([]byte{0}, index), nil
}

func readSubmitted(answer []byte) (uint64, error) {
	switch {
	case len(answer) == 9 && answer[0] == 0:
		return binary.BigEndian.Uint64(answer[1:]), nil
	case len(answer) > 1 && len(answer) < 64 && answer[0] == 1:
		return 0, &rejection{state.FromReason(string(answer[1:]))}
	}
	return 0, fmt.Errorf("the leader's answer cannot be read (%d bytes)", len(answer))
}

// serveCosign signs a checkpoint that the present leader asks for, if it is what
// this replica's own leaves hash to.
func (r *Replica) serveCosign(ctx context.Context, from casework.AgencyID, request []byte) ([]byte, error) {
	if _, leader := r.raft.LeaderWithID(); casework.AgencyID(leader) != from {
		return nil, fmt.Errorf("%w: %s does not lead", ErrDenied, from)
	}
	text, err := checkpoint.Parse(append(request, "\n"...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return r.cosign(ctx, text)
}

// cosign gives the signature lines of a checkpoint. It waits until this replica
// has applied as much, and makes what it signs durable before it signs.
func (r *Replica) cosign(ctx context.Context, c checkpoint.Checkpoint) ([]byte, error) {
	if c.Origin != r.cfg.Network {
		return nil, fmt.Errorf("%w: a checkpoint of %q", ErrDenied, c.Origin)
	}
	if err := r.wait(ctx, func() (bool, error) { return r.state.Size() >= c.Size, nil }); err != nil {
		return nil, err
	}
	root, err := r.tiles.RootAt(c.Size)
	if err != nil {
		return nil, err
	}
	if root != c.Root {
		own := checkpoint.Checkpoint{Origin: c.Origin, Size: c.Size, Root: root}
		alarm := r.evidence(fmt.Sprintf("the leader asked for a signature under another root than this node's own at size %d", c.Size), []byte(c.Text()), []byte(own.Text()))
		r.fail(alarm)
		return nil, alarm
	}
	if err := r.signed.advance(c, r.raft.AppliedIndex()); err != nil {
		return nil, err
	}
	return checkpoint.Sign(c, r.cfg.LogKey, r.cfg.Cosigner)
}
