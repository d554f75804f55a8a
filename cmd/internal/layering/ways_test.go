package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A code is what the ways are derived from: the imports between packages of the module,
// the commands that each names, and what the node hands to whom.
type code struct {
	imports  map[string][]string
	calls    map[string][]string // by row of node/api: the packages that name it
	binds    map[string][]string // by row: the packages that handle it
	handlers []string            // the packages that name api.Handler
	services map[string]string   // by field of the node's services: its package
	handed   map[string][]string // by package: the services that the node builds it with
}

func readCode(t *testing.T) *code {
	t.Helper()
	c := &code{
		imports: map[string][]string{}, calls: map[string][]string{}, binds: map[string][]string{},
		services: map[string]string{}, handed: map[string][]string{},
	}
	var node []*ast.File
	for _, p := range packages(t) {
		name := short(p.ImportPath)
		c.imports[name] = []string{}
		for _, dep := range p.Imports {
			if strings.HasPrefix(dep, Module+"/") {
				c.imports[name] = append(c.imports[name], short(dep))
			}
		}
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			c.commands(name, f)
			if name == "node" {
				node = append(node, f)
			}
		}
	}
	for _, f := range node {
		c.readServices(f)
	}
	for _, f := range node {
		c.readHanded(f)
	}
	if len(c.services) < 4 {
		t.Fatalf("the node has the services %v", c.services)
	}
	return c
}

func addOnce(list map[string][]string, key, value string) {
	if !slices.Contains(list[key], value) {
		list[key] = append(list[key], value)
	}
}

// qualified returns the package and the name of an expression like api.Ask.
func qualified(e ast.Expr, imported map[string]string) (pkg, name string) {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return imported[x.Name], s.Sel.Name
		}
	}
	return "", ""
}

// importedBy returns a file's imports from the module, by the name that it uses.
func importedBy(f *ast.File) map[string]string {
	out := map[string]string{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if !strings.HasPrefix(path, Module+"/") {
			continue
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		out[name] = short(path)
	}
	return out
}

// commands notes which rows of node/api a file names, and which it binds.
func (c *code) commands(pkg string, f *ast.File) {
	imported := importedBy(f)
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if s.Sel.Name == "Handle" {
			if of, row := qualified(s.X, imported); of == "node/api" {
				addOnce(c.binds, row, pkg)
			}
		}
		if of, name := qualified(s, imported); of == "node/api" {
			addOnce(c.calls, name, pkg)
			if name == "Handler" && !slices.Contains(c.handlers, pkg) {
				c.handlers = append(c.handlers, pkg)
			}
		}
		return true
	})
}

// readServices reads the struct of what runs while the node is in a network.
func (c *code) readServices(f *ast.File) {
	imported := importedBy(f)
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "services" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if p, ok := field.Type.(*ast.StarExpr); ok {
				if pkg, _ := qualified(p.X, imported); pkg != "" && len(field.Names) == 1 {
					c.services[field.Names[0].Name] = pkg
				}
			}
		}
		return false
	})
}

// readHanded notes which services stand in the values that the node builds a package's
// types with.
func (c *code) readHanded(f *ast.File) {
	imported := importedBy(f)
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		to, _ := qualified(lit.Type, imported)
		if to == "" {
			return true
		}
		ast.Inspect(lit, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && imported[x.Name] == "" && c.services[s.Sel.Name] != "" {
					addOnce(c.handed, to, c.services[s.Sel.Name])
				}
			}
			return true
		})
		return true
	})
}

// uses returns what a package imports or is built with.
func (c *code) uses(p string) []string { return slices.Concat(c.imports[p], c.handed[p]) }

// reach returns all that is reached from a package by some edges.
func reach(from string, edges func(string) []string) map[string]bool {
	seen := map[string]bool{}
	for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
		for _, next := range edges(todo[0]) {
			if next != wordings && !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return seen
}

// expect fails unless what was derived is one package, the one that is declared.
func expect(t *testing.T, what string, derived []string, want string) {
	t.Helper()
	if !slices.Equal(derived, []string{want}) {
		t.Errorf("%s: %v, want %s alone", what, derived, want)
	}
}

// without returns a list without the packages that refuse names.
func without(list []string, refuse func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(list), refuse)
}

// The ways begin where the code binds their commands, and pass through each service
// that is reached from there, and through whatever lies between.
func TestWays(t *testing.T) {
	c := readCode(t)
	isService := map[string]bool{}
	for _, p := range c.services {
		isService[p] = true
	}
	expect(t, "what carries the commands", without(c.handlers, func(p string) bool {
		return p == "node" || strings.HasPrefix(p, "node/desk/")
	}), ways[0].by[1])
	for _, w := range ways {
		if len(w.by) > MaxWay {
			t.Errorf("%s passes through %d packages, more than %d", w.what, len(w.by), MaxWay)
		}
		for i, p := range w.by {
			if slices.Contains(w.by[:i], p) {
				t.Errorf("%s passes through %s twice", w.what, p)
			}
		}
		front, carrier, desk := w.by[0], w.by[1], w.by[2]
		if !slices.Contains(c.imports[front], carrier) || !slices.Contains(c.handlers, carrier) {
			t.Errorf("%s: %s does not bring commands to %s", w.what, front, carrier)
		}
		for _, row := range w.rows {
			expect(t, "what binds api."+row, c.binds[row], desk)
			expect(t, "what calls api."+row, without(c.calls[row], func(p string) bool {
				return !strings.HasPrefix(p, "cmd/") || strings.Contains(p, "/internal/")
			}), front)
		}
		c.walk(t, w, isService)
	}
}

// walk checks what a way passes through behind its desk.
func (c *code) walk(t *testing.T, w way, isService map[string]bool) {
	t.Helper()
	desk := w.by[2]
	reached := reach(desk, c.uses)
	for p := range reached {
		if isService[p] && !slices.Contains(w.by, p) && !slices.Contains(w.aside, p) {
			t.Errorf("%s passes through %s, too", w.what, p)
		}
	}
	for _, p := range w.aside {
		if !reached[p] || !isService[p] {
			t.Errorf("%s does not use %s", w.what, p)
		}
	}
	imported := reach(desk, func(p string) []string { return c.imports[p] })
	for i, p := range w.by[3:] {
		before := w.by[2 : 3+i]
		if !slices.ContainsFunc(before, func(b string) bool { return slices.Contains(c.uses(b), p) }) {
			t.Errorf("%s: nothing before %s imports it or is built with it", w.what, p)
		}
		for _, b := range before {
			if slices.Contains(c.uses(p), b) {
				t.Errorf("%s: %s uses %s, which is before it", w.what, p, b)
			}
		}
		for between := range imported {
			onward := reach(between, func(p string) []string { return c.imports[p] })
			if onward[p] && !isPure(between) && !slices.Contains(before, between) {
				t.Errorf("%s reaches %s through %s, too", w.what, p, between)
			}
		}
	}
}

// The tables of DESIGN.md are the ways.
func TestDesignDrawsTheWays(t *testing.T) {
	text, err := os.ReadFile("../../../node/DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| \\d+ \\| `([a-z/]+)` \\|")
	for _, w := range ways {
		_, section, found := strings.Cut(string(text), "\n## "+w.what+"\n")
		if !found {
			t.Errorf("DESIGN.md does not draw %q", w.what)
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		var drawn []string
		for _, m := range row.FindAllStringSubmatch(section, -1) {
			drawn = append(drawn, m[1])
		}
		var want []string
		for _, p := range w.by {
			want = append(want, strings.TrimPrefix(p, "node/"))
		}
		if !slices.Equal(drawn, want) {
			t.Errorf("DESIGN.md draws %q through %v, the way is %v", w.what, drawn, want)
		}
	}
}
