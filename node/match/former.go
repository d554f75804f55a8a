package match

import (
	"context"
	"fmt"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// former lists the agencies that are members no more; all others, if it is the own
// agency that went.
func (s *Service) former() []casework.AgencyID {
	var out []casework.AgencyID
	s.cfg.Ledger.View(func(st *state.State) {
		own, ok := st.Member(s.cfg.Agency)
		gone := ok && !own.Active()
		for _, m := range st.Members() {
			if m.Agency != s.cfg.Agency && (gone || !m.Active()) {
				out = append(out, m.Agency)
			}
		}
	})
	return out
}

// forget deletes the sets that a former member published and was published to, once no
// set of its is being taken over. Leads with it stay: they are the case's.
func (s *Service) forget(ctx context.Context, p casework.AgencyID) (again bool, err error) {
	t, err := s.terms(p)
	if err != nil || t.member {
		return false, err
	}
	release, ok := s.claim("tags from " + string(p))
	if !ok {
		return true, nil
	}
	defer release()
	if err := s.cfg.Store.ForgetPeer(ctx, p); err != nil {
		return true, fmt.Errorf("sets of %s: %w", p, err)
	}
	return false, nil
}
