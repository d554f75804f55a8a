package replica

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// minFree is how many bytes a replica keeps free on its disk: two files of the raft
// log, which a disk that fills while one is begun can leave unusable.
const minFree = 128 << 20

// watchSpace looks at the disk, and while too little of it is free refuses this node's
// entries and lets another voter lead: what is on its way can still be stored.
func (r *Replica) watchSpace(ctx context.Context) error {
	ticker := time.NewTicker(5 * r.cfg.Heartbeat)
	defer ticker.Stop()
	for {
		var full error
		if free, err := r.cfg.Free(r.cfg.Dir); err != nil {
			r.cfg.Logger.Warn("free space not known", "err", err)
		} else if free < minFree {
			full = fmt.Errorf("%w: %d MB are free, and it keeps %d", ErrSpace, free>>20, uint64(minFree)>>20)
		}
		r.mu.Lock()
		changed := (full == nil) != (r.full == nil)
		r.full = full
		if changed {
			r.wake()
		}
		r.mu.Unlock()
		if changed && full != nil {
			r.cfg.Logger.Error("ledger takes no entries of this node", "err", full)
		}
		if full != nil && r.raft.State() == raft.Leader {
			if err := r.raft.LeadershipTransfer().Error(); err != nil {
				r.cfg.Logger.Warn("leadership not handed over", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// space is ErrSpace while too little of the disk is free.
func (r *Replica) space() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}
