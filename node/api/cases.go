package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on cases.
var (
	CaseNew    = define[CaseNewRequest, casework.Case]("case.new", ChangesCase, investigator, supervisor)
	CaseList   = define[None, []casework.Case]("case.list", Reads, investigator, supervisor)
	CaseShow   = define[CaseShowRequest, CaseView]("case.show", Reads, investigator, supervisor)
	CaseClose  = define[CaseCloseRequest, casework.Case]("case.close", ChangesCase, investigator, supervisor)
	CaseExport = define[CaseExportRequest, CaseExportView]("case.export", Reads, investigator, supervisor)
)

// CaseNewRequest opens a case.
type CaseNewRequest struct {
	Ref        string                   `json:"ref" line:"128"`
	Title      string                   `json:"title,omitempty"`
	Offence    string                   `json:"offence,omitempty" line:"100"`
	Region     string                   `json:"region,omitempty"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Grading    string                   `json:"grading,omitempty"`
	Handling   string                   `json:"handling,omitempty"`
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty" line:"400"`
}

// CaseCloseRequest names a case by its reference or its id.
type CaseCloseRequest struct {
	Case string `json:"case"`
}

// CaseShowRequest asks for a case, and for what it holds if that is to be counted.
type CaseShowRequest struct {
	Case  string `json:"case"`
	Holds bool   `json:"holds,omitempty"`
}

// CaseView is a case with what it holds, if that was asked.
type CaseView struct {
	Case   casework.Case     `json:"case"`
	ByKind map[string]uint64 `json:"by_kind"`
	Items  uint64            `json:"items"`
	Leads  int               `json:"leads"`
}

// CaseExportRequest asks for a page of what a case holds, for the officer to take out.
type CaseExportRequest struct {
	Case  string `json:"case"`
	After int64  `json:"after,omitempty"` // number of the last item of the page before
}

// CaseExportView is one page; the last one is shorter than its limit and has no Next.
type CaseExportView struct {
	Items Items `json:"items"`
	Next  int64 `json:"next,omitempty"`
}
