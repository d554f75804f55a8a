package intake

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

// facetMembers are the members of facets that hold an identifier (UCO 1.x
// observable ontology). CASE/UCO has no class for a wallet, an onion service or
// a PDQ hash; a wallet or an onion written as a URL is told by its form.
var facetMembers = map[string]map[string]naming{
	"PhoneAccountFacet":  {"phoneNumber": {kind: casework.Phone}},
	"EmailAddressFacet":  {"addressValue": {kind: casework.Email}, "value": {kind: casework.Email}},
	"URLFacet":           {"fullValue": {kind: casework.URL}},
	"DomainNameFacet":    {"value": {kind: casework.Domain}},
	"IPv4AddressFacet":   {"addressValue": {kind: casework.IP}},
	"IPv6AddressFacet":   {"addressValue": {kind: casework.IP}},
	"IPAddressFacet":     {"addressValue": {kind: casework.IP}},
	"MACAddressFacet":    {"addressValue": {kind: casework.MAC}},
	"WifiAddressFacet":   {"addressValue": {kind: casework.MAC}},
	"MobileDeviceFacet":  {"IMEI": {kind: casework.IMEI}},
	"SIMCardFacet":       {"IMSI": {kind: casework.IMSI}},
	"MobileAccountFacet": {"MSISDN": {kind: casework.Phone}, "IMSI": {kind: casework.IMSI}},
	// what an account is called may be an address, a number or a name
	"AccountFacet":            {"accountIdentifier": {}},
	"DigitalAccountFacet":     {"accountLogin": {kind: casework.Handle}},
	"ApplicationAccountFacet": {"accountIdentifier": {kind: casework.Handle}},
	"ContactPhoneFacet":       {"contactPhoneNumber": {kind: casework.Phone}},
	"ContactEmailFacet":       {"contactEmail": {kind: casework.Email}},
	"ContactURLFacet":         {"contactURL": {kind: casework.URL}},
}

// facetTexts are the members that hold prose.
var facetTexts = map[string]string{"MessageFacet": "messageText", "NoteFacet": "text", "EmailMessageFacet": "body", "SMSMessageFacet": "messageText"}

// facetValues gives the identifiers of a facet, and the texts to search.
func facetValues(f jsonrec.Value) (found []observed, prose []string) {
	for _, t := range f.Get("@type").Each() {
		typ := local(t.Text())
		for i, name := range f.Names() {
			n, ok := facetMembers[typ][local(name)]
			if !ok {
				continue
			}
			for _, text := range literals(f.Items()[i]) {
				found = append(found, facetValue(n, text))
			}
		}
		if name, ok := facetTexts[typ]; ok {
			prose = append(prose, literals(member(f, name))...)
		}
		if kind := casework.Kind(literal(member(f, "kind"))); typ == "IdentifierFacet" && kind.Valid() {
			found = append(found, observed{naming: naming{kind: kind}, value: literal(member(f, "value"))})
		}
		if typ == "ContentDataFacet" {
			found = append(found, facetHashes(f)...)
		}
	}
	return found, prose
}

func facetValue(n naming, text string) observed {
	low := strings.ToLower(text)
	switch {
	case n.kind == casework.Domain && strings.HasSuffix(low, ".onion"):
		n.kind = casework.Onion
	case n.kind == casework.Handle && strings.Contains(text, "@") && strings.Contains(text, "."):
		n.kind = "" // an address used as a login
	}
	return observed{naming: n, value: text}
}

// facetHashes gives the hashes of content.
func facetHashes(f jsonrec.Value) []observed {
	var found []observed
	for _, h := range member(f, "hash").Each() {
		value := member(h, "hashValue")
		if typ := local(value.Get("@type").Text()); typ != "" && typ != "hexBinary" {
			continue
		}
		if n, ok := kindOf(literal(member(h, "hashMethod"))); ok {
			found = append(found, observed{naming: n, value: literal(value)})
		}
	}
	return found
}

// setMarking reads a marking that is a statement in words: "TLP:AMBER",
// "Handling code H1+H3: words", "Grading B2", "Category victim", "Consent yes", or
// a term of a disclosure. Any other statement is a restriction in words.
func (a *about) setMarking(text string) string {
	text = strings.TrimSpace(text)
	if codes, words, ok := handlingStatement(text); ok {
		return a.setHandling(codes, words)
	}
	if a.setTerm(text) {
		return ""
	}
	word, value, _ := strings.Cut(text, " ")
	switch {
	case strings.HasPrefix(strings.ToUpper(text), "TLP:"):
		return a.setTLP(text)
	case word == "Grading":
		return a.setGrading(value)
	case word == "Category":
		return a.setCategory(value)
	case word == "Consent":
		return a.setConsent(value)
	}
	a.restriction = strings.TrimPrefix(a.restriction+"; "+printable(text), "; ")
	return ""
}
