package intake

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

func init() { readers[CASE] = readCASE }

// readCASE reads CASE/UCO JSON-LD: a graph of observables with facets, and of
// the actions that found them.
//
// Terms are told by their local names (what stands behind the last colon, slash
// or hash), so that no context is ever fetched. What actions, messages, calls
// and markings say of other nodes may stand before or behind those, and
// statements are held back until the graph ends.
func readCASE(in *input, p *pipe) error {
	graph := shapeOf(trimLeft(in.head)).names["@graph"]
	r := &ucoReader{p: p, limits: in.limits, nodes: map[string]*ucoNode{}}
	d := jsonrec.NewReader(in, in.jsonLimits(), func(pattern string, array bool) bool {
		return graph && (pattern == "" || pattern == "@graph" && array)
	})
	err := in.each(d, p, func(rec jsonrec.Record, v jsonrec.Value) error {
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

type ucoReader struct {
	p        *pipe
	limits   Limits
	nodes    map[string]*ucoNode // by @id: what other nodes say of it
	held     []ucoStatement
	refs     int
	overflow bool
}

// A ucoNode is what the graph says about one of its nodes.
type ucoNode struct {
	about about
	name  string   // of a tool or an organisation
	tools []string // @id of the tools that found it
	marks []string // what its markings state
}

// A ucoStatement waits for the end of the graph.
type ucoStatement struct {
	statement
	id      string
	issuer  string // @id of who issued the account
	marking []string
	own     about
}

// local gives a term without its namespace.
func local(term string) string {
	return term[strings.LastIndexAny(term, ":/#")+1:]
}

// member gives the first member with a local name.
func member(v jsonrec.Value, name string) jsonrec.Value {
	for i, n := range v.Names() {
		if local(n) == name {
			return v.Items()[i]
		}
	}
	return jsonrec.Value{}
}

// literals gives the texts of a member: plain, typed, or a list of them.
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

// refsOf gives the ids of the nodes that a member points to.
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

// of gives what is known of a node, making room for it.
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

// node reads one node of the graph.
func (r *ucoReader) node(record string, v jsonrec.Value) error {
	id := v.Get("@id").Text()
	if name := literal(member(v, "name")); name != "" {
		version := literal(member(v, "version"))
		r.of(id).name = printable(strings.TrimSpace(name + " " + version))
	}
	switch {
	case isType(v, "InvestigativeAction") || isType(v, "Action") || isType(v, "Observation"):
		r.action(v)
		return r.p.ignored()
	case isType(v, "ProvenanceRecord"):
		from := r.of(id)
		for _, ref := range refsOf(member(v, "object")) {
			r.of(ref).inherit(from)
		}
		return r.p.ignored()
	case isType(v, "MarkingDefinition"):
		for _, d := range member(v, "definition").Each() {
			statements := literals(member(d, "statement"))
			r.of(id).marks = append(r.of(id).marks, statements...)
		}
		return r.p.ignored()
	}
	facets := member(v, "hasFacet").Each()
	n := len(r.held)
	var about ucoAbout
	about.issuer, about.seen = r.surroundings(facets)
	for i, f := range facets {
		found, prose := facetValues(f)
		for _, o := range found {
			r.hold(fmt.Sprintf("%s/hasFacet/%d", record, i), v, o, about)
		}
		for _, text := range prose {
			r.hold(fmt.Sprintf("%s/hasFacet/%d", record, i), v, observed{value: text, selector: "prose"}, about)
		}
	}
	if len(r.held) == n {
		return r.p.ignored()
	}
	r.say(isRecord, record)
	if len(r.held) > r.limits.Held {
		if !r.overflow {
			r.overflow = true
			if err := r.p.note(fmt.Sprintf("a graph of more than %d values: those whose tools, times and markings stand behind them are taken as TLP:RED", r.limits.Held)); err != nil {
				return err
			}
		}
		return r.release()
	}
	return nil
}

// say keeps a remark in its place among the statements.
func (r *ucoReader) say(what remark, record string) {
	r.held = append(r.held, ucoStatement{statement: statement{what: what, record: record}})
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
				r.of(ref).about.setSeen(at)
			}
		}
	}
	return issuer, seen
}

// action keeps the tool and the time of an action for what it found.
func (r *ucoReader) action(v jsonrec.Value) {
	at := or(literal(member(v, "endTime")), literal(member(v, "startTime")))
	tools := refsOf(member(v, "instrument"))
	for _, ref := range refsOf(member(v, "result")) {
		n := r.of(ref)
		if t, ok := timeOf(at); ok && isType(v, "InvestigativeAction") {
			n.about.captured = t
		} else if ok {
			n.about.setSeen(at)
		}
		if isType(v, "InvestigativeAction") {
			n.tools = append(n.tools, tools...)
		}
	}
}

// inherit takes over what is known of a provenance record.
func (n *ucoNode) inherit(from *ucoNode) {
	n.tools = append(n.tools, from.tools...)
	if n.about.captured.IsZero() {
		n.about.captured = from.about.captured
	}
}

func (r *ucoReader) hold(record string, v jsonrec.Value, o observed, about ucoAbout) {
	s := ucoStatement{id: v.Get("@id").Text(), issuer: about.issuer, marking: refsOf(member(v, "objectMarking"))}
	s.statement = statement{
		record: record, kind: o.kind, value: o.value, platform: o.platform, chain: o.chain,
		prose: o.selector == "prose", optional: o.kind == "" || o.kind == casework.Handle,
	}
	s.own.setSeen(about.seen)
	s.own.caseRef = literal(member(v, "caseRef"))
	r.held = append(r.held, s)
}

// release states what was held with what the graph says of it.
func (r *ucoReader) release() error {
	for _, s := range r.held {
		if s.what != isValue {
			if err := r.p.add(s.statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		if n := r.nodes[s.id]; n != nil {
			if n.about.seen.After(a.seen) {
				a.seen = n.about.seen
			}
			a.captured = n.about.captured
			for _, tool := range n.tools {
				if t := r.nodes[tool]; t != nil && t.name != "" {
					a.tool = t.name
				}
			}
		}
		if s.platform == "" && s.kind == casework.Handle {
			if n := r.nodes[s.issuer]; n != nil {
				s.platform = plainName(n.name)
			}
		}
		for _, id := range s.marking {
			n := r.nodes[id]
			if n == nil {
				a.tlp = casework.TLPRed
				continue
			}
			for _, m := range n.marks {
				if reason := a.setMarking(m); reason != "" {
					if err := r.p.problem(s.record, reason); err != nil {
						return err
					}
				}
			}
		}
		if r.overflow && len(s.marking) == 0 {
			a.tlp = casework.TLPRed
		}
		s.about = &a
		if err := r.p.value(s.statement); err != nil {
			return err
		}
	}
	r.held = r.held[:0]
	return nil
}
