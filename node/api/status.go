package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// CommandList lists the commands of officers that changed a case.
var CommandList = define[None, []CommandView]("command.list", Reads, supervisor, auditor)

// CommandView is one command that was kept: who gave it and of what kind it was, and
// nothing that it said.
type CommandView struct {
	At      time.Time          `json:"at"`
	Officer casework.OfficerID `json:"officer"`
	Name    string             `json:"name"`
	Method  string             `json:"method"`
	Request casework.RequestID `json:"request,omitzero"` // that it is about, if any
	Proven  bool               `json:"proven"`           // the signature is this officer's
}

// Status shows how the node, its ledger and its peers stand.
var Status = define[None, StatusView]("status", Reads, investigator, supervisor, operator, auditor)

// StatusView is how the node stands.
type StatusView struct {
	Agency     casework.AgencyID `json:"agency"`
	Network    string            `json:"network,omitempty"` // empty before it founded or joined one
	Phase      string            `json:"phase"`             // "alone", "starting", "joining", "member", "expelled"
	Version    string            `json:"version"`
	Normaliser uint32            `json:"normaliser"`
	Epoch      uint32            `json:"epoch,omitempty"`
	Ledger     LedgerStatus      `json:"ledger"`
	Peers      []PeerStatus      `json:"peers,omitempty"`
	Items      map[string]uint64 `json:"items"`    // by kind
	Kept       map[string]uint64 `json:"kept_out"` // items out of every match set, by reason
	Leads      map[string]uint64 `json:"leads"`    // by state
	Queued     []Queued          `json:"queued"`   // what waits, and for what
	Alarm      string            `json:"alarm,omitempty"`
}

// LedgerStatus is how the ledger stands, as this replica sees it.
type LedgerStatus struct {
	Entries    uint64    `json:"entries"`
	Certified  uint64    `json:"certified"` // entries below a certified checkpoint
	Root       string    `json:"root,omitempty"`
	At         time.Time `json:"at,omitzero"` // of the certified checkpoint
	Leader     string    `json:"leader,omitempty"`
	Voters     []string  `json:"voters,omitempty"`
	Quorum     int       `json:"quorum,omitempty"`
	Waiting    string    `json:"waiting,omitempty"`             // for what this node's replica waits before it takes part
	Identity   string    `json:"identity,omitempty"`            // of the raft log that a voter which lost its own will begin
	ClockAhead int64     `json:"clock_ahead_seconds,omitempty"` // of this node's clock to those of most other voters, where it is too far off
}

// PeerStatus is how another member stands to this node.
type PeerStatus struct {
	Agency    casework.AgencyID `json:"agency"`
	Name      string            `json:"name"`
	Country   string            `json:"country"`
	Connected bool              `json:"connected"`
	Published uint64            `json:"published"` // own tags that it acknowledged
	Received  uint64            `json:"received"`  // its tags that this node holds
	Sent      uint64            `json:"bytes_sent"`
	Recv      uint64            `json:"bytes_received"`
	Queries   uint64            `json:"bytes_of_queries"` // of these, both ways: what was asked, and answered
}

// Queued is work that waits for somebody.
type Queued struct {
	What   string            `json:"what"` // "query", "tags", "request" ...
	ID     string            `json:"id"`
	Peer   casework.AgencyID `json:"peer,omitempty"`
	Reason string            `json:"reason"`
	Since  time.Time         `json:"since"`
}
