package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on the network's membership.
var (
	NetworkCreate  = define[NetworkCreateRequest, JoinedView]("network.create", ChangesNode, operator)
	NetworkInvite  = define[None, InvitationView]("network.invite", ChangesNode, operator)
	NetworkJoin    = define[NetworkJoinRequest, JoinedView]("network.join", ChangesNode, operator)
	NetworkApprove = define[NetworkApproveRequest, ApprovalView]("network.approve", ChangesNode, operator)
	NetworkExpel   = define[NetworkExpelRequest, ExpelView]("network.expel", ChangesNode, operator)
	NetworkPolicy  = define[NetworkPolicyRequest, PolicyView]("network.policy", Reads, investigator, supervisor, operator, auditor)
	NetworkMembers = define[None, []MemberView]("network.members", Reads, investigator, supervisor, operator, auditor)
)

// NetworkCreateRequest founds a network with this agency as its first member.
type NetworkCreateRequest struct {
	Name      string `json:"name"`
	Agreement string `json:"agreement,omitempty" text:"262144"` // TOML; empty: the default one
}

// InvitationView's result is what a joining agency needs to know.
type InvitationView struct {
	Invitation  string `json:"invitation"`
	Fingerprint string `json:"fingerprint"` // of the genesis entry: read it over the phone
}

// NetworkJoinRequest accepts an invitation.
type NetworkJoinRequest struct {
	Invitation  string `json:"invitation" text:"262144"`
	Fingerprint string `json:"fingerprint"` // as heard from the inviting agency
}

// JoinedView is the result of create and of join.
type JoinedView struct {
	Network            string `json:"network"`
	NetworkFingerprint string `json:"network_fingerprint"`
	MemberFingerprint  string `json:"member_fingerprint"` // of the own member record
	JoinRequest        string `json:"join_request,omitempty"`
	Restart            bool   `json:"restart,omitempty"` // the node enters the network at its next start
}

// NetworkApproveRequest admits an agency, once enough members approved.
type NetworkApproveRequest struct {
	JoinRequest string            `json:"join_request,omitempty" text:"262144"` // proposes first, if nobody did
	Agency      casework.AgencyID `json:"agency,omitempty"`                     // for one already proposed
	Fingerprint string            `json:"fingerprint"`                          // as heard from the joining agency
}

// ApprovalView is the result of an approval.
type ApprovalView struct {
	Agency      casework.AgencyID `json:"agency"`
	Fingerprint string            `json:"fingerprint"`
	Approvals   int               `json:"approvals"`
	Needed      int               `json:"needed"`
	Admitted    bool              `json:"admitted"`
}

// NetworkPolicyRequest asks for the policy that foreign clients of the ledger take.
type NetworkPolicyRequest struct {
	Pin casework.AgencyID `json:"pin,omitempty"` // the voter whose log signature they want; empty: this agency, or the first voter
}

// PolicyView is a C2SP tlog-policy, with the keys of all voters.
type PolicyView struct {
	Network string `json:"network"` // the checkpoints' origin
	Pinned  string `json:"pinned"`  // for clients that want every log of a policy to have signed
	Whole   string `json:"whole"`   // any voter's log signature, as receipts are checked

	Fingerprint string      `json:"fingerprint"` // of Whole: what a bundle is compared with
	Voters      []VoterView `json:"voters"`
}

// VoterView is a voter's verifiers, as C2SP signed-note writes them.
type VoterView struct {
	Agency   casework.AgencyID `json:"agency"`
	Log      string            `json:"log"`
	Cosigner string            `json:"cosigner"`
}

// MemberView is a member, or a candidate, of the network.
type MemberView struct {
	Agency      casework.AgencyID `json:"agency"`
	Name        string            `json:"name"`
	Country     string            `json:"country"`
	Fingerprint string            `json:"fingerprint"`
	State       string            `json:"state"` // "voter", "member", "proposed", "expelled"
	Approvals   int               `json:"approvals,omitempty"`
	Needed      int               `json:"needed,omitempty"` // approvals to admit it; votes to expel it
	Oversight   string            `json:"oversight"`
	Epoch       uint32            `json:"epoch"` // of its match key

	OversightFingerprint string `json:"oversight_fingerprint,omitempty"` // of the body's keys: 'crosscase-audit fingerprint' shows it there
	Connected            bool   `json:"connected"`
	Self                 bool   `json:"self,omitempty"`

	WantGone []casework.AgencyID `json:"want_gone,omitempty"` // members that want it expelled
}

// NetworkExpelRequest asks that a member be expelled, or supports that.
type NetworkExpelRequest struct {
	Agency casework.AgencyID `json:"agency"`
	Reason string            `json:"reason" line:"64"` // a code: everybody reads it
	Leave  bool              `json:"leave,omitempty"`  // the agency is the own one, and leaves
}

// ExpelView is where the expulsion of a member stands.
type ExpelView struct {
	Agency   casework.AgencyID   `json:"agency"`
	WantGone []casework.AgencyID `json:"want_gone,omitempty"`
	Needed   int                 `json:"needed"`
	Expelled bool                `json:"expelled"`
}

// NetworkRotate changes keys of this agency, by an entry that names the new ones.
var NetworkRotate = define[NetworkRotateRequest, RotationView]("network.rotate", ChangesNode, operator)

// A KeyName names a key of an agency, or what else of its record may change.
type KeyName string

// What of an agency may change.
const (
	KeyMatch      KeyName = "match"      // evaluates; comes with a new epoch for all members
	KeyAudit      KeyName = "audit"      // makes the blinds of queries
	KeyDisclosure KeyName = "disclosure" // opens what is sealed to the agency
	KeyAgency     KeyName = "agency"     // signs entries
	KeyNode       KeyName = "node"       // identity of the node among its peers
	KeyLog        KeyName = "log"        // signs checkpoints
	KeyOversight  KeyName = "oversight"  // the oversight body's, from its file
	Addresses     KeyName = "addresses"  // where the node is reached, from its settings
)

// KeyNames lists them; KeysOfNode those that a thief of the node's keys has.
func KeyNames() []KeyName { return append(KeysOfNode(), KeyOversight, Addresses) }

// KeysOfNode lists the keys that lie in a node's folder.
func KeysOfNode() []KeyName {
	return []KeyName{KeyMatch, KeyAudit, KeyDisclosure, KeyAgency, KeyNode, KeyLog}
}

// NetworkRotateRequest names what changes.
type NetworkRotateRequest struct {
	Keys      []KeyName `json:"keys"`
	Oversight string    `json:"oversight,omitempty" text:"65536"` // public keys of the oversight body, for KeyOversight
}

// RotationView is what changed, and what waits for whom.
type RotationView struct {
	Rotated      []KeyName           `json:"rotated"`
	Epoch        uint32              `json:"epoch"`            // of the own keys
	NetworkEpoch uint32              `json:"network_epoch"`    // that matching is in
	Behind       []casework.AgencyID `json:"behind,omitempty"` // members whose match keys are of the epoch before
	Away         []casework.AgencyID `json:"away,omitempty"`   // members for whom the node key waits
	Fingerprint  string              `json:"fingerprint"`      // of the own record now
}
