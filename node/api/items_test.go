package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

func sampleItems() []casework.Evidence {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	plain := casework.Evidence{
		Identifier: casework.NewIdentifier(casework.Phone, "+442079460958"), Visibility: casework.Shared, Confidence: 1,
		Provenance: casework.Provenance{Record: "line 1"},
	}
	full := casework.Evidence{
		Identifier: casework.NewIdentifier(casework.Wallet, "btc:x"), Visibility: casework.Silent, WhyNot: casework.LowConfidence, Confidence: .4, Category: casework.Victim, Consent: true,
		Keys:    []casework.Identifier{casework.NewIdentifier(casework.Wallet, "btc:y"), casework.NewIdentifier(casework.Handle, "chain:z")},
		Grading: casework.Grading{Scheme: "4x4", Source: "B", Info: "2"}, Handling: casework.Handling{Codes: "H3", Text: "ask first"}, TLP: "red", Seen: at,
		Provenance: casework.Provenance{
			Captured: at.Add(time.Hour), Tool: "tool 1.2", Record: "/objects/3", Context: []string{"received", "from Zoé"}, Assumed: []string{"region FR from the case", "a letter was a digit"},
			Terms: &casework.Terms{From: "fr-fiu", Contact: "desk@fr.example", Conditions: []string{"for this case only"}, DeleteBy: at},
		},
	}
	same := plain
	same.Identifier, same.Provenance.Record, same.Seen = casework.NewIdentifier(casework.Phone, "+442079460959"), "line 2", at
	return []casework.Evidence{plain, full, same}
}

func TestItemsOnTheirWay(t *testing.T) {
	for name, list := range map[string][]casework.Evidence{"three": sampleItems(), "none": {}} {
		js, err := json.Marshal(ItemsAddRequest{Case: "C-1", Items: Gather(list)})
		if err != nil {
			t.Fatal(err)
		}
		var back ItemsAddRequest
		call := Call{Command: casework.Command{Params: js}}
		if err := call.read(&back); err != nil {
			t.Fatal(err)
		}
		if got, err := back.Items.List(); err != nil || !reflect.DeepEqual(got, list) {
			t.Errorf("%s: %v\n%+v\n%+v", name, err, got, list)
		}
		var readable ItemsAddRequest
		plain, err := json.Marshal(map[string]any{"facts": back.Items.Facts, "items": []own(back.Items.Each)})
		if err != nil {
			t.Fatal(err)
		}
		if err := (Call{Command: casework.Command{Params: []byte(`{"items":` + string(plain) + `}`)}}).read(&readable); err != nil {
			t.Fatal(err)
		}
		if got, err := readable.Items.List(); err != nil || !reflect.DeepEqual(got, list) {
			t.Errorf("%s, as a list of objects: %v\n%+v\n%+v", name, err, got, list)
		}
		if name == "three" && strings.Count(string(js), "visibility") != 2 {
			t.Errorf("what items share is not said once: %s", js)
		}
	}
}

func TestItemsThatAreNone(t *testing.T) {
	many := `{"facts":[{"kind":"phone"}],"items":[{}` + strings.Repeat(",{}", MaxItems) + `]}`
	for name, js := range map[string]string{
		"a list":                      `[{"kind":"phone","value":"x"}]`,
		"no facts":                    `{"items":[{"value":"x"}]}`,
		"facts beyond the end":        `{"facts":[{"kind":"phone"}],"items":[{"of":1,"value":"x"}]}`,
		"facts before":                `{"facts":[{"kind":"phone"}],"items":[{"of":-1,"value":"x"}]}`,
		"an unknown field":            `{"facts":[{"kind":"phone","more":1}],"items":[]}`,
		"an unknown field of an item": `{"facts":[{"kind":"phone"}],"items":[{"kind":"phone"}]}`,
		"no value":                    `{"facts":[{"kind":"phone"}],"items":[{"value":""}]}`,
		"no such kind":                `{"facts":[{"kind":"name"}],"items":[{"value":"x"}]}`,
		"a form without value":        `{"facts":[{"kind":"phone"}],"items":[{"value":"x","keys":[{"value":""}]}]}`,
		"too many forms":              `{"facts":[{"kind":"phone"}],"items":[{"value":"x","keys":[{"value":"y"}` + strings.Repeat(`,{"value":"y"}`, maxKeys) + `]}]}`,
		"terms that are none":         `{"facts":[{"kind":"phone","terms":7}],"items":[{"value":"x"}]}`,
		"too many":                    many,
		"packed, no base64":           `{"facts":[{"kind":"phone"}],"items":"***"}`,
		"packed, cut off":             `{"facts":[{"kind":"phone"}],"items":"AAF4AAAA"}`,
		"packed, a text past the end": `{"facts":[{"kind":"phone"}],"items":"AP94AAAAAA=="}`,
		"packed, a time that is none": `{"facts":[{"kind":"phone"}],"items":"AAF4AAEHAAA="}`,
		"packed, facts beyond":        `{"facts":[{"kind":"phone"}],"items":"AQF4AAAAAA=="}`,
		"packed, an endless number":   `{"facts":[{"kind":"phone"}],"items":"` + strings.Repeat("////", 8) + `"}`,
		"packed, too many":            `{"facts":[{"kind":"phone"}],"items":"` + strings.Repeat("AAF4AAAAAAF4AAAAAAF4AAAA", MaxItems/3+1) + `"}`,
	} {
		var p ItemsAddRequest
		err := Call{Command: casework.Command{Params: []byte(`{"items":` + js + `}`)}}.read(&p)
		if err == nil {
			_, err = p.Items.List()
		}
		var told *Error
		if !errors.As(err, &told) || told.Code != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzItems(f *testing.F) {
	js, err := json.Marshal(Gather(sampleItems()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(js)
	f.Add([]byte(`{"facts":[],"items":[]}`))
	f.Add([]byte(`{"facts":[{"kind":"phone"}],"items":[{"value":"x","record":"line 7","seen":"2026-03-01T12:00:00Z"}]}`))
	f.Add([]byte(`{"facts":[{"kind":"phone"}],"items":"AAF4AAAAAA=="}`))
	f.Add([]byte(fmt.Sprintf(`{"facts":[{"assumed":["a","\u0000"]}],"items":[{"of":%d}]}`, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p ItemsAddRequest
		if json.Unmarshal(data, &p.Items) != nil {
			return
		}
		list, err := p.Items.List()
		if err != nil {
			return
		}
		js, err := json.Marshal(Gather(list))
		if err != nil {
			return // a year that JSON cannot write
		}
		var again Items
		if err := json.Unmarshal(js, &again); err != nil {
			t.Fatal(err)
		}
		back, err := again.List()
		if err != nil || len(back) != len(list) {
			t.Fatalf("%d items became %d: %v", len(list), len(back), err)
		}
		for i := range list {
			if !list[i].Identifier.Equal(back[i].Identifier) || len(list[i].Keys) != len(back[i].Keys) || list[i].Provenance.Record != back[i].Provenance.Record {
				t.Fatalf("item %d changed", i)
			}
		}
	})
}
