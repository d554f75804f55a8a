package intake_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
)

// Every broken file returns a defined result: a report, or an error about the file
// as a whole; never a panic, and never a value in a message.
func TestMalformed(t *testing.T) {
	limits := intake.Limits{Record: 256 << 10}
	n := 0
	err := filepath.WalkDir("testdata/malformed", func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".golden") {
			return err
		}
		n++
		rep, err := intake.Walk(context.Background(), path, intake.Defaults{Region: "US"}, intake.Options{Limits: limits},
			func(intake.Source, []intake.Found) error { return nil }, nil)
		var b strings.Builder
		if werr := rep.WriteText(&b); werr != nil {
			t.Error(werr)
		}
		if len(rep.Problems) > rep.Faults || rep.Good > rep.Records {
			t.Errorf("%s: the report does not add up: %+v (%v)", path, rep, err)
		}
		return nil
	})
	if err != nil || n < 300 {
		t.Fatalf("%d files: %v", n, err)
	}
}
