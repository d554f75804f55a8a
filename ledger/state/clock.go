package state

import (
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
)

// ErrAhead means that the ledger is ahead of this node's clock by more than the
// agreed skew: a leader dated its entries, or this clock is wrong.
var ErrAhead = errors.New("the newest entry is dated after this node's clock: the leader's clock or this one is wrong")

// Clock is the newest time that a quorum of voters vouched for and that is logged, in
// Unix milliseconds: of the last clock entry, or of the founding.
func (s *State) Clock() int64 { return s.c.Clock }

// Latest is the latest time at which an entry may be appended now.
func (s *State) Latest() int64 { return s.c.Clock + s.agreement.MaxAhead().Milliseconds() }

// Stamp is the time that an honest leader appends an entry at: its own clock's, but
// not before a time that a quorum vouched for, nor after what the ledger takes, nor
// before the last entry. A leader whose clock is wrong stamps what the voters' clocks
// say then, give or take the refreshing of checkpoints.
func (s *State) Stamp(own, certified time.Time) int64 {
	if s.c.Size == 0 {
		return own.UnixMilli() // the founder's clock is the first
	}
	at := max(own.UnixMilli(), certified.UnixMilli())
	return max(min(at, s.Latest()), s.c.Last)
}

// ClockDue reports whether a certified checkpoint of a time would be taken as a clock
// entry, and whether the ledger needs one to append at that time.
func (s *State) ClockDue(certified time.Time) bool {
	return s.c.Size > 0 && certified.UnixMilli() >= s.c.Clock+s.clockGap()
}

// clockGap is how much later the time of a clock entry is than that of the last.
func (s *State) clockGap() int64 { return s.agreement.MaxAhead().Milliseconds() / 4 }

// MayCosign refuses to vouch for a ledger that is ahead of a voter's own clock, or of
// the last time that a quorum vouched for, whichever is later, by more than the agreed
// skew. Entries that are, are certified once the clocks get there. Cosignatures tell
// whole seconds, so a quorum vouched for all of the second that certified is in: else a
// leader whose clock is behind could refuse what it may append, by a part of a second
// and for ever.
func (s *State) MayCosign(own, certified time.Time) error {
	vouched := certified.Truncate(time.Second).Add(time.Second - time.Millisecond)
	if ahead := s.c.Last - max(own.UnixMilli(), vouched.UnixMilli()); ahead > s.agreement.MaxSkew().Milliseconds() {
		return fmt.Errorf("%w (by %s)", ErrAhead, time.Duration(ahead)*time.Millisecond)
	}
	return nil
}

var _ = on((*State).clock)

// clock takes a checkpoint that a quorum of the voters cosigned later than the last
// one, and bounds its own append time by it.
func (s *State) clock(_ entry.Entry, b *entry.Clock, at int64) (change, error) {
	c, err := s.Policy().Verify(b.Note)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	if c.Size > s.c.Size {
		return nil, fmt.Errorf("%w: a checkpoint of %d entries, and there are %d", ErrOrder, c.Size, s.c.Size)
	}
	if !s.ClockDue(c.Time) {
		return nil, fmt.Errorf("%w: the ledger has a time of less than %d ms before", ErrOrder, s.clockGap())
	}
	t := c.Time.UnixMilli()
	if t <= 0 || t > entry.MaxTime || at > t+s.agreement.MaxAhead().Milliseconds() {
		return nil, fmt.Errorf("%w: appended %d ms after the quorum's time", ErrTime, at-t)
	}
	return func(uint64) { s.c.Clock = t }, nil
}
