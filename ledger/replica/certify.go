package replica

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

// certify makes certified checkpoints while this replica leads.
func (r *Replica) certify(ctx context.Context) error {
	var last time.Time // of the newest attempt
	for {
		r.mu.Lock()
		size, done, at, changed := r.state.Size(), r.certified.Size, r.certified.Time, r.changed
		r.mu.Unlock()
		var next time.Time
		switch {
		case size > done:
			next = last.Add(r.cfg.Cadence)
		case size > 0:
			next = at.Add(r.cfg.Refresh)
			if earliest := last.Add(r.cfg.Cadence); next.Before(earliest) {
				next = earliest
			}
		}
		if r.raft.State() == raft.Leader && size > 0 && !time.Now().Before(next) {
			last = time.Now()
			if err := r.certifyOnce(ctx); err != nil && ctx.Err() == nil {
				r.cfg.Logger.Warn("checkpoint not certified", "err", err)
				// Voters may be away; do not press them.
				last = last.Add(r.cfg.Heartbeat / 4)
			}
			continue
		}
		pause := r.cfg.Heartbeat / 2 // leadership changes without a change of state
		if d := time.Until(next); !next.IsZero() && d > 0 && d < pause {
			pause = d
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// certifyOnce collects signatures on the present root and commits the note.
func (r *Replica) certifyOnce(ctx context.Context) error {
	r.mu.Lock()
	policy, applied := r.state.Policy(), r.state.Size()
	r.mu.Unlock()
	size, root := r.tiles.Root()
	if size != applied { // an entry is between the two; the next round has it
		var err error
		if root, err = r.tiles.RootAt(min(size, applied)); err != nil {
			return err
		}
		size = min(size, applied)
	}
	c := checkpoint.Checkpoint{Origin: r.cfg.Network, Size: size, Root: root}
	note, err := r.collect(ctx, c, policy)
	if err != nil {
		return err
	}
	f := r.raft.Apply(encodeCheckpoint(note), r.cfg.Heartbeat*5)
	if err := f.Error(); err != nil {
		return fmt.Errorf("raft: %w", err)
	}
	if err, ok := f.Response().(error); ok && err != nil {
		return err
	}
	return nil
}

// collect asks every voter, and returns with the first certified note. It waits
// for all that it asked.
func (r *Replica) collect(ctx context.Context, c checkpoint.Checkpoint, policy checkpoint.Policy) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Heartbeat*3)
	defer cancel()
	type answer struct {
		from  casework.AgencyID
		lines []byte
		err   error
	}
	answers := make(chan answer, len(policy.Voters))
	own, err := r.cosign(ctx, c)
	if err != nil {
		return nil, err
	}
	note := checkpoint.Assemble(c, own) // what the leader says over its name
	for _, v := range policy.Voters {
		go func() { // waited for below: each sends exactly one answer
			if v.Agency == r.cfg.Agency {
				answers <- answer{v.Agency, own, nil}
				return
			}
			lines, err := r.cfg.Caller.Call(ctx, v.Agency, methodCosign, note)
			answers <- answer{v.Agency, lines, err}
		}()
	}
	r.mu.Lock()
	newest := r.certified.Time
	r.mu.Unlock()
	var signatures [][]byte
	var whole, older []byte
	var why error
	for range policy.Voters {
		a := <-answers
		if a.err != nil {
			why = fmt.Errorf("%s: %w", a.from, a.err)
			continue
		}
		if whole != nil {
			continue
		}
		// Only its own two lines, if they hold: a voter must not spoil the note of the
		// others, in its own name or in another's.
		lines, err := policy.OwnLines(c, a.from, a.lines)
		if err != nil {
			why = fmt.Errorf("%s: %w", a.from, err)
			continue
		}
		signatures = append(signatures, lines)
		r.mu.Lock()
		r.sawSigned(c, checkpoint.Assemble(c, lines), a.from)
		r.mu.Unlock()
		if len(signatures) >= policy.Quorum() {
			all := checkpoint.Assemble(c, signatures...)
			got, err := policy.Verify(all)
			if err != nil {
				why = err
				continue
			}
			// A voter whose clock is behind, perhaps this one, would make it look old; with
			// another's lines it does not.
			if older = all; got.Time.Before(newest) {
				continue
			}
			r.mu.Lock()
			r.collected = collected{policy, got}
			r.mu.Unlock()
			whole = all
			cancel() // the others are not needed
		}
	}
	if whole == nil && older != nil {
		return older, nil
	}
	if whole == nil {
		return nil, fmt.Errorf("%w: %d of %d signed size %d (%w)", ErrNoQuorum, len(signatures), policy.Quorum(), c.Size, firstError(why))
	}
	return whole, nil
}

func firstError(err error) error {
	if err == nil {
		return fmt.Errorf("nobody refused")
	}
	return err
}

// collected is the note that this leader made last, and the policy that it satisfied.
type collected struct {
	policy checkpoint.Policy
	note   checkpoint.Certified
}

// verify is policy.Verify, once for what this leader made itself.
func (r *Replica) verify(policy checkpoint.Policy, note []byte) (checkpoint.Certified, error) {
	r.mu.Lock()
	own := r.collected
	r.mu.Unlock()
	same := own.policy.Origin == policy.Origin && own.policy.Needed == policy.Needed &&
		slices.Equal(own.policy.Voters, policy.Voters) && slices.Equal(own.policy.Witnesses, policy.Witnesses)
	if same && len(note) > 0 && bytes.Equal(own.note.Note, note) {
		return own.note, nil
	}
	return policy.Verify(note)
}
