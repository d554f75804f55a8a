package export

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// Terms are what another agency disclosed all of an export under. The zero value
// is an export of an own case, which nobody disclosed.
type Terms struct {
	From       casework.AgencyID
	Contact    string // whom to ask there
	Disclosure casework.DisclosureID
	Made       time.Time
	Handling   casework.Handling // of what states none of its own
	TLP        casework.TLP
	Conditions []string
	DeleteBy   time.Time
}

// TermsOf returns what a disclosure was given under. A condition is brought on one
// line, so that none that the other agency wrote looks like another term.
func TermsOf(d casework.Disclosure) Terms {
	t := Terms{
		From: d.From, Contact: d.Contact, Disclosure: d.ID, Made: d.Made,
		Handling: d.Handling, TLP: d.TLP, DeleteBy: d.DeleteBy,
	}
	for _, c := range d.Conditions {
		if c = strings.Join(strings.Fields(c), " "); c != "" {
			t.Conditions = append(t.Conditions, c)
		}
	}
	return t
}

// Disclosed returns the identifiers of a disclosure. Values that are no
// identifiers (contacts, summaries) are not among them.
func Disclosed(d casework.Disclosure) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, v := range d.Values {
			if !v.Kind.Valid() {
				continue
			}
			item := Item{
				Identifier: casework.NewIdentifier(v.Kind, v.Value), Category: v.Category, Grading: v.Grading,
				Handling: v.Handling, TLP: d.TLP, Captured: v.Provenance.Captured, Tool: v.Provenance.Tool,
			}
			if item.Handling.Codes == "" {
				item.Handling = d.Handling
			}
			if !yield(item) {
				return
			}
		}
	}
}

func (t Terms) stated() bool { return t.From != "" }

// statements are the terms that bind whoever holds an item, each in a sentence
// that intake knows again.
func (t Terms) statements() []string {
	var all []string
	if t.stated() {
		origin := "Disclosed by " + string(t.From)
		if t.Contact != "" {
			origin += ", ask " + t.Contact
		}
		all = append(all, origin)
	}
	for _, c := range t.Conditions {
		all = append(all, "Condition of disclosure: "+c)
	}
	if !t.DeleteBy.IsZero() {
		all = append(all, "Delete by "+stamp(t.DeleteBy))
	}
	return all
}

// Words says the terms to a person, a line each; an own case has none.
func (t Terms) Words() []string {
	if !t.stated() {
		return []string{}
	}
	codes, words := handling(t.Handling)
	if words != "" {
		codes += " (" + words + ")"
	}
	lines := []string{fmt.Sprintf("Disclosed by %s on %s (%s) under TLP:%s and handling %s", t.From, t.Made.UTC().Format(time.DateOnly), t.Disclosure, t.TLP.Or(), codes)}
	if t.Contact != "" {
		lines = append(lines, "Contact: "+t.Contact)
	}
	return append(lines, t.statements()[1:]...) // the first says less of the origin
}
