package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Search looks an identifier up in the own store.
var Search = define[SearchRequest, ItemView]("search", Reads, investigator, supervisor)

// SearchRequest looks an identifier up in the own store.
type SearchRequest struct {
	Kind  casework.Kind `json:"kind"`
	Value string        `json:"value" line:"4096"`
}

// ItemView is an own item with where it occurs.
type ItemView struct {
	Item        casework.ItemID     `json:"item"`
	Kind        casework.Kind       `json:"kind"`
	Value       string              `json:"value"`
	Visibility  casework.Visibility `json:"visibility"`
	WhyNot      casework.WhyNot     `json:"why_not,omitempty"`
	Occurrences []OccurrenceView    `json:"occurrences"`
	Leads       []casework.Lead     `json:"leads,omitempty"`
	FirstSeen   time.Time           `json:"first_seen,omitzero"`
	LastSeen    time.Time           `json:"last_seen,omitzero"`
}

// OccurrenceView is one occurrence with the reference of its case.
type OccurrenceView struct {
	CaseRef string              `json:"case"`
	Where   casework.Occurrence `json:"where"`
}
