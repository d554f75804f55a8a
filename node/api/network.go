package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// NetworkCreate founds a network with this agency as its first member.
type NetworkCreate struct {
	Name      string `json:"name"`
	Agreement string `json:"agreement,omitempty"` // TOML; empty: the default one
}

// NetworkInvite's result is what a joining agency needs to know.
type NetworkInvite struct {
	Invitation  string `json:"invitation"`
	Fingerprint string `json:"fingerprint"` // of the genesis entry: read it over the phone
}

// NetworkJoin accepts an invitation.
type NetworkJoin struct {
	Invitation  string `json:"invitation"`
	Fingerprint string `json:"fingerprint"` // as heard from the inviting agency
}

// Joined is the result of create and of join.
type Joined struct {
	Network            string `json:"network"`
	NetworkFingerprint string `json:"network_fingerprint"`
	MemberFingerprint  string `json:"member_fingerprint"` // of the own member record
	JoinRequest        string `json:"join_request,omitempty"`
}

// NetworkApprove admits an agency, once enough members approved.
type NetworkApprove struct {
	JoinRequest string            `json:"join_request,omitempty"` // proposes first, if nobody did
	Agency      casework.AgencyID `json:"agency,omitempty"`       // for one already proposed
	Fingerprint string            `json:"fingerprint"`            // as heard from the joining agency
}

// Approved is the result of an approval.
type Approved struct {
	Agency      casework.AgencyID `json:"agency"`
	Fingerprint string            `json:"fingerprint"`
	Approvals   int               `json:"approvals"`
	Needed      int               `json:"needed"`
	Admitted    bool              `json:"admitted"`
}

// Member is a member, or a candidate, of the network.
type Member struct {
	Agency      casework.AgencyID `json:"agency"`
	Name        string            `json:"name"`
	Country     string            `json:"country"`
	Fingerprint string            `json:"fingerprint"`
	State       string            `json:"state"` // "voter", "member", "proposed", "expelled"
	Approvals   int               `json:"approvals,omitempty"`
	Needed      int               `json:"needed,omitempty"`
	Oversight   string            `json:"oversight"`
	Connected   bool              `json:"connected"`
	Self        bool              `json:"self,omitempty"`
}
