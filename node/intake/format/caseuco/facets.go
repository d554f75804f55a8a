package caseuco

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

// facetMembers are the members of facets that hold an identifier (UCO 1.x
// observable ontology). CASE/UCO has no class for a wallet, an onion service or
// a PDQ hash; a wallet or an onion written as a URL is told by its form.
var facetMembers = map[string]map[string]reading.Naming{
	"PhoneAccountFacet":     {"phoneNumber": {Kind: casework.Phone}},
	"EmailAddressFacet":     {"addressValue": {Kind: casework.Email}, "value": {Kind: casework.Email}},
	"URLFacet":              {"fullValue": {Kind: casework.URL}},
	"DomainNameFacet":       {"value": {Kind: casework.Domain}},
	"IPv4AddressFacet":      {"addressValue": {Kind: casework.IP}},
	"IPv6AddressFacet":      {"addressValue": {Kind: casework.IP}},
	"IPAddressFacet":        {"addressValue": {Kind: casework.IP}},
	"MACAddressFacet":       {"addressValue": {Kind: casework.MAC}},
	"BluetoothAddressFacet": {"addressValue": {Kind: casework.MAC}},
	"WifiAddressFacet":      {"addressValue": {Kind: casework.MAC}},
	"MobileDeviceFacet":     {"IMEI": {Kind: casework.IMEI}},
	"SIMCardFacet":          {"IMSI": {Kind: casework.IMSI}},
	"MobileAccountFacet":    {"MSISDN": {Kind: casework.Phone}, "IMSI": {Kind: casework.IMSI}},
	// what an account is called may be an address, a number or a name
	"AccountFacet":            {"accountIdentifier": {}},
	"DigitalAccountFacet":     {"accountLogin": {Kind: casework.Handle}},
	"ApplicationAccountFacet": {"accountIdentifier": {Kind: casework.Handle}},
	"ContactPhoneFacet":       {"contactPhoneNumber": {Kind: casework.Phone}},
	"ContactEmailFacet":       {"contactEmail": {Kind: casework.Email}},
	"ContactURLFacet":         {"contactURL": {Kind: casework.URL}},
}

// facetTexts are the members that hold prose.
var facetTexts = map[string]string{"MessageFacet": "messageText", "NoteFacet": "text", "EmailMessageFacet": "body", "SMSMessageFacet": "messageText"}

// facetValues returns the identifiers of a facet, and the texts to search.
func facetValues(f jsonrec.Value) (found []reading.Observed, prose []string) {
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
			found = append(found, reading.Observed{Naming: reading.Naming{Kind: kind}, Value: literal(member(f, "value"))})
		}
		if typ == "ContentDataFacet" {
			found = append(found, facetHashes(f)...)
		}
	}
	return found, prose
}

func facetValue(n reading.Naming, text string) reading.Observed {
	low := strings.ToLower(text)
	switch {
	case n.Kind == casework.Domain && strings.HasSuffix(low, ".onion"):
		n.Kind = casework.Onion
	case n.Kind == casework.Handle && strings.Contains(text, "@") && strings.Contains(text, "."):
		n.Kind = "" // an address used as a login
	}
	return reading.Observed{Naming: n, Value: text}
}

// facetHashes returns the hashes of content.
func facetHashes(f jsonrec.Value) []reading.Observed {
	var found []reading.Observed
	for _, h := range member(f, "hash").Each() {
		value := member(h, "hashValue")
		if typ := local(value.Get("@type").Text()); typ != "" && typ != "hexBinary" {
			continue
		}
		if n, ok := reading.KindOf(literal(member(h, "hashMethod"))); ok {
			found = append(found, reading.Observed{Naming: n, Value: literal(value)})
		}
	}
	return found
}
