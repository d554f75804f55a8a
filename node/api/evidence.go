package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Search looks an identifier up in the own store.
type Search struct {
	Kind  casework.Kind `json:"kind"`
	Value string        `json:"value"`
}

// Found is an own item with where it occurs.
type Found struct {
	Item        casework.ItemID     `json:"item"`
	Kind        casework.Kind       `json:"kind"`
	Value       string              `json:"value"`
	Visibility  casework.Visibility `json:"visibility"`
	WhyNot      casework.WhyNot     `json:"why_not,omitempty"`
	Occurrences []FoundOccurrence   `json:"occurrences"`
	Leads       []casework.Lead     `json:"leads,omitempty"`
	FirstSeen   time.Time           `json:"first_seen,omitzero"`
	LastSeen    time.Time           `json:"last_seen,omitzero"`
}

// FoundOccurrence is one occurrence with the reference of its case.
type FoundOccurrence struct {
	CaseRef string              `json:"case"`
	Where   casework.Occurrence `json:"where"`
}
