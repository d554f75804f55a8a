package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on holds: what is held takes no part in matching while an operation is under
// way. Whoever works on a case may place one; a supervisor releases it.
var (
	CaseHold    = define[CaseHoldRequest, HoldView]("case.hold", ChangesCase, investigator, supervisor)
	CaseRelease = define[CaseReleaseRequest, HoldView]("case.release", ChangesCase, supervisor)
	ItemHold    = define[ItemHoldRequest, HoldView]("item.hold", ChangesCase, investigator, supervisor)
	ItemRelease = define[ItemReleaseRequest, HoldView]("item.release", ChangesCase, supervisor)
	HoldList    = define[None, []HoldView]("hold.list", Reads, investigator, supervisor)
)

// CaseHoldRequest holds all items of a case, those that come in later among them.
type CaseHoldRequest struct {
	Case   string `json:"case"`
	Reason string `json:"reason" line:"1000"`
}

// CaseReleaseRequest ends it.
type CaseReleaseRequest struct {
	Case string `json:"case"`
}

// ItemHoldRequest holds one item, in whichever cases it is. It names no value, since the
// command is kept.
type ItemHoldRequest struct {
	Item   casework.ItemID `json:"item"`
	Reason string          `json:"reason" line:"1000"`
}

// ItemReleaseRequest ends it.
type ItemReleaseRequest struct {
	Item casework.ItemID `json:"item"`
}

// HoldView is a hold, of a case or of an item.
type HoldView struct {
	Case   string          `json:"case,omitempty"`
	Item   casework.ItemID `json:"item,omitzero"`
	Value  string          `json:"value,omitempty"`
	By     string          `json:"by"` // name of the officer who placed it
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`

	// Withdrawn says when tags that other agencies have of what is held leave their sets.
	Withdrawn string `json:"withdrawn,omitempty"`
}
