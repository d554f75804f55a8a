package layering

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tableAfter returns the cells of the first table after a heading of a page.
func tableAfter(t *testing.T, page, heading string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", page))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no part %q", page, heading)
	}
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "|"):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		case len(rows) > 0:
			return rows[2:] // without its head
		}
	}
	t.Fatalf("%s has no table in %q", page, heading)
	return nil
}

// testsOf lists the tests of a package.
func testsOf(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files with tests, %v", folder, len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// Each line of what the README says that others learn has, in each cell, tests that hold
// it, and these exist.
func TestWhatEachPartyLearnsIsTested(t *testing.T) {
	said := tableAfter(t, "README.md", "What each party learns")
	held := tableAfter(t, filepath.Join("node", "DESIGN.md"), "What each party learns, and the tests that hold it")
	if len(said) != len(held) {
		t.Fatalf("%d lines in README.md, %d in node/DESIGN.md", len(said), len(held))
	}
	known := map[string][]string{}
	words := regexp.MustCompile("`([a-z/]+)`|(Test\\w+)")
	for i, row := range held {
		if row[0] != said[i][0] {
			t.Errorf("line %d is about %q in README.md, and about %q in node/DESIGN.md", i+1, said[i][0], row[0])
		}
		if len(row) != len(said[i])-1 { // the own agency's is left out
			t.Errorf("%s: %d cells", row[0], len(row))
		}
		for _, cell := range row[1:] {
			folder, tests := "", 0
			for _, m := range words.FindAllStringSubmatch(cell, -1) {
				if m[1] != "" {
					folder = m[1]
					continue
				}
				tests++
				if known[folder] == nil {
					known[folder] = testsOf(t, folder)
				}
				if !slices.Contains(known[folder], m[2]) {
					t.Errorf("%s: %s has no test %s", row[0], folder, m[2])
				}
			}
			if tests == 0 {
				t.Errorf("%s: nothing holds %q", row[0], cell)
			}
		}
	}
}
