package intake

import (
	"time"

	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// Defaults hold for what a source leaves unsaid. Zero values are the most
// restrictive: no region, unknown category, grading X4, every handling code,
// TLP:RED, visible to the own agency alone, no consent.
type Defaults struct {
	Region     string // ISO 3166 alpha-2, for national telephone numbers
	Platform   string // for handles that come without one
	Category   casework.SubjectCategory
	Grading    casework.Grading
	Handling   casework.Handling
	TLP        casework.TLP
	Visibility casework.Visibility
	Consent    bool      // recorded for every person whom the source is about
	Captured   time.Time // of the source, where it does not say
	Tool       string    // that made the source, where it does not say

	// Warning names values that are stored and never matched; nil lists none.
	Warning *warninglist.Set
}

// A Source is what is being read. The hash of a file is computed before it is
// read; a stream's is empty until its end and then in the Report.
type Source struct {
	Name   string // without its folder
	SHA256 string // lower-case hex, of the whole source
	Size   int64  // bytes, 0 where unknown
}

// Found is one identifier at one place of a source: as evidence goes to the store, with
// what a person is shown besides. The provenance lacks the source itself, which all that
// is found in it share.
type Found struct {
	casework.Evidence

	Spelling func() casework.Identifier // as the source has it; an Identifier so that it never prints, made when asked for
	CaseRef  string                     // the case that the record names, where it names one
	Style    string                     // how it was written in a text, where not plainly
	Lists    []string                   // names of the warning lists that it is on
	Alert    bool                       // the source holds it fit for detection (MISP to_ids, STIX indicator)
}

// A Problem is a record, or a value of it, that was not taken.
type Problem struct {
	Record string `json:"record"` // line or path
	Reason string `json:"reason"` // in words, holding no value
}

// Limits bound what one source may ask for. A zero field takes its value from
// [reading.DefaultLimits].
type Limits = reading.Limits

// A PublicReport is a report of the public or of a hotline, for a person to look at.
type PublicReport = reading.PublicReport
