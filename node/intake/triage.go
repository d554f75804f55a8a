package intake

import (
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/identify"
)

// A PublicReport is a report as it stands in its source, for a person to look at.
type PublicReport struct {
	Record  string
	ID      string // the sender's
	Caller  string // telephone number; empty where withheld
	Email   string
	Text    string
	Seen    time.Time
	Country string // ISO 3166; empty: nothing says which
	Why     string // why that country
	Consent bool   // to pass on who reported
}

// Format prints no report under any verb.
func (PublicReport) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[report]") }

// Keys are what a report is told by, besides its place: the sender's number of it,
// and who said what.
func (r PublicReport) Keys() []string {
	var keys []string
	if r.ID != "" {
		keys = append(keys, "id\x00"+r.ID)
	}
	return append(keys, "words\x00"+plainName(r.Caller)+"\x00"+plainName(r.Email)+"\x00"+plainName(r.Text))
}

// public gives a report for triage. Its country is the one that it states, or else
// that of the caller's number.
func (r publicReport) public(record string) PublicReport {
	var a about
	_, _ = a.setSeen(r.seen), a.setConsent(r.consent) // what cannot be read is no time and no consent
	out := PublicReport{Record: record, ID: printable(r.id), Email: strings.TrimSpace(r.email), Text: r.text, Seen: a.seen, Consent: a.consent != nil && *a.consent}
	if caller := strings.TrimSpace(r.caller); !noCaller[strings.ToLower(caller)] {
		out.Caller = strings.TrimPrefix(caller, "whatsapp:")
	}
	if region, ok := regionOf(r.region); ok {
		out.Country, out.Why = region, "stated"
		return out
	}
	if region, ok := regionOf(identify.PhoneCountry(out.Caller)); ok {
		out.Country, out.Why = region, "of the caller's number"
	}
	return out
}
