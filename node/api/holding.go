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
	ItemPermit  = define[ItemPermitRequest, PermissionView]("item.permit", ChangesCase, supervisor)
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

// ItemPermitRequest records that the agencies that disclosed an item permit more than the
// terms under which they did: all of them, each in writing.
type ItemPermitRequest struct {
	Item       casework.ItemID     `json:"item"`
	From       []casework.AgencyID `json:"from"`
	Reference  string              `json:"reference"`
	Visibility casework.Visibility `json:"visibility"` // "": takes an earlier permission back
}

// PermissionView is how far an item may go since.
type PermissionView struct {
	Item       casework.ItemID     `json:"item"`
	Value      string              `json:"value"`
	From       []casework.AgencyID `json:"from"`
	Reference  string              `json:"reference"`
	Visibility casework.Visibility `json:"visibility"`
	WhyNot     casework.WhyNot     `json:"why_not,omitempty"` // what else keeps it out
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
