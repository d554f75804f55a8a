package match

import (
	"fmt"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// ErrRest means that the quota of the day left something unasked.
var ErrRest = fmt.Errorf("%w: what is left is asked when another day (UTC) begins, or in part", state.ErrQuota)

// room returns the kinds of which the quotas of the day let a group be asked more, and
// how many elements of them all fit into one batch. The ledger has the last word: what
// other officers ask meanwhile counts, too.
func (s *Service) room(g group) (kinds []casework.Kind, most uint32) {
	left := s.left(g)
	fits := uint64(g.most)
	for _, k := range g.kinds {
		if left[k] > 0 {
			kinds, fits = append(kinds, k), min(fits, left[k])
		}
	}
	return kinds, uint32(fits)
}

// spent lists the kinds of which the quotas of the day leave nothing.
func (s *Service) spent(g group) (kinds []casework.Kind) {
	left := s.left(g)
	for _, k := range g.kinds {
		if left[k] == 0 {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// left is how many elements of each kind a group may be asked today.
func (s *Service) left(g group) map[casework.Kind]uint64 {
	out := map[casework.Kind]uint64{}
	at := s.cfg.Now().UnixMilli()
	s.cfg.Ledger.View(func(st *state.State) {
		for _, k := range g.kinds {
			out[k] = 0 // a kind that no quota covers may not be asked
			for i, q := range st.Agreement().QuotasFor(k) {
				n := minus(q.PerDay, st.Asked(s.cfg.Agency, "*", q.Kind, at))
				for _, p := range g.peers {
					n = min(n, minus(q.PerPeerDay, st.Asked(s.cfg.Agency, p, q.Kind, at)))
				}
				if i > 0 {
					n = min(n, out[k])
				}
				out[k] = n
			}
		}
	})
	return out
}

func minus(limit, used uint64) uint64 {
	if used >= limit {
		return 0
	}
	return limit - used
}
