package state

import (
	"fmt"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

const dayMillis = 24 * 60 * 60 * 1000

// askedKey counts elements asked today: of one peer, or of all ("*"), and of one
// kind, or of all ("").
func askedKey(agency, peer casework.AgencyID, kind casework.Kind) string {
	return fmt.Sprintf("%s|%s|%s", agency, peer, kind)
}

// Asked returns how many elements an agency asked on the UTC day of a time, of one
// peer or of all together ("*"), of one kind or of all together ("").
func (s *State) Asked(agency, peer casework.AgencyID, kind casework.Kind, at int64) uint64 {
	if at/dayMillis != s.c.Day {
		return 0
	}
	return s.c.Asked[askedKey(agency, peer, kind)]
}

// quota checks a query against the agreed quotas, and gives what counting it
// will make of the counters. An element asked of two peers counts once for the
// day's sum of its agency and once with each peer.
func (s *State) quota(agency casework.AgencyID, q *entry.Query, at int64) (map[string]uint64, error) {
	next := map[string]uint64{}
	count := func(peer casework.AgencyID, kind casework.Kind, n, limit uint64, bound bool) error {
		key := askedKey(agency, peer, kind)
		total := s.Asked(agency, peer, kind, at) + n
		if bound && total > limit {
			return fmt.Errorf("%w: %d of %d a day asked by %s of %s, kind %q, and %d more", ErrQuota, total-n, limit, agency, peer, kind, n)
		}
		next[key] = total
		return nil
	}
	quotas := map[casework.Kind]int{}
	for i, x := range s.agreement.Quotas {
		quotas[x.Kind] = i + 1
	}
	bounds := func(kind casework.Kind) (day, peer uint64, bound bool) {
		i := quotas[kind]
		if i == 0 {
			return 0, 0, false
		}
		return s.agreement.Quotas[i-1].PerDay, s.agreement.Quotas[i-1].PerPeerDay, true
	}
	for _, kind := range append(slices.Sorted(maps.Keys(q.Kinds)), "") {
		n := uint64(q.Kinds[kind])
		if kind == "" {
			n = uint64(q.Count)
		} else if len(s.agreement.QuotasFor(kind)) == 0 {
			return nil, fmt.Errorf("%w: none is agreed for kind %q", ErrQuota, kind)
		}
		day, peerDay, bound := bounds(kind)
		if err := count("*", kind, n, day, bound); err != nil {
			return nil, err
		}
		for _, p := range q.Peers {
			if err := count(p, kind, n, peerDay, bound); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}
