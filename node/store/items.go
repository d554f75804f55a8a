package store

import "github.com/crosscase/crosscase/policy/casework"

// Added says what became of one item that came in.
type Added struct {
	ID            casework.ItemID
	Seq           int64
	New           bool // no case held the identifier before
	NewOccurrence bool // this case and source did not
}

// A Correction is what an officer corrects of what an item's places state; what is nil
// stays.
type Correction struct {
	Category   *casework.SubjectCategory
	Consent    *bool
	Grading    *casework.Grading
	Handling   *casework.Handling
	TLP        *casework.TLP
	Visibility *casework.Visibility
}
