package oversight_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/oversight"
	"github.com/crosscase/crosscase/policy/casework"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// asked is a query of an officer at a time.
func asked(index uint64, o casework.OfficerID, of casework.CaseID, at time.Time, reason string) audit.Reading {
	return audit.Reading{
		Index: index, At: at.UnixMilli(), Entry: entry.Entry{
			Header: entry.Header{Network: "example.org/pilot", Agency: "nl-police", Type: entry.TypeQuery},
			Body:   &entry.Query{Peers: []casework.AgencyID{"fr-fiu"}, Count: 2, Kinds: map[casework.Kind]uint32{casework.Phone: 2}},
		},
		Detail: &entry.OversightDetail{
			Officer: o, Command: casework.Act{At: at.UnixMilli()},
			Justification: &casework.Justification{Case: of, CaseRef: "2026-1", Offence: "human-trafficking", Purpose: casework.Investigate, LegalBasis: "national law", Reason: reason},
		},
	}
}

const good = "the number stands in the victim's statement of 3 March"

func TestLint(t *testing.T) {
	someone := casework.NewOfficerID()
	for name, c := range map[string]struct {
		n      int
		reason func(i int) string
		at     func(i int) time.Time
		same   bool // case
		wants  string
	}{
		"nothing":        {n: 3, wants: ""},
		"no reason":      {n: 1, reason: func(int) string { return " \n" }, wants: "no-reason"},
		"a short reason": {n: 1, reason: func(int) string { return "inquiry" }, wants: "short-reason"},
		"a stock reason": {n: 4, reason: func(i int) string { return strings.Repeat(" ", i) + "As ordered by the PROSECUTOR" }, wants: "stock-reason"},
		"one reason of one case": {
			n: 9, reason: func(int) string { return good }, same: true, wants: "",
		},
		"a burst":    {n: 21, at: func(i int) time.Time { return monday.Add(time.Duration(i) * time.Second) }, wants: "burst,no-request"},
		"at night":   {n: 1, at: func(int) time.Time { return monday.Add(15 * time.Hour) }, wants: "out-of-hours"},
		"on Sunday":  {n: 1, at: func(int) time.Time { return monday.Add(-24 * time.Hour) }, wants: "out-of-hours"},
		"no request": {n: 20, wants: "no-request"},
	} {
		t.Run(name, func(t *testing.T) {
			l := oversight.NewLint(8, 18, nil)
			file := casework.NewCaseID()
			for i := range c.n {
				of, at, reason := casework.NewCaseID(), monday.AddDate(0, 0, 7*i), good+strings.Repeat("!", i)
				if c.same {
					of = file
				}
				if c.at != nil {
					at = c.at(i)
				}
				if c.reason != nil {
					reason = c.reason(i)
				}
				l.Add(asked(uint64(i), someone, of, at, reason))
			}
			var got []string
			for _, m := range l.Remarks() {
				got = append(got, m.What)
				if len(m.Entries) == 0 || m.Count == 0 || m.Agency != "nl-police" {
					t.Errorf("%+v", m)
				}
			}
			slices.Sort(got)
			if strings.Join(got, ",") != c.wants {
				t.Errorf("%v, want %s", got, c.wants)
			}
		})
	}
}

// What another body's agency sealed is counted by what everybody sees of it alone.
func TestYearOfWhatIsNotOpened(t *testing.T) {
	y := oversight.NewYear(monday, monday.AddDate(0, 0, 1))
	r := asked(1, casework.NewOfficerID(), casework.NewCaseID(), monday, good)
	r.Detail = nil
	y.Add(r)
	request := casework.NewRequestID()
	y.Add(audit.Reading{Index: 2, At: monday.UnixMilli(), Entry: entry.Entry{
		Header: entry.Header{Network: "=cmd()", Agency: "nl-police", Type: entry.TypeRequest},
		Body:   &entry.Request{Request: request, To: "fr-fiu", Urgency: casework.Urgent, Due: monday.Add(time.Hour).UnixMilli()},
	}})
	r.At = monday.AddDate(0, 0, 1).UnixMilli() // the day after
	y.Add(r)
	var b strings.Builder
	if err := y.WriteCSV(&b, monday.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"nl-police,asking,queries,,1\n", "queries sealed to another body,,1\n", "fr-fiu,deadlines,requests not decided in time,,1\n", "nl-police,disclosing,requests,urgent,1\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
	if before := y.Figures(monday); slices.ContainsFunc(before, func(f oversight.Figure) bool { return f.Group == "deadlines" }) {
		t.Errorf("overdue before its time: %+v", before)
	}
}

// TestAttackFormulaInAStatistic: a text that an agency wrote is no formula in a
// spreadsheet, and moves no cursor.
func TestAttackFormulaInAStatistic(t *testing.T) {
	y := oversight.NewYear(monday, monday.AddDate(0, 0, 1))
	r := asked(1, casework.NewOfficerID(), casework.NewCaseID(), monday, "\x1b[2Jlong enough to be a reason")
	r.Detail.Justification.Offence = "=HYPERLINK(\"x\")"
	y.Add(r)
	var b strings.Builder
	if err := y.WriteCSV(&b, monday); err != nil || !strings.Contains(b.String(), "\"'=HYPERLINK(") {
		t.Errorf("%v: %s", err, b.String())
	}
	b.Reset()
	if err := oversight.Describe(r, true).WriteText(&b); err != nil || strings.Contains(b.String(), "\x1b") || !strings.Contains(b.String(), "long enough") {
		t.Errorf("%v: %q", err, b.String())
	}
}
