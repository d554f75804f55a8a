package casework

import (
	"strings"
	"time"
)

// A LeadState is where a lead stands.
type LeadState string

// States of a lead. What happens after Requested is told by its requests.
const (
	LeadNew       LeadState = "new"
	LeadDismissed LeadState = "dismissed"
	LeadRequested LeadState = "requested"
	LeadClosed    LeadState = "closed"
	LeadWithdrawn LeadState = "withdrawn"
)

// A Lead is the news that another agency holds an identifier that is also in
// the own files: which of the own items, and whom to ask, nothing else.
type Lead struct {
	ID     LeadID    `json:"id"`
	Peer   AgencyID  `json:"peer"`
	Item   ItemID    `json:"item"`
	Kind   Kind      `json:"kind"`
	Cases  []CaseID  `json:"cases"` // the own cases that hold the item
	Epoch  uint32    `json:"epoch"`
	Tag    [10]byte  `json:"-"` // the peer's handle for its own item
	Found  time.Time `json:"found"`
	State  LeadState `json:"state"`
	Reason string    `json:"reason,omitempty"` // of a dismissal or a withdrawal
	Score  float64   `json:"score"`
	// Of a lead that is withdrawn: the other agency that took its item back, or "" where
	// the own item was, and the state that the lead had.
	WithdrawnBy AgencyID  `json:"withdrawn_by,omitempty"`
	Before      LeadState `json:"before,omitempty"`
}

// Withdraw ends a lead because one of its two items is withdrawn: the other agency's, or
// with no agency named the own. It reports whether that changes the lead; one that was
// dismissed or closed stays what it is.
func (l *Lead) Withdraw(by AgencyID, reason string) bool {
	switch l.State {
	case LeadNew, LeadRequested:
		l.Before, l.State = l.State, LeadWithdrawn
	case LeadWithdrawn: // both are withdrawn: the other agency's comes back by a hit of its own
		if by == "" || l.WithdrawnBy == by {
			return false
		}
	default:
		return false
	}
	l.WithdrawnBy, l.Reason = by, reason
	return true
}

// Revive makes a withdrawn lead what it was. It reports whether it was withdrawn.
func (l *Lead) Revive() bool {
	if l.State != LeadWithdrawn {
		return false
	}
	l.State, l.Before, l.WithdrawnBy, l.Reason = or(l.Before, LeadNew), "", "", ""
	return true
}

// A Field is one thing that a request may ask for.
type Field string

// What a disclosure may hold.
const (
	FieldContact     Field = "contact"
	FieldSummary     Field = "case-summary"
	FieldIdentifiers Field = "associated-identifiers"
	FieldFiles       Field = "files"
	FieldMovements   Field = "movements"
	FieldVictim      Field = "victim-status"
	FieldDates       Field = "dates"
)

// Fields lists what may be asked for.
func Fields() []Field {
	return []Field{FieldContact, FieldSummary, FieldIdentifiers, FieldFiles, FieldMovements, FieldVictim, FieldDates}
}

// A Request asks another agency to disclose what it holds on a shared
// identifier. It travels sealed to that agency, after its hash is in the ledger.
type Request struct {
	ID         RequestID `json:"id" cbor:"1,keyasint"`
	From       AgencyID  `json:"from" cbor:"2,keyasint"`
	To         AgencyID  `json:"to" cbor:"3,keyasint"`
	Epoch      uint32    `json:"epoch" cbor:"4,keyasint"`
	Kind       Kind      `json:"kind" cbor:"5,keyasint"`
	Handle     [10]byte  `json:"handle" cbor:"6,keyasint"`    // the recipient's tag of its own item
	HitProof   [32]byte  `json:"hit_proof" cbor:"7,keyasint"` // only a holder who was answered can make it
	Authority  string    `json:"authority" cbor:"8,keyasint"`
	Country    string    `json:"country" cbor:"9,keyasint"`
	Contact    string    `json:"contact,omitempty" cbor:"10,keyasint,omitempty"`
	Wanted     []Field   `json:"wanted" cbor:"11,keyasint"`
	Purpose    Purpose   `json:"purpose" cbor:"12,keyasint"`
	Offence    string    `json:"offence" cbor:"13,keyasint"`
	LegalBasis string    `json:"legal_basis" cbor:"14,keyasint"`
	Facts      string    `json:"facts" cbor:"15,keyasint"`
	Necessity  string    `json:"necessity" cbor:"16,keyasint"`
	Use        string    `json:"use" cbor:"17,keyasint"` // "intelligence" or "evidence"
	Onward     []string  `json:"onward,omitempty" cbor:"18,keyasint,omitempty"`
	Urgency    Urgency   `json:"urgency" cbor:"19,keyasint"`
	Judicial   string    `json:"judicial,omitempty" cbor:"20,keyasint,omitempty"` // authorisation reference
	Handling   Handling  `json:"handling" cbor:"21,keyasint"`
	TLP        TLP       `json:"tlp" cbor:"22,keyasint"`
	Retention  int       `json:"retention_days" cbor:"23,keyasint"`
	Created    time.Time `json:"created" cbor:"24,keyasint"`
	Due        time.Time `json:"due" cbor:"25,keyasint"`
}

// An Authorisation is what lets an agency disclose what its rules escalate: a
// decision of its own court or authority, and the officer who saw it.
type Authorisation struct {
	Reference string    `json:"reference"`
	Authority string    `json:"authority"`
	Date      time.Time `json:"date"`
	SeenBy    OfficerID `json:"seen_by"`
}

// Complete reports whether it states what it must, and is not of a later day.
func (a Authorisation) Complete(at time.Time) bool {
	return strings.TrimSpace(a.Reference) != "" && strings.TrimSpace(a.Authority) != "" && !a.Date.IsZero() && !a.Date.After(at) && !a.SeenBy.IsZero()
}

// An Outcome is how a request was answered.
type Outcome string

// Outcomes of a request. The empty outcome discloses nothing.
const (
	Full          Outcome = "full"
	Partial       Outcome = "partial"
	Refused       Outcome = "refused"
	NotHeld       Outcome = "not_held"
	Clarification Outcome = "needs_clarification"
	NeedsJudicial Outcome = "needs_judicial_authorisation"
)

// A DisclosedValue is one value of a disclosure with what must travel with it.
type DisclosedValue struct {
	Field      Field           `json:"field" cbor:"1,keyasint"`
	Kind       Kind            `json:"kind,omitempty" cbor:"2,keyasint,omitempty"`
	Value      string          `json:"value" cbor:"3,keyasint"`
	Handling   Handling        `json:"handling" cbor:"4,keyasint"`
	Grading    Grading         `json:"grading" cbor:"5,keyasint"`
	Category   SubjectCategory `json:"category" cbor:"6,keyasint"`
	Provenance Provenance      `json:"provenance" cbor:"7,keyasint"`
	Assessment bool            `json:"assessment,omitempty" cbor:"8,keyasint,omitempty"` // opinion, not fact
}

// A Disclosure answers a request, sealed to the agency that asked.
type Disclosure struct {
	ID         DisclosureID     `json:"id" cbor:"1,keyasint"`
	Request    RequestID        `json:"request" cbor:"2,keyasint"`
	From       AgencyID         `json:"from" cbor:"3,keyasint"`
	To         AgencyID         `json:"to" cbor:"4,keyasint"`
	Outcome    Outcome          `json:"outcome" cbor:"5,keyasint"`
	Ground     Ground           `json:"ground,omitempty" cbor:"6,keyasint,omitempty"`
	Note       string           `json:"note,omitempty" cbor:"7,keyasint,omitempty"`
	Values     []DisclosedValue `json:"values,omitempty" cbor:"8,keyasint,omitempty"`
	Conditions []string         `json:"conditions,omitempty" cbor:"9,keyasint,omitempty"`
	Handling   Handling         `json:"handling" cbor:"10,keyasint"`
	TLP        TLP              `json:"tlp" cbor:"11,keyasint"`
	DeleteBy   time.Time        `json:"delete_by" cbor:"12,keyasint"`
	Contact    string           `json:"contact,omitempty" cbor:"13,keyasint,omitempty"`
	Made       time.Time        `json:"made" cbor:"14,keyasint"`
}

// A UseReport closes a request: what the disclosure was good for.
type UseReport struct {
	Request RequestID `json:"request" cbor:"1,keyasint"`
	Outcome string    `json:"outcome" cbor:"2,keyasint"` // "useful", "not-useful", "already-known", "wrong"
	Grading Grading   `json:"grading,omitzero" cbor:"3,keyasint"`
	Note    string    `json:"note,omitempty" cbor:"4,keyasint,omitempty"`
	At      time.Time `json:"at" cbor:"5,keyasint"`
}

// Limit is the time within which a request of the class is to be answered
// (Directive (EU) 2023/977 art. 5). An unknown class gets the longest limit.
func (u Urgency) Limit() time.Duration {
	switch u {
	case Urgent:
		return 8 * time.Hour
	case UrgentIndirect:
		return 3 * 24 * time.Hour
	}
	return 7 * 24 * time.Hour
}
