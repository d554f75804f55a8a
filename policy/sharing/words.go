package sharing

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// Why says to a person why an item is kept out of matching and what would lift that;
// terms are those of the item's places. It holds no value.
func Why(r casework.WhyNot, terms ...*casework.Terms) string {
	switch r {
	case "":
		return ""
	case casework.OnHold:
		return "an operation is under way; 'crosscase holds' shows who placed the hold, and a supervisor releases it"
	case casework.NoConsent:
		return "the person it is about did not consent"
	case casework.UnderTerms:
		return underTerms(terms)
	case casework.LowConfidence:
		return "its reading is doubtful; check it, and add it as it is written"
	case casework.OnWarningList:
		return "it is on a list of values that name nobody, or too many"
	case casework.Withdrawn:
		return "it was withdrawn; 'crosscase item withdraw --undo' takes that back"
	case casework.CaseClosed:
		return "every case that holds it is closed"
	}
	return "this version does not know the reason " + fmt.Sprintf("%q", r)
}

// underTerms names whom to ask.
func underTerms(terms []*casework.Terms) string {
	var whom []string
	for _, t := range terms {
		if t == nil {
			continue
		}
		who := string(t.From)
		if t.Contact != "" {
			who += " (" + t.Contact + ")"
		}
		whom = append(whom, who)
	}
	if len(whom) == 0 {
		return "another agency disclosed it, under terms that do not let it be passed on; ask that agency"
	}
	return "it was disclosed under terms that do not let it be passed on; ask " + strings.Join(whom, ", ")
}
