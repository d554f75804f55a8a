package oversight

import (
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Year counts what happened between two times, for an annual report. What is sealed to
// other bodies is not in the figures that say "sealed".
type Year struct {
	From, Until time.Time // until is exclusive
	Network     string

	counts  map[casework.AgencyID]map[figure]uint64
	pending map[casework.RequestID]pending // requests of the time, undecided
}

// A figure is one line of the report: a group, what is counted, and of what sort.
type figure struct{ group, what, of string }

type pending struct {
	to  casework.AgencyID
	due int64
}

// Groups of figures, in the order of the report.
const (
	asking     = "1 asking"
	why        = "2 reasons (sealed)"
	yield      = "3 yield"
	disclosing = "4 disclosing"
	deadlines  = "5 deadlines"
	others     = "6 other entries"
)

// NewYear counts from one time until another.
func NewYear(from, until time.Time) *Year {
	return &Year{
		From: from, Until: until, counts: map[casework.AgencyID]map[figure]uint64{},
		pending: map[casework.RequestID]pending{},
	}
}

func (y *Year) count(id casework.AgencyID, group, what, of string, n uint64) {
	if n == 0 {
		return
	}
	if y.counts[id] == nil {
		y.counts[id] = map[figure]uint64{}
	}
	y.counts[id][figure{group, what, of}] += n
}

// Add takes the next reading, whether its detail was opened or not.
func (y *Year) Add(r audit.Reading) {
	if y.Network == "" {
		y.Network = r.Entry.Network
	}
	if at := time.UnixMilli(r.At); at.Before(y.From) || !at.Before(y.Until) {
		return
	}
	id := r.Entry.Agency
	switch b := r.Entry.Body.(type) {
	case *entry.Query:
		y.query(id, b, r.Detail)
	case *entry.Answer:
		if b.Refusal != "" {
			y.count(id, asking, "queries of others refused", b.Refusal, 1)
		} else {
			y.count(id, asking, "queries of others answered", "", 1)
			y.count(id, yield, "elements answered", "", uint64(b.Count))
		}
	case *entry.Report:
		y.report(id, b, r.Detail)
	case *entry.Request:
		y.count(id, disclosing, "requests", string(b.Urgency), 1)
		y.pending[b.Request] = pending{b.To, b.Due}
	case *entry.Decision:
		y.count(id, disclosing, "decisions", string(b.Outcome), 1)
		if p, ok := y.pending[b.Request]; ok && r.At > p.due {
			y.count(id, deadlines, "decisions after their time", "", 1)
		}
		delete(y.pending, b.Request)
	case *entry.Delivery:
		y.count(id, disclosing, "disclosures", string(b.Outcome), 1)
	case *entry.Use:
		y.count(id, yield, "uses reported", b.Outcome, 1)
	default:
		y.count(id, others, "entries", string(r.Entry.Type), 1)
	}
}

func (y *Year) query(id casework.AgencyID, b *entry.Query, d *entry.OversightDetail) {
	y.count(id, asking, "queries", "", 1)
	y.count(id, asking, "elements asked", "", uint64(b.Count))
	for k, n := range b.Kinds {
		y.count(id, asking, "elements asked, by kind", string(k), uint64(n))
	}
	for _, p := range b.Peers {
		y.count(id, asking, "queries, by agency asked", string(p), 1)
	}
	if b.Urgent {
		y.count(id, asking, "queries marked urgent", "", 1)
	}
	if d == nil {
		y.count(id, why, "queries sealed to another body", "", 1)
		return
	}
	if j := d.Justification; j != nil {
		y.count(id, why, "queries, by offence", j.Offence, 1)
		y.count(id, why, "queries, by purpose", string(j.Purpose), 1)
		y.count(id, why, "queries, by legal basis", j.LegalBasis, 1)
	}
	if e := d.Elements; e != nil {
		y.count(id, why, "elements of items that are not published", "", uint64(e.Silent))
	}
}

func (y *Year) report(id casework.AgencyID, b *entry.Report, d *entry.OversightDetail) {
	y.count(id, yield, "hits as reported to all, coarsely", "", uint64(b.Hits))
	if d == nil {
		return
	}
	for peer, n := range d.Hits {
		y.count(id, yield, "hits, by agency (sealed)", peer, uint64(n))
	}
}

// A Figure is one line of the report.
type Figure struct {
	Agency casework.AgencyID `json:"agency"`
	Group  string            `json:"group"`
	What   string            `json:"what"`
	Of     string            `json:"of,omitempty"`
	Count  uint64            `json:"count"`
}

// Figures lists all figures as they are at a time, by which what is overdue is judged.
func (y *Year) Figures(at time.Time) []Figure {
	overdue := map[casework.AgencyID]uint64{}
	for _, p := range y.pending {
		if at.UnixMilli() > p.due {
			overdue[p.to]++
		}
	}
	var out []Figure
	add := func(id casework.AgencyID, f figure, n uint64) {
		out = append(out, Figure{Agency: id, Group: f.group[2:], What: f.what, Of: f.of, Count: n})
	}
	ids := slices.Collect(maps.Keys(y.counts))
	for id := range overdue {
		if y.counts[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		figures := maps.Clone(y.counts[id])
		if figures == nil {
			figures = map[figure]uint64{}
		}
		if n := overdue[id]; n > 0 {
			figures[figure{deadlines, "requests not decided in time", ""}] = n
		}
		for _, f := range slices.SortedFunc(maps.Keys(figures), compareFigures) {
			add(id, f, figures[f])
		}
	}
	return out
}

func compareFigures(a, b figure) int {
	return slices.Compare([]string{a.group, a.what, a.of}, []string{b.group, b.what, b.of})
}

// WriteCSV writes the figures as RFC 4180 has them.
func (y *Year) WriteCSV(w io.Writer, at time.Time) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"network", "from", "until", "agency", "group", "what", "of", "count"}}
	for _, f := range y.Figures(at) {
		rows = append(rows, []string{
			cell(y.Network), y.From.Format(time.DateOnly), y.Until.Format(time.DateOnly), string(f.Agency), f.Group, f.What, cell(f.Of), strconv.FormatUint(f.Count, 10),
		})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	return nil
}

// cell keeps a spreadsheet from taking a text that an agency wrote for a formula.
func cell(text string) string {
	if text != "" && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@' || text[0] == '\t') {
		return "'" + text
	}
	return plain(text)
}

// page is printed and sent: it loads nothing from anywhere.
var page = template.Must(template.New("year").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Network}}, {{.From}} to {{.Until}}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 11pt/1.4 serif; margin: 2cm auto; max-width: 18cm }
h2 { page-break-after: avoid; border-bottom: 1px solid }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .15em .5em; border-bottom: 1px solid #ccc; vertical-align: top }
td:last-child, th:last-child { text-align: right }
@media print { body { margin: 0 } }
</style></head><body>
<h1>{{.Network}}</h1>
<p>What the ledger shows of {{.From}} until {{.Until}} (not included), verified up to entry {{.Entries}} as of {{.At}}.
First entry {{.Genesis}}. {{.Verdict}}</p>
{{range .Agencies}}<h2>{{.Agency}}</h2>
<table><tr><th>Group</th><th>What</th><th>Of</th><th>Count</th></tr>
{{range .Figures}}<tr><td>{{.Group}}</td><td>{{.What}}</td><td>{{.Of}}</td><td>{{.Count}}</td></tr>
{{end}}</table>
{{end}}{{if .Remarks}}<h2>Worth a question</h2>
<table><tr><th>Agency</th><th>Officer</th><th>What</th><th>Entries</th><th>Count</th></tr>
{{range .Remarks}}<tr><td>{{.Agency}}</td><td>{{.Officer}}</td><td>{{.What}}: {{.Detail}}</td><td>{{range .Entries}}{{.}} {{end}}</td><td>{{.Count}}</td></tr>
{{end}}</table>{{end}}
</body></html>
`))

// WriteHTML writes a page that prints, with what the lint remarks.
func (y *Year) WriteHTML(w io.Writer, at time.Time, r audit.Report, remarks []Remark) error {
	type agency struct {
		Agency  casework.AgencyID
		Figures []Figure
	}
	var agencies []agency
	for _, f := range y.Figures(at) {
		if n := len(agencies); n == 0 || agencies[n-1].Agency != f.Agency {
			agencies = append(agencies, agency{Agency: f.Agency})
		}
		last := &agencies[len(agencies)-1]
		last.Figures = append(last.Figures, f)
	}
	verdict := "The ledger holds."
	if !r.OK {
		verdict = fmt.Sprintf("THE LEDGER DOES NOT HOLD, or what was given does not belong to it: %d findings. These figures are of the entries that hold.", len(r.Findings)+len(r.Input))
	}
	err := page.Execute(w, map[string]any{
		"Network": y.Network, "From": y.From.Format(time.DateOnly), "Until": y.Until.Format(time.DateOnly), "At": at.UTC().Format(time.RFC3339),
		"Entries": r.Entries, "Genesis": r.Genesis, "Verdict": verdict, "Agencies": agencies, "Remarks": remarks,
	})
	if err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	return nil
}
