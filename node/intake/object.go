package intake

import (
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
)

// maxGrouped is how many levels of cases with identifiers are gone into.
const maxGrouped = 4

// object states what one JSON object holds. Its members are read like the
// columns of a table: by their names. s and a are what surrounds it.
func (p *pipe) object(record string, v jsonrec.Value, s statement, a about) error {
	if report, ok := reportOf(v); ok {
		return p.report(record, report, s, a)
	}
	s.record = record
	n, err := p.members(v, s, a, 0)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.ignored()
	}
	return nil
}

// members states an object's members and ends a record for each innermost one.
func (p *pipe) members(v jsonrec.Value, s statement, a about, level int) (int, error) {
	names := v.Names()
	items := v.Items()
	typ, value := "", jsonrec.Value{}
	for i, name := range names {
		if reason := a.member(&s, name, items[i], v); reason != "" {
			if err := p.problem(s.record, reason); err != nil {
				return 0, err
			}
		}
		switch roleWords[plainName(name)] {
		case roleType:
			typ = items[i].Text()
		case roleValue:
			value = items[i]
		}
	}
	s.about = &a
	n := 0
	if value.Text() != "" {
		named, ok := kindOf(typ)
		switch {
		case ok || typ == "":
			vs := s
			vs.kind, vs.value = named.kind, value.Text()
			vs.platform, vs.chain = or(named.platform, s.platform), or(named.chain, s.chain)
			if err := p.value(vs); err != nil {
				return n, err
			}
		default:
			if err := p.problem(s.record, "the kind of the value is none that is known"); err != nil {
				return n, err
			}
		}
		n++
	}
	groups := 0
	for i, name := range names {
		item := items[i]
		role, isRole := roleWords[plainName(name)]
		named, isKind := kindOf(name)
		switch {
		case isRole && role == roleText && item.Text() != "":
			vs := s
			vs.prose, vs.value = true, item.Text()
			n++
			if err := p.value(vs); err != nil {
				return n, err
			}
		case isRole:
		case isKind:
			for _, one := range item.Each() {
				if one.Text() == "" {
					continue
				}
				vs := s
				vs.kind, vs.value = named.kind, one.Text()
				vs.platform, vs.chain = or(named.platform, s.platform), or(named.chain, s.chain)
				n++
				if err := p.value(vs); err != nil {
					return n, err
				}
			}
		case item.Array() && level < maxGrouped:
			for j, one := range item.Items() {
				if !one.Object() {
					continue
				}
				inner := s
				inner.record = fmt.Sprintf("%s/%s/%d", s.record, jsonrec.Clean(name), j)
				m, err := p.members(one, inner, a, level+1)
				if err != nil {
					return n, err
				}
				groups += m
			}
		}
	}
	if n > 0 {
		return n + groups, p.record()
	}
	return groups, nil
}

// member reads a member that says something about the values beside it.
func (a *about) member(s *statement, name string, item, whole jsonrec.Value) string {
	text := item.Text()
	if text == "" {
		return ""
	}
	switch roleWords[plainName(name)] {
	case roleRegion:
		if r, ok := regionOf(text); ok {
			s.region = r
		} else if len(strings.TrimSpace(text)) <= 3 {
			return badRegion
		}
	case rolePlatform:
		s.platform = strings.TrimSpace(text)
	case roleChain:
		s.chain = strings.TrimSpace(text)
	case roleCase:
		a.caseRef = strings.TrimSpace(text)
	case roleSeen:
		return a.setSeen(text)
	case roleCategory:
		return a.setCategory(text)
	case roleConsent:
		return a.setConsent(text)
	case roleGrading:
		return a.setGrading(text)
	case roleHandling:
		words := whole.Get("handling_text").Text()
		return a.setHandling(text, words)
	case roleTLP:
		return a.setTLP(text)
	case roleCaptured:
		a.captured, _ = timeOf(text)
	case roleTool:
		a.tool = printable(strings.TrimSpace(text))
	}
	return ""
}
