package replica

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// votes reports whether a member has a vote, as far as this replica has got in the
// ledger. Only who votes leads, and only who leads or wants to has a reason to
// call another's raft. Until this replica has reached its own admission it cannot
// know who votes by now, and hears whom the connection's gate let in: those whom
// its invitation named.
func (r *Replica) votes(id casework.AgencyID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.view()
	if _, reached := v.Member(r.cfg.Agency); !reached {
		return true
	}
	return slices.Contains(v.Voters(), id)
}

// mayLead reports whether raft's calls are taken from a member now.
func (r *Replica) mayLead(id casework.AgencyID) bool {
	return r.known(id) && (r.votes(id) || r.vouchers.fresh(id))
}

// vouchers remembers for whom the voters vouched, and until when that counts.
type vouchers struct {
	mu    sync.Mutex
	until map[casework.AgencyID]time.Time
}

func (v *vouchers) fresh(id casework.AgencyID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return time.Now().Before(v.until[id])
}

func (v *vouchers) keep(id casework.AgencyID, d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.until == nil {
		v.until = map[casework.AgencyID]time.Time{}
	}
	v.until[id] = time.Now().Add(d)
}

// vouched asks the voters whom this replica knows whether a member has a vote by
// now: the voters may have changed while this replica was away, and the one that
// leads them now must be able to bring it up to date. One voter's word is enough:
// a voter that wants to mislead raft needs nobody else to do it.
func (r *Replica) vouched(id casework.AgencyID) bool {
	if r.vouchers.fresh(id) {
		return true
	}
	policy := r.Policy()
	ctx, cancel := context.WithTimeout(context.Background(), 2*r.cfg.Heartbeat)
	defer cancel()
	yes := make(chan bool, len(policy.Voters))
	for _, v := range policy.Voters {
		go func() { // waited for below: each sends exactly one answer
			if v.Agency == r.cfg.Agency || v.Agency == id {
				yes <- false
				return
			}
			answer, err := r.cfg.Caller.Call(ctx, v.Agency, methodVotes, []byte(id))
			yes <- err == nil && len(answer) == 1 && answer[0] == 1
		}()
	}
	n := 0
	for range policy.Voters {
		if <-yes {
			n++
		}
	}
	if n == 0 {
		return false
	}
	r.vouchers.keep(id, 100*r.cfg.Heartbeat)
	return true
}
