package stix

import (
	"cmp"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// markings are a bundle's marking definitions by their ids. Where several apply
// to a value, the strictest one does: STIX lets a granular marking loosen its
// object's, and a reader who follows that trusts the sender's selectors.
type markings map[string]reading.About

// The marking definitions that STIX itself fixes: TLP 1.0 (STIX 2.1 section
// 7.2.1.4) and TLP 2.0 (the OASIS extension definition).
var wellKnown = map[string]casework.TLP{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": casework.TLPClear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": casework.TLPGreen,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": casework.TLPAmber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": casework.TLPRed,
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": casework.TLPClear,
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": casework.TLPGreen,
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": casework.TLPAmber,
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": casework.TLPAmberStrict,
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": casework.TLPRed,
}

// define keeps a marking definition. One that redefines a well-known id is not
// believed.
func (m markings) define(id string, v jsonrec.Value) {
	if _, fixed := wellKnown[id]; fixed || id == "" || len(m) >= 10_000 {
		return
	}
	var a reading.About
	label := cmp.Or(v.Get("definition", "tlp").Text(), v.Get("definition", "tlp_2_0").Text())
	extensions := v.Get("extensions")
	for _, e := range extensions.Items() {
		label = cmp.Or(label, e.Get("tlp_2_0").Text())
	}
	if name := v.Get("name").Text(); label == "" && strings.HasPrefix(strings.ToUpper(name), "TLP") {
		label = name
	}
	if label != "" {
		a.TLP, _ = reading.ParseTLP(label)
	}
	if statement := v.Get("definition", "statement").Text(); statement != "" {
		if codes, words, ok := reading.HandlingStatement(statement); ok {
			a.SetHandling(codes, words)
		} else if !a.SetTerm(statement) {
			a.Restriction = reading.Printable(statement)
		}
	}
	m[id] = a
}

// apply puts the markings with the given ids on an about and returns the number
// of those that nothing defines; they count as TLP:RED.
func (m markings) apply(a *reading.About, ids []string) (unknown int) {
	for _, id := range ids {
		if t, ok := wellKnown[id]; ok {
			a.TLP = reading.Stricter(a.TLP, t)
			continue
		}
		def, ok := m[id]
		if !ok {
			unknown++
			a.TLP = casework.TLPRed
			continue
		}
		a.TLP = reading.Stricter(a.TLP, def.TLP)
		if def.Handling.Codes != "" {
			a.Handling = reading.Union(a.Handling, def.Handling)
		}
		a.KeepTerms(def.Terms...)
		if def.Restriction != "" {
			a.Restriction = strings.TrimPrefix(a.Restriction+"; "+def.Restriction, "; ")
		}
	}
	return unknown
}

// granular returns the markings whose selectors cover a member of an object.
func granular(v jsonrec.Value, member string) []string {
	var ids []string
	for _, g := range v.Get("granular_markings").Items() {
		for _, sel := range reading.Texts(g.Get("selectors")) {
			if sel == member || strings.HasPrefix(sel, member+".") || strings.HasPrefix(member, sel+".") {
				ids = append(ids, g.Get("marking_ref").Text())
				break
			}
		}
	}
	return ids
}
