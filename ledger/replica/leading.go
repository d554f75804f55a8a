package replica

import (
	"context"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/policy/casework"
)

// leader is who leads now, as far as this replica knows; "" is nobody.
func (r *Replica) leader() casework.AgencyID {
	_, id := r.raft.LeaderWithID()
	return casework.AgencyID(id)
}

// A reign ends when another leads.
type reign struct {
	leader casework.AgencyID
	ctx    context.Context
	end    context.CancelFunc
}

// followLeader ends the calls to a leader when leadership changes.
func (r *Replica) followLeader(ctx context.Context) error {
	changes := make(chan raft.Observation, 16)
	o := raft.NewObserver(changes, false, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	})
	r.raft.RegisterObserver(o)
	defer r.raft.DeregisterObserver(o)
	for {
		select {
		case <-ctx.Done():
			r.mu.Lock()
			r.reigns.close()
			r.mu.Unlock()
			return nil
		case <-changes:
		}
		leader := r.leader()
		r.mu.Lock()
		if r.reigns.leader != leader {
			r.reigns.close()
		}
		r.wake()
		r.mu.Unlock()
	}
}

func (g *reign) close() {
	if g.end != nil {
		g.end()
	}
	*g = reign{}
}

// reign is a context that ends when a leader leads no more.
func (r *Replica) reign(leader casework.AgencyID) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reigns.ctx == nil || r.reigns.leader != leader {
		r.reigns.close()
		r.reigns.leader = leader
		r.reigns.ctx, r.reigns.end = context.WithCancel(context.Background())
	}
	return r.reigns.ctx
}
