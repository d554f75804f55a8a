package replica

import (
	"context"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
)

// keepTime logs the newest certified checkpoint when the leader's clock has passed
// what the ledger takes, so that an entry after a pause is not held to a time before
// it. The voters' clocks count, by their cosignatures: a leader whose own clock is
// ahead logs no more of these than one whose is not, and stamps the same.
func (r *Replica) keepTime(ctx context.Context) error {
	r.mu.Lock()
	late := r.state.Size() > 0 && r.cfg.Now().UnixMilli() > r.state.Latest()
	due, note, fresh := r.state.ClockDue(r.certified.Time), r.certified.Note, r.certifiedSince
	limit := r.state.Agreement().MaxAhead()
	r.mu.Unlock()
	if !late {
		return nil
	}
	if due {
		r.mu.Lock()
		seq, prev := r.state.Chain(r.cfg.Agency)
		r.mu.Unlock()
		e, err := r.sign(&entry.Clock{Note: note}, seq+1, prev)
		if err != nil {
			return err
		}
		// Where another call was first, or an entry of this agency took the place in the
		// chain, the ledger refuses it, and the other one serves as well.
		_, err = r.lead(ctx, []entry.Entry{e})
		return err
	}
	if time.Since(fresh) > limit/2 {
		return fmt.Errorf("%w: none of them has vouched for the time lately", ErrNoQuorum)
	}
	return nil
}
