package intake_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// Of the numbers that adverts are found to hold, those that may be matched must
// be right: a wrong one points at a stranger.
func TestAdverts(t *testing.T) {
	data, err := os.ReadFile("testdata/files/adtext/obfuscated_phones_open.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	found, rep, err := read(t, "adverts.jsonl", data, intake.Defaults{})
	if err != nil || rep.Records != 60 {
		t.Fatalf("%d records: %v", rep.Records, err)
	}
	got := map[string][]string{}
	for _, f := range found {
		if f.Identifier.Kind() == casework.Phone && f.WhyNot == "" {
			got[f.Provenance.Record] = append(got[f.Provenance.Record], f.Identifier.Reveal())
		}
	}
	answers, err := os.ReadFile("testdata/adtext_expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string][]string
	if err := json.Unmarshal(answers, &expected); err != nil {
		t.Fatal(err)
	}
	right, wrong, missed := 0, 0, 0
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var ad struct{ ID, Style string }
		if err := json.Unmarshal(lines.Bytes(), &ad); err != nil {
			t.Fatal(err)
		}
		for _, want := range expected[ad.ID] {
			if slices.Contains(got[ad.ID], want) {
				right++
			} else {
				missed++
			}
		}
		for _, value := range got[ad.ID] {
			if !slices.Contains(expected[ad.ID], value) {
				wrong++
				t.Logf("wrong in %s (%s)", ad.ID, ad.Style)
			}
		}
	}
	t.Logf("%d right, %d wrong, %d missed", right, wrong, missed)
	if wrong > 0 || missed > 0 || right != 43 {
		t.Errorf("%d right, %d wrong, %d missed", right, wrong, missed)
	}
}
