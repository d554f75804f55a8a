package api

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Methods on the queue of reports.
var (
	ReportsAdd   = define[ReportsAddRequest, ReportsAddedView]("reports.add", ChangesNode, investigator, supervisor)
	ReportsList  = define[ReportsListRequest, []ReportView]("reports.list", Reads, investigator, supervisor)
	ReportShow   = define[ReportShowRequest, ReportView]("reports.show", Reads, investigator, supervisor)
	ReportDecide = define[ReportDecideRequest, ReportView]("reports.decide", ChangesCase, investigator, supervisor)
)

// A Report is one of the public or of a hotline, on its way into the queue.
type Report struct {
	Record  string    `json:"record"`
	Theirs  string    `json:"theirs,omitempty"`
	Caller  string    `json:"caller,omitempty"`
	Email   string    `json:"email,omitempty"`
	Text    string    `json:"text,omitempty"`
	Seen    time.Time `json:"seen,omitzero"`
	Country string    `json:"country,omitempty"`
	Why     string    `json:"why,omitempty"`
	Consent bool      `json:"consent,omitempty"`
	Keys    []string  `json:"keys"` // that it is folded by
}

// ReportsAddRequest brings reports of one source into the queue.
type ReportsAddRequest struct {
	Source  string   `json:"source" foreign:"4096"`
	SHA256  string   `json:"sha256,omitempty"`
	Reports []Report `json:"reports" foreign:"1048576" list:"5000"`
}

// ReportsAddedView says how many were new.
type ReportsAddedView struct {
	New    int `json:"new"`
	Folded int `json:"folded"` // there before, or the same as another
}

// ReportsListRequest asks for the queue: what waits, or all; of one country, or of none with
// "unrouted".
type ReportsListRequest struct {
	All     bool   `json:"all,omitempty"`
	Country string `json:"country,omitempty"`
}

// ReportView is a report as an officer sees it.
type ReportView struct {
	ID       string            `json:"id"`
	Source   string            `json:"source"`
	Record   string            `json:"record"`
	Theirs   string            `json:"theirs,omitempty"`
	Caller   string            `json:"caller,omitempty"`
	Email    string            `json:"email,omitempty"`
	Text     string            `json:"text,omitempty"`
	Seen     time.Time         `json:"seen,omitzero"`
	Received time.Time         `json:"received"`
	Country  string            `json:"country,omitempty"`
	Why      string            `json:"why,omitempty"`
	Route    casework.AgencyID `json:"route,omitempty"` // member of that country; empty: unrouted
	Own      bool              `json:"own"`             // that is this agency
	Consent  bool              `json:"consent"`
	Repeated int               `json:"repeated,omitempty"`
	State    string            `json:"state"`
	Case     string            `json:"case,omitempty"`
	Reason   string            `json:"reason,omitempty"`
}

// ReportShowRequest names a report.
type ReportShowRequest struct {
	Report string `json:"report"`
}

// ReportDecideRequest says what becomes of a report: taken into a case, or dismissed with a
// reason.
type ReportDecideRequest struct {
	Report string `json:"report"`
	Case   string `json:"case,omitempty"`
	Reason string `json:"reason,omitempty" line:"1000"`
}
