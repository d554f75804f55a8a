package state

import (
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

var _ = on((*State).report)

// report takes reports of periods that have ended and do not overlap: out of two
// that do, the difference would tell what happened in a short time.
func (s *State) report(e entry.Entry, b *entry.Report, at int64) (change, error) {
	if b.Until > at {
		return nil, fmt.Errorf("%w: the period has not ended", ErrOrder)
	}
	if last := s.c.Reported[e.Agency]; b.From < last {
		return nil, fmt.Errorf("%w: the period begins before the end of the last report", ErrOrder)
	}
	return func(uint64) { s.c.Reported[e.Agency] = b.Until }, nil
}

// Reported is until when, in Unix milliseconds, an agency has reported; 0: never.
func (s *State) Reported(a casework.AgencyID) int64 { return s.c.Reported[a] }
