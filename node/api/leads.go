package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on leads.
var (
	Inbox   = define[InboxRequest, []LeadView]("inbox", Reads, investigator, supervisor)
	Why     = define[WhyRequest, WhyView]("why", Reads, investigator, supervisor)
	Dismiss = define[DismissRequest, []LeadView]("dismiss", ChangesCase, investigator, supervisor)
	Resolve = define[ResolveRequest, ResolveView]("resolve", Reads, investigator, supervisor)
)

// ResolveRequest asks which lead or request an id begins with.
type ResolveRequest struct {
	Prefix string `json:"prefix"`
}

// ResolveView is the id, whole.
type ResolveView struct {
	ID string `json:"id"`
}

// InboxRequest lists leads, best first.
type InboxRequest struct {
	All   bool              `json:"all,omitempty"` // the dismissed, closed and withdrawn ones, too
	New   bool              `json:"new,omitempty"` // those alone about which nothing was done yet
	Case  string            `json:"case,omitempty"`
	Peer  casework.AgencyID `json:"peer,omitempty"`
	Kind  casework.Kind     `json:"kind,omitempty"`
	Since time.Time         `json:"since,omitzero"`  // found then or later
	Limit int               `json:"limit,omitempty"` // most to list; 0: all
}

// LeadView is a lead as the inbox shows it; the value is the agency's own.
type LeadView struct {
	Lead     casework.Lead `json:"lead"`
	Value    string        `json:"value"`
	CaseRefs []string      `json:"case_refs"`
	Reason   string        `json:"reason"` // one line
	Request  string        `json:"request,omitempty"`
}

// WhyRequest names a lead.
type WhyRequest struct {
	Lead casework.LeadID `json:"lead"`
}

// WhyView explains a lead.
type WhyView struct {
	Lead    LeadView          `json:"lead"`
	Factors []Factor          `json:"factors"`
	Item    ItemView          `json:"item"`
	Peer    MemberView        `json:"peer"`
	Ledger  map[string]uint64 `json:"ledger"` // entries that led here, by what they are
	Next    string            `json:"next"`
}

// Factor is one factor of a lead's score.
type Factor struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Why   string  `json:"why"`
}

// DismissRequest closes leads without a request, all with one reason, or takes that back.
type DismissRequest struct {
	Leads  []casework.LeadID `json:"leads"`
	Reason string            `json:"reason,omitempty" line:"1000"`
	Undo   bool              `json:"undo,omitempty"`
}
