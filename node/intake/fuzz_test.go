package intake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// fuzzLimits keep one input cheap.
var fuzzLimits = intake.Limits{Record: 4096, Depth: 20, Problems: 10, Held: 50, Workers: 1, Expanded: 1 << 20, Entries: 20}

// FuzzReaders reads any bytes as each format of the list, and checks the sums of every
// report. The seeds of a format are its samples.
func FuzzReaders(f *testing.F) {
	all := format.All()
	for i, one := range all {
		for _, pattern := range []string{"format/*/testdata/*", "format/*/testdata/malformed/*", "testdata/files/*/*", "testdata/malformed/gofuzz/*/*", "testdata/malformed/csv_*/*.csv"} {
			for _, data := range seeds(f, pattern) {
				if got, _, _ := format.Tell(reading.NewHead(data, true, "x")); got.Name == one.Name {
					f.Add(uint8(i), data)
				}
			}
		}
		for _, text := range []string{"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf", "{\"id\":1}\n{", "From a\nFrom: a@example.org\n\nx\n\nFrom b\n\n", "a;b\n1;2"} {
			f.Add(uint8(i), []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		if len(data) > 0 {
			readAs(t, all[int(i)%len(all)], data)
		}
	})
}

// seeds returns the small files that a pattern matches.
func seeds(f *testing.F, pattern string) (all [][]byte) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		if info, err := os.Stat(path); err != nil || info.IsDir() || strings.HasSuffix(path, ".golden") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 16<<10 {
			all = append(all, data)
		}
	}
	return all
}

func readAs(t *testing.T, f reading.Format, data []byte) {
	found := 0
	rep, err := intake.Read(context.Background(), intake.Source{Name: "x"}, bytes.NewReader(data), intake.Defaults{Region: "US"},
		intake.Options{Format: f.Name, Limits: fuzzLimits}, func(all []intake.Found) error {
			for _, x := range all {
				if x.Identifier.IsZero() || x.Provenance.Record == "" || x.Identifier.Reveal() == "" {
					t.Error("found nothing, or nowhere")
				}
			}
			found += len(all)
			return nil
		})
	if err != nil && !f.Container && !f.Binary {
		t.Errorf("bytes in memory gave a fault of their source: %v", err)
	}
	if errors.Is(err, intake.ErrFault) {
		t.Errorf("a reader made a fault: %v", err)
	}
	sum := rep.Totals()
	if sum.New+sum.Known+sum.NeedsPerson != found || rep.Good > rep.Records || len(rep.Problems) > 10 || err == nil && rep.Bytes != int64(len(data)) {
		t.Errorf("the report does not add up: %+v, %d found", rep, found)
	}
	for _, p := range rep.Problems {
		if strings.Contains(p.Reason, "a fault in") {
			t.Errorf("a value or a file inside made the reader panic: %s", p.Reason)
		}
	}
	if err := rep.WriteText(io.Discard); err != nil {
		t.Error(err)
	}
}

func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"{", "[{", "<a", "a,b\n", "From: x\n\n", "PK\x03\x04", "\xff\xfe{\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if _, why, _ := format.Tell(reading.NewHead(head, true, "x")); why == "" {
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
			func(intake.Source, []intake.Found) error { return nil }, nil)
		if rep.Bytes > 4<<20 {
			t.Errorf("%d bytes read", rep.Bytes)
		}
	})
}
