package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods of matching.
var (
	Publish = define[PublishRequest, PublishView]("publish", ChangesNode, investigator, supervisor, operator)
	Ask     = define[AskRequest, AskView]("ask", BringsItems, investigator, supervisor)
	Asked   = define[CaseCloseRequest, []AskedBatch]("asked", Reads, investigator, supervisor)

	CaseStanding = define[CaseStandingRequest, StandingView](casework.StandingMethod, ChangesCase, investigator, supervisor)
)

// CaseStandingRequest orders the node to ask for what comes into a case until a date, or
// ends such an order.
type CaseStandingRequest struct {
	Case   string    `json:"case"`
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty" line:"1000"`
	Stop   bool      `json:"stop,omitempty"`
}

// StandingView is a standing order and how far it was carried out.
type StandingView struct {
	Until   time.Time `json:"until"`
	By      string    `json:"by"` // the officer's name
	Set     time.Time `json:"set"`
	Stopped time.Time `json:"stopped,omitzero"`
	Active  bool      `json:"active"`
	Asked   uint64    `json:"asked"` // elements, since it was set
	Last    time.Time `json:"last,omitzero"`
	Waits   string    `json:"waits,omitempty"` // why something is not asked now
}

// AskedBatch is one query and what came of it.
type AskedBatch struct {
	Batch casework.BatchID `json:"batch"`
	At    time.Time        `json:"at"`
	Count uint32           `json:"count"`
	Entry uint64           `json:"entry,omitempty"` // ledger index; 0: not logged yet
	Waits string           `json:"waits,omitempty"`
	Peers []AskedOf        `json:"peers"`
}

// PublishRequest brings the peers' copies of the own tags up to date.
type PublishRequest struct {
	Peers []casework.AgencyID `json:"peers,omitempty"` // none: all that policy allows
}

// PublishView is the result for each peer.
type PublishView struct {
	Peers []PublishedTo `json:"peers"`
}

// PublishedTo is what one peer has now.
type PublishedTo struct {
	Peer   casework.AgencyID `json:"peer"`
	Number uint64            `json:"number"`
	Tags   uint64            `json:"tags"`
	Bytes  uint64            `json:"bytes"`
	Queued string            `json:"queued,omitempty"` // why it has not arrived yet
}

// AskRequest asks peers about items of a case.
type AskRequest struct {
	Case       string                   `json:"case"`
	Items      Items                    `json:"items,omitzero"`  // added to the case first; none: all of the case not yet asked
	Peers      []casework.AgencyID      `json:"peers,omitempty"` // none: all that policy allows
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty" line:"400"`
	Offence    string                   `json:"offence,omitempty" line:"100"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Aim        string                   `json:"aim,omitempty" line:"100"`
	Reason     string                   `json:"reason,omitempty" line:"1000"`
	Urgent     bool                     `json:"urgent,omitempty"`
	Normaliser uint32                   `json:"normaliser,omitempty"`
}

// AskView is the result of a query.
type AskView struct {
	Batch casework.BatchID `json:"batch"`
	Count uint32           `json:"count"` // elements asked of each peer
	Known int              `json:"known"` // of the named items, already in the own store before
	Entry uint64           `json:"entry"` // ledger index of the query
	Peers []AskedOf        `json:"peers"`
	Leads []LeadView       `json:"leads,omitempty"`
	Rest  string           `json:"rest,omitempty"` // why not all was asked
}

// AskedOf is what one peer answered. "no hit", "refused" and "queued" differ.
type AskedOf struct {
	Peer    casework.AgencyID `json:"peer"`
	Hits    uint32            `json:"hits"`
	Refusal string            `json:"refusal,omitempty"` // its code
	Queued  string            `json:"queued,omitempty"`  // why it has not answered yet
	Set     uint64            `json:"set"`               // number of its tag set that was looked through
	At      time.Time         `json:"at,omitzero"`
}
