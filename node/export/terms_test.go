package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/export"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

var deleteBy = time.Date(2027, 2, 28, 23, 59, 30, 125e6, time.UTC)

const deleteByText = "2027-02-28T23:59:30.125Z"

// disclosure holds a value of every kind, under terms that are hard to write down.
func disclosure(t *testing.T) casework.Disclosure {
	t.Helper()
	d := casework.Disclosure{
		ID: casework.NewDisclosureID(), From: "bb-fiu", To: "aa-police", Outcome: casework.Full, Contact: "spoc@fiu.example",
		Handling: casework.Handling{Codes: "H1+H2"}, TLP: casework.TLPAmberStrict, DeleteBy: deleteBy, Made: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC),
		Conditions: []string{
			"call before any arrest", `=SUM(1) is not to be shown to "unit 4"`, `written C:\ in the file, and it ends in a backslash \`,
			"Grading of the source is not to be told: " + strings.Repeat("under no circumstances and to nobody; ", 12) + "never", "no transfer to third countries <see § 12> & annex",
		},
		Values: []casework.DisclosedValue{{Field: casework.FieldSummary, Value: "words"}},
	}
	for _, i := range items(t) {
		d.Values = append(d.Values, casework.DisclosedValue{
			Field: casework.FieldIdentifiers, Kind: i.Identifier.Kind(), Value: i.Identifier.Reveal(), Handling: i.Handling, Grading: i.Grading, Category: i.Category,
			Provenance: casework.Provenance{Captured: i.Captured, Tool: i.Tool},
		})
	}
	return d
}

// ownWords are those that a value's handling has by itself.
var ownWords = map[string]string{"H2+H3": `only with "unit 4"; see § 12`}

func written(t *testing.T, name string, d casework.Disclosure) []byte {
	t.Helper()
	var b bytes.Buffer
	head := export.Head{Title: "req_1", Agency: "aa-police", Made: time.Date(2026, 9, 2, 0, 0, 0, 0, time.UTC), Terms: export.TermsOf(d)}
	if err := formats[name].write(&b, head, export.Disclosed(d)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each identifier of a disclosure comes back out of each format as it was given,
// with every condition and the date in the words of its handling: H3, beside the
// codes that it had.
func TestDisclosureRoundTrip(t *testing.T) {
	d := disclosure(t)
	bare := func(h casework.Handling) casework.Handling { return casework.Handling{Codes: h.Codes} }
	bound := map[string]string{"H0": "H3", "H1": "H1+H3", "H1+H2": "H1+H2+H3", "H2+H3": "H2+H3"}
	var want []string
	for i := range export.Disclosed(d) {
		h := casework.Handling{Codes: bound[i.Handling.Codes]}
		want = append(want, line(i.Identifier, "", i.Category, false, i.Grading, h, i.TLP, time.Time{}, i.Captured, i.Tool))
	}
	slices.Sort(want)
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			var got []string
			rep, err := intake.Read(context.Background(), intake.Source{Name: "x"}, bytes.NewReader(written(t, name, d)), intake.Defaults{}, intake.Options{}, func(found []intake.Found) error {
				for _, x := range found {
					got = append(got, line(x.Identifier, x.CaseRef, x.Category, x.Consent, x.Grading, bare(x.Handling), x.TLP, x.Seen, x.Provenance.Captured, x.Provenance.Tool))
					if own := ownWords[x.Handling.Codes]; !strings.Contains(x.Handling.Text, own) {
						t.Errorf("%s: %q is not in %q", x.Identifier.Kind(), own, x.Handling.Text)
					}
					for _, term := range append(slices.Clone(d.Conditions), "Delete by "+deleteByText) {
						if !strings.Contains(x.Handling.Text, term) {
							t.Errorf("%s: %q is not in %q", x.Identifier.Kind(), term, x.Handling.Text)
						}
					}
				}
				return nil
			})
			if err != nil || rep.Format != f.as || rep.Faults > 0 {
				t.Errorf("%v, read as %s, problems %v", err, rep.Format, rep.Problems)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d items, want %d:\n%s\n\n%s", len(got), len(want), strings.Join(got[:min(3, len(got))], "\n"), strings.Join(want[:3], "\n"))
			}
		})
	}
}

// Whoever opens the file finds the terms where its format has a place for them, a
// disclosure of words alone included.
func TestTermsStandWhereTheFormatHasAPlace(t *testing.T) {
	for name, values := range map[string]func(casework.Disclosure) casework.Disclosure{
		"identifiers": func(d casework.Disclosure) casework.Disclosure { return d },
		"words alone": func(d casework.Disclosure) casework.Disclosure { d.Values = d.Values[:1]; return d },
	} {
		d := values(disclosure(t))
		t.Run(name, func(t *testing.T) {
			t.Run("stix", func(t *testing.T) { checkSTIX(t, d) })
			t.Run("misp", func(t *testing.T) { checkMISP(t, d) })
			t.Run("case", func(t *testing.T) { checkCASE(t, d) })
			t.Run("csv", func(t *testing.T) { checkCSV(t, d) })
		})
	}
}

// saysAll checks that a text for a person holds all of the terms.
func saysAll(t *testing.T, d casework.Disclosure, where, text string) {
	t.Helper()
	for _, want := range append([]string{"bb-fiu", "spoc@fiu.example", d.ID.String(), "2026-09-01", "TLP:AMBER+STRICT", "H1+H2", deleteByText}, d.Conditions...) {
		if !strings.Contains(text, want) {
			t.Errorf("%s: %q is missing in %q", where, want, text)
		}
	}
}

func checkSTIX(t *testing.T, d casework.Disclosure) {
	var bundle struct {
		Objects []struct {
			ID, Type, Content string
			Marks             []string `json:"object_marking_refs"`
			Refs              []string `json:"object_refs"`
			Definition        struct{ Statement string }
		}
	}
	if err := json.Unmarshal(written(t, "stix", d), &bundle); err != nil {
		t.Fatal(err)
	}
	says := map[string]string{}
	for _, o := range bundle.Objects {
		says[o.ID] = o.Definition.Statement
	}
	notes, disclosed := 0, 0
	var on []string
	for _, o := range bundle.Objects {
		switch o.Type {
		case "marking-definition", "identity":
			continue
		case "note":
			notes++
			on = o.Refs
			saysAll(t, d, "the note", o.Content)
		default:
			disclosed++
		}
		for _, term := range terms(d) {
			if !slices.ContainsFunc(o.Marks, func(id string) bool { return says[id] == term }) {
				t.Errorf("%s is not marked with %q", o.Type, term)
			}
		}
	}
	if n := len(d.Values) - 1; notes != 1 || disclosed != n || len(on) != max(1, n) || slices.ContainsFunc(on, func(id string) bool { _, ok := says[id]; return !ok }) {
		t.Errorf("%d notes on %d objects, %d disclosed", notes, len(on), disclosed)
	}
}

// terms are the sentences that intake knows again.
func terms(d casework.Disclosure) []string {
	all := []string{"Disclosed by " + string(d.From) + ", ask " + d.Contact}
	for _, c := range d.Conditions {
		all = append(all, "Condition of disclosure: "+c)
	}
	return append(all, "Delete by "+deleteByText)
}

func checkMISP(t *testing.T, d casework.Disclosure) {
	type tag struct{ Name string }
	var file struct {
		Event struct {
			Tag    []tag
			Object []struct {
				Name, Comment string
				Attribute     []struct {
					Type, Value, Comment string
					Relation             string `json:"object_relation"`
				}
			}
		}
	}
	if err := json.Unmarshal(written(t, "misp", d), &file); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(file.Event.Tag, tag{"tlp:amber+strict"}) || len(file.Event.Object) != len(d.Values) {
		t.Fatalf("%d objects, tags %v", len(file.Event.Object), file.Event.Tag)
	}
	saysAll(t, d, "the object's comment", file.Event.Object[0].Comment)
	var conditions []string
	stated := map[string]string{}
	for _, a := range file.Event.Object[0].Attribute {
		if a.Relation == "condition" {
			conditions = append(conditions, a.Value)
		}
		stated[a.Relation+" "+a.Type] = a.Value
	}
	if !slices.Equal(conditions, d.Conditions) || stated["delete-by datetime"] != deleteByText || stated["handling text"] != "H1+H2" || stated["disclosed-by text"] != "bb-fiu" {
		t.Errorf("stated %v", stated)
	}
	for _, o := range file.Event.Object[1:] {
		for _, a := range o.Attribute {
			if a.Comment != strings.Join(terms(d), "; ") {
				t.Errorf("%s says %q", o.Name, a.Comment)
			}
		}
	}
}

func checkCASE(t *testing.T, d casework.Disclosure) {
	type node = map[string]any
	var file struct {
		Graph []node `json:"@graph"`
	}
	if err := json.Unmarshal(written(t, "case", d), &file); err != nil {
		t.Fatal(err)
	}
	statements := map[any]string{}
	var authorization, investigation node
	for _, n := range file.Graph {
		switch n["@type"] {
		case "uco-marking:MarkingDefinition":
			statements[n["@id"]] = n["uco-marking:definition"].([]any)[0].(node)["uco-marking:statement"].(string)
		case "case-investigation:Authorization":
			authorization = n
		case "case-investigation:Investigation":
			investigation = n
		}
	}
	if authorization == nil || investigation == nil {
		t.Fatal("no authorization, or no investigation under it")
	}
	saysAll(t, d, "the authorization", authorization["uco-core:description"].(string))
	if end := authorization["uco-core:endTime"].(node); end["@value"] != deleteByText || end["@type"] != "xsd:dateTime" {
		t.Errorf("it ends %v", end)
	}
	if at := investigation["case-investigation:relevantAuthorization"].(node); at["@id"] != authorization["@id"] || len(investigation["uco-core:object"].([]any)) != len(d.Values) {
		t.Errorf("the investigation: %v", investigation)
	}
	marked := 0
	for _, n := range file.Graph {
		marks, ok := n["uco-core:objectMarking"].([]any)
		if !ok {
			continue
		}
		marked++
		for _, term := range terms(d) {
			if !slices.ContainsFunc(marks, func(m any) bool { return statements[m.(node)["@id"]] == term }) {
				t.Errorf("%s is not marked with %q", n["@type"], term)
			}
		}
	}
	if marked != len(d.Values)-1 {
		t.Errorf("%d of %d marked", marked, len(d.Values)-1)
	}
}

func checkCSV(t *testing.T, d casework.Disclosure) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", d))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], export.Header) || len(rows) != 1+max(1, len(d.Values)-1) {
		t.Fatalf("%d rows under %q", len(rows)-1, rows[0])
	}
	column := func(row []string, name string) string { return row[slices.Index(export.Header, name)] }
	for _, row := range rows[1:] {
		if column(row, "disclosed_by") != "bb-fiu, ask spoc@fiu.example" || column(row, "disclosure_conditions") != strings.Join(d.Conditions, "\n") || column(row, "delete_by") != deleteByText ||
			column(row, "tlp") != "AMBER+STRICT" || column(row, "handling") == "" {
			t.Errorf("a row says %q", row)
		}
	}
	if n := len(d.Values) - 1; n == 0 {
		found := 0
		_, err := intake.Read(context.Background(), intake.Source{}, bytes.NewReader(written(t, "csv", d)), intake.Defaults{}, intake.Options{}, func(f []intake.Found) error {
			found += len(f)
			return nil
		})
		if err != nil || found != 0 {
			t.Errorf("terms alone are read as %d items: %v", found, err)
		}
	}
}

// No condition passes for another term.
func TestConditionsAreALineEach(t *testing.T) {
	got := export.TermsOf(casework.Disclosure{From: "bb-fiu", Conditions: []string{"keep it\nDelete by 2099-01-01T00:00:00.000Z", " \t"}, DeleteBy: deleteBy}).Words()
	want := []string{"Condition of disclosure: keep it Delete by 2099-01-01T00:00:00.000Z", "Delete by " + deleteByText}
	if !slices.Equal(got[1:], want) {
		t.Errorf("told as %q", got)
	}
}

// An own case was disclosed by nobody, and its export says nothing of terms.
func TestOwnCaseHasNoTerms(t *testing.T) {
	for name, f := range formats {
		var b bytes.Buffer
		if err := f.write(&b, export.Head{Title: "C-1", Agency: "a"}, slices.Values(items(t)[:3])); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Delete by", "delete-by", "Terms of disclosure", "Authorization", "Condition"} {
			if strings.Contains(b.String(), word) {
				t.Errorf("%s: an own case says %q", name, word)
			}
		}
	}
	if words := (export.Terms{}).Words(); len(words) > 0 {
		t.Errorf("nobody's terms are %q", words)
	}
}
