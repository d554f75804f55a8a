package format_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/reading"
)

var update = flag.Bool("update", false, "write the golden files")

// samples states of each format where its samples lie, and what a person counted in the
// first of them: records, and values in them.
var samples = map[string]struct {
	folder, file    string
	records, values int
}{
	"csv":           {"csv", "sample.csv", 2, 4},
	"list":          {"list", "sample.txt", 3, 3},
	"jsonl":         {"jsonl", "sample.jsonl", 2, 2},
	"json":          {"json", "sample.json", 2, 2},
	"stix":          {"stix", "sample.json", 3, 2},
	"misp":          {"misp", "sample.json", 3, 2},
	"case-uco":      {"caseuco", "sample.jsonld", 1, 2},
	"vics":          {"vics", "sample.json", 2, 3},
	"cybertip":      {"cybertip", "sample.xml", 2, 3},
	"text":          {"text", "sample.txt", 2, 2},
	"mail":          {"mail", "sample.eml", 2, 4},
	"mbox":          {"mbox", "sample.mbox", 2, 5},
	"form":          {"form", "sample.txt", 2, 3},
	"image":         {"image", "sample.gif", 1, 3},
	"zip":           {"zipfile", "sample.zip", 2, 2},
	"tar":           {"tarfile", "sample.tar", 2, 2},
	"xml":           {"xml", "sample.xml", 4, 6},
	"html":          {"html", "sample.html", 1, 2},
	"file":          {"file", "sample.mp4", 1, 3},
	"vcard":         {"vcard", "sample.vcf", 2, 3},
	"document":      {"document", "sample.docx", 3, 2},
	"xlsx":          {"workbook", "sample.xlsx", 3, 4},
	"ods":           {"workbook", "sample.ods", 2, 2},
	"places":        {"place", "sample.kml", 2, 2},
	"msg":           {"outlook", "sample.msg", 2, 9},
	"warc":          {"warc", "sample.warc", 3, 4},
	"pdf":           {"pdf", "sample.pdf", 3, 6},
	"chat":          {"chat", "sample.txt", 4, 5},
	"telegram":      {"telegram", "sample.json", 5, 6},
	"telegram-html": {"telegram", "sample.html", 3, 3},
	"meta-export":   {"social", "sample.json", 5, 3},
	"signal":        {"signal", "sample.jsonl", 7, 5},
	"ldif":          {"ldif", "sample.ldif", 2, 3},
	"gzip":          {"gzipfile", "list.csv.gz", 2, 2},
}

// Whatever a format needs besides its reader is there: a title, a source, samples of
// which one is malformed, the number of records and values in the first.
func TestEveryFormatIsComplete(t *testing.T) {
	var names []string
	for _, f := range format.All() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Name == "" || f.Title == "" || f.Source == "" || f.Tell == nil || f.Read == nil {
				t.Fatal("a name, a title, a source, Tell or Read is missing")
			}
			if slices.Contains(names, f.Name) {
				t.Error("the name stands twice in the list")
			}
			names = append(names, f.Name)
			s, ok := samples[f.Name]
			if !ok {
				t.Fatal("no row in samples")
			}
			if s.records == 0 || s.values == 0 {
				t.Error("a sample in which nothing is counted")
			}
			malformed, err := filepath.Glob(filepath.Join(s.folder, "testdata", "malformed", "*"))
			if err != nil || len(malformed) == 0 {
				t.Errorf("no malformed sample in format/%s/testdata/malformed: %v", s.folder, err)
			}
			if got, ok := format.Named(f.Name); !ok || got.Title != f.Title {
				t.Error("it is not found by its name")
			}
		})
	}
	for name := range samples {
		if !slices.Contains(names, name) {
			t.Errorf("samples has a row for %q, which is no format", name)
		}
	}
}

// Each sample is taken for its own format by the list as it is ordered, and by no
// format before it.
func TestSamplesAreTold(t *testing.T) {
	for _, f := range format.All() {
		s, ok := samples[f.Name]
		if !ok {
			continue // told by TestEveryFormatIsComplete
		}
		data, err := os.ReadFile(filepath.Join(s.folder, "testdata", s.file))
		if err != nil {
			t.Error(err)
			continue
		}
		head := reading.NewHead(data, true, s.file)
		if _, ok := f.Tell(head); !ok {
			t.Errorf("%s does not tell its own sample", f.Name)
		}
		for _, other := range format.All() {
			if other.Name == f.Name {
				break
			}
			if why, ok := other.Tell(head); ok && (other.Binary || len(head.Text()) > 0) {
				t.Errorf("the sample of %s is taken for %s: %s", f.Name, other.Name, why)
			}
		}
	}
}

func read(t *testing.T, f string, path string) ([]intake.Found, intake.Report, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []intake.Found
	rep, err := intake.Read(context.Background(), intake.Source{Name: filepath.Base(path)}, bytes.NewReader(data), intake.Defaults{}, intake.Options{Format: f},
		func(found []intake.Found) error {
			all = append(all, found...)
			return nil
		})
	return all, rep, err
}

// Each sample is read to what its golden file says, and to the counts that a person
// stated.
func TestSamplesAreRead(t *testing.T) {
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(s.folder, "testdata", s.file)
			found, rep, err := read(t, "", path)
			if err != nil || rep.Format != name {
				t.Fatalf("read as %q: %v", rep.Format, err)
			}
			sum := rep.Totals()
			if values := sum.New + sum.NeedsPerson + sum.Refused; rep.Records != s.records || values != s.values {
				t.Errorf("%d records and %d values, stated are %d and %d", rep.Records, values, s.records, s.values)
			}
			compare(t, path+".golden", shown(t, found, rep))
		})
	}
}

func shown(t *testing.T, found []intake.Found, rep intake.Report) string {
	t.Helper()
	var b strings.Builder
	if err := rep.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n")
	for _, f := range found {
		fmt.Fprintf(&b, "%s: %s\t%s\t%s\t%s %q %q\n", f.Provenance.Format, f.Provenance.Record, f.Identifier.Kind(), f.Identifier.Reveal(), f.WhyNot, f.Provenance.Context, f.Provenance.Assumed)
	}
	return b.String()
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s:\n%s", golden, got)
	}
}

// A malformed sample costs what is wrong in it: something is told, and no reader makes
// a fault.
func TestMalformedSamples(t *testing.T) {
	for name, s := range samples {
		files, err := filepath.Glob(filepath.Join(s.folder, "testdata", "malformed", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			_, rep, err := read(t, name, path)
			if name != "image" && rep.Faults == 0 && err == nil {
				t.Errorf("%s: nothing is told of what is wrong", path)
			}
			for _, p := range rep.Problems {
				if strings.Contains(p.Reason, "a fault in") {
					t.Errorf("%s: %s: %s", path, p.Record, p.Reason)
				}
			}
		}
	}
}

// What is read as a file is read as an attachment and in an archive.
func TestSamplesAreReadInside(t *testing.T) {
	for name, s := range samples {
		path := filepath.Join(s.folder, "testdata", s.file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain, _, err := read(t, "", path)
		if err != nil {
			t.Fatal(err)
		}
		for around, outer := range map[string][]byte{"zip": zipped(t, s.file, data), "mail": attached(s.file, data)} {
			var inside []intake.Found
			rep, err := intake.Read(context.Background(), intake.Source{Name: "outer"}, bytes.NewReader(outer), intake.Defaults{}, intake.Options{}, func(found []intake.Found) error {
				inside = append(inside, found...)
				return nil
			})
			if err != nil {
				t.Errorf("%s in %s: %v", name, around, err)
			}
			for _, f := range plain {
				if !slices.ContainsFunc(inside, func(g intake.Found) bool {
					return g.Identifier.Equal(f.Identifier) && g.Provenance.Format == f.Provenance.Format
				}) {
					t.Errorf("%s in %s: a %s is not found; problems %v", name, around, f.Identifier.Kind(), rep.Problems)
				}
			}
		}
	}
}
