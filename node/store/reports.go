package store

import (
	"fmt"
	"time"
)

// States of a report.
const (
	ReportNew       = "new"
	ReportAccepted  = "accepted" // its identifiers are in a case
	ReportDismissed = "dismissed"
)

// A Report is what a member of the public or a hotline told, waiting for a person to
// look at it. Nothing of it is in any case, or matched, before that.
type Report struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`             // the file's name
	Record   string    `json:"record"`             // its place there
	Theirs   string    `json:"theirs,omitempty"`   // the sender's own number of it
	Caller   string    `json:"caller,omitempty"`   // as stated
	Email    string    `json:"email,omitempty"`    // as stated
	Text     string    `json:"text,omitempty"`     //
	Seen     time.Time `json:"seen,omitzero"`      // when it was made
	Received time.Time `json:"received"`           // when it came in here
	Country  string    `json:"country,omitempty"`  // that it concerns; empty: unrouted
	Why      string    `json:"why,omitempty"`      // why that country
	Consent  bool      `json:"consent,omitempty"`  // to pass it on
	Repeated int       `json:"repeated,omitempty"` // how often it came again
	State    string    `json:"state"`
	Case     string    `json:"case,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// Format prints no report under any verb: it holds what somebody told in confidence.
func (Report) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[report]") }
