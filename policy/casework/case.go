package casework

import "time"

// A Case is a file of the own agency. Its reference is the agency's own number
// and never leaves but inside a request.
type Case struct {
	ID       CaseID          `json:"id"`
	Ref      string          `json:"ref"`
	Title    string          `json:"title,omitempty"`
	Offence  string          `json:"offence,omitempty"` // common offence code
	Region   string          `json:"region,omitempty"`  // ISO 3166 alpha-2, for phones without a country code
	Category SubjectCategory `json:"category,omitempty"`
	Grading  Grading         `json:"grading,omitzero"`
	Handling Handling        `json:"handling,omitzero"`
	// Legal frame that queries of the case state.
	Purpose    Purpose   `json:"purpose,omitempty"`
	LegalBasis string    `json:"legal_basis,omitempty"`
	Opened     time.Time `json:"opened"`
	Closed     time.Time `json:"closed,omitzero"`
	Unsettled  bool      `json:"unsettled,omitempty"` // what it holds is being taken out of matching, or into it again
}

// MaxStanding is how long a standing order may hold: the officer who signed it looks at it
// again after that.
const MaxStanding = 92 * 24 * time.Hour

// StandingMethod is the command by which an officer signs a standing order: the node asks
// for what comes into a case until the order ends.
const StandingMethod = "case.standing"

// A Justification states, before any query, why it is lawful. It is sealed to
// the own oversight body; the ledger shows a commitment to it.
type Justification struct {
	Case       CaseID          `json:"case" cbor:"1,keyasint"`
	CaseRef    string          `json:"case_ref" cbor:"2,keyasint"`
	Purpose    Purpose         `json:"purpose" cbor:"3,keyasint"`
	Offence    string          `json:"offence" cbor:"4,keyasint"`
	Category   SubjectCategory `json:"category" cbor:"5,keyasint"`
	Aim        string          `json:"aim" cbor:"6,keyasint"` // "identify" or "more"
	LegalBasis string          `json:"legal_basis" cbor:"7,keyasint"`
	Unit       string          `json:"unit,omitempty" cbor:"8,keyasint,omitempty"`
	Reason     string          `json:"reason,omitempty" cbor:"9,keyasint,omitempty"`
	Officer    OfficerID       `json:"officer" cbor:"10,keyasint"`
	At         time.Time       `json:"at" cbor:"11,keyasint"`
}
