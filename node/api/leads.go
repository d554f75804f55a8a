package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// Inbox lists leads, best first.
type Inbox struct {
	All bool `json:"all,omitempty"` // the dismissed and closed ones, too
}

// LeadView is a lead as the inbox shows it; the value is the agency's own.
type LeadView struct {
	Lead     casework.Lead `json:"lead"`
	Value    string        `json:"value"`
	CaseRefs []string      `json:"case_refs"`
	Reason   string        `json:"reason"` // one line
	Request  string        `json:"request,omitempty"`
}

// LeadRef names a lead.
type LeadRef struct {
	Lead casework.LeadID `json:"lead"`
}

// Why explains a lead.
type Why struct {
	Lead    LeadView          `json:"lead"`
	Factors []Factor          `json:"factors"`
	Item    Found             `json:"item"`
	Peer    Member            `json:"peer"`
	Ledger  map[string]uint64 `json:"ledger"` // entries that led here, by what they are
	Next    string            `json:"next"`
}

// Factor is one factor of a lead's score.
type Factor struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Why   string  `json:"why"`
}

// Dismiss closes a lead without a request.
type Dismiss struct {
	Lead   casework.LeadID `json:"lead"`
	Reason string          `json:"reason"`
}
