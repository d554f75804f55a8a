package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// Reports go to triage as they are, and nothing of them is stated as an identifier;
// 100 of which 30 repeat another fold by their keys to 70.
func TestTriage(t *testing.T) {
	var file bytes.Buffer
	for i := range 70 {
		fmt.Fprintf(&file, `{"id":"r%d","event":"hotline.report","caller":"+1202555%04d","summary":"report number %d, call 202 555 0143","received_at":"2026-11-01T10:00:00Z"}`+"\n", i, 100+i, i)
	}
	for i := range 30 {
		if i%2 == 0 { // under its number, in other words
			fmt.Fprintf(&file, `{"id":"r%d","event":"hotline.report","caller":"anonymous","summary":"again %d"}`+"\n", i, i)
		} else { // in its words, under another number
			fmt.Fprintf(&file, `{"id":"x%d","event":"hotline.report","caller":"+1202555%04d","summary":"Report  number %d, call 202 555 0143"}`+"\n", i, 100+i, i)
		}
	}
	keys := map[string]int{}
	distinct, repeated := 0, 0
	o := intake.Options{Reports: func(_ intake.Source, r intake.PublicReport) error {
		known := false
		for _, k := range r.Keys() {
			known = known || keys[k] > 0
			keys[k]++
		}
		if known {
			repeated++
		} else {
			distinct++
			if r.Country != "US" || r.Why != "of the caller's number" || r.Seen.IsZero() || r.Consent {
				t.Errorf("%s: country %q %s", r.Record, r.Country, r.Why)
			}
		}
		return nil
	}}
	rep, err := intake.Read(context.Background(), intake.Source{Name: "r.jsonl"}, &file, intake.Defaults{}, o, func(found []intake.Found) error {
		t.Errorf("%d identifiers were stated", len(found))
		return nil
	})
	if err != nil || rep.Records != 100 || distinct != 70 || repeated != 30 {
		t.Errorf("%d records, %d reports, %d repeated: %v", rep.Records, distinct, repeated, err)
	}
}

func TestTriageForms(t *testing.T) {
	var got []intake.PublicReport
	o := intake.Options{Reports: func(_ intake.Source, r intake.PublicReport) error { got = append(got, r); return nil }}
	form := "From=%2B33639980123&Body=hello&MessageSid=SM1&FromCountry=BE\nFrom=whatsapp%3A%2B447700900145&Body=hi&MessageSid=SM2\nFrom=anonymous&Body=x&MessageSid=SM3&Consent=perhaps\n"
	_, err := intake.Read(context.Background(), intake.Source{Name: "f"}, strings.NewReader(form), intake.Defaults{}, o, func([]intake.Found) error { return nil })
	if err != nil || len(got) != 3 {
		t.Fatalf("%d reports: %v", len(got), err)
	}
	if got[0].Country != "BE" || got[1].Country != "GB" || got[1].Caller != "+447700900145" || got[2].Country != "" || got[2].Caller != "" || got[2].Consent {
		t.Errorf("countries %s, %s, %s", got[0].Country, got[1].Country, got[2].Country)
	}
	if printed := fmt.Sprintf("%v %+v %#v", got[0], got[0], got[0]); strings.Contains(printed, "hello") {
		t.Error("a report prints")
	}
}
