package oversight

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// Limits of the lint. They say what is worth a question, not what is wrong.
const (
	shortReason   = 20 // characters
	stockCases    = 4  // cases of an agency that one reason serves
	burst         = 20 // queries of an officer within burstWindow
	burstWindow   = time.Hour
	withoutResult = 20 // queries of an officer before one is missed that led to a request
	maxExamples   = 8
)

// A Remark is something that an overseer may want to ask an agency about.
type Remark struct {
	Agency  casework.AgencyID `json:"agency"`
	Officer string            `json:"officer,omitempty"` // pseudonym; "": the agency as a whole
	What    string            `json:"what"`              // a stable code
	Detail  string            `json:"detail"`
	Count   int               `json:"count"`
	Entries []uint64          `json:"entries"` // the first of them
}

// A Lint looks through the reasons of all readings, in order.
type Lint struct {
	Hours [2]int         // of a working day, from and until; zero: all day
	Zone  *time.Location // nil: UTC

	remarks map[remarkKey]*Remark
	stock   map[stockKey]map[casework.CaseID]bool
	first   map[stockKey][]uint64
	recent  map[officer][]int64
	acted   map[officer]*record
}

type officer struct {
	agency casework.AgencyID
	id     casework.OfficerID
}

// A record is what an officer did.
type record struct {
	queries, requests int
	first             []uint64
}

type remarkKey struct {
	officer
	what string
}

type stockKey struct {
	agency casework.AgencyID
	reason string // in one spelling
}

// NewLint returns a lint that takes working hours from and until, in a zone.
func NewLint(from, until int, zone *time.Location) *Lint {
	return &Lint{
		Hours: [2]int{from, until}, Zone: zone, remarks: map[remarkKey]*Remark{}, stock: map[stockKey]map[casework.CaseID]bool{},
		first: map[stockKey][]uint64{}, recent: map[officer][]int64{}, acted: map[officer]*record{},
	}
}

// Add takes the next reading.
func (l *Lint) Add(r audit.Reading) {
	d := r.Detail
	if d == nil {
		return
	}
	who := officer{r.Entry.Agency, d.Officer}
	for _, f := range r.Findings {
		l.remark(who, r.Index, f.What, "a detail does not hold: %s", f.Detail)
	}
	switch r.Entry.Body.(type) {
	case *entry.Query:
		l.query(who, r)
	case *entry.Request:
		l.record(who).requests++
	}
}

func (l *Lint) record(who officer) *record {
	if l.acted[who] == nil {
		l.acted[who] = &record{}
	}
	return l.acted[who]
}

// query looks at one question's reason and time.
func (l *Lint) query(who officer, r audit.Reading) {
	rec := l.record(who)
	rec.queries++
	rec.first = example(rec.first, r.Index)
	l.hours(who, r)
	l.bursts(who, r)
	j := r.Detail.Justification
	if j == nil {
		return
	}
	reason := strings.Join(strings.Fields(strings.ToLower(j.Reason)), " ")
	switch {
	case reason == "":
		l.remark(who, r.Index, "no-reason", "queries without a reason in words")
		return
	case len([]rune(reason)) < shortReason:
		l.remark(who, r.Index, "short-reason", "reasons of fewer than %d characters", shortReason)
	}
	k := stockKey{who.agency, reason}
	if l.stock[k] == nil {
		l.stock[k] = map[casework.CaseID]bool{}
	}
	l.stock[k][j.Case] = true
	l.first[k] = example(l.first[k], r.Index)
}

// hours notes what was asked at night or at the weekend.
func (l *Lint) hours(who officer, r audit.Reading) {
	if l.Hours == ([2]int{}) {
		return
	}
	zone := l.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := time.UnixMilli(r.Detail.Command.At).In(zone)
	if day := at.Weekday(); day == time.Saturday || day == time.Sunday || at.Hour() < l.Hours[0] || at.Hour() >= l.Hours[1] {
		l.remark(who, r.Index, "out-of-hours", "queries outside %d to %d o'clock on working days (%s)", l.Hours[0], l.Hours[1], zone)
	}
}

// bursts notes many queries in a short time.
func (l *Lint) bursts(who officer, r audit.Reading) {
	since := r.At - burstWindow.Milliseconds()
	recent := append(slices.DeleteFunc(l.recent[who], func(at int64) bool { return at < since }), r.At)
	l.recent[who] = recent
	if len(recent) > burst {
		l.remark(who, r.Index, "burst", "queries beyond %d within %s", burst, burstWindow)
	}
}

func (l *Lint) remark(who officer, index uint64, what, format string, args ...any) {
	k := remarkKey{who, what}
	m := l.remarks[k]
	if m == nil {
		m = &Remark{Agency: who.agency, What: what, Detail: fmt.Sprintf(format, args...)}
		if !who.id.IsZero() {
			m.Officer = who.id.String()
		}
		l.remarks[k] = m
	}
	m.Count++
	m.Entries = example(m.Entries, index)
}

func example(list []uint64, index uint64) []uint64 {
	if len(list) < maxExamples {
		list = append(list, index)
	}
	return list
}

// Remarks lists what was found, by agency and officer.
func (l *Lint) Remarks() []Remark {
	var out []Remark
	for _, m := range l.remarks {
		out = append(out, *m)
	}
	for k, cases := range l.stock {
		if len(cases) >= stockCases {
			out = append(out, Remark{Agency: k.agency, What: "stock-reason", Detail: "one reason, word for word, for several cases", Count: len(cases), Entries: l.first[k]})
		}
	}
	for who, rec := range l.acted {
		if rec.queries >= withoutResult && rec.requests == 0 {
			out = append(out, Remark{
				Agency: who.agency, Officer: who.id.String(), What: "no-request", Count: rec.queries, Entries: rec.first,
				Detail: "queries of an officer who drafted no request after any",
			})
		}
	}
	slices.SortFunc(out, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(a.Agency, b.Agency), cmp.Compare(a.Officer, b.Officer), cmp.Compare(a.What, b.What), slices.Compare(a.Entries, b.Entries))
	})
	return out
}

// Officers counts the officers that acted, by agency.
func (l *Lint) Officers() map[casework.AgencyID]int {
	out := map[casework.AgencyID]int{}
	for who := range maps.Keys(l.acted) {
		out[who.agency]++
	}
	return out
}
