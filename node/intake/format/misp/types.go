package misp

import (
	"errors"
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/node/intake/reading"
	"github.com/crosscase/crosscase/policy/casework"
)

var (
	errCard  = errors.New("a payment card: card numbers are not taken")
	errParts = errors.New("a value that has not the parts that its type says")
)

// mispWords are attribute types and object relations that kindOf does not know
// by themselves.
var mispWords = map[string]reading.Naming{
	"whois-registrant-phone": {Kind: casework.Phone}, "prtn": {Kind: casework.Phone}, "phone-number": {Kind: casework.Phone},
	"whois-registrant-email": {Kind: casework.Email}, "target-email": {Kind: casework.Email}, "dns-soa-email": {Kind: casework.Email},
	"e-mail": {Kind: casework.Email}, "email-address": {Kind: casework.Email},
	"jabber-id": {Kind: casework.Handle, Platform: "jabber"}, "twitter-id": {Kind: casework.Handle, Platform: "twitter"},
	"github-username": {Kind: casework.Handle, Platform: "github"},
	"malware-sample":  {Kind: casework.MD5}, "x509-fingerprint-md5": {}, "x509-fingerprint-sha1": {}, "x509-fingerprint-sha256": {},
	"passport-number": {Kind: casework.Document}, "identity-card-number": {Kind: casework.Document},
	"vehicle-license-plate": {Kind: casework.Plate}, "license-plate-number": {Kind: casework.Plate},
	"first-seen": {}, "last-seen": {}, "text": {}, "comment": {}, "other": {}, "id": {}, "link": {Kind: casework.URL},
}

// valuesOf returns the identifiers of one attribute: by its type, which may be
// made of two ("filename|sha256"), else by its relation to its object.
func valuesOf(typ, relation, value string, in object) (found []reading.Observed, problem error) {
	if value == "" {
		return nil, nil
	}
	switch typ {
	case "cc-number":
		return nil, errCard
	case "ip-src|port", "ip-dst|port":
		addr, port, _ := strings.Cut(value, "|")
		if strings.Contains(addr, ":") {
			addr = "[" + addr + "]"
		}
		return []reading.Observed{{Naming: reading.Naming{Kind: casework.IP}, Value: addr + ":" + port}}, nil
	case "malware-sample", "attachment":
		if _, hash, ok := strings.Cut(value, "|"); ok {
			return []reading.Observed{{Naming: reading.Naming{Kind: casework.MD5}, Value: hash}}, nil
		}
		return nil, nil
	}
	types, values := strings.Split(typ, "|"), []string{value}
	if len(types) > 1 {
		values = strings.SplitN(value, "|", len(types))
		if len(values) != len(types) {
			return nil, errParts
		}
	}
	for i, t := range types {
		if len(types) == 1 {
			if o, ok := in.account(typ, relation, values[i]); ok {
				found = append(found, o)
				continue
			}
		}
		n, ok := kindOf(t, in)
		if !ok && len(types) == 1 {
			n, ok = kindOf(relation, in)
		}
		if !ok || n.Kind == "" {
			continue
		}
		if n.Kind == casework.Domain && strings.HasSuffix(strings.ToLower(values[i]), ".onion") {
			n.Kind = casework.Onion
		}
		found = append(found, reading.Observed{Naming: n, Value: values[i]})
	}
	return found, problem
}

func kindOf(word string, in object) (reading.Naming, bool) {
	if word == "" || word == "filename" {
		return reading.Naming{}, false
	}
	n, ok := mispWords[word]
	if !ok {
		n, ok = reading.KindOf(word)
	}
	if ok && word != "text" && word != "other" && word != "comment" && word != "id" {
		if n.Kind == casework.Handle && n.Platform == "" {
			n.Platform = in.platform
		}
		if n.Kind == casework.Wallet && n.Chain == "" {
			n.Chain = in.chain
		}
		return n, n.Kind != ""
	}
	if (word == "address" || word == "address-crypto") && (in.chain != "" || in.name == "coin-address") {
		return reading.Naming{Kind: casework.Wallet, Chain: in.chain}, true
	}
	return reading.Naming{}, false
}

// unquoteTag reads the value of a machine tag.
func unquoteTag(value string) string {
	if rest, ok := strings.CutPrefix(value, `"`); ok {
		value = strings.TrimSuffix(rest, `"`)
	}
	return tagEscapes.Replace(value)
}

var tagEscapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// setTags reads what tags say: TLP, the Admiralty scale, and our own.
func setTags(a *reading.About, tags jsonrec.Value) (problems []error) {
	reliability, credibility := "", ""
	handling, words := "", ""
	for _, t := range tags.Each() {
		name := t.Get("name").Text()
		if name == "" {
			name = t.Text()
		}
		predicate, value, _ := strings.Cut(name, "=")
		value = unquoteTag(value)
		var problem error
		switch {
		case strings.HasPrefix(strings.ToLower(name), "tlp:"):
			problem = a.SetTLP(name)
		case predicate == "admiralty-scale:source-reliability":
			reliability = value
		case predicate == "admiralty-scale:information-credibility":
			credibility = value
		case predicate == "crosscase:grading":
			problem = a.SetGrading(value)
		case predicate == "crosscase:category":
			problem = a.SetCategory(value)
		case predicate == "crosscase:consent":
			problem = a.SetConsent(value)
		case predicate == "crosscase:handling":
			handling = value
		case predicate == "crosscase:handling-text":
			words = value
		case predicate == "crosscase:tool":
			a.Tool = reading.Printable(value)
		case predicate == "crosscase:seen":
			a.Unseen = true // the event's date is not this value's
		case predicate == "crosscase:case":
			a.CaseRef = value
		case predicate == "crosscase:captured":
			a.Captured, _ = reading.ParseTime(value)
		}
		if problem != nil {
			problems = append(problems, problem)
		}
	}
	if reliability != "" && credibility != "" {
		if problem := a.SetGrading("admiralty:" + reliability + credibility); problem != nil {
			problems = append(problems, problem)
		}
	}
	if problem := a.SetHandling(handling, words); problem != nil {
		problems = append(problems, problem)
	}
	return problems
}

// mispTerms is the name of the MISP object that holds the terms for its event.
const mispTerms = "crosscase-disclosure"

// setTerms reads the terms out of their object.
func setTerms(a *reading.About, attributes []jsonrec.Value) {
	var agency, contact string
	for _, attribute := range attributes {
		value := attribute.Get("value").Text()
		switch relation := attribute.Get("object_relation").Text(); {
		case value == "":
		case relation == "disclosed-by":
			agency = value
		case relation == "contact":
			contact = value
		case relation == "condition":
			a.SetTerm(reading.ConditionTerm + value)
		case relation == "delete-by":
			a.SetTerm(reading.DeleteByTerm + value)
		}
	}
	a.SetOrigin(agency, contact)
}
