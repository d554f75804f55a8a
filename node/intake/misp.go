package intake

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

func init() { readers[MISP] = readMISP }

// readMISP reads MISP's core format: one event or many, with or without their
// wrappers, collections of attributes, and the files of a feed.
//
// An event's tags stand behind its attributes in MISP's own exports, so that an
// event's statements are held back until it ends. Deleted attributes, deleted
// objects and proposals (shadow attributes) are not read.
func readMISP(in *input, p *pipe) error {
	r := &mispReader{p: p, limits: in.limits}
	d := jsonrec.NewReader(in, in.jsonLimits(), func(pattern string, array bool) bool {
		last := pattern[strings.LastIndexByte(pattern, '/')+1:]
		switch last {
		case "Attribute", "Object":
			return array
		case "", "response", "Event":
			return true
		case "*":
			return pattern == "*" || pattern == "response/*"
		}
		return false
	})
	if err := in.each(d, p, r.record); err != nil {
		return err
	}
	if err := r.release(); err != nil {
		return err
	}
	if r.proposals > 0 {
		return p.note(fmt.Sprintf("%d deleted attributes, deleted objects and proposals were not read", r.proposals))
	}
	return nil
}

type mispReader struct {
	p      *pipe
	limits Limits

	path     string // of the event being read
	tags     about  // what its tags and the terms of its disclosure say
	date     string
	dist     string
	held     []mispStatement
	overflow bool

	proposals int
}

// A mispStatement waits for the tags and the distribution of its event.
type mispStatement struct {
	statement
	own  about
	dist string // "" and "5" inherit
}

// record takes one member of an event, or one of its attributes or objects.
func (r *mispReader) record(rec jsonrec.Record, v jsonrec.Value) error {
	parts := strings.Split(rec.Path, "/")
	last := parts[len(parts)-1]
	n := len(parts)
	isAttribute := last == "Attribute" && v.Object() || n >= 2 && parts[n-2] == "Attribute"
	isObject := last == "Object" && v.Object() || n >= 2 && parts[n-2] == "Object"
	event := parts[:n-1]
	if n >= 2 && (parts[n-2] == "Attribute" || parts[n-2] == "Object") {
		event = parts[:n-2]
	}
	if err := r.enter(strings.Join(event, "/")); err != nil {
		return err
	}
	switch {
	case isAttribute:
		return r.attribute(rec.Path, v)
	case isObject:
		return r.object(rec.Path, v)
	case last == "Tag":
		r.problems(rec.Path, r.tags.mispTags(v))
	case last == "distribution":
		r.dist = v.Text()
	case last == "date":
		r.date = v.Text()
	case last == "ShadowAttribute":
		r.proposals += len(v.Each())
	}
	return nil
}

// enter notes which event is being read; another one releases the last one's
// statements.
func (r *mispReader) enter(path string) error {
	if path == r.path {
		return nil
	}
	if err := r.release(); err != nil {
		return err
	}
	*r = mispReader{p: r.p, limits: r.limits, path: path, proposals: r.proposals}
	return nil
}

func (r *mispReader) problems(record string, reasons []string) {
	for _, reason := range reasons {
		r.say(isProblem, record, reason)
	}
}

// say keeps a remark in its place among the statements.
func (r *mispReader) say(what remark, record, reason string) {
	r.held = append(r.held, mispStatement{statement: statement{what: what, record: record, reason: reason}})
}

// object reads the attributes of an object by their relations to it.
func (r *mispReader) object(record string, v jsonrec.Value) error {
	if v.Get("deleted").True() {
		r.proposals++
		return r.p.ignored()
	}
	attributes := v.Get("Attribute").Each()
	if v.Get("name").Text() == mispTerms {
		r.tags.setMISPTerms(attributes)
		return r.p.ignored()
	}
	var about mispObject
	about.platform = mispPlatform(v.Get("name").Text())
	for _, a := range attributes {
		switch a.Get("object_relation").Text() {
		case "symbol", "currency":
			about.chain = a.Get("value").Text()
		case "account-type", "platform":
			about.platform = or(about.platform, a.Get("value").Text())
		}
	}
	about.dist = v.Get("distribution").Text()
	found := false
	for i, a := range attributes {
		if r.state(fmt.Sprintf("%s/Attribute/%d", record, i), a, about) {
			found = true
		}
	}
	return r.end(record, found)
}

// mispObject is what an object says about its attributes.
type mispObject struct{ platform, chain, dist string }

// mispPlatform gives the platform of an object such as telegram-account.
func mispPlatform(object string) string {
	if platform, ok := strings.CutSuffix(object, "-account"); ok && platform != "user" && platform != "bank" && platform != "credit-card" {
		return platform
	}
	return ""
}

func (r *mispReader) attribute(record string, v jsonrec.Value) error {
	return r.end(record, r.state(record, v, mispObject{}))
}

// state holds what one attribute says until its event ends.
func (r *mispReader) state(record string, v jsonrec.Value, in mispObject) bool {
	r.proposals += len(v.Get("ShadowAttribute").Each())
	if v.Get("deleted").True() {
		r.proposals++
		return false
	}
	values, problem := mispValues(v.Get("type").Text(), v.Get("object_relation").Text(), v.Get("value").Text(), in)
	if problem != "" {
		r.say(isProblem, record, problem)
	}
	for _, o := range values {
		s := mispStatement{dist: v.Get("distribution").Text()}
		if s.dist == "" || s.dist == "5" {
			s.dist = in.dist
		}
		s.statement = statement{record: record, kind: o.kind, value: o.value, platform: o.platform, chain: o.chain, alert: v.Get("to_ids").True()}
		s.bare = o.kind == casework.Phone
		s.own.setSeen(or(v.Get("last_seen").Text(), v.Get("first_seen").Text()))
		r.problems(record, s.own.mispTags(v.Get("Tag")))
		r.held = append(r.held, s)
	}
	return len(values) > 0 || problem != ""
}

// end ends a record, releasing what is held when it grows past the limit.
func (r *mispReader) end(record string, found bool) error {
	if !found {
		return r.p.ignored()
	}
	r.say(isRecord, record, "")
	if len(r.held) > r.limits.Held && !r.overflow {
		r.overflow = true
		if err := r.p.note(fmt.Sprintf("an event of more than %d values: those before its tags and its distribution are taken as TLP:RED and kept local", r.limits.Held)); err != nil {
			return err
		}
	}
	if r.overflow {
		return r.release()
	}
	return nil
}

// release states what was held with what the event says about all of it.
func (r *mispReader) release() error {
	for _, s := range r.held {
		if s.what != isValue {
			if err := r.p.add(s.statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		a.tlp = stricter(a.tlp, r.tags.tlp)
		if a.grading == (casework.Grading{}) {
			a.grading = r.tags.grading
		}
		if r.tags.handling.Codes != "" {
			a.handling = union(a.handling, r.tags.handling)
		}
		a.category = casework.SubjectCategory(or(string(a.category), string(r.tags.category)))
		if a.consent == nil {
			a.consent = r.tags.consent
		}
		a.tool = or(a.tool, r.tags.tool)
		a.keepTerms(r.tags.terms...)
		if a.seen.IsZero() && !a.unseen {
			a.setSeen(r.date)
		}
		dist := s.dist
		if dist == "" || dist == "5" {
			dist = r.dist
		}
		// 0 is the own organisation, 4 a sharing group that means nothing here
		a.local = dist == "0" || dist == "4"
		if r.overflow {
			a.tlp, a.local = casework.TLPRed, true
		}
		s.about = &a
		if err := r.p.value(s.statement); err != nil {
			return err
		}
	}
	r.held = r.held[:0]
	return nil
}
