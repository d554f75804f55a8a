package replica

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/policy/casework"
)

// keepVoters keeps raft's configuration at what the ledger says, while this
// replica leads: voters replicate, and nobody else; members without a vote follow.
func (r *Replica) keepVoters(ctx context.Context) error {
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		if r.raft.State() == raft.Leader {
			if err := r.reconcile(ctx); err != nil && ctx.Err() == nil {
				r.cfg.Logger.Info("ledger membership waits", "err", err)
			}
		}
		timer := time.NewTimer(r.cfg.Heartbeat)
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

// reconcile makes one change after the other. A voter begins without a vote,
// and gets one once it has caught up: a voter that is not there would take the
// quorum away.
func (r *Replica) reconcile(ctx context.Context) error {
	// A leader that has not replayed all that was committed knows too few members,
	// and would take the vote from the others.
	r.stamp.Lock()
	err := r.inTerm()
	r.stamp.Unlock()
	if err != nil {
		return err
	}
	r.mu.Lock()
	if r.stored != nil {
		r.mu.Unlock()
		return nil // fewer are replayed than were certified
	}
	voters, size := r.state.Voters(), r.state.Size()
	var members []casework.AgencyID
	for _, m := range r.state.Members() {
		if m.Active() {
			members = append(members, m.Agency)
		}
	}
	r.mu.Unlock()
	if size == 0 {
		return nil
	}
	f := r.raft.GetConfiguration()
	if err := f.Error(); err != nil {
		return fmt.Errorf("raft configuration: %w", err)
	}
	have := map[casework.AgencyID]raft.ServerSuffrage{}
	for _, s := range f.Configuration().Servers {
		have[casework.AgencyID(s.ID)] = s.Suffrage
	}
	catchingUp := false
	for _, id := range members {
		suffrage, in := have[id]
		switch vote := slices.Contains(voters, id); {
		case !in && vote:
			if err := r.change(r.raft.AddNonvoter(raft.ServerID(id), raft.ServerAddress(id), 0, r.cfg.Heartbeat*5), "add", id); err != nil {
				return err
			}
			catchingUp = true
		case vote && suffrage != raft.Voter:
			applied, there := r.applies(ctx, id)
			if applied < size {
				catchingUp = catchingUp || there
				continue
			}
			if err := r.change(r.raft.AddVoter(raft.ServerID(id), raft.ServerAddress(id), 0, r.cfg.Heartbeat*5), "promote", id); err != nil {
				return err
			}
		}
	}
	if catchingUp {
		return nil
	}
	// Last, since who goes may be needed to let its successor vote: without it, and
	// with one more away, those who stay are no majority of those who were.
	for _, id := range slices.Sorted(maps.Keys(have)) {
		var err error
		switch {
		case !slices.Contains(members, id) && !r.seesOff(ctx, id, size):
		case !slices.Contains(members, id):
			err = r.change(r.raft.RemoveServer(raft.ServerID(id), 0, r.cfg.Heartbeat*5), "remove", id)
		case !slices.Contains(voters, id) && have[id] == raft.Voter:
			err = r.change(r.raft.DemoteVoter(raft.ServerID(id), 0, r.cfg.Heartbeat*5), "demote", id)
		case !slices.Contains(voters, id):
			// It follows on its own. It must have heard that it has no vote, or it would
			// ask for the votes of others once nobody leads it.
			if applied, _ := r.applies(ctx, id); applied >= size {
				err = r.change(r.raft.RemoveServer(raft.ServerID(id), 0, r.cfg.Heartbeat*5), "let follow", id)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seesOff reports whether a replica whose agency is no member any more can go: it has
// the entry that says so, or had the time to take it. Raft stops sending to whom it
// removes, and who goes would wait for a quorum for ever.
func (r *Replica) seesOff(ctx context.Context, id casework.AgencyID, size uint64) bool {
	last, ok := r.leaving[id]
	if !ok {
		last = departure{size, time.Now().Add(10 * r.cfg.Heartbeat)}
		r.leaving[id] = last
	}
	if applied, _ := r.applies(ctx, id); applied < last.size && time.Now().Before(last.until) {
		return false
	}
	delete(r.leaving, id)
	return true
}

// A departure is what a replica is to have before it goes, and how long that is waited for.
type departure struct {
	size  uint64
	until time.Time
}

func (r *Replica) change(f raft.IndexFuture, what string, id casework.AgencyID) error {
	if err := f.Error(); err != nil {
		return fmt.Errorf("%s %s: %w", what, id, err)
	}
	r.cfg.Logger.Info("ledger membership changed", "change", what, "agency", string(id))
	return nil
}

// Has reports whether a member has applied so many entries.
func (r *Replica) Has(ctx context.Context, id casework.AgencyID, size uint64) bool {
	applied, there := r.applies(ctx, id)
	return there && applied >= size
}

// applies asks a member how many entries it has applied, and tells whether it is there.
func (r *Replica) applies(ctx context.Context, id casework.AgencyID) (size uint64, there bool) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Heartbeat*2)
	defer cancel()
	answer, err := r.cfg.Caller.Call(ctx, id, methodSize, nil)
	if err != nil || len(answer) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(answer), true
}
