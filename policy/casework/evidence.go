package casework

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Evidence is an identifier at one place of a source, with everything that is stated
// of it there. A reader fills it in, an officer's command carries it, and the store
// keeps it as an [Occurrence] of an [Item]. Its zero value never leaves the agency.
type Evidence struct {
	Identifier Identifier
	Keys       []Identifier // other forms under which it is matched too: the mailbox of an alias, a device number without check digit
	Confidence float64
	WhyNot     WhyNot
	Visibility Visibility
	Category   SubjectCategory
	Consent    bool
	Grading    Grading
	Handling   Handling
	TLP        TLP
	Seen       time.Time // when the source last saw it
	Provenance Provenance
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
	Assumed  []string  `json:"assumed,omitempty"`  // what the normaliser assumed ("region FR from the case")
	Context  []string  `json:"context,omitempty"`  // what the source says of it there: "received", "file not viewed by the provider"; may name persons
	Original string    `json:"original,omitempty"` // the spelling in the source; personal data
	Terms    *Terms    `json:"terms,omitempty"`    // of the agency that disclosed it; nil: nobody did
}

// SourceID names what came in together, for people: the file by its name and hash, or
// the command, by its time, that brought values without a file.
func (p Provenance) SourceID() string {
	of := p.SHA256
	if of == "" {
		of = p.Imported.UTC().Format(time.RFC3339Nano)
	}
	sum := sha256.Sum256([]byte(p.Source + "\x00" + of))
	return "src_" + hex.EncodeToString(sum[:5])
}

// Terms are what another agency disclosed an item under. They bind whoever holds it,
// beside the handling codes and the TLP marking that the item itself carries.
type Terms struct {
	From       AgencyID  `json:"from"`              // whom to ask for more
	Contact    string    `json:"contact,omitempty"` // there
	Conditions []string  `json:"conditions,omitempty"`
	DeleteBy   time.Time `json:"delete_by,omitzero"`
}

// Why an item is kept out of every match set. The empty value means it may match.
type WhyNot string

// Reasons for which an item stays out of matching.
const (
	LowConfidence WhyNot = "low_confidence"
	OnWarningList WhyNot = "warning_list"
	NoConsent     WhyNot = "consent"
	UnderTerms    WhyNot = "terms" // of the agency that disclosed it
	OnHold        WhyNot = "hold"  // an operation is under way
	Withdrawn     WhyNot = "withdrawn"
	CaseClosed    WhyNot = "case_closed" // every case that holds it is closed
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
	Withdrawn  *Withdrawal     `json:"withdrawn,omitempty"` // nil: it counts
}

// A Withdrawal says that an item is not the case's any more, who said so, and why. What
// is withdrawn stays in the file and has no part in matching.
type Withdrawal struct {
	At     time.Time `json:"at"`
	By     OfficerID `json:"by"`
	Reason string    `json:"reason"`
}
