package entry_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/crosscase/crosscase/ledger/entry"
)

// TestNoTypeIsForgotten: a body that is written in this package is registered, has
// a sample, and stands in the specification.
func TestNoTypeIsForgotten(t *testing.T) {
	spec, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	known := samples(t)
	registered := map[string]bool{}
	for _, typ := range entry.Types() {
		b, ok := known[typ]
		if !ok {
			t.Errorf("%s has no sample", typ)
			continue
		}
		registered[reflect.TypeOf(b).Elem().Name()] = true
		if !strings.Contains(string(spec), "\n| "+string(typ)+" |") {
			t.Errorf("%s has no row in ledger/SPEC.md", typ)
		}
	}
	for _, name := range bodiesInSource(t) {
		if !registered[name] {
			t.Errorf("%s has a method Type and is not registered, or has no sample", name)
		}
	}
}

// bodiesInSource lists the types of the package that have a method Type.
func bodiesInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Type" {
				continue
			}
			if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
				names = append(names, star.X.(*ast.Ident).Name)
			}
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %v found", names)
	}
	return names
}

// TestFacts: a list of entries says something about each, on one line.
func TestFacts(t *testing.T) {
	for typ, b := range samples(t) {
		facts := b.Facts()
		if facts == "" || len(facts) > 200 || strings.ContainsFunc(facts, unicode.IsControl) {
			t.Errorf("%s: %q", typ, facts)
		}
	}
}

// TestSealed: a body with a sealed detail names it, each commitment in the body
// that the detail opens, and the commands that lead to it. A commitment that is
// left out would never be checked.
func TestSealed(t *testing.T) {
	opened := []string{"Case", "Officer", "Approver", "Justification"}
	for typ, b := range samples(t) {
		s, v := b.Sealed(), reflect.ValueOf(b).Elem()
		detail := v.FieldByName("Detail")
		if !detail.IsValid() {
			if s.Detail != nil || len(s.Commits) > 0 || len(s.Methods) > 0 {
				t.Errorf("%s has no detail and seals %+v", typ, s)
			}
			continue
		}
		if len(s.Detail) == 0 || !slices.Equal(s.Detail, detail.Bytes()) {
			t.Errorf("%s does not name its detail", typ)
		}
		commits := 0
		for _, name := range opened {
			f := v.FieldByName(name)
			if !f.IsValid() {
				continue
			}
			commits++
			if got := s.Commits[strings.ToLower(name)]; got.IsZero() || got != f.Interface() {
				t.Errorf("%s: the commitment to the %s is %s", typ, name, got)
			}
		}
		if commits != len(s.Commits) {
			t.Errorf("%s: %d commitments, %d of them in the body", typ, len(s.Commits), commits)
		}
	}
}
