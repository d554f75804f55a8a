package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// Methods on requests for disclosure and their answers.
var (
	Request = define[DraftRequest, DossierView]("request", ChangesCase, investigator, supervisor)
	Approve = define[ApproveRequest, DossierView]("approve", ChangesCase, supervisor)
	Refuse  = define[RefuseRequest, DossierView]("refuse", ChangesCase, investigator, supervisor)
	Answer  = define[AnswerRequest, DossierView]("answer", ChangesCase, investigator, supervisor)
	Open    = define[OpenRequest, OpenedView]("open", ChangesCase, investigator, supervisor)
	Use     = define[UseRequest, DossierView]("use", ChangesCase, investigator, supervisor)
	Due     = define[None, []DossierView]("due", Reads, investigator, supervisor, auditor)

	RequestBundle = define[BundleRequest, BundleView]("request.bundle", Reads, investigator, supervisor, auditor)
)

// BundleRequest asks for what proves the steps of a request.
type BundleRequest struct {
	Request casework.RequestID `json:"request"`
}

// BundleView is what proves the steps of a request to somebody who has nothing else.
type BundleView struct {
	Bundle      string `json:"bundle"`
	Page        string `json:"page"`        // HTML, in plain language
	Fingerprint string `json:"fingerprint"` // of the voters' keys
	Steps       int    `json:"steps"`
}

// DraftRequest drafts a request for disclosure on a lead.
type DraftRequest struct {
	Lead       casework.LeadID  `json:"lead"`
	Wanted     []casework.Field `json:"wanted" list:"7"`
	Purpose    casework.Purpose `json:"purpose,omitempty"`
	Offence    string           `json:"offence,omitempty" line:"100"`
	LegalBasis string           `json:"legal_basis,omitempty" line:"400"`
	Facts      string           `json:"facts" text:"20000"`
	Necessity  string           `json:"necessity" text:"20000"`
	Use        string           `json:"use,omitempty"`
	Urgency    casework.Urgency `json:"urgency,omitempty"`
	Judicial   string           `json:"judicial,omitempty"`
	Handling   string           `json:"handling,omitempty"`
	Retention  int              `json:"retention_days,omitempty"`
	Contact    string           `json:"contact,omitempty"`
}

// OpenRequest names a request.
type OpenRequest struct {
	Request casework.RequestID `json:"request"`
}

// ApproveRequest approves a draft: the one that its view shows, and no other that may have
// taken its place.
type ApproveRequest struct {
	Request casework.RequestID `json:"request"`
	Of      string             `json:"of"` // DossierView.Of of the draft
}

// RefuseRequest refuses a request of another agency.
type RefuseRequest struct {
	Request casework.RequestID `json:"request"`
	Ground  casework.Ground    `json:"ground"`
}

// AnswerRequest drafts an answer to a request of another agency.
type AnswerRequest struct {
	Request    casework.RequestID `json:"request"`
	Fields     []casework.Field   `json:"fields,omitempty" list:"7"` // none: what was asked and policy permits
	Note       string             `json:"note,omitempty" text:"20000"`
	Summary    string             `json:"summary,omitempty" text:"20000"`
	Handling   string             `json:"handling,omitempty"`
	Conditions []string           `json:"conditions,omitempty" line:"1000" list:"32"`
	DeleteDays int                `json:"delete_days,omitempty"`

	// Authorisation is what the officer saw, where the rules ask for one on this side.
	Authorisation *casework.Authorisation `json:"authorisation,omitempty"`
}

// UseRequest reports what a disclosure was good for.
type UseRequest struct {
	Request casework.RequestID `json:"request"`
	Outcome string             `json:"outcome"`
	Grading string             `json:"grading,omitempty"`
}

// DossierView is a request as its list shows it, ours or theirs.
type DossierView struct {
	Request   casework.Request  `json:"request"`
	Direction dossier.Direction `json:"direction"`
	State     dossier.State     `json:"state"`
	Lead      casework.LeadID   `json:"lead,omitzero"`
	Value     string            `json:"value,omitempty"` // the own item's
	Outcome   casework.Outcome  `json:"outcome,omitempty"`
	Ground    casework.Ground   `json:"ground,omitempty"`
	Policy    []string          `json:"policy,omitempty"` // what the rules said
	Due       time.Time         `json:"due"`
	Overdue   bool              `json:"overdue,omitempty"`
	Next      string            `json:"next,omitempty"`
	Failed    string            `json:"failed,omitempty"` // why the ledger does not take it
	Steps     []DossierStep     `json:"steps,omitempty"`

	// What waits for a second officer's approval, while something does.
	Of        string               `json:"of,omitempty"`        // names the draft, to the last letter
	Rendering dossier.Rendering    `json:"rendering,omitempty"` // all of it; Of is its digest
	Draft     *casework.Disclosure `json:"draft,omitempty"`     // the answer, on the holder's side

	Peer casework.AgencyID `json:"peer"`
}

// DossierStep is one step of a dossier with its ledger entry.
type DossierStep struct {
	At    time.Time     `json:"at"`
	State dossier.State `json:"state"`
	Entry uint64        `json:"entry,omitempty"`
}

// OpenedView is a disclosure in the clear, for the officer who opened it.
type OpenedView struct {
	Dossier    DossierView         `json:"dossier"`
	Disclosure casework.Disclosure `json:"disclosure"`
}
