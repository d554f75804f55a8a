package intake_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// A case is one of the small files below testdata/cases, each made after a public report of
// a fault in a tool of this field. EXPECTED.md beside it says in words what must be found
// and why, expected.json the same for this test.
type publicCase struct {
	Must      [][2]string `json:"must"`    // kind and value, each found surely
	MustNot   [][2]string `json:"mustnot"` // kind, or MATCHED for what may match, and an expression of values
	Args      []string    `json:"args"`
	Inputs    []string    `json:"inputs"`
	PerFile   bool        `json:"perfile"`   // Must holds for each input
	NoRefused bool        `json:"norefused"` // no value is refused
}

func (c publicCase) defaults(t *testing.T) intake.Defaults {
	t.Helper()
	d := intake.Defaults{}
	lists := []string{"empty-files"}
	for i := 0; i+1 < len(c.Args); i += 2 {
		switch c.Args[i] {
		case "--region":
			d.Region = c.Args[i+1]
		case "--warning-lists":
			lists = strings.Split(c.Args[i+1], ",")
		default:
			t.Fatalf("argument %s is not known to this test", c.Args[i])
		}
	}
	set, err := warninglist.Load(lists...)
	if err != nil {
		t.Fatal(err)
	}
	d.Warning = set
	return d
}

func TestPublicCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*/expected.json")
	if err != nil || len(files) < 53 {
		t.Fatalf("%d cases: %v", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c publicCase
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			d := c.defaults(t)
			var all []intake.Found
			for _, input := range c.Inputs {
				var found []intake.Found
				rep, err := intake.Walk(context.Background(), filepath.Join(dir, input), d, intake.Options{}, func(_ intake.Source, batch []intake.Found) error {
					found = append(found, batch...)
					return nil
				}, nil)
				if err != nil {
					t.Errorf("%s: %v", input, err)
				}
				if n := rep.Totals().Refused; c.NoRefused && n > 0 {
					t.Errorf("%s: %d values are refused", input, n)
				}
				if c.PerFile {
					c.demand(t, input, found)
				}
				all = append(all, found...)
			}
			if !c.PerFile {
				c.demand(t, "the inputs", all)
			}
			c.forbid(t, all)
		})
	}
}

// demand checks that what must be found is.
func (c publicCase) demand(t *testing.T, where string, found []intake.Found) {
	t.Helper()
	for _, m := range c.Must {
		want := casework.NewIdentifier(casework.Kind(m[0]), m[1])
		if !slices.ContainsFunc(found, func(f intake.Found) bool {
			return f.Identifier.Equal(want) && f.Identifier.Kind() == want.Kind() && f.WhyNot != casework.LowConfidence
		}) {
			t.Errorf("%s: no %s %s; found %q", where, m[0], m[1], lines(found))
		}
	}
}

// forbid checks that nothing is found that must not be.
func (c publicCase) forbid(t *testing.T, found []intake.Found) {
	t.Helper()
	for _, m := range c.MustNot {
		// Python's look-aheads are no part of RE2: "(?!...)" stands for values of c.Must
		forbidden, err := regexp.Compile(`^(?:` + lookAhead.ReplaceAllString(m[1], "") + `)$`)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.WhyNot == casework.LowConfidence || slices.Contains(c.Must, [2]string{string(f.Identifier.Kind()), f.Identifier.Reveal()}) {
				continue
			}
			switch {
			case m[0] == "MATCHED" && f.WhyNot == "":
				t.Errorf("may match: %s", show(f))
			case m[0] == string(f.Identifier.Kind()) && forbidden.MatchString(f.Identifier.Reveal()) && !allowed(m[1], f.Identifier.Reveal()):
				t.Errorf("is found: %s", show(f))
			}
		}
	}
}

var lookAhead = regexp.MustCompile(`\(\?!([^)]*)\)`)

// allowed reports whether a value is what a look-ahead of an expression excepts.
func allowed(expression, value string) bool {
	m := lookAhead.FindStringSubmatch(expression)
	if m == nil {
		return false
	}
	excepted, err := regexp.Compile(m[1])
	return err == nil && excepted.MatchString(value)
}
