package intake_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

var update = flag.Bool("update", false, "write the golden files")

// read reads bytes and returns what was found, as lines that a test may show.
func read(t *testing.T, name string, data []byte, d intake.Defaults) ([]intake.Found, intake.Report, error) {
	t.Helper()
	var all []intake.Found
	rep, err := intake.Read(context.Background(), intake.Source{Name: name}, bytes.NewReader(data), d, intake.Options{}, func(f []intake.Found) error {
		all = append(all, f...)
		return nil
	})
	return all, rep, err
}

func show(f intake.Found) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\t%s\t%s", f.Provenance.Record, f.Identifier.Kind(), f.Identifier.Reveal())
	if f.WhyNot != "" {
		fmt.Fprintf(&b, "\twhy-not=%s", f.WhyNot)
	}
	if f.TLP != "" {
		fmt.Fprintf(&b, "\ttlp=%s", f.TLP)
	}
	if f.Handling.Codes != "" {
		fmt.Fprintf(&b, "\thandling=%s %s", f.Handling.Codes, f.Handling.Text)
	}
	if f.Grading.Source != "" {
		fmt.Fprintf(&b, "\tgrading=%s", f.Grading)
	}
	if f.Category != "" {
		fmt.Fprintf(&b, "\tcategory=%s", f.Category)
	}
	if f.Consent {
		b.WriteString("\tconsent")
	}
	if f.CaseRef != "" {
		fmt.Fprintf(&b, "\tcase=%s", f.CaseRef)
	}
	if !f.Seen.IsZero() {
		fmt.Fprintf(&b, "\tseen=%s", f.Seen.Format("2006-01-02T15:04:05Z"))
	}
	if f.Provenance.Tool != "" {
		fmt.Fprintf(&b, "\ttool=%s", f.Provenance.Tool)
	}
	if f.Alert {
		b.WriteString("\talert")
	}
	if f.Visibility != "" {
		fmt.Fprintf(&b, "\t%s", f.Visibility)
	}
	if len(f.Provenance.Context) > 0 {
		fmt.Fprintf(&b, "\ttags=%q", f.Provenance.Context)
	}
	if len(f.Provenance.Assumed) > 0 {
		fmt.Fprintf(&b, "\tassumed=%q", f.Provenance.Assumed)
	}
	return b.String()
}

// TestGolden reads every file below testdata/files and compares what was found,
// and the report, with the golden file beside it. The golden files are read by a
// person when they change; counts that the formats' own sources state are
// checked in TestStatedCounts.
func TestGolden(t *testing.T) {
	var files []string
	for _, root := range []string{"files", "malformed/csv_generated", "malformed/json_generated", "malformed/rust_csv"} {
		err := filepath.WalkDir("testdata/"+root, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() && !strings.HasSuffix(path, ".golden") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range files {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			found, rep, err := read(t, filepath.Base(path), data, intake.Defaults{Visibility: "shared"})
			var b strings.Builder
			if err := rep.WriteText(&b); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				fmt.Fprintf(&b, "error: %v\n", err)
			}
			b.WriteString("\n")
			for _, f := range found {
				b.WriteString(show(f) + "\n")
			}
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("differs from %s:\n%s", golden, b.String())
			}
		})
	}
}
