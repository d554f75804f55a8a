package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Standing is an officer's order to ask for what comes into a case, until a date, with
// how far it was carried out.
type Standing struct {
	Case          casework.CaseID
	Justification casework.Justification
	Command       casework.Command // as the officer signed it
	Set           time.Time
	Until         time.Time
	Stopped       time.Time // by an officer, before that

	Asked uint64    // elements, since it was set
	Last  time.Time // something was asked
	Waits string    // why something is not asked now, for a person
}

// Active reports whether the order holds at a time.
func (s Standing) Active(at time.Time) bool { return s.Stopped.IsZero() && at.Before(s.Until) }
