package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Hold keeps an item, or all that a case holds, out of matching while an operation is
// under way.
type Hold struct {
	Item   casework.ItemID    `json:",omitzero"` // this; or
	Case   casework.CaseID    `json:",omitzero"` // all of this case, also what comes in later
	By     casework.OfficerID // who placed it
	At     time.Time
	Reason string

	// Unsettled: the match keys of what the case holds are being derived anew, since it
	// was placed or, where Released, is being released.
	Unsettled bool `json:",omitempty"`
	Released  bool `json:",omitempty"`
}
