package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// CaseNew opens a case.
type CaseNew struct {
	Ref        string                   `json:"ref"`
	Title      string                   `json:"title,omitempty"`
	Offence    string                   `json:"offence,omitempty"`
	Region     string                   `json:"region,omitempty"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Grading    string                   `json:"grading,omitempty"`
	Handling   string                   `json:"handling,omitempty"`
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty"`
}

// CaseRef names a case by its reference or its id.
type CaseRef struct {
	Case string `json:"case"`
}

// CaseShow asks for a case, and for what it holds if that is to be counted.
type CaseShow struct {
	Case  string `json:"case"`
	Holds bool   `json:"holds,omitempty"`
}

// CaseShown is a case with what it holds, if that was asked.
type CaseShown struct {
	Case   casework.Case     `json:"case"`
	ByKind map[string]uint64 `json:"by_kind"`
	Items  uint64            `json:"items"`
	Leads  int               `json:"leads"`
}

// CaseExport asks for a page of what a case holds, for the officer to take out.
type CaseExport struct {
	Case  string `json:"case"`
	After int64  `json:"after,omitempty"` // number of the last item of the page before
}

// CaseExported is one page; the last one is shorter than its limit and has no Next.
type CaseExported struct {
	Items []Exported `json:"items"`
	Next  int64      `json:"next,omitempty"`
}

// Exported is an item at one place of the case, with what must travel with it.
type Exported struct {
	Item
}
