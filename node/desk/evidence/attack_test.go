package evidence

import (
	"bytes"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/export"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// One agency discloses an item that is never to be passed on. The officer of the other
// exports it, takes the file in and orders it to be shared: the item stays at the
// agency, whatever the format and the order, and the refusal names whom to ask. An
// export of the case that it came into, taken in again, binds as well.
func TestAttackReceivedTermsAreIgnored(t *testing.T) {
	disclosed := casework.Disclosure{
		ID: casework.NewDisclosureID(), From: "fr-fiu", To: "nl-police", Outcome: casework.Full, Contact: "desk@fr.example", Made: at,
		Handling: casework.Handling{Codes: "H1"}, TLP: casework.TLPAmberStrict, Conditions: []string{"never to be passed on"}, DeleteBy: at.AddDate(0, 1, 0),
		Values: []casework.DisclosedValue{{Field: casework.FieldIdentifiers, Kind: casework.Email, Value: "broker@example.org", Handling: casework.Handling{Codes: "H1"}}},
	}
	for name, write := range map[string]func(io.Writer, export.Head, iter.Seq[export.Item]) error{
		"stix": export.STIX, "misp": export.MISP, "case": export.CASE, "csv": export.CSV,
	} {
		t.Run(name, func(t *testing.T) {
			var file, again bytes.Buffer
			if err := write(&file, export.Head{Title: "req_1", Agency: "nl-police", Made: at, Terms: export.TermsOf(disclosed)}, export.Disclosed(disclosed)); err != nil {
				t.Fatal(err)
			}
			first := ordersShared(t, file.Bytes())
			var items []export.Item
			for _, e := range first {
				items = append(items, export.Item{Identifier: e.Identifier, CaseRef: "C-1", Handling: e.Handling, TLP: e.TLP})
			}
			if err := write(&again, export.Head{Title: "C-1", Agency: "nl-police", Made: at}, slices.Values(items)); err != nil {
				t.Fatal(err)
			}
			for what, stored := range map[string][]casework.Evidence{"the disclosure": first, "an export of the case": ordersShared(t, again.Bytes())} {
				if len(stored) != 1 {
					t.Fatalf("%s: %d items were taken in", what, len(stored))
				}
				if got := sharing.MayLeave(sharing.StandingOf(&stored[0])); got != casework.Local {
					t.Errorf("%s: the item goes as far as %q", what, got)
				}
				if why := sharing.Why(stored[0].WhyNot, stored[0].Provenance.Terms); stored[0].WhyNot != casework.UnderTerms || !strings.Contains(why, "ask fr-fiu") {
					t.Errorf("%s: kept out by %q: %s", what, stored[0].WhyNot, why)
				}
			}
		})
	}
}

// ordersShared takes a file into a case, and orders everything in it to be shared under
// the widest terms; the officer's own process says that nothing keeps it out.
func ordersShared(t *testing.T, file []byte) []casework.Evidence {
	t.Helper()
	d, k, _ := newDesk()
	wide := intake.Defaults{Visibility: casework.Shared, Handling: casework.Handling{Codes: "H0"}, TLP: casework.TLPClear, Captured: time.Time{}}
	_, err := intake.Read(t.Context(), intake.Source{Name: "x"}, bytes.NewReader(file), wide, intake.Options{}, func(found []intake.Found) error {
		for _, f := range found {
			f.WhyNot = ""
			if _, err := d.Add(t.Context(), api.Call{}, add(f.Evidence)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return k.items
}
