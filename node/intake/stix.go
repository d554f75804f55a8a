package intake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

func init() { readers[STIX] = readSTIX }

// readSTIX reads STIX 2.0 and 2.1: bundles, arrays of objects, single objects.
//
// Markings, times and observed data stand anywhere in a bundle, before or behind
// what they speak of, so that statements are held back until its end. A bundle
// with more of them than the limit is released as it comes, under TLP:RED where
// no marking is known yet.
func readSTIX(in *input, p *pipe) error {
	s := shapeOf(trimLeft(in.head))
	bundle := s.array || s.names["objects"] || s.texts["type"] == "bundle"
	r := &stixReader{p: p, limits: in.limits, marks: markings{}, subjects: map[string]*subject{}}
	d := jsonrec.NewReader(in, in.jsonLimits(), func(pattern string, _ bool) bool {
		return bundle && (pattern == "" || pattern == "objects")
	})
	err := in.each(d, p, func(rec jsonrec.Record, v jsonrec.Value) error {
		if rec.Path == "the document" && bundle || !v.Object() {
			return nil
		}
		return r.object(rec.Path, v)
	})
	if err != nil {
		return err
	}
	if r.overflow {
		if err := p.note(fmt.Sprintf("more than %d values or references: values whose marking was not known yet are taken as TLP:RED", in.limits.Held)); err != nil {
			return err
		}
	}
	return r.release()
}

func trimLeft(head []byte) []byte {
	for len(head) > 1 && (head[0] == ' ' || head[0] == '\t' || head[0] == '\r' || head[0] == '\n') {
		head = head[1:]
	}
	return head
}

type stixReader struct {
	p        *pipe
	limits   Limits
	marks    markings
	subjects map[string]*subject // by the object's id: what other objects say of it
	held     []stixStatement
	refs     int
	overflow bool
}

// A subject is what observed data and sightings say about an object.
type subject struct {
	marks []string
	about about
}

// A stixStatement waits for the markings of its bundle.
type stixStatement struct {
	statement
	id    string
	marks []string
	own   about
}

// object reads one STIX object.
func (r *stixReader) object(record string, v jsonrec.Value) error {
	id, typ := v.Get("id").Text(), v.Get("type").Text()
	if typ == "" {
		return r.p.broken(record, fmt.Errorf("an object without a type"))
	}
	switch typ {
	case "marking-definition":
		r.marks.define(id, v)
		return r.p.ignored()
	case "sighting":
		r.speaksOf(v, append(texts(v.Get("observed_data_refs")), v.Get("sighting_of_ref").Text()), v.Get("last_seen").Text())
		return r.p.ignored()
	case "observed-data":
		if v.Get("objects").Object() { // STIX 2.0
			return r.embedded(record, v)
		}
		r.speaksOf(v, texts(v.Get("object_refs")), v.Get("last_observed").Text())
		return r.p.ignored()
	case "indicator":
		return r.indicator(record, v)
	}
	found, problems := observable(typ, v)
	return r.keep(record, v, found, problems, about{})
}

// embedded reads the objects inside of STIX 2.0 observed data.
func (r *stixReader) embedded(record string, v jsonrec.Value) error {
	var a about
	a.setSeen(v.Get("last_observed").Text())
	objects := v.Get("objects")
	for i, name := range objects.Names() {
		item := objects.Items()[i]
		found, problems := observable(item.Get("type").Text(), item)
		inner := fmt.Sprintf("%s/objects/%s", record, jsonrec.Clean(name))
		for _, o := range found {
			r.hold(inner, v, o, a, "objects."+name)
		}
		for _, reason := range problems {
			r.say(isProblem, inner, reason)
		}
	}
	return r.end(record)
}

// indicator reads the values that a pattern compares with.
func (r *stixReader) indicator(record string, v jsonrec.Value) error {
	if t := v.Get("pattern_type").Text(); t != "" && t != "stix" {
		return r.p.ignored()
	}
	var a about
	a.setSeen(v.Get("valid_from").Text())
	found, reason := patternValues(v.Get("pattern").Text())
	var problems []string
	if reason != "" {
		problems = append(problems, reason)
	}
	return r.keep(record, v, found, problems, a)
}

// keep holds what an object holds, and ends its record.
func (r *stixReader) keep(record string, v jsonrec.Value, found []observed, problems []string, a about) error {
	for _, o := range found {
		r.hold(record, v, o, a, o.selector)
	}
	for _, reason := range problems {
		r.say(isProblem, record, reason)
	}
	if len(found) == 0 && len(problems) == 0 {
		return r.p.ignored()
	}
	return r.end(record)
}

func (r *stixReader) hold(record string, v jsonrec.Value, o observed, a about, selector string) {
	s := stixStatement{id: v.Get("id").Text(), own: a}
	s.statement = statement{
		record: record, kind: o.kind, value: o.value, platform: o.platform, chain: o.chain,
		bare: o.kind == casework.Phone, alert: o.alert, region: o.region,
	}
	s.own.setSeen(v.Get("x_crosscase_seen").Text())
	for _, reason := range []string{
		s.own.setCategory(v.Get("x_crosscase_category").Text()), s.own.setGrading(v.Get("x_crosscase_grading").Text()),
		s.own.setConsent(v.Get("x_crosscase_consent").Text()),
	} {
		if reason != "" {
			r.say(isProblem, record, reason)
		}
	}
	s.own.tool = printable(v.Get("x_crosscase_tool").Text())
	s.own.caseRef = v.Get("x_crosscase_case").Text()
	s.own.captured, _ = timeOf(v.Get("x_crosscase_captured").Text())
	s.marks = append(texts(v.Get("object_marking_refs")), granular(v, selector)...)
	r.held = append(r.held, s)
}

// end ends a record; its statements may still be held back.
func (r *stixReader) end(record string) error {
	r.say(isRecord, record, "")
	r.overflow = r.overflow || len(r.held) > r.limits.Held
	if !r.overflow {
		return nil
	}
	return r.release()
}

// say keeps a remark in its place among the statements.
func (r *stixReader) say(what remark, record, reason string) {
	r.held = append(r.held, stixStatement{statement: statement{what: what, record: record, reason: reason}})
}

// release states what was held, under the markings that are known now.
func (r *stixReader) release() error {
	for _, s := range r.held {
		if s.what != isValue {
			if err := r.p.add(s.statement); err != nil {
				return err
			}
			continue
		}
		a := s.own
		refs := s.marks
		if sub := r.subjects[s.id]; sub != nil {
			refs = append(slices.Clone(refs), sub.marks...)
			if sub.about.seen.After(a.seen) {
				a.seen = sub.about.seen
			}
		}
		if unknown := r.marks.apply(&a, refs); unknown > 0 {
			if err := r.p.problem(s.record, "a marking that the bundle does not define; taken as TLP:RED"); err != nil {
				return err
			}
		}
		if r.overflow && len(refs) == 0 {
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

// speaksOf keeps what an object says about those that it refers to.
func (r *stixReader) speaksOf(v jsonrec.Value, refs []string, seen string) {
	marks := append(texts(v.Get("object_marking_refs")), granular(v, "object_refs")...)
	for _, ref := range refs {
		if ref == "" {
			continue
		}
		if r.refs++; r.refs > 4*r.limits.Held {
			r.overflow = true
			return
		}
		sub := r.subjects[ref]
		if sub == nil {
			sub = new(subject)
			r.subjects[ref] = sub
		}
		sub.about.setSeen(seen)
		for _, m := range marks {
			if !slices.Contains(sub.marks, m) {
				sub.marks = append(sub.marks, m)
			}
		}
	}
}

// texts gives the strings of an array.
func texts(v jsonrec.Value) []string {
	var out []string
	for _, item := range v.Each() {
		if t := item.Text(); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// An observed is a value of a STIX object.
type observed struct {
	naming
	value    string
	region   string
	selector string // the member that it stands in, for granular markings
	alert    bool
}

// simpleTypes are the objects whose "value" is the identifier.
var simpleTypes = map[string]casework.Kind{
	"email-addr": casework.Email, "url": casework.URL, "domain-name": casework.Domain, "ipv4-addr": casework.IP, "ipv6-addr": casework.IP,
	"mac-addr": casework.MAC, "phone-number": casework.Phone, "cryptocurrency-wallet": casework.Wallet, "imei": casework.IMEI, "imsi": casework.IMSI,
}

// observable gives the identifiers of a cyber-observable object, and in words
// what of it is not taken.
func observable(typ string, v jsonrec.Value) (found []observed, problems []string) {
	add := func(n naming, member string, value string) {
		if value != "" {
			found = append(found, observed{naming: n, value: value, selector: member})
		}
	}
	if typ == "x-crosscase-identifier" {
		if kind := casework.Kind(v.Get("kind").Text()); kind.Valid() {
			add(naming{kind: kind}, "value", v.Get("value").Text())
			return found, nil
		}
		return nil, []string{"the kind of the value is none that is known"}
	}
	if kind, ok := simpleTypes[typ]; ok {
		value := v.Get("value").Text()
		if value == "" {
			return nil, []string{"a " + typ + " without a value"}
		}
		if kind == casework.Domain && strings.HasSuffix(strings.ToLower(value), ".onion") {
			kind = casework.Onion
		}
		if kind == casework.IP && strings.Contains(value, "/") {
			return nil, []string{"a range of addresses, which is no identifier"}
		}
		add(naming{kind: kind, chain: or(v.Get("currency").Text(), v.Get("blockchain").Text())}, "value", value)
		if r, ok := regionOf(v.Get("country").Text()); ok && kind == casework.Phone {
			found[0].region = r
		}
		return found, nil
	}
	switch typ {
	case "user-account":
		login := or(v.Get("account_login").Text(), v.Get("user_id").Text())
		add(naming{kind: casework.Handle, platform: v.Get("account_type").Text()}, "account_login", login)
	case "bank-account":
		add(naming{kind: casework.Bank}, "iban", or(v.Get("iban").Text(), v.Get("iban_number").Text()))
		if len(found) == 0 {
			problems = append(problems, "a bank account without an IBAN, which is no identifier by itself")
		}
	case "payment-card":
		problems = append(problems, "a payment card: card numbers are not taken")
	case "file", "artifact":
		hashes := v.Get("hashes")
		for i, name := range hashes.Names() {
			if n, ok := kindOf(name); ok {
				add(n, "hashes", hashes.Items()[i].Text())
			}
		}
		add(naming{kind: casework.PDQ}, "x_pdq_hash", v.Get("x_pdq_hash").Text())
		if typ == "artifact" {
			add(naming{kind: casework.URL}, "url", v.Get("url").Text())
		}
	}
	return found, problems
}
