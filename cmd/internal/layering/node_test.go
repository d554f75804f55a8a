package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A debt is a rule that is not kept yet. Nothing is added here; a test fails when a
// debt is paid and still listed.
var debts = map[string]bool{}

// owed reports whether what breaks a rule is a known debt, and notes that it was seen.
func owed(seen map[string]bool, what string) bool {
	seen[what] = debts[what]
	return debts[what]
}

// paid fails for debts of a kind that were not seen.
func paid(t *testing.T, seen map[string]bool, kind string) {
	for what := range debts {
		if strings.Contains(what, kind) && !seen[what] {
			t.Errorf("%q holds now: take it out of debts", what)
		}
	}
}

func short(pkg string) string { return strings.TrimPrefix(pkg, Module+"/") }

func TestFloorsOfTheNode(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		if floor, folder, ok := room(p.ImportPath); ok && floor < 0 {
			t.Errorf("node/%s is on no floor", folder)
		}
		for _, dep := range p.Imports {
			if !withinNode(p.ImportPath, dep) {
				if what := short(p.ImportPath) + " imports " + short(dep); !owed(seen, what) {
					t.Errorf("%s, which is not below it", what)
				}
			}
		}
	}
	paid(t, seen, " imports ")
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"node/match", "node/peer", true}, {"node/peer", "node/match", false}, {"node/match", "node/disclose", false},
		{"node/intake/format/csv", "node/intake/reading", true}, {"node/desk/asking", "node/desk", true}, {"node/desk/asking", "node/desk/leads", false},
		{"node/desk", "node/control", false}, {"node/control", "node/api", true}, {"node", "node/desk/cases", true}, {"node/control", "node", false},
		{"cmd/crosscase", "node/match", true}, {"node/desk/leads", "ledger/state", true}, {"node/simnet", "node", true}, {"node", "node/simnet", false},
	} {
		if got := withinNode(Module+"/"+c.from, Module+"/"+c.to); got != c.ok {
			t.Errorf("%s -> %s: %v", c.from, c.to, got)
		}
	}
}

func TestNoDatabaseIsReached(t *testing.T) {
	seen, found := map[string]bool{}, 0
	for _, p := range packages(t) {
		if !covers(noDatabase, p.ImportPath) {
			continue
		}
		found++
		for _, dep := range p.Deps {
			_, guarded := reservedFor(dep)
			if guarded && (strings.Contains(dep, "sql")) || strings.HasPrefix(dep, Module+"/node/store/") {
				if what := short(p.ImportPath) + " reaches a database"; !owed(seen, what) {
					t.Errorf("%s: %s", what, dep)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d packages found", found)
	}
	paid(t, seen, " reaches a database")
}

// declarations parses files of a package.
func declarations(t *testing.T, p goPackage, files []string, see func(*token.FileSet, ast.Decl)) {
	t.Helper()
	for _, name := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			see(fset, d)
		}
	}
}

func TestExportedTypes(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		count := 0
		declarations(t, p, p.GoFiles, func(_ *token.FileSet, d ast.Decl) {
			if g, ok := d.(*ast.GenDecl); ok {
				for _, s := range g.Specs {
					if spec, ok := s.(*ast.TypeSpec); ok && spec.Name.IsExported() {
						count++
					}
				}
			}
		})
		if count > MaxTypes && !slices.Contains(nouns, short(p.ImportPath)) {
			if what := short(p.ImportPath) + " has more than 15 exported types"; !owed(seen, what) {
				t.Errorf("%s: %d", what, count)
			}
		}
	}
	paid(t, seen, " exported types")
}

func TestFunctionSizes(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		declarations(t, p, slices.Concat(p.GoFiles, p.TestFiles, p.XTestFiles), func(fset *token.FileSet, d ast.Decl) {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				return
			}
			if lines := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1; lines > MaxFunction {
				if what := short(p.ImportPath) + "." + f.Name.Name + " is longer than 80 lines"; !owed(seen, what) {
					t.Errorf("%s: %d", what, lines)
				}
			}
		})
	}
	paid(t, seen, " is longer ")
}
