package replica

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/policy/casework"
)

// exchange shows this replica's newest certified checkpoint to every member and
// looks at theirs, every Refresh: voters that show two histories to two circles of
// members must not count on that the circles do not talk.
func (r *Replica) exchange(ctx context.Context) error {
	ticker := time.NewTicker(r.cfg.Refresh)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		r.mu.Lock()
		var others []casework.AgencyID
		for _, m := range r.view().Members() {
			if m.Active() && m.Agency != r.cfg.Agency {
				others = append(others, m.Agency)
			}
		}
		note := r.certified.Note
		r.mu.Unlock()
		var asking errgroup.Group
		asking.SetLimit(8)
		for _, id := range others {
			asking.Go(func() error {
				cctx, cancel := context.WithTimeout(ctx, 5*r.cfg.Heartbeat)
				defer cancel()
				if theirs, err := r.cfg.Caller.Call(cctx, id, methodNote, note); err == nil { // who is away is asked again
					return r.compare(id, theirs)
				}
				return nil
			})
		}
		if err := asking.Wait(); err != nil {
			return err
		}
	}
}

// compare checks a checkpoint that another member has against the own leaves. One
// that the voters did not certify, or that is of more than this replica has, says
// nothing. One that they certified over other leaves ends the ledger.
func (r *Replica) compare(from casework.AgencyID, note []byte) error {
	if len(note) == 0 {
		return nil // it has none yet
	}
	r.mu.Lock()
	policy, size := r.view().Policy(), r.view().Size()
	r.mu.Unlock()
	text, err := checkpoint.Parse(note)
	if err != nil || text.Size > size {
		return nil
	}
	root, err := r.tiles.RootAt(text.Size)
	if err != nil || root == text.Root {
		return nil
	}
	c, err := policy.Verify(note)
	if err != nil {
		r.cfg.Logger.Warn("a member shows a checkpoint that the voters did not certify", "agency", string(from), "size", text.Size)
		return nil
	}
	own, _ := r.tiles.Checkpoint()
	alarm := r.evidence(fmt.Sprintf("%s has a certified checkpoint of %d entries with another root than this node's own, signed by %v", from, c.Size, c.Cosigners), note, own)
	r.fail(alarm)
	return alarm
}
