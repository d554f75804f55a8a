package casework_test

import (
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// Ids, codes and gradings come from other agencies: whatever the text, it reads back
// as itself, or is an error.
func FuzzTexts(f *testing.F) {
	f.Add(casework.NewCaseID().String(), "H1+H3", "not to leave")
	f.Add("case_", "h0 + h0", "")
	f.Add("req_aaaaaaaaaaaaaaaaaaaaaaaaaa", "admiralty:C3", "B2")
	f.Fuzz(func(t *testing.T, id, codes, text string) {
		if c, err := casework.ParseID[casework.CaseID](id); err == nil && c.String() != id {
			t.Errorf("%q is read as %q", id, c)
		}
		if h, err := casework.ParseHandling(codes, text); err == nil {
			if again, err := casework.ParseHandling(h.String(), text); err != nil || again != h {
				t.Errorf("%q is read as %q: %v", codes, h, err)
			}
		}
		if g, err := casework.ParseGrading(codes); err == nil && codes != "" {
			if again, err := casework.ParseGrading(g.String()); err != nil || again != g {
				t.Errorf("%q is read as %q: %v", codes, g, err)
			}
		}
		_ = casework.AgencyID(id).Validate()
	})
}
