// Package stix reads STIX 2.0 and 2.1 (OASIS): observables, indicators and what is said of
// them. Of several markings the strictest holds, and one that the bundle does not define
// is TLP:RED, so that a sender cannot loosen what another marked. What its creator revoked
// is not read.
package stix

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "stix",
	Title:      "STIX 2.0 and 2.1: bundles, TAXII envelopes, one object a line",
	Source:     "OASIS STIX 2.1, TAXII 2.1; phone-number, cryptocurrency-wallet, bank-account and payment-card objects; OpenCTI's observables",
	MediaTypes: []string{"application/stix+json", "application/taxii+json"},
	Tell:       tell,
	Read:       read,
}

// envelope is what the head of a TAXII envelope, or of objects in an array, shows.
var envelope = regexp.MustCompile(`"id"\s*:\s*"[a-z][a-z0-9\-]*--[0-9a-f]{8}-[0-9a-f]{4}-`)

func tell(h *reading.Head) (string, bool) {
	if !h.LikeJSON() {
		return "", false
	}
	s := h.Shape()
	switch {
	case s.Texts["type"] == "bundle", hasID(s.Texts["id"], s.Texts["type"]):
		return "has the members of a STIX object", true
	case s.Names["objects"] && !s.Array && envelope.Match(h.Text()):
		return "is an envelope of STIX objects", true
	}
	return "", false
}

// hasID reports whether an id is made like STIX makes them, from the type.
func hasID(id, typ string) bool { return typ != "" && strings.HasPrefix(id, typ+"--") }

var (
	errType    = errors.New("an object without a type")
	errMarking = errors.New("a marking that the bundle does not define; taken as TLP:RED")
)

// read reads bundles, arrays of objects, single objects.
//
// Markings, times and observed data stand anywhere in a bundle, before or behind
// what they speak of, so that statements are held back until its end. A bundle
// with more of them than the limit is released as it comes, under TLP:RED where
// no marking is known yet.
func read(in *reading.Input, out *reading.Sink) error {
	s := in.Head.Shape()
	bundle := s.Array || s.Names["objects"] || s.Texts["type"] == "bundle"
	r := &stixReader{out: out, limits: in.Limits, marks: markings{}, subjects: map[string]*subject{}}
	if in.Head.JSONLines() {
		return r.lines(in)
	}
	d := jsonrec.NewReader(in, in.JSONLimits(), func(pattern string, _ bool) bool {
		return bundle && (pattern == "" || pattern == "objects")
	})
	err := in.Each(d, out, func(rec jsonrec.Record, v jsonrec.Value) error {
		if rec.Path == "the document" && bundle || !v.Object() {
			return nil
		}
		return r.object(rec.Path, v)
	})
	if err != nil {
		return err
	}
	if r.overflow {
		if err := out.Note(fmt.Sprintf("more than %d values or references: values whose marking was not known yet are taken as TLP:RED", in.Limits.Held)); err != nil {
			return err
		}
	}
	return r.finish()
}

// lines reads one object a line, as stores and feeds keep them.
func (r *stixReader) lines(in *reading.Input) error {
	err := in.Lines(r.out, func(l reading.Line) error {
		if l.Blank() {
			return nil
		}
		v, err := jsonrec.Parse([]byte(strings.TrimSpace(l.Text)), in.Limits.Depth)
		switch {
		case err != nil:
			return r.out.Broken(l.Record, err)
		case v.Get("type").Text() == "bundle":
			for i, o := range v.Get("objects").Items() {
				if err := r.object(fmt.Sprintf("%s objects/%d", l.Record, i), o); err != nil {
					return err
				}
			}
			return nil
		}
		return r.object(l.Record, v)
	})
	if err != nil {
		return err
	}
	return r.finish()
}

// finish states what is still held and notes what was left out.
func (r *stixReader) finish() error {
	if err := r.release(); err != nil {
		return err
	}
	if r.withdrawn == 0 {
		return nil
	}
	return r.out.Note(fmt.Sprintf("%d values of revoked objects and of older versions were not read", r.withdrawn))
}

type stixReader struct {
	out      *reading.Sink
	limits   reading.Limits
	marks    markings
	subjects map[string]*subject // by the object's id: what other objects say of it
	held     []heldStatement
	refs     int
	overflow bool

	withdrawn int // values of objects that were revoked, or of older versions
}

// A subject is what observed data and sightings say about an object.
type subject struct {
	marks   []string
	about   reading.About
	version string // the newest one that was met
	revoked bool   // in that version
}

// A heldStatement waits for the markings of its bundle.
type heldStatement struct {
	reading.Statement
	id      string
	version string // of the object, where it has one
	marks   []string
	own     reading.About
}

// object reads one STIX object.
func (r *stixReader) object(record string, v jsonrec.Value) error {
	id, typ := v.Get("id").Text(), v.Get("type").Text()
	if typ == "" {
		return r.out.Broken(record, errType)
	}
	switch typ {
	case "marking-definition":
		r.marks.define(id, v)
		return r.out.Ignored()
	case "sighting":
		r.speaksOf(v, append(reading.Texts(v.Get("observed_data_refs")), v.Get("sighting_of_ref").Text()), v.Get("last_seen").Text())
		return r.out.Ignored()
	case "observed-data":
		if v.Get("objects").Object() { // STIX 2.0
			return r.embedded(record, v)
		}
		r.speaksOf(v, reading.Texts(v.Get("object_refs")), v.Get("last_observed").Text())
		return r.out.Ignored()
	case "indicator":
		r.newest(id, v)
		return r.indicator(record, v)
	}
	r.newest(id, v)
	found, problems := observable(typ, v)
	return r.keep(record, v, found, problems, reading.About{})
}

// embedded reads the objects inside of STIX 2.0 observed data.
func (r *stixReader) embedded(record string, v jsonrec.Value) error {
	var a reading.About
	a.SetSeen(v.Get("last_observed").Text())
	objects := v.Get("objects")
	for i, name := range objects.Names() {
		item := objects.Items()[i]
		found, problems := observable(item.Get("type").Text(), item)
		inner := fmt.Sprintf("%s/objects/%s", record, jsonrec.Clean(name))
		for _, o := range found {
			r.hold(inner, v, o, a, "objects."+name)
		}
		for _, problem := range problems {
			r.say(reading.IsProblem, inner, problem)
		}
	}
	return r.end(record)
}

// indicator reads the values that a pattern compares with.
func (r *stixReader) indicator(record string, v jsonrec.Value) error {
	if t := v.Get("pattern_type").Text(); t != "" && t != "stix" {
		return r.out.Ignored()
	}
	var a reading.About
	a.SetSeen(v.Get("valid_from").Text())
	var tags []string
	if until := v.Get("valid_until").Text(); until != "" {
		tags = []string{reading.Printable("valid until " + until)}
	}
	found, problem := patternValues(v.Get("pattern").Text())
	for i := range found {
		found[i].Context = tags
	}
	var problems []error
	if problem != nil {
		problems = append(problems, problem)
	}
	return r.keep(record, v, found, problems, a)
}

// keep holds what an object holds, and ends its record.
func (r *stixReader) keep(record string, v jsonrec.Value, found []reading.Observed, problems []error, a reading.About) error {
	for _, o := range found {
		r.hold(record, v, o, a, o.Selector)
	}
	for _, problem := range problems {
		r.say(reading.IsProblem, record, problem)
	}
	if len(found) == 0 && len(problems) == 0 {
		return r.out.Ignored()
	}
	return r.end(record)
}

func (r *stixReader) hold(record string, v jsonrec.Value, o reading.Observed, a reading.About, selector string) {
	s := heldStatement{id: v.Get("id").Text(), version: v.Get("modified").Text(), own: a}
	s.Statement = reading.Statement{
		Record: record, Kind: o.Kind, Value: o.Value, Platform: o.Platform, Chain: o.Chain, Prose: o.Prose,
		Bare: o.Kind == casework.Phone, Alert: o.Alert, Region: o.Region, Context: o.Context,
	}
	s.own.SetSeen(v.Get("x_crosscase_seen").Text())
	for _, problem := range []error{
		s.own.SetCategory(v.Get("x_crosscase_category").Text()), s.own.SetGrading(v.Get("x_crosscase_grading").Text()),
		s.own.SetConsent(v.Get("x_crosscase_consent").Text()),
	} {
		if problem != nil {
			r.say(reading.IsProblem, record, problem)
		}
	}
	s.own.Tool = reading.Printable(v.Get("x_crosscase_tool").Text())
	s.own.CaseRef = v.Get("x_crosscase_case").Text()
	s.own.Captured, _ = reading.ParseTime(v.Get("x_crosscase_captured").Text())
	s.marks = append(reading.Texts(v.Get("object_marking_refs")), granular(v, selector)...)
	r.held = append(r.held, s)
}

// newest keeps which version of an object is the newest, and whether its creator
// revoked it there (STIX 2.1 section 3.6).
func (r *stixReader) newest(id string, v jsonrec.Value) {
	version := v.Get("modified").Text()
	if id == "" || version == "" && !v.Get("revoked").True() {
		return
	}
	if sub := r.of(id); sub != nil && version >= sub.version {
		sub.version, sub.revoked = version, v.Get("revoked").True()
	}
}

// of returns what is known of an object, making room for it; nil where there is no more.
func (r *stixReader) of(id string) *subject {
	sub := r.subjects[id]
	if sub == nil {
		if r.refs++; r.refs > 4*r.limits.Held {
			r.overflow = true
			return nil
		}
		sub = new(subject)
		r.subjects[id] = sub
	}
	return sub
}

// end ends a record; its statements may still be held back.
func (r *stixReader) end(record string) error {
	r.say(reading.IsRecord, record, nil)
	r.overflow = r.overflow || len(r.held) > r.limits.Held
	if !r.overflow {
		return nil
	}
	return r.release()
}

// say keeps a remark in its place among the statements.
func (r *stixReader) say(what reading.Remark, record string, problem error) {
	r.held = append(r.held, heldStatement{Statement: reading.Statement{What: what, Record: record, Err: problem}})
}

// release states what was held, under the markings that are known now.
func (r *stixReader) release() error {
	for _, s := range r.held {
		if s.What != reading.IsValue {
			if err := r.out.Say(s.Statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		refs := s.marks
		if sub := r.subjects[s.id]; sub != nil {
			if sub.revoked || s.version != "" && s.version < sub.version {
				r.withdrawn++
				continue
			}
			refs = append(slices.Clone(refs), sub.marks...)
			if sub.about.Seen.After(a.Seen) {
				a.Seen = sub.about.Seen
			}
		}
		if unknown := r.marks.apply(&a, refs); unknown > 0 {
			if err := r.out.Problem(s.Record, errMarking); err != nil {
				return err
			}
		}
		if r.overflow && len(refs) == 0 {
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

// speaksOf keeps what an object says about those that it refers to.
func (r *stixReader) speaksOf(v jsonrec.Value, refs []string, seen string) {
	marks := append(reading.Texts(v.Get("object_marking_refs")), granular(v, "object_refs")...)
	for _, ref := range refs {
		if ref == "" {
			continue
		}
		sub := r.of(ref)
		if sub == nil {
			return
		}
		sub.about.SetSeen(seen)
		for _, m := range marks {
			if !slices.Contains(sub.marks, m) {
				sub.marks = append(sub.marks, m)
			}
		}
	}
}
