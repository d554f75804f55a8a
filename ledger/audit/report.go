package audit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Finding is something wrong, at an entry or with the ledger as a whole.
type Finding struct {
	Index  uint64 `json:"index"`           // of the entry
	Whole  bool   `json:"whole,omitempty"` // it is about the ledger, not about one entry
	What   string `json:"what"`            // a stable code
	Detail string `json:"detail"`

	// Later entries that could not be judged because of this one: how many, and the first.
	Hides    uint64   `json:"hides,omitempty"`
	HidesAre []uint64 `json:"hides_are,omitempty"`
}

// maxHides is how many entries a finding lists that were not judged because of it.
const maxHides = 16

// maxFindings is how many findings a report lists.
const maxFindings = 100

// A Report is what an overseer found.
type Report struct {
	OK         bool                          `json:"ok"`
	Network    string                        `json:"network"`
	Genesis    string                        `json:"genesis"` // fingerprint of the first entry
	Trusted    bool                          `json:"trusted"` // it is the one that the overseer gave
	Entries    uint64                        `json:"entries"`
	Root       string                        `json:"root,omitempty"`
	Certified  time.Time                     `json:"certified,omitzero"`
	Cosigners  []casework.AgencyID           `json:"cosigners,omitempty"`
	Members    []casework.AgencyID           `json:"members,omitempty"`
	ByType     map[entry.Type]uint64         `json:"by_type"`
	ByAgency   map[casework.AgencyID]*Agency `json:"by_agency"`
	Unanswered uint64                        `json:"unanswered"`        // query and peer pairs without an answer
	Overdue    []uint64                      `json:"overdue,omitempty"` // requests that wait for an answer after their time
	Late       []uint64                      `json:"late,omitempty"`    // decisions that came after their time
	Sealed     Sealed                        `json:"sealed"`
	Seam       *Seam                         `json:"seam,omitempty"` // of a ledger that succeeds another
	Findings   []Finding                     `json:"findings,omitempty"`
	More       uint64                        `json:"more_findings,omitempty"` // than are listed
	Input      []Finding                     `json:"input,omitempty"`         // where what the overseer gave does not belong to this ledger
	Against    []Comparison                  `json:"against,omitempty"`       // with what is from elsewhere
	From       uint64                        `json:"from,omitempty"`          // entries before it were verified by an earlier run
	Unjudged   *Unjudged                     `json:"unjudged,omitempty"`      // what needs a later build
	Note       []byte                        `json:"-"`                       // the newest checkpoint
	Kept       []byte                        `json:"-"`                       // to go on from; of a ledger that holds
}

// Unjudged is the part of a ledger that this build cannot judge: the members agreed
// on a feature level that it does not know.
type Unjudged struct {
	From uint64 `json:"from"` // the first entry of it
	Why  string `json:"why"`
}

// Agency counts what one agency did.
type Agency struct {
	Queries     uint64            `json:"queries"`
	Asked       uint64            `json:"elements_asked"` // of each peer named
	Kinds       map[string]uint64 `json:"kinds,omitempty"`
	Answers     uint64            `json:"answers"`
	Refusals    uint64            `json:"refusals"` // of queries
	Hits        uint64            `json:"hits"`     // as its reports say, coarsely
	Requests    uint64            `json:"requests"`
	Disclosures uint64            `json:"disclosures"`
	Refused     uint64            `json:"requests_refused"`
}

// Sealed counts the details that were sealed to oversight bodies.
type Sealed struct {
	Opened uint64   `json:"opened"`
	Others uint64   `json:"for_others"`
	Closed []closed `json:"closed,omitempty"` // those for others, and those that need another key of the body
}

func newReport() *Report {
	return &Report{ByType: map[entry.Type]uint64{}, ByAgency: map[casework.AgencyID]*Agency{}}
}

// find adds a finding about an entry, and returns its place in the list.
func (r *Report) find(index uint64, what, format string, args ...any) int {
	return r.add(Finding{Index: index, What: what, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) whole(what, format string, args ...any) {
	r.add(Finding{Whole: true, What: what, Detail: fmt.Sprintf(format, args...)})
}

// differs adds that what the overseer gave does not belong to this ledger.
func (r *Report) differs(what, format string, args ...any) {
	r.Input = append(r.Input, Finding{Whole: true, What: what, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) add(f Finding) int {
	if len(r.Findings) >= maxFindings {
		r.More++
		return -1
	}
	r.Findings = append(r.Findings, f)
	return len(r.Findings) - 1
}

// hide notes an entry that cannot be judged because of a finding.
func (r *Report) hide(finding int, index uint64) {
	if finding < 0 {
		return
	}
	f := &r.Findings[finding]
	if f.Hides++; len(f.HidesAre) < maxHides {
		f.HidesAre = append(f.HidesAre, index)
	}
}

// changed returns the finding that says why an entry is not there: its own, or that of
// the one from which on its bundle cannot be read.
func (r *Report) changed(index uint64) int {
	for i, f := range slices.Backward(r.Findings) {
		if !f.Whole && f.Index <= index {
			return i
		}
	}
	return -1
}

// damaged reports whether an entry was changed in this copy.
func (r *Report) damaged() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.What == "changed" })
}

// conclude orders the findings, those about entries first, and gives the verdict.
func (r *Report) conclude() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		if a.Whole != b.Whole {
			if b.Whole {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Index, b.Index)
	})
	r.OK = len(r.Findings) == 0 && len(r.Input) == 0 && r.Unjudged == nil
}

func (r *Report) agency(id casework.AgencyID) *Agency {
	if r.ByAgency[id] == nil {
		r.ByAgency[id] = &Agency{Kinds: map[string]uint64{}}
	}
	return r.ByAgency[id]
}
