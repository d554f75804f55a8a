// Package caseuco reads CASE/UCO JSON-LD (CASE 1.x, the observable ontology of UCO 1.x):
// observables with their facets, and what actions, messages, calls and markings say of
// them. No context is ever fetched. A sender may plant identifiers; markings that are not
// defined in the document are taken as TLP:RED.
package caseuco

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "case-uco",
	Title:      "CASE/UCO JSON-LD",
	Source:     "CASE 1.x, UCO 1.x observable ontology, JSON-LD 1.1",
	MediaTypes: []string{"application/ld+json"},
	Tell: func(h *reading.Head) (string, bool) {
		if !h.LikeJSON() {
			return "", false
		}
		s := h.Shape()
		expanded := s.Has("@type") && bytes.Contains(h.Text(), []byte("ontology.unifiedcyberontology.org"))
		return "is JSON-LD", expanded || s.Has("@context") && (s.Has("@graph") || s.Has("@id") || s.Has("@type"))
	},
	Read: read,
}

// read reads a graph of observables with facets, and of the actions that found them.
//
// Terms are told by their local names (what stands behind the last colon, slash
// or hash), so that no context is ever fetched. What actions, messages, calls
// and markings say of other nodes may stand before or behind those, and
// statements are held back until the graph ends.
func read(in *reading.Input, out *reading.Sink) error {
	s := in.Head.Shape()
	graph := s.Array || hasNodes(s)
	r := &ucoReader{out: out, limits: in.Limits, nodes: map[string]*ucoNode{}}
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, array bool) bool {
		return graph && (pattern == "" || array && !strings.Contains(pattern, "/") && isNodes(pattern))
	})
	err := in.Each(d, out, func(rec jsonrec.Record, v jsonrec.Value) error {
		if !v.Object() || rec.Path == "@context" {
			return nil
		}
		return r.node(rec.Path, v)
	})
	if err != nil {
		return err
	}
	return r.release()
}

// isNodes reports whether a member of the document holds the nodes of the graph: the graph
// itself, or the objects of a bundle.
func isNodes(name string) bool { return name == "@graph" || local(name) == "object" }

func hasNodes(s reading.Shape) bool {
	for name := range s.Names {
		if isNodes(name) {
			return true
		}
	}
	return false
}

type ucoReader struct {
	out      *reading.Sink
	limits   reading.Limits
	nodes    map[string]*ucoNode // by @id: what other nodes say of it
	held     []heldStatement
	refs     int
	overflow bool
}

// A ucoNode is what the graph says about one of its nodes.
type ucoNode struct {
	about reading.About
	name  string   // of a tool or an organisation
	tools []string // @id of the tools that found it
	marks []string // what its markings state
	owner string   // @id of the node whose facet it is
}

// A heldStatement waits for the end of the graph.
type heldStatement struct {
	reading.Statement
	id      string
	issuer  string // @id of who issued the account
	marking []string
	own     reading.About
}

// local returns a term without its namespace.
func local(term string) string {
	return term[strings.LastIndexAny(term, ":/#")+1:]
}

// member returns the first member with a local name.
func member(v jsonrec.Value, name string) jsonrec.Value {
	for i, n := range v.Names() {
		if local(n) == name {
			return v.Items()[i]
		}
	}
	return jsonrec.Value{}
}

// literals returns the texts of a member: plain, typed, or a list of them.
func literals(v jsonrec.Value) []string {
	var out []string
	for _, item := range v.Each() {
		text := item.Text()
		if item.Object() {
			text = item.Get("@value").Text()
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

func literal(v jsonrec.Value) string {
	if all := literals(v); len(all) > 0 {
		return all[0]
	}
	return ""
}

// refsOf returns the ids of the nodes that a member points to.
func refsOf(v jsonrec.Value) []string {
	var out []string
	for _, item := range v.Each() {
		if id := item.Get("@id").Text(); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// isType reports whether a node or a facet is of a type.
func isType(v jsonrec.Value, name string) bool {
	for _, t := range v.Get("@type").Each() {
		if local(t.Text()) == name {
			return true
		}
	}
	return false
}

// of returns what is known of a node, making room for it.
func (r *ucoReader) of(id string) *ucoNode {
	n := r.nodes[id]
	if n == nil {
		if r.refs++; r.refs > 4*r.limits.Held {
			return new(ucoNode) // more than is kept; the defaults hold
		}
		n = new(ucoNode)
		r.nodes[id] = n
	}
	return n
}

// maxDepth is how deep nodes may stand inside of nodes.
const maxDepth = 16

// node reads one node of the graph and the nodes that stand in it: a node may be embedded
// where another one refers to it (JSON-LD 1.1 section 4.5).
func (r *ucoReader) node(record string, v jsonrec.Value) error {
	if !r.visit(record, v, 0) {
		return r.out.Ignored()
	}
	if len(r.held) <= r.limits.Held {
		return nil
	}
	if !r.overflow {
		r.overflow = true
		if err := r.out.Note(fmt.Sprintf("a graph of more than %d values: those whose tools, times and markings stand behind them are taken as TLP:RED", r.limits.Held)); err != nil {
			return err
		}
	}
	return r.release()
}

// visit holds what a node and the nodes in it hold, and reports whether that is anything.
func (r *ucoReader) visit(record string, v jsonrec.Value, depth int) bool {
	found := r.observe(record, v)
	if depth >= maxDepth {
		return found
	}
	for i, name := range v.Names() {
		if local(name) == "hasFacet" || name == "@context" {
			continue
		}
		item := v.Items()[i]
		for k, inner := range item.Each() {
			if !inner.Object() || len(inner.Names()) < 2 || inner.Get("@value").Exists() {
				continue // a value, or a reference
			}
			path := fmt.Sprintf("%s/%s", record, jsonrec.Clean(local(name)))
			if item.Array() {
				path = fmt.Sprintf("%s/%d", path, k)
			}
			if r.visit(path, inner, depth+1) {
				found = true
			}
		}
	}
	return found
}

// observe reads one node by itself.
func (r *ucoReader) observe(record string, v jsonrec.Value) bool {
	id := v.Get("@id").Text()
	if name := literal(member(v, "name")); name != "" {
		version := literal(member(v, "version"))
		r.of(id).name = reading.Printable(strings.TrimSpace(name + " " + version))
	}
	switch {
	case isType(v, "InvestigativeAction") || isType(v, "Action") || isType(v, "Observation"):
		r.action(v)
		return false
	case isType(v, "ProvenanceRecord"):
		from := r.of(id)
		for _, ref := range refsOf(member(v, "object")) {
			r.of(ref).inherit(from)
		}
		return false
	case isType(v, "MarkingDefinition"):
		for _, d := range member(v, "definition").Each() {
			statements := literals(member(d, "statement"))
			r.of(id).marks = append(r.of(id).marks, statements...)
		}
		return false
	}
	facets := member(v, "hasFacet").Each()
	for _, f := range facets {
		if ref := f.Get("@id").Text(); ref != "" && len(f.Names()) == 1 {
			r.of(ref).owner = id // the facet stands elsewhere in the graph
		}
	}
	if isFacet(v) {
		facets = []jsonrec.Value{v}
	}
	n := len(r.held)
	var about ucoAbout
	about.issuer, about.seen = r.surroundings(facets)
	for i, f := range facets {
		path := fmt.Sprintf("%s/hasFacet/%d", record, i)
		if isFacet(v) {
			path = record
		}
		found, prose := facetValues(f)
		for _, o := range found {
			r.hold(path, v, o, about)
		}
		for _, text := range prose {
			r.hold(path, v, reading.Observed{Value: text, Selector: "prose"}, about)
		}
	}
	if len(r.held) == n {
		return false
	}
	r.say(reading.IsRecord, record)
	return true
}

// isFacet reports whether a node is a facet that stands in the graph by itself.
func isFacet(v jsonrec.Value) bool {
	for _, t := range v.Get("@type").Each() {
		if strings.HasSuffix(local(t.Text()), "Facet") {
			return true
		}
	}
	return false
}

// say keeps a remark in its place among the statements.
func (r *ucoReader) say(what reading.Remark, record string) {
	r.held = append(r.held, heldStatement{Statement: reading.Statement{What: what, Record: record}})
}

type ucoAbout struct {
	issuer string
	seen   string
}

// surroundings reads the facets that speak of others.
func (r *ucoReader) surroundings(facets []jsonrec.Value) (issuer, seen string) {
	for _, f := range facets {
		if refs := refsOf(member(f, "accountIssuer")); len(refs) > 0 {
			issuer = refs[0]
		}
		at := ""
		for _, name := range []string{"sentTime", "receivedTime", "endTime", "startTime", "lastLoginTime", "modifiedTime"} {
			if at = literal(member(f, name)); at != "" {
				break
			}
		}
		if at != "" {
			seen = at
		}
		for _, name := range []string{"from", "to", "participant", "allocator"} {
			for _, ref := range refsOf(member(f, name)) {
				r.of(ref).about.SetSeen(at)
			}
		}
	}
	return issuer, seen
}

// action keeps the tool and the time of an action for what it found.
func (r *ucoReader) action(v jsonrec.Value) {
	at := cmp.Or(literal(member(v, "endTime")), literal(member(v, "startTime")))
	tools := refsOf(member(v, "instrument"))
	for _, ref := range refsOf(member(v, "result")) {
		n := r.of(ref)
		if t, ok := reading.ParseTime(at); ok && isType(v, "InvestigativeAction") {
			n.about.Captured = t
		} else if ok {
			n.about.SetSeen(at)
		}
		if isType(v, "InvestigativeAction") {
			n.tools = append(n.tools, tools...)
		}
	}
}

// inherit takes over what is known of a provenance record.
func (n *ucoNode) inherit(from *ucoNode) {
	n.tools = append(n.tools, from.tools...)
	if n.about.Captured.IsZero() {
		n.about.Captured = from.about.Captured
	}
}

func (r *ucoReader) hold(record string, v jsonrec.Value, o reading.Observed, about ucoAbout) {
	s := heldStatement{id: v.Get("@id").Text(), issuer: about.issuer, marking: refsOf(member(v, "objectMarking"))}
	s.Statement = reading.Statement{
		Record: record, Kind: o.Kind, Value: o.Value, Platform: o.Platform, Chain: o.Chain,
		Prose: o.Selector == "prose", Optional: o.Kind == "" || o.Kind == casework.Handle,
	}
	s.own.SetSeen(about.seen)
	s.own.CaseRef = literal(member(v, "caseRef"))
	r.held = append(r.held, s)
}

// release states what was held with what the graph says of it.
func (r *ucoReader) release() error {
	for _, s := range r.held {
		if s.What != reading.IsValue {
			if err := r.out.Say(s.Statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		if n := r.nodes[s.id]; n != nil && n.owner != "" {
			s.id = n.owner
		}
		if n := r.nodes[s.id]; n != nil {
			if n.about.Seen.After(a.Seen) {
				a.Seen = n.about.Seen
			}
			a.Captured = n.about.Captured
			for _, tool := range n.tools {
				if t := r.nodes[tool]; t != nil && t.name != "" {
					a.Tool = t.name
				}
			}
		}
		if s.Platform == "" && s.Kind == casework.Handle {
			if n := r.nodes[s.issuer]; n != nil {
				s.Platform = reading.PlainName(n.name)
			}
		}
		for _, id := range s.marking {
			n := r.nodes[id]
			if n == nil {
				a.TLP = casework.TLPRed
				continue
			}
			for _, m := range n.marks {
				if problem := a.SetMarking(m); problem != nil {
					if err := r.out.Problem(s.Record, problem); err != nil {
						return err
					}
				}
			}
		}
		if r.overflow && len(s.marking) == 0 {
			a.TLP = casework.TLPRed
		}
		s.About = &a
		if err := r.out.Value(s.Statement); err != nil {
			return err
		}
	}
	r.held = r.held[:0]
	return nil
}
