package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/export"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

var samples = map[casework.Kind][]string{
	casework.Phone:    {"+12025550143", "+447700900145", "+33199000001"},
	casework.Email:    {"seller.test@example.org"},
	casework.Wallet:   {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"},
	casework.Bank:     {"GB82WEST12345698765432"},
	casework.Handle:   {"telegram:test_user_77", "instagram:some.name"},
	casework.URL:      {"https://ads.example.net/item/4711?a=1"},
	casework.Domain:   {"ads.example.net"},
	casework.Onion:    {"2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"},
	casework.MD5:      {"ab2d8ce8daf513ae854a202112683f1d"},
	casework.SHA1:     {"929dd0482c3da8b666aa29ae94d6b75f71bad926"},
	casework.SHA256:   {"366e780ccb7afbef7728b501bbbfa5a257e00efc08a4f847cbca0713a55da93e"},
	casework.ED2K:     {"31d6cfe0d16ae931b73c59d7e0c089c1"},
	casework.BTIH:     {"c12fe1c06bba254a9dc9f519b335aa7c1367a88a"},
	casework.PDQ:      {"b4b3f1ad53ec7b92a0c42347db9494e9edb25a6c96928cb56b4d6212198cc0ef"},
	casework.PhotoDNA: {strings.Repeat("0a1b2c", 48)},
	casework.IMEI:     {"490154203237518"},
	casework.IMSI:     {"001010123456789"},
	casework.MAC:      {"00:00:5e:00:53:01"},
	casework.Plate:    {"DE:BAB123"},
	casework.Document: {"NL:SPECI2014"},
	casework.IP:       {"192.0.2.55", "192.0.2.55:51515@2026-03-01T07Z", "2001:db8::1", "[2001:db8::1]:443@2026-03-01T07Z"},
	casework.PGP:      {"ABCD EF01 2345 6789 ABCD  EF01 2345 6789 ABCD EF01"},
}

// items returns one item for each sample, going through every category, marking,
// handling and grading.
func items(t *testing.T) []export.Item {
	t.Helper()
	tlps := []casework.TLP{"", casework.TLPClear, casework.TLPGreen, casework.TLPAmber, casework.TLPAmberStrict, casework.TLPRed}
	handlings := []casework.Handling{{}, {Codes: "H0"}, {Codes: "H1"}, {Codes: "H1+H2"}, {Codes: "H2+H3", Text: `only with "unit 4"; see § 12`}}
	gradings := []casework.Grading{{}, {Scheme: "4x4", Source: "A", Info: "1"}, {Scheme: "4x4", Source: "B", Info: "3"}, {Scheme: "admiralty", Source: "F", Info: "6"}}
	at := time.Date(2026, 3, 1, 7, 55, 4, 0, time.UTC)
	var all []export.Item
	for _, kind := range casework.Kinds() {
		if len(samples[kind]) == 0 {
			t.Fatalf("no sample of %s", kind)
		}
		for range len(tlps) {
			for _, value := range samples[kind] {
				r, err := identify.Canonical(value, identify.Hint{Kind: kind})
				if err != nil {
					t.Fatalf("sample of %s: %v", kind, err)
				}
				n := len(all)
				item := export.Item{
					Identifier: r.Identifier, CaseRef: fmt.Sprintf("C-%d", n%3), Category: casework.SubjectCategories()[n%9], Consent: n%2 == 0,
					Grading: gradings[n%len(gradings)], Handling: handlings[n%len(handlings)], TLP: tlps[n%len(tlps)],
				}
				if n%4 != 0 {
					item.Seen = at.Add(time.Duration(n) * time.Hour)
				}
				if n%3 != 0 {
					item.Captured = at.Add(time.Duration(-n) * time.Minute)
				}
				if n%5 != 0 {
					item.Tool = "=Extractor \"7\" 1.2"
				}
				all = append(all, item)
			}
		}
	}
	return all
}

// line says what must not be lost of an item.
func line(id casework.Identifier, ref string, c casework.SubjectCategory, consent bool, g casework.Grading, h casework.Handling, tlp casework.TLP, seen, captured time.Time, tool string) string {
	words := h.Text
	if words == "not stated" {
		words = ""
	}
	return fmt.Sprint(id.Kind(), "|", id.Reveal(), "|", ref, "|", c.Or(), "|", consent, "|", g, "|", h, "|", words, "|", tlp.Or(), "|", seen.Unix(), "|", captured.Unix(), "|", tool)
}

type format struct {
	write func(io.Writer, export.Head, iter.Seq[export.Item]) error
	as    string
}

var formats = map[string]format{
	"stix": {export.STIX, "stix"}, "misp": {export.MISP, "misp"}, "case": {export.CASE, "case-uco"}, "csv": {export.CSV, "csv"},
}

func TestRoundTrip(t *testing.T) {
	all := items(t)
	var want []string
	for _, i := range all {
		want = append(want, line(i.Identifier, i.CaseRef, i.Category, i.Consent, i.Grading, i.Handling, i.TLP, i.Seen, i.Captured, i.Tool))
	}
	slices.Sort(want)
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			head := export.Head{Title: `=Case "1"`, Agency: "Agency open (test)", Made: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
			if err := f.write(&b, head, slices.Values(all)); err != nil {
				t.Fatal(err)
			}
			if name != "csv" && !json.Valid(b.Bytes()) {
				t.Fatal("not JSON")
			}
			var got []string
			rep, err := intake.Read(context.Background(), intake.Source{Name: "x"}, &b, intake.Defaults{}, intake.Options{}, func(found []intake.Found) error {
				for _, x := range found {
					got = append(got, line(x.Identifier, x.CaseRef, x.Category, x.Consent, x.Grading, x.Handling, x.TLP, x.Seen, x.Provenance.Captured, x.Provenance.Tool))
				}
				return nil
			})
			if err != nil || rep.Format != f.as || rep.Faults > 0 {
				t.Errorf("%v, read as %s, problems %v", err, rep.Format, rep.Problems)
			}
			slices.Sort(got)
			if len(got) != len(want) {
				t.Errorf("%d items, want %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("\n got %s\nwant %s", got[i], want[i])
					if i > 3 {
						return
					}
				}
			}
		})
	}
}

// What an own case held under words of a handling goes out under the same words.
func TestWordsThatEndInAQuoteOrABackslash(t *testing.T) {
	for _, words := range []string{`for "unit 4"`, `"`, `share \\server\case\`, `\"`, `a\nb`} {
		item := items(t)[0]
		item.Handling = casework.Handling{Codes: "H3", Text: words}
		for name, f := range formats {
			var b bytes.Buffer
			if err := f.write(&b, export.Head{Agency: "a"}, slices.Values([]export.Item{item})); err != nil {
				t.Fatal(err)
			}
			_, err := intake.Read(context.Background(), intake.Source{}, &b, intake.Defaults{}, intake.Options{}, func(found []intake.Found) error {
				if len(found) != 1 || found[0].Handling != item.Handling {
					t.Errorf("%s: %q became %+v", name, words, found[0].Handling)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// No id of an export may be the same in two exports of the same items.
func TestIdsAreRandom(t *testing.T) {
	all := items(t)[:20]
	for _, name := range []string{"stix", "misp", "case"} {
		ids := map[string]bool{}
		for range 2 {
			var b bytes.Buffer
			if err := formats[name].write(&b, export.Head{Agency: "a"}, slices.Values(all)); err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, id := range uuids(b.String()) {
				seen[id] = true
			}
			for id := range seen {
				if ids[id] {
					t.Errorf("%s: id %s is in both exports", name, id)
				}
				ids[id] = true
			}
		}
	}
}

// uuids finds version 4 and 5 UUIDs, without the published TLP markings.
func uuids(text string) []string {
	var out []string
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == '"' || r == ':' }) {
		if _, id, ok := strings.Cut(field, "--"); ok {
			field = id
		}
		if len(field) != 36 || strings.Count(field, "-") != 4 {
			continue
		}
		switch field[:8] {
		case "94868c89", "bab4a63c", "55d920b0", "939a9414", "e828b379", "60a3c5c5":
		default:
			out = append(out, field)
		}
	}
	return out
}

func TestFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+44": "'+44", "-2": "'-2", "@x": "'@x", "\tx": "'\tx", " =x": "' =x", "＝x": "'＝x", "'x": "''x", "x=1": "x=1", "": "",
	} {
		if got := export.Escape(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
	var b bytes.Buffer
	if err := export.CSV(&b, export.Head{}, slices.Values(items(t))); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Fatalf("a cell begins with %q", cell[:1])
			}
		}
	}
}

func TestDisclosed(t *testing.T) {
	d := casework.Disclosure{
		TLP: casework.TLPAmber, Handling: casework.Handling{Codes: "H1"},
		Values: []casework.DisclosedValue{
			{Field: casework.FieldSummary, Value: "words"},
			{Field: casework.FieldIdentifiers, Kind: casework.Phone, Value: "+12025550143", Category: casework.Suspect},
			{Field: casework.FieldIdentifiers, Kind: casework.Email, Value: "a@example.org", Handling: casework.Handling{Codes: "H2"}},
		},
	}
	got := slices.Collect(export.Disclosed(d))
	if len(got) != 2 || got[0].Handling.Codes != "H1" || got[1].Handling.Codes != "H2" || got[0].TLP != casework.TLPAmber || got[0].Category != casework.Suspect {
		t.Errorf("%d items: %+v", len(got), got)
	}
}
