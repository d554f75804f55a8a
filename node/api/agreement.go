package api

import (
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on the agreement of the network.
var (
	AgreementShow    = define[None, AgreementsView]("agreement.show", Reads, investigator, supervisor, operator, auditor)
	AgreementPropose = define[AgreementProposeRequest, DraftView]("agreement.propose", ChangesNode, operator)
	AgreementApprove = define[AgreementApproveRequest, DraftView]("agreement.approve", ChangesNode, operator)
)

// AgreementsView is the agreement in force, and those that wait for approval.
type AgreementsView struct {
	Version     uint32      `json:"version"`
	Fingerprint string      `json:"fingerprint"`
	Text        string      `json:"text"` // TOML
	Drafts      []DraftView `json:"drafts"`
}

// DraftView is an agreement that was proposed: how it differs from the one in force,
// and who approved it.
type DraftView struct {
	Version     uint32              `json:"version"`
	Fingerprint string              `json:"fingerprint"` // read it to those who approve
	By          casework.AgencyID   `json:"by"`
	Approvals   []casework.AgencyID `json:"approvals"`
	Needed      int                 `json:"needed"`
	InForce     bool                `json:"in_force,omitempty"` // it is the agreement now
	Changes     []agreement.Change  `json:"changes"`
	Text        string              `json:"text"` // TOML
}

// AgreementProposeRequest puts an agreement to the members.
type AgreementProposeRequest struct {
	Agreement string `json:"agreement" text:"262144"` // TOML
}

// AgreementApproveRequest approves an agreement that was proposed.
type AgreementApproveRequest struct {
	Fingerprint string `json:"fingerprint"` // as heard from who proposed it
}
