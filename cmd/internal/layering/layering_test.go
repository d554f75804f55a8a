package layering

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the golden list of those who reveal identifiers")

type goPackage struct {
	ImportPath string
	Dir        string
	Name       string
	GoFiles    []string
	TestFiles  []string `json:"TestGoFiles"`
	XTestFiles []string `json:"XTestGoFiles"`
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Name,GoFiles,TestGoFiles,XTestGoFiles,Imports,Deps"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// listed keeps what go list said: it looks at the whole module.
var listed struct {
	once sync.Once
	all  []goPackage
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	listed.once.Do(func() { listed.all = list(t, Module+"/...") })
	if len(listed.all) < 5 {
		t.Fatalf("only %d packages found", len(listed.all))
	}
	return listed.all
}

func TestLayers(t *testing.T) {
	for _, p := range packages(t) {
		if _, ok := rank[layer(p.ImportPath)]; !ok {
			t.Errorf("%s is in no layer", p.ImportPath)
		}
		for _, dep := range p.Imports {
			if strings.HasPrefix(dep, Module+"/") && !mayImport(p.ImportPath, dep) {
				t.Errorf("%s imports %s, which is to its right", p.ImportPath, dep)
			}
			if owners, guarded := reservedFor(dep); guarded && !slices.Contains(owners, strings.TrimPrefix(p.ImportPath, Module+"/")) {
				t.Errorf("%s imports %s; only %v may", p.ImportPath, dep, owners)
			}
			if dep == "testing" {
				t.Errorf("%s imports testing outside its tests", p.ImportPath)
			}
		}
	}
}

func TestPurePackages(t *testing.T) {
	var found int
	for _, p := range packages(t) {
		if !isPure(p.ImportPath) {
			continue
		}
		found++
		for _, dep := range p.Imports {
			if slices.Contains(notDirectly, dep) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, dep)
			}
		}
		for _, dep := range p.Deps {
			for _, banned := range notAtAll {
				if dep == banned || strings.HasPrefix(dep, banned+"/") {
					t.Errorf("%s is pure and reaches %s", p.ImportPath, dep)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no pure package found")
	}
}

// The overseer's own tool holds none of the operator's code.
func TestAuditorReachesNoNode(t *testing.T) {
	pkgs := list(t, Module+"/cmd/crosscase-audit")
	if len(pkgs) != 1 || len(pkgs[0].Deps) == 0 {
		t.Fatal("cmd/crosscase-audit not found")
	}
	for _, dep := range pkgs[0].Deps {
		if strings.HasPrefix(dep, Module+"/node") {
			t.Errorf("crosscase-audit reaches %s", dep)
		}
	}
}

func TestNamesAndComments(t *testing.T) {
	for _, p := range packages(t) {
		if badName(p.ImportPath) {
			t.Errorf("%s: a name that says nothing", p.ImportPath)
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		if len(files) == 0 {
			continue // a package of tests alone
		}
		d, err := doc.NewFromFiles(fset, files, p.ImportPath)
		if err != nil {
			t.Fatal(err)
		}
		if len(strings.Fields(d.Doc)) < 8 {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestFileSizes(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestFiles, p.XTestFiles) {
			f, err := os.Open(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			for sc := bufio.NewScanner(f); sc.Scan(); {
				lines++
			}
			f.Close()
			if lines > MaxLines {
				t.Errorf("%s/%s: %d lines, more than %d; split it by concept", p.ImportPath, name, lines, MaxLines)
			}
		}
	}
}

// TestRevealers holds the list of functions in which an identifier's value
// leaves the type that guards it. A new one is a decision: read what it does with
// the value, then run the test with -update.
func TestRevealers(t *testing.T) {
	var got []string
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				where := "(package)"
				if fn, ok := d.(*ast.FuncDecl); ok {
					where = fn.Name.Name
				}
				ast.Inspect(d, func(n ast.Node) bool {
					if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Reveal" {
						line := fmt.Sprintf("%s/%s %s", strings.TrimPrefix(p.ImportPath, Module+"/"), name, where)
						if !slices.Contains(got, line) {
							got = append(got, line)
						}
					}
					return true
				})
			}
		}
	}
	slices.Sort(got)
	text := strings.Join(got, "\n") + "\n"
	golden := filepath.Join("testdata", "revealers.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("callers of Reveal:\n%s\nwant (testdata/revealers.golden):\n%s", text, want)
	}
}

// The house has these rooms and no others: a new one is a decision about all.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../../..")
	if err != nil {
		t.Fatal(err)
	}
	var rooms []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, ".") {
			continue
		} else if e.IsDir() {
			rooms = append(rooms, name)
		} else if strings.HasSuffix(name, ".go") {
			t.Errorf("%s lies at the top level", name)
		}
	}
	if want := []string{"cmd", "crypto", "deploy", "ledger", "node", "policy"}; !slices.Equal(rooms, want) {
		t.Errorf("the top level holds %v, want %v", rooms, want)
	}
}

func TestRulesDecide(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"ledger/state", "policy/agreement", true},
		{"policy/rules", "ledger/state", false},
		{"crypto/oprf", "policy/casework", false},
		{"policy/agreement", "crypto/canon", true},
		{"policy/agreement", "crypto/oprf", false},
		{"crypto/canon", "policy/casework", false},
		{"node/match", "crypto/oprf", true},
		{"ledger/replica", "node/peer", false},
		{"cmd/crosscase", "node", true},
		{"node/match", "cmd/crosscase", false},
	} {
		if got := mayImport(Module+"/"+c.from, Module+"/"+c.to); got != c.ok {
			t.Errorf("%s -> %s: %v", c.from, c.to, got)
		}
	}
	if !isPure(Module+"/crypto/oprf") || isPure(Module+"/ledger/tiles") {
		t.Error("pure packages are not told apart")
	}
}
