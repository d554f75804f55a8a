package intake_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// fuzz reads any bytes as one format, and holds every report to its sums.
func fuzz(f *testing.F, format intake.Format, seeds ...string) {
	for _, pattern := range seeds {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 16<<10 && !strings.HasSuffix(path, ".golden") {
				f.Add(data)
			}
		}
		if len(files) == 0 {
			f.Add([]byte(pattern))
		}
	}
	for _, mark := range []string{"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf"} { // an encoding, and nothing in it
		f.Add([]byte(mark))
	}
	limits := intake.Limits{Record: 4096, Depth: 20, Problems: 10, Held: 50, Workers: 1}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		found := 0
		rep, err := intake.Read(context.Background(), intake.Source{Name: "x"}, bytes.NewReader(data), intake.Defaults{Region: "US"},
			intake.Options{Format: format, Limits: limits}, func(all []intake.Found) error {
				for _, x := range all {
					if x.Identifier.IsZero() || x.Record == "" || x.Identifier.Reveal() == "" {
						t.Error("found nothing, or nowhere")
					}
				}
				found += len(all)
				return nil
			})
		if err != nil {
			t.Errorf("bytes in memory gave a fault of their source: %v", err)
		}
		sum := rep.Totals()
		if sum.New+sum.Known+sum.NeedsPerson != found || rep.Good > rep.Records || len(rep.Problems) > 10 || rep.Bytes != int64(len(data)) {
			t.Errorf("the report does not add up: %+v, %d found", rep, found)
		}
		for _, p := range rep.Problems {
			if strings.Contains(p.Reason, "a fault in") {
				t.Error("a value made the normaliser panic")
			}
		}
		if err := rep.WriteText(io.Discard); err != nil {
			t.Error(err)
		}
	})
}

func FuzzCSV(f *testing.F) {
	fuzz(f, intake.CSV, "testdata/files/csv/*.csv", "testdata/malformed/gofuzz/csv/*", "testdata/malformed/csv_*/*.csv")
}
func FuzzList(f *testing.F) { fuzz(f, intake.List, "+33199000001\na@example.org # x\n") }
func FuzzJSONLines(f *testing.F) {
	fuzz(f, intake.JSONLines, "testdata/files/adtext/*.jsonl", "{\"id\":1}\n{")
}
func FuzzJSON(f *testing.F) {
	fuzz(f, intake.JSON, "testdata/files/csv/*.json", "testdata/webhooks/*.json", "testdata/malformed/gofuzz/json/*")
}
func FuzzSTIX(f *testing.F)     { fuzz(f, intake.STIX, "testdata/files/stix/*.json") }
func FuzzMISP(f *testing.F)     { fuzz(f, intake.MISP, "testdata/files/misp/*.json") }
func FuzzCASE(f *testing.F)     { fuzz(f, intake.CASE, "testdata/files/case/*.json") }
func FuzzVICS(f *testing.F)     { fuzz(f, intake.VICS, "testdata/files/vics/*.json") }
func FuzzCyberTip(f *testing.F) { fuzz(f, intake.CyberTip, "testdata/files/cybertip/*.xml") }
func FuzzText(f *testing.F)     { fuzz(f, intake.Text, "call me\n\nat 202 555 0143\n") }
func FuzzMail(f *testing.F) {
	fuzz(f, intake.Mail, "testdata/files/mail/*.eml", "testdata/malformed/gofuzz/mail/*")
}
func FuzzMbox(f *testing.F) {
	fuzz(f, intake.Mbox, "testdata/files/mail/*.mbox", "From a\nFrom: a@example.org\n\nx\n\nFrom b\n\n")
}
func FuzzForm(f *testing.F)  { fuzz(f, intake.Form, "From=%2B12025550143&Body=hello+303+555+0117\n") }
func FuzzImage(f *testing.F) { fuzz(f, intake.Image, "testdata/malformed/gofuzz/gif/*") }

func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"{", "[{", "<a", "a,b\n", "From: x\n\n", "PK\x03\x04", "\xff\xfe{\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if format, why := intake.Recognise(head, "x"); why == "" && format != intake.Unknown {
			t.Error("no reason")
		}
	})
}

func FuzzArchive(f *testing.F) {
	files, err := filepath.Glob("testdata/malformed/archives/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	path := filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		limits := intake.Limits{Expanded: 1 << 20, Entries: 20}
		rep, _ := intake.Walk(context.Background(), path, intake.Defaults{}, intake.Options{Limits: limits},
			func(intake.Source, intake.Format, []intake.Found) error { return nil }, nil)
		if rep.Bytes > 4<<20 {
			t.Errorf("%d bytes read", rep.Bytes)
		}
	})
}
