package dossier

import (
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// ErrClock means that a date in a step is not one that the clocks allow.
var ErrClock = errors.New("the date does not fit")

// Due is when an answer to a request that is made at a time is due.
func Due(u casework.Urgency, at time.Time) time.Time { return at.Add(u.Limit()) }

// CheckDue checks the due time that a request states. The clock runs from the time
// at which the request was logged, which its author foresees within the skew of
// clocks; it may state neither less than the limit of its urgency nor more.
func CheckDue(u casework.Urgency, due, written, logged time.Time, skew time.Duration) error {
	switch {
	case due.Before(logged):
		return fmt.Errorf("%w: it was due before it was logged", ErrClock)
	case due.Before(Due(u, written).Add(-skew)):
		return fmt.Errorf("%w: it is due before the limit of a %s request", ErrClock, u)
	case due.After(Due(u, logged).Add(skew)):
		return fmt.Errorf("%w: it is due after the limit of a %s request", ErrClock, u)
	}
	return nil
}

const day = 24 * time.Hour

// DeleteBy is when what is disclosed at a time is deleted by who receives it: after
// the shortest of the periods that its holder, its asker and the agreement state,
// in days. None of them, or a period below one day, keeps nothing.
func DeleteBy(at time.Time, days ...int) time.Time {
	if len(days) == 0 {
		return at
	}
	shortest := days[0]
	for _, d := range days[1:] {
		shortest = min(shortest, d)
	}
	return at.Add(time.Duration(max(0, shortest)) * day)
}

// CheckDeleteBy checks the date that a delivery states against the longest that the
// agreement keeps a disclosure, in days.
func CheckDeleteBy(by, logged time.Time, longest int, skew time.Duration) error {
	switch {
	case !by.After(logged):
		return fmt.Errorf("%w: it would have to be deleted before it arrives", ErrClock)
	case by.After(DeleteBy(logged, longest).Add(skew)):
		return fmt.Errorf("%w: it would be kept for more than %d days", ErrClock, longest)
	}
	return nil
}
