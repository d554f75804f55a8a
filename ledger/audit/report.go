package audit

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Finding is something wrong, at an entry or with the ledger as a whole.
type Finding struct {
	Index  uint64 `json:"index"`           // of the entry
	Whole  bool   `json:"whole,omitempty"` // it is about the ledger, not about one entry
	What   string `json:"what"`            // a stable code
	Detail string `json:"detail"`
}

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
	Unjudged   *Unjudged                     `json:"unjudged,omitempty"` // what needs a later build
	Note       []byte                        `json:"-"`                  // the newest checkpoint
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
	Opened uint64 `json:"opened"`
	Others uint64 `json:"for_others"`
}

func (r *Report) find(index uint64, what, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Index: index, What: what, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) whole(what, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Whole: true, What: what, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) agency(id casework.AgencyID) *Agency {
	if r.ByAgency[id] == nil {
		r.ByAgency[id] = &Agency{Kinds: map[string]uint64{}}
	}
	return r.ByAgency[id]
}

// WriteText writes the report for a person.
func (r Report) WriteText(w io.Writer) {
	verdict := "The ledger holds."
	if r.Unjudged != nil && len(r.Findings) == 0 {
		verdict = fmt.Sprintf("The ledger holds up to entry %d. WHAT FOLLOWS WAS NOT JUDGED: %s.", r.Unjudged.From, r.Unjudged.Why)
	} else if !r.OK {
		verdict = fmt.Sprintf("THE LEDGER DOES NOT HOLD: %d findings.", len(r.Findings))
		if len(r.Findings) == 1 {
			verdict = "THE LEDGER DOES NOT HOLD: 1 finding."
		}
	}
	fmt.Fprintf(w, "%s\n  network      %s\n  first entry  %s", verdict, plain(r.Network), r.Genesis)
	if !r.Trusted {
		fmt.Fprint(w, "  (compare it with what you know: --genesis)")
	}
	fmt.Fprintf(w, "\n  entries      %d, root %s\n", r.Entries, r.Root)
	if s := r.Seam; s != nil {
		how := "not checked: give a copy of it with --retired"
		if len(r.Findings) > 0 {
			how = "see the findings"
		}
		if s.Checked {
			how = fmt.Sprintf("checked: its voters were lost with %v", s.Lost)
		}
		fmt.Fprintf(w, "  SEAM         succeeds %s, which %v and %d oversight bodies retired at %d entries (%s)\n", plain(s.Network), s.Survivors, s.Bodies, s.Entries, how)
	}
	if len(r.Cosigners) > 0 {
		fmt.Fprintf(w, "  certified    %s by %v\n", r.Certified.Format(time.RFC3339), r.Cosigners)
	}
	fmt.Fprintf(w, "  sealed       %d details opened and checked, %d are for other oversight bodies\n", r.Sealed.Opened, r.Sealed.Others)
	for _, id := range slices.Sorted(maps.Keys(r.ByAgency)) {
		a := r.ByAgency[id]
		fmt.Fprintf(w, "  %-16s %d queries of %d elements, %d answers, %d hits; %d requests, %d disclosures, %d refused\n",
			id, a.Queries, a.Asked, a.Answers, a.Hits, a.Requests, a.Disclosures, a.Refused)
	}
	if len(r.Overdue) > 0 {
		fmt.Fprintf(w, "  overdue      requests of entries %v\n", r.Overdue)
	}
	if len(r.Late) > 0 {
		fmt.Fprintf(w, "  late         decisions of entries %v\n", r.Late)
	}
	for _, f := range r.Findings {
		where := fmt.Sprintf("entry %d", f.Index)
		if f.Whole {
			where = "the ledger"
		}
		fmt.Fprintf(w, "  FINDING      %s: %s: %s\n", where, f.What, plain(f.Detail))
	}
}

// plain takes out of a text what could move a terminal's cursor or turn the reading
// direction: a ledger that does not hold may have anything in it.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
