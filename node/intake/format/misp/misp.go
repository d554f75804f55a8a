// Package misp reads MISP's core format: events, objects and attributes, with the tags
// and the distribution under which they may be used. Where these are not known yet, an
// attribute is taken as TLP:RED and kept local.
package misp

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "misp",
	Title:      "MISP core format: events, collections of attributes, files of a feed",
	Source:     "draft-dulaunoy-misp-core-format; MISP's object templates",
	MediaTypes: []string{"application/x-misp+json"},
	Tell: func(h *reading.Head) (string, bool) {
		if !h.LikeJSON() {
			return "", false
		}
		s := h.Shape()
		return "has the members of a MISP event", s.Has("Event") || s.Has("response") || s.Has("Attribute") || s.Has("Object") ||
			s.Has("info", "threat_level_id") || s.Has("uuid", "type", "value", "distribution")
	},
	Read: read,
}

// read reads one event or many, with or without their wrappers, collections of
// attributes, and the files of a feed.
//
// An event's tags stand behind its attributes in MISP's own exports, so that an
// event's statements are held back until it ends. Deleted attributes, deleted
// objects and proposals (shadow attributes) are not read.
func read(in *reading.Input, out *reading.Sink) error {
	r := &mispReader{out: out, limits: in.Limits}
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, array bool) bool {
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
	if err := in.Each(d, out, r.record); err != nil {
		return err
	}
	if err := r.release(); err != nil {
		return err
	}
	if r.proposals > 0 {
		return out.Note(fmt.Sprintf("%d deleted attributes, deleted objects and proposals were not read", r.proposals))
	}
	return nil
}

type mispReader struct {
	out    *reading.Sink
	limits reading.Limits

	path     string        // of the event being read
	tags     reading.About // what its tags and the terms of its disclosure say
	date     string
	dist     string
	held     []heldStatement
	overflow bool

	proposals int
}

// A heldStatement waits for the tags and the distribution of its event.
type heldStatement struct {
	reading.Statement
	own  reading.About
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
		r.problems(rec.Path, setTags(&r.tags, v))
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
	*r = mispReader{out: r.out, limits: r.limits, path: path, proposals: r.proposals}
	return nil
}

func (r *mispReader) problems(record string, all []error) {
	for _, problem := range all {
		r.say(reading.IsProblem, record, problem)
	}
}

// say keeps a remark in its place among the statements.
func (r *mispReader) say(what reading.Remark, record string, problem error) {
	r.held = append(r.held, heldStatement{Statement: reading.Statement{What: what, Record: record, Err: problem}})
}

// object reads the attributes of an object by their relations to it.
func (r *mispReader) object(record string, v jsonrec.Value) error {
	if v.Get("deleted").True() {
		r.proposals++
		return r.out.Ignored()
	}
	attributes := v.Get("Attribute").Each()
	if v.Get("name").Text() == mispTerms {
		setTerms(&r.tags, attributes)
		return r.out.Ignored()
	}
	about := objectOf(v.Get("name").Text(), attributes)
	about.dist = v.Get("distribution").Text()
	found := false
	for i, a := range attributes {
		if r.state(fmt.Sprintf("%s/Attribute/%d", record, i), a, about) {
			found = true
		}
	}
	return r.end(record, found)
}

func (r *mispReader) attribute(record string, v jsonrec.Value) error {
	return r.end(record, r.state(record, v, object{}))
}

// state holds what one attribute says until its event ends.
func (r *mispReader) state(record string, v jsonrec.Value, in object) bool {
	r.proposals += len(v.Get("ShadowAttribute").Each())
	if v.Get("deleted").True() {
		r.proposals++
		return false
	}
	values, problem := valuesOf(v.Get("type").Text(), v.Get("object_relation").Text(), v.Get("value").Text(), in)
	if problem != nil {
		r.say(reading.IsProblem, record, problem)
	}
	for _, o := range values {
		s := heldStatement{dist: v.Get("distribution").Text()}
		if s.dist == "" || s.dist == "5" {
			s.dist = in.dist
		}
		s.Statement = reading.Statement{Record: record, Kind: o.Kind, Value: o.Value, Platform: o.Platform, Chain: o.Chain, Alert: v.Get("to_ids").True(), Prose: o.Prose}
		s.Bare = o.Kind == casework.Phone
		s.own.SetSeen(cmp.Or(v.Get("last_seen").Text(), v.Get("first_seen").Text()))
		r.problems(record, setTags(&s.own, v.Get("Tag")))
		r.held = append(r.held, s)
	}
	return len(values) > 0 || problem != nil
}

// end ends a record, releasing what is held when it grows past the limit.
func (r *mispReader) end(record string, found bool) error {
	if !found {
		return r.out.Ignored()
	}
	r.say(reading.IsRecord, record, nil)
	if len(r.held) > r.limits.Held && !r.overflow {
		r.overflow = true
		if err := r.out.Note(fmt.Sprintf("an event of more than %d values: those before its tags and its distribution are taken as TLP:RED and kept local", r.limits.Held)); err != nil {
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
		if s.What != reading.IsValue {
			if err := r.out.Say(s.Statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		a.TLP = reading.Stricter(a.TLP, r.tags.TLP)
		if a.Grading == (casework.Grading{}) {
			a.Grading = r.tags.Grading
		}
		if r.tags.Handling.Codes != "" {
			a.Handling = reading.Union(a.Handling, r.tags.Handling)
		}
		a.Category = casework.SubjectCategory(cmp.Or(string(a.Category), string(r.tags.Category)))
		if a.Consent == nil {
			a.Consent = r.tags.Consent
		}
		a.Tool = cmp.Or(a.Tool, r.tags.Tool)
		a.KeepTerms(r.tags.Terms...)
		if a.Seen.IsZero() && !a.Unseen {
			a.SetSeen(r.date)
		}
		dist := s.dist
		if dist == "" || dist == "5" {
			dist = r.dist
		}
		// 0 is the own organisation, 4 a sharing group that means nothing here
		a.Local = dist == "0" || dist == "4"
		if r.overflow {
			a.TLP, a.Local = casework.TLPRed, true
		}
		s.About = &a
		if err := r.out.Value(s.Statement); err != nil {
			return err
		}
	}
	r.held = r.held[:0]
	return nil
}
