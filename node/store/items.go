package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// A NewItem is one identifier at one place, as it comes in.
type NewItem struct {
	Identifier casework.Identifier
	Confidence float64
	WhyNot     casework.WhyNot
	Visibility casework.Visibility
	Category   casework.SubjectCategory
	Consent    bool
	Grading    casework.Grading
	Handling   casework.Handling
	TLP        casework.TLP
	Seen       time.Time
	Case       casework.CaseID
	Provenance casework.Provenance
}

// Added says what became of a NewItem.
type Added struct {
	ID            casework.ItemID
	Seq           int64
	New           bool // no case held the identifier before
	NewOccurrence bool // this case and source did not
}
