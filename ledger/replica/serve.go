package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// MaxCall is the size in bytes of the largest request between replicas: some entries
// to submit.
const MaxCall = 128 << 10

// Serve answers a call of another member, whose identity its connection proved.
// An error is for this side's log; the caller is to be told only that it failed.
func (r *Replica) Serve(ctx context.Context, from casework.AgencyID, method string, request []byte) ([]byte, error) {
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(request) > MaxCall {
		return nil, fmt.Errorf("%w: %d bytes", ErrDenied, len(request))
	}
	if !r.known(from) && !(r.former(from) && slices.Contains(farewell, method)) {
		return nil, fmt.Errorf("%w: %s is not a member", ErrDenied, from)
	}
	switch method {
	case methodSubmit, methodCosign:
		select {
		case <-r.started:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if method == methodSubmit {
			return r.serveSubmit(ctx, from, request)
		}
		return r.serveCosign(ctx, from, request)
	case methodFollow:
		return r.serveFollow(ctx, request)
	case methodHello:
		return r.serveHello(from, request)
	case methodLeaves:
		return r.serveLeaves(request)
	case methodTime:
		return r.serveTime(), nil
	case methodSize:
		r.mu.Lock()
		defer r.mu.Unlock()
		return binary.BigEndian.AppendUint64(nil, r.state.Size()), nil
	case methodNote:
		if err := r.compare(from, request); err != nil {
			return nil, err
		}
		return r.Certified().Note, nil
	case methodVotes:
		r.mu.Lock()
		defer r.mu.Unlock()
		if slices.Contains(r.view().Voters(), casework.AgencyID(request)) {
			return []byte{1}, nil
		}
		return []byte{0}, nil
	}
	return nil, fmt.Errorf("%w: no method %q", ErrDenied, method)
}

// known reports whether an agency may talk to this replica: a member, or, until
// this replica has reached its own admission in the ledger, whomever the
// connection's gate let in: those whom it will find as members may not be in the
// part that it has.
func (r *Replica) known(id casework.AgencyID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view()
	m, ok := v.Member(id)
	if _, reached := v.Member(r.cfg.Agency); !reached {
		return !ok || m.Active()
	}
	return ok && m.Active()
}

// farewell are the calls that bring a follower the entry that ends its membership. How
// long a former member can make them is for the connection's gate to say.
var farewell = []string{methodFollow, methodLeaves, methodNote}

// former reports whether an agency was a member, as far as this replica has got.
func (r *Replica) former(id casework.AgencyID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.view().Member(id)
	return ok && !m.Active()
}

// serveSubmit commits entries that their author brings, each behind its length in two
// bytes; nobody brings another's. The answer has for each 0 and its index, or 1 and the
// code of its rejection behind its length.
func (r *Replica) serveSubmit(ctx context.Context, from casework.AgencyID, request []byte) ([]byte, error) {
	raws, err := readLeaves(request)
	if err != nil || len(raws) > maxAhead {
		return nil, fmt.Errorf("%w: %d entries: %w", ErrDenied, len(raws), err)
	}
	entries := make([]entry.Entry, len(raws))
	for i, raw := range raws {
		if entries[i], err = entry.Parse(raw); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDenied, err)
		}
		if entries[i].Agency != from {
			return nil, fmt.Errorf("%w: %s brings an entry of %s", ErrDenied, from, entries[i].Agency)
		}
	}
	if r.raft.State() != raft.Leader {
		return nil, fmt.Errorf("%w: this replica does not lead", ErrDenied)
	}
	if err := r.space(); err != nil {
		return nil, err // another voter leads soon
	}
	results, err := r.lead(ctx, entries)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, res := range results {
		if res.err == nil {
			out = binary.BigEndian.AppendUint64(append(out, 0), res.index)
			continue
		}
		code := state.Reason(res.err)
		out = append(append(out, 1, byte(len(code))), code...)
	}
	return out, nil
}

func readSubmitted(answer []byte, n int) ([]settled, error) {
	out := make([]settled, 0, n)
	for len(answer) > 0 && len(out) < n {
		switch {
		case len(answer) >= 9 && answer[0] == 0:
			out = append(out, settled{index: binary.BigEndian.Uint64(answer[1:])})
			answer = answer[9:]
		case len(answer) > 2 && answer[0] == 1 && answer[1] > 0 && answer[1] < 64 && len(answer) >= 2+int(answer[1]):
			out = append(out, settled{err: &rejection{state.FromReason(string(answer[2 : 2+answer[1]]))}})
			answer = answer[2+int(answer[1]):]
		default:
			return nil, fmt.Errorf("the leader's answer cannot be read (%d bytes)", len(answer))
		}
	}
	if len(answer) > 0 || len(out) < n {
		return nil, fmt.Errorf("the leader answers %d of %d entries", len(out), n)
	}
	return out, nil
}

// serveCosign signs a checkpoint that the present leader asks for, if it is what
// this replica's own leaves hash to.
func (r *Replica) serveCosign(ctx context.Context, from casework.AgencyID, request []byte) ([]byte, error) {
	if r.leader() != from {
		return nil, fmt.Errorf("%w: %s does not lead", ErrDenied, from)
	}
	c, err := checkpoint.Parse(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	lines, err := r.cosign(ctx, c)
	var differs *differentRoot
	if errors.As(err, &differs) {
		return nil, r.accuse(from, request, differs)
	}
	return lines, err
}

// cosign returns the signature lines of a checkpoint. It waits until this replica
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
		return nil, &differentRoot{own: checkpoint.Checkpoint{Origin: c.Origin, Size: c.Size, Root: root}}
	}
	r.mu.Lock()
	err = r.state.MayCosign(r.cfg.Now(), r.certified.Time)
	r.mu.Unlock()
	if err != nil {
		r.cfg.Logger.Warn("checkpoint not cosigned", "err", err)
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	if err := r.extends(c); err != nil {
		r.fail(err)
		return nil, err
	}
	if err := r.signed.advance(c, r.raft.AppliedIndex()); err != nil {
		if errors.Is(err, errJournal) { // the others must not take its silence for an absence
			err = fmt.Errorf("ledger: %w", err)
			r.fail(err)
		}
		return nil, err
	}
	return r.signCheckpoint(c)
}

// signCheckpoint signs with the keys that the state names which this replica has
// applied.
func (r *Replica) signCheckpoint(c checkpoint.Checkpoint) ([]byte, error) {
	r.mu.Lock()
	s := r.secrets(r.state)
	r.mu.Unlock()
	return checkpoint.Sign(c, s.Log, s.Cosigner)
}

// A differentRoot is what this replica's own leaves hash to, and not what it was
// asked to sign.
type differentRoot struct{ own checkpoint.Checkpoint }

func (e *differentRoot) Error() string {
	return fmt.Sprintf("%v: another root than this node's own at size %d", ErrDenied, e.own.Size)
}

func (*differentRoot) Unwrap() error { return ErrDenied }

// accuse raises the alarm over a root that the leader signed and this replica does
// not have. A root that it did not sign proves nothing and is only refused, so
// that nobody stops a replica without leaving its name.
func (r *Replica) accuse(leader casework.AgencyID, note []byte, differs *differentRoot) error {
	policy := r.Policy()
	policy.Voters = slices.DeleteFunc(policy.Voters, func(v checkpoint.Voter) bool { return v.Agency != leader })
	policy.Witnesses, policy.Needed = nil, 0
	if _, err := policy.Verify(note); err != nil {
		return fmt.Errorf("%w (and %s did not sign it: %w)", differs, leader, err)
	}
	own := checkpoint.Assemble(differs.own)
	if err := r.signed.advance(differs.own, r.raft.AppliedIndex()); err == nil {
		if lines, err := r.signCheckpoint(differs.own); err == nil {
			own = checkpoint.Assemble(differs.own, lines)
		}
	}
	alarm := r.evidence(fmt.Sprintf("%s signed another root than this node's own at size %d", leader, differs.own.Size), note, own)
	r.fail(alarm)
	return alarm
}

// extends checks that what is to be signed extends what was signed last.
func (r *Replica) extends(c checkpoint.Checkpoint) error {
	own := r.signed.known()
	size, signed := own.Size, own.Root
	if size == 0 || size > c.Size {
		return nil // a smaller one is not signed anyhow
	}
	root, err := r.tiles.RootAt(size)
	if err != nil {
		return err
	}
	if root != signed {
		was := checkpoint.Checkpoint{Origin: c.Origin, Size: size, Root: signed}
		return r.evidence(fmt.Sprintf("this node signed another root at size %d than its leaves have now", size), []byte(c.Text()), []byte(was.Text()))
	}
	return nil
}
