package oversight

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Question says which readings are wanted; empty fields want all.
type Question struct {
	Agency  casework.AgencyID
	Type    entry.Type
	Kind    casework.Kind
	Offence string
	Officer string // pseudonym, or its front; who acted or approved
	Case    string // pseudonym, or its front
	From    time.Time
	Until   time.Time // exclusive
}

// Wants reports whether a reading is asked for: one whose detail was opened.
func (q Question) Wants(r audit.Reading) bool {
	d := r.Detail
	if d == nil || q.Agency != "" && r.Entry.Agency != q.Agency || q.Type != "" && r.Entry.Type != q.Type {
		return false
	}
	at := time.UnixMilli(r.At)
	if !q.From.IsZero() && at.Before(q.From) || !q.Until.IsZero() && !at.Before(q.Until) {
		return false
	}
	if q.Officer != "" && !strings.HasPrefix(d.Officer.String(), q.Officer) && !strings.HasPrefix(d.Approver.String(), q.Officer) {
		return false
	}
	if q.Case != "" || q.Offence != "" {
		j := d.Justification
		if j == nil || !strings.HasPrefix(j.Case.String(), q.Case) || q.Offence != "" && j.Offence != q.Offence {
			return false
		}
	}
	if q.Kind != "" {
		b, ok := r.Entry.Body.(*entry.Query)
		if !ok || b.Kinds[q.Kind] == 0 {
			return false
		}
	}
	return true
}

// A Row is one reading as it is shown. It names officers and cases by pseudonyms.
type Row struct {
	Index      uint64            `json:"index"`
	At         time.Time         `json:"at"`
	Agency     casework.AgencyID `json:"agency"`
	Type       entry.Type        `json:"type"`
	What       string            `json:"what"`
	Officer    string            `json:"officer,omitempty"`
	Approver   string            `json:"approver,omitempty"`
	Case       string            `json:"case,omitempty"`
	Offence    string            `json:"offence,omitempty"`
	Purpose    string            `json:"purpose,omitempty"`
	LegalBasis string            `json:"legal_basis,omitempty"`
	Category   string            `json:"subject_category,omitempty"`
	Aim        string            `json:"aim,omitempty"`
	Unit       string            `json:"unit,omitempty"`
	Elements   string            `json:"elements,omitempty"`
	Rules      []string          `json:"rules,omitempty"` // what the agency's rules said
	CaseRef    string            `json:"case_ref,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Withheld   bool              `json:"withheld,omitempty"` // reason and case reference are there and not shown
	Signed     bool              `json:"signed"`             // every officer's signature and commitment holds
	Faults     []string          `json:"faults,omitempty"`
}

// Describe makes a row of a reading whose detail was opened. Only where names is true it
// has what may name a person: the case's reference and the officer's free text.
func Describe(r audit.Reading, names bool) Row {
	d := r.Detail
	row := Row{Index: r.Index, At: time.UnixMilli(r.At).UTC(), Agency: r.Entry.Agency, Type: r.Entry.Type, What: r.Entry.Body.Facts(), Rules: d.Policy, Signed: len(r.Findings) == 0}
	if !d.Officer.IsZero() {
		row.Officer = d.Officer.String()
	}
	if !d.Approver.IsZero() {
		row.Approver = d.Approver.String()
	}
	if e := d.Elements; e != nil {
		row.Elements = fmt.Sprintf("%d published, %d silent", e.Published, e.Silent)
	}
	for _, f := range r.Findings {
		row.Faults = append(row.Faults, f.What+": "+f.Detail)
	}
	if b, ok := r.Entry.Body.(*entry.Query); ok {
		var kinds []string
		for _, k := range slices.Sorted(maps.Keys(b.Kinds)) {
			kinds = append(kinds, fmt.Sprintf("%d %s", b.Kinds[k], k))
		}
		row.What = fmt.Sprintf("asked %v for %s", b.Peers, strings.Join(kinds, ", "))
	}
	if j := d.Justification; j != nil {
		row.Case, row.Offence, row.Purpose, row.LegalBasis = j.Case.String(), j.Offence, string(j.Purpose), j.LegalBasis
		row.Category, row.Aim, row.Unit = string(j.Category), j.Aim, j.Unit
		if names {
			row.CaseRef, row.Reason = j.CaseRef, j.Reason
		} else {
			row.Withheld = j.CaseRef != "" || j.Reason != ""
		}
	}
	return row
}

// WriteText writes the row for a person.
func (r Row) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d  %s  %s  %s: %s\n", r.Index, r.At.Format(time.RFC3339), r.Agency, r.Type, r.What)
	line := func(name string, parts ...string) {
		parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
		if len(parts) > 0 {
			fmt.Fprintf(&b, "    %-10s %s\n", name, plain(strings.Join(parts, "; ")))
		}
	}
	line("officer", r.Officer, prefixed("approved by ", r.Approver))
	line("case", r.Case, r.CaseRef)
	line("why", r.Offence, r.Purpose, r.LegalBasis, r.Category, prefixed("aim: ", r.Aim), r.Unit)
	line("reason", r.Reason)
	if r.Withheld {
		line("reason", "withheld: it is shown with both shares of the key")
	}
	line("elements", r.Elements)
	line("rules", r.Rules...)
	for _, f := range r.Faults {
		line("FAULT", f)
	}
	if r.Signed {
		line("signed", "the commitments open, and each officer's signature holds")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// plain takes out of a text what could move a terminal's cursor or turn the reading
// direction: an agency wrote it.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
