package node

import (
	"maps"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// partingTime is for how long a peer id may still connect after the ledger dropped it:
// so that the node of an expelled agency receives the entry that says so, and a node
// that has a new key the one with it. What an expelled agency asks is refused from its
// entry on, connected or not.
const partingTime = 30 * time.Second

// An admission is who may connect, as the ledger changes. It is not safe for
// concurrent use.
type admission struct {
	listed  map[string]peer.Member // by peer id: whom the ledger named last
	parting map[string]parting     // by peer id
}

// A parting member is one whose peer id the ledger does not name any more.
type parting struct {
	peer.Member
	until time.Time
}

// next returns whom to let in now that the ledger names these, and until when that
// holds if the ledger stays as it is; zero: for good.
func (a *admission) next(named []peer.Member, now time.Time) (admitted []peer.Member, until time.Time) {
	listed := map[string]peer.Member{}
	for _, m := range named {
		listed[m.PeerID] = m
	}
	if a.parting == nil {
		a.parting = map[string]parting{}
	}
	for id, m := range a.listed {
		if _, still := listed[id]; !still {
			a.parting[id] = parting{m, now.Add(partingTime)}
		}
	}
	a.listed = listed
	maps.DeleteFunc(a.parting, func(id string, p parting) bool {
		_, back := listed[id]
		return back || !now.Before(p.until)
	})
	for _, id := range slices.Sorted(maps.Keys(a.parting)) {
		p := a.parting[id]
		admitted = append(admitted, p.Member)
		if until.IsZero() || p.until.Before(until) {
			until = p.until
		}
	}
	return append(admitted, named...), until // the later one of an agency is the one that is dialled
}

// alone lets nobody in any more.
func (a *admission) alone() { a.listed, a.parting = nil, nil }

// admit tells the host who may connect: the members, and before this node has
// seen the ledger those whom the invitation named. It returns until when that holds
// if the ledger stays as it is.
func (n *Node) admit(s *services) (until time.Time) {
	var named []peer.Member
	listed, expelled := false, false
	known := map[casework.AgencyID]config.Location{}
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != n.cfg.Agency.ID {
				named = append(named, peer.Member{Agency: m.Agency, PeerID: m.PeerID, Addrs: m.Addrs})
				known[m.Agency] = config.Location{PeerID: m.PeerID, Addrs: m.Addrs}
			}
		}
		own, ok := st.Member(n.cfg.Agency.ID)
		listed, expelled = ok, ok && !own.Active()
		if listed {
			return
		}
		for id, k := range s.network.Members {
			if _, in := st.Member(id); !in && id != n.cfg.Agency.ID {
				named = append(named, peer.Member{Agency: id, PeerID: k.PeerID, Addrs: k.Addrs})
			}
		}
	})
	if expelled {
		n.admission.alone() // nobody is to be talked to
		s.host.SetMembers(nil)
	} else {
		var admitted []peer.Member
		admitted, until = n.admission.next(named, time.Now())
		s.host.SetMembers(admitted)
	}
	if !listed {
		return until
	}
	if err := n.membership.KeepMembers(known); err != nil {
		n.log.Warn("members not kept beside the ledger", "err", err)
	}
	return until
}
