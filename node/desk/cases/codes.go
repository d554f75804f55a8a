package cases

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// terms are those of the agreement in force; in no network, those that a new one has.
func (d *Desk) terms() (terms agreement.Agreement, inForce bool) {
	ledger, err := d.Ledger()
	if err != nil {
		return agreement.Default("none"), false
	}
	ledger.View(func(st *state.State) { terms = st.Agreement() })
	return terms, true
}

// check refuses codes that no case may state, each with the nearest right one. What
// the case may ask for is checked against the agreement in force.
func (d *Desk) check(c casework.Case) error {
	if err := c.Validate(); err != nil {
		return api.Errorf(api.Invalid, "'crosscase codes' lists them", "%w", err)
	}
	terms, inForce := d.terms()
	if err := oneOf("offence", c.Offence, terms.Offences, inForce); err != nil {
		return err
	}
	if err := oneOf("legal basis", c.LegalBasis, terms.LegalBases, inForce); err != nil {
		return err
	}
	purposes := make([]string, len(terms.Purposes))
	for i, p := range terms.Purposes {
		purposes[i] = string(p)
	}
	if err := oneOf("purpose", string(c.Purpose), purposes, inForce); err != nil {
		return err
	}
	return country(c.Region)
}

// oneOf checks a code against those of the agreement; one that lists none leaves them
// open.
func oneOf(what, code string, known []string, inForce bool) error {
	if code == "" || len(known) == 0 || slices.Contains(known, code) {
		return nil
	}
	whose := "the agreement in force"
	if !inForce {
		whose = "the agreement that a new network has"
	}
	return api.Errorf(api.Invalid, "did you mean '"+casework.Nearest(code, known)+"'? 'crosscase codes' lists them", "%q is no %s of %s", code, what, whose)
}

// country checks a code of a country, in capitals.
func country(code string) error {
	if code == "" {
		return nil
	}
	region, err := language.ParseRegion(code)
	if err == nil && region.IsCountry() {
		if right := region.Canonicalize().String(); right != code {
			return api.Errorf(api.Invalid, "did you mean '"+right+"'?", "%q is no two-letter code of a country", code)
		}
		return nil
	}
	return api.Errorf(api.Invalid, "give its two letters as in ISO 3166, such as NL", "%q is no code of a country", code)
}

// Codes lists the codes that commands take, as they are typed.
func (d *Desk) Codes(_ context.Context, _ api.Call, p api.CodesRequest) ([]api.CodeList, error) {
	terms, inForce := d.terms()
	agreed := "of the agreement in force"
	if !inForce {
		agreed = "of the agreement that a new network has"
	}
	lists := []api.CodeList{
		{Name: "offence", About: agreed, Codes: terms.Offences}, {Name: "legal-basis", About: agreed, Codes: terms.LegalBases},
		{Name: "purpose", About: agreed, Codes: texts(terms.Purposes)}, {Name: "kind", About: agreed, Codes: texts(terms.Kinds)},
		{Name: "category", About: "of the person whom an item is about; unknown expires first", Codes: texts(casework.SubjectCategories())},
		{Name: "grading", About: "4x4: source A (no doubt) to C, X; information 1 (not in doubt) to 4; or admiralty:A1 to admiralty:F6", Codes: gradings()},
		{Name: "handling", About: "H0 to prevent and combat crime; H1 not in court, H2 not passed on, both without permission; H3 other, in words; they combine with +", Codes: []string{"H0", "H1", "H2", "H3"}},
		{Name: "tlp", About: "who may read", Codes: texts([]casework.TLP{casework.TLPRed, casework.TLPAmberStrict, casework.TLPAmber, casework.TLPGreen, casework.TLPClear})},
		{Name: "visibility", About: "shared: published as tags, and asked; silent: asked only; local: never leaves", Codes: []string{"shared", "silent", "local"}},
		{Name: "urgency", About: "7 days, 3 days, 8 hours", Codes: texts([]casework.Urgency{casework.Routine, casework.UrgentIndirect, casework.Urgent})},
		{Name: "field", About: "what a request may ask for", Codes: texts(casework.Fields())},
		{Name: "ground", About: "why a request is refused", Codes: texts(casework.Grounds())},
		{Name: "role", About: "of officers", Codes: texts([]casework.Role{casework.Investigator, casework.Supervisor, casework.Operator, casework.Auditor})},
	}
	if p.List == "" {
		return lists, nil
	}
	var names []string
	for _, l := range lists {
		if names = append(names, l.Name); l.Name == strings.ToLower(p.List) {
			return []api.CodeList{l}, nil
		}
	}
	return nil, api.Errorf(api.NotFound, "did you mean '"+casework.Nearest(p.List, names)+"'?", "there is no list %q; there are %s", p.List, strings.Join(names, ", "))
}

func texts[T ~string](codes []T) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = string(c)
	}
	return out
}

func gradings() (out []string) {
	for _, source := range "ABCX" {
		for _, information := range "1234" {
			out = append(out, string(source)+string(information))
		}
	}
	return out
}
