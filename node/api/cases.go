package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on cases.
var (
	CaseNew    = define[CaseNewRequest, casework.Case]("case.new", ChangesCase, investigator, supervisor)
	CaseList   = define[None, []casework.Case]("case.list", Reads, investigator, supervisor)
	CaseShow   = define[CaseShowRequest, CaseView]("case.show", Reads, investigator, supervisor)
	CaseEdit   = define[CaseEditRequest, casework.Case]("case.edit", ChangesCase, investigator, supervisor)
	CaseClose  = define[CaseCloseRequest, CaseClosedView]("case.close", ChangesCase, investigator, supervisor)
	CaseReopen = define[CaseCloseRequest, CaseClosedView]("case.reopen", ChangesCase, investigator, supervisor)
	CaseItems  = define[CaseItemsRequest, CaseItemsView]("case.items", Reads, investigator, supervisor)
	CaseExport = define[CaseExportRequest, CaseExportView]("case.export", Reads, investigator, supervisor)

	Codes = define[CodesRequest, []CodeList]("codes", Reads, investigator, supervisor, operator, auditor)

	SourceList   = define[CaseCloseRequest, []SourceView]("source.list", Reads, investigator, supervisor)
	SourceRemove = define[SourceRemoveRequest, SourceRemovedView]("source.remove", ChangesCase, investigator, supervisor)
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

// CodesRequest asks for a list of codes, or for all.
type CodesRequest struct {
	List string `json:"list,omitempty"`
}

// CodeList is the codes that one parameter takes.
type CodeList struct {
	Name  string   `json:"name"`
	About string   `json:"about"`
	Codes []string `json:"codes"`
}

// CaseEditRequest changes what a case states; what is empty stays as it is.
type CaseEditRequest struct {
	Case       string                   `json:"case"`
	Title      string                   `json:"title,omitempty"`
	Offence    string                   `json:"offence,omitempty" line:"100"`
	Region     string                   `json:"region,omitempty"`
	Category   casework.SubjectCategory `json:"category,omitempty"`
	Grading    string                   `json:"grading,omitempty"`
	Handling   string                   `json:"handling,omitempty"`
	Purpose    casework.Purpose         `json:"purpose,omitempty"`
	LegalBasis string                   `json:"legal_basis,omitempty" line:"400"`
}

// CaseClosedView is a case that was closed or opened again, and what that did to what
// it holds.
type CaseClosedView struct {
	Case      casework.Case `json:"case"`
	Items     uint64        `json:"items"`
	Before    uint64        `json:"matched_before"` // took part in matching
	After     uint64        `json:"matched_after"`
	Requested int           `json:"requested"` // leads of it that were asked to be disclosed: requests go on
}

// CaseItemsRequest asks for a page of a case's items.
type CaseItemsRequest struct {
	Case  string `json:"case"`
	After int64  `json:"after,omitempty"` // number of the last item of the page before
	Limit int    `json:"limit,omitempty"` // 0: 50
}

// CaseItemsView is one page; the last one has no Next.
type CaseItemsView struct {
	Items []ItemView `json:"items"`
	Next  int64      `json:"next,omitempty"`
}

// SourceView is what came into a case together.
type SourceView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	SHA256    string    `json:"sha256,omitempty"`
	Format    string    `json:"format,omitempty"`
	Tool      string    `json:"tool,omitempty"`
	Imported  time.Time `json:"imported,omitzero"`
	Places    int       `json:"places"` // records that items are in
	Withdrawn int       `json:"withdrawn,omitempty"`
}

// SourceRemoveRequest takes back what came into a case from one source.
type SourceRemoveRequest struct {
	Case   string `json:"case"`
	Source string `json:"source"` // its id
	Reason string `json:"reason"`
}

// SourceRemovedView says what was taken back. Items that are in no case any more are
// erased once no other agency has a tag of them.
type SourceRemovedView struct {
	Places int `json:"places"`
	Loose  int `json:"loose"`  // items in no case, that wait to be erased
	Erased int `json:"erased"` // that were erased at once
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
	// Of an officer's order to ask for what comes into it; nil: there is none.
	Standing *StandingView `json:"standing,omitempty"`
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
