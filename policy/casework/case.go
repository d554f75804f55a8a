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
}

// Provenance is where an item came from, kept with every occurrence.
type Provenance struct {
	Source   string    `json:"source"`             // file name, without its folder
	SHA256   string    `json:"sha256,omitempty"`   // of the whole source
	Format   string    `json:"format,omitempty"`   // "csv", "stix-2.1" ...
	Tool     string    `json:"tool,omitempty"`     // tool and version that made the source, where it says so
	Captured time.Time `json:"captured,omitzero"`  // when the source says that it was captured
	Record   string    `json:"record,omitempty"`   // line or path inside the source
	Imported time.Time `json:"imported,omitzero"`  // when it came in
	Report   [32]byte  `json:"-"`                  // source commitment: equal for items of one report
	Assumed  []string  `json:"assumed,omitempty"`  // what the normaliser assumed ("region FR from the case")
	Original string    `json:"original,omitempty"` // the spelling in the source; personal data
}

// Why an item is kept out of every match set. The empty value means it may match.
type WhyNot string

// Reasons for which an item stays out of matching.
const (
	LowConfidence WhyNot = "low_confidence"
	OnWarningList WhyNot = "warning_list"
	NoConsent     WhyNot = "consent"
)

// An Item is an identifier in the own files, once however often it occurs.
type Item struct {
	ID         ItemID          `json:"id"`
	Identifier Identifier      `json:"identifier"`
	Visibility Visibility      `json:"visibility,omitempty"`
	WhyNot     WhyNot          `json:"why_not,omitempty"`
	Confidence float64         `json:"confidence"`
	Category   SubjectCategory `json:"category,omitempty"` // the most protected of its occurrences
	Consent    bool            `json:"consent,omitempty"`
	Grading    Grading         `json:"grading,omitzero"` // the best of its occurrences
	FirstSeen  time.Time       `json:"first_seen,omitzero"`
	LastSeen   time.Time       `json:"last_seen,omitzero"`
}

// An Occurrence is one place where an item occurs: a case and a source record.
type Occurrence struct {
	Item       ItemID          `json:"item"`
	Case       CaseID          `json:"case"`
	Category   SubjectCategory `json:"category,omitempty"`
	Grading    Grading         `json:"grading,omitzero"`
	Handling   Handling        `json:"handling,omitzero"`
	TLP        TLP             `json:"tlp,omitempty"`
	Consent    bool            `json:"consent,omitempty"`
	Seen       time.Time       `json:"seen,omitzero"` // when the source last saw it
	Provenance Provenance      `json:"provenance"`
}

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
