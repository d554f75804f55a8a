package intake_test

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/crosscase/crosscase/node/intake"
)

// Each archive below testdata/variations says in its comment what it is about, what must be
// found ("want kind value") and what must not ("not kind expression", as in expected.json),
// and holds the files. A file whose name ends in "(quoted)" is a quoted string of Go.
// All of them are written for this test, with reserved, example or test values.
func TestVariations(t *testing.T) {
	archives, err := filepath.Glob("testdata/variations/*.txtar")
	if err != nil || len(archives) < 50 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var c publicCase
			for line := range strings.Lines(string(archive.Comment)) {
				word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
				kind, value, _ := strings.Cut(rest, " ")
				switch word {
				case "region":
					c.Args = append(c.Args, "--region", rest)
				case "want":
					c.Must = append(c.Must, [2]string{kind, value})
				case "not":
					c.MustNot = append(c.MustNot, [2]string{kind, value})
				}
			}
			var all []intake.Found
			for _, f := range archive.Files {
				name, data := f.Name, string(f.Data)
				if plain, ok := strings.CutSuffix(name, " (quoted)"); ok {
					if data, err = strconv.Unquote(strings.TrimSpace(data)); err != nil {
						t.Fatal(err)
					}
					name = plain
				}
				rep, err := intake.Read(context.Background(), intake.Source{Name: name}, strings.NewReader(data), c.defaults(t), intake.Options{}, func(batch []intake.Found) error {
					all = append(all, batch...)
					return nil
				})
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				t.Logf("%s: %s, problems %v, notes %q", name, rep.Format, rep.Problems, rep.Notes)
			}
			c.demand(t, "the files", all)
			c.forbid(t, all)
		})
	}
	if !slices.IsSorted(archives) {
		t.Error("not in order")
	}
}
