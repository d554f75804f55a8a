package intake

import (
	"strings"

	"github.com/crosscase/crosscase/node/intake/jsonrec"
	"github.com/crosscase/crosscase/policy/casework"
)

// mispWords are attribute types and object relations that kindOf does not know
// by themselves.
var mispWords = map[string]naming{
	"whois-registrant-phone": {kind: casework.Phone}, "prtn": {kind: casework.Phone}, "phone-number": {kind: casework.Phone},
	"whois-registrant-email": {kind: casework.Email}, "target-email": {kind: casework.Email}, "dns-soa-email": {kind: casework.Email},
	"e-mail": {kind: casework.Email}, "email-address": {kind: casework.Email},
	"jabber-id": {kind: casework.Handle, platform: "jabber"}, "twitter-id": {kind: casework.Handle, platform: "twitter"},
	"github-username": {kind: casework.Handle, platform: "github"},
	"malware-sample":  {kind: casework.MD5}, "x509-fingerprint-md5": {}, "x509-fingerprint-sha1": {}, "x509-fingerprint-sha256": {},
	"passport-number": {kind: casework.Document}, "identity-card-number": {kind: casework.Document},
	"vehicle-license-plate": {kind: casework.Plate}, "license-plate-number": {kind: casework.Plate},
	"first-seen": {}, "last-seen": {}, "text": {}, "comment": {}, "other": {}, "id": {}, "link": {kind: casework.URL},
}

// mispValues gives the identifiers of one attribute: by its type, which may be
// made of two ("filename|sha256"), else by its relation to its object.
func mispValues(typ, relation, value string, in mispObject) (found []observed, problem string) {
	if value == "" {
		return nil, ""
	}
	switch typ {
	case "cc-number":
		return nil, "a payment card: card numbers are not taken"
	case "ip-src|port", "ip-dst|port":
		addr, port, _ := strings.Cut(value, "|")
		if strings.Contains(addr, ":") {
			addr = "[" + addr + "]"
		}
		return []observed{{naming: naming{kind: casework.IP}, value: addr + ":" + port}}, ""
	case "malware-sample", "attachment":
		if _, hash, ok := strings.Cut(value, "|"); ok {
			return []observed{{naming: naming{kind: casework.MD5}, value: hash}}, ""
		}
		return nil, ""
	}
	types, values := strings.Split(typ, "|"), []string{value}
	if len(types) > 1 {
		values = strings.SplitN(value, "|", len(types))
		if len(values) != len(types) {
			return nil, "a value that has not the parts that its type says"
		}
	}
	for i, t := range types {
		n, ok := mispKind(t, in)
		if !ok && len(types) == 1 {
			n, ok = mispKind(relation, in)
		}
		if !ok || n.kind == "" {
			continue
		}
		if n.kind == casework.Domain && strings.HasSuffix(strings.ToLower(values[i]), ".onion") {
			n.kind = casework.Onion
		}
		if n.kind == casework.IP && strings.Contains(values[i], "/") {
			problem = "a range of addresses, which is no identifier"
			continue
		}
		found = append(found, observed{naming: n, value: values[i]})
	}
	return found, problem
}

func mispKind(word string, in mispObject) (naming, bool) {
	if word == "" || word == "filename" {
		return naming{}, false
	}
	n, ok := mispWords[word]
	if !ok {
		n, ok = kindOf(word)
	}
	if ok && word != "text" && word != "other" && word != "comment" && word != "id" {
		if n.kind == casework.Handle && n.platform == "" {
			n.platform = in.platform
		}
		if n.kind == casework.Wallet && n.chain == "" {
			n.chain = in.chain
		}
		return n, n.kind != ""
	}
	if word == "address" && in.chain != "" {
		return naming{kind: casework.Wallet, chain: in.chain}, true
	}
	return naming{}, false
}

// unquoteTag reads the value of a machine tag.
func unquoteTag(value string) string {
	if rest, ok := strings.CutPrefix(value, `"`); ok {
		value = strings.TrimSuffix(rest, `"`)
	}
	return tagEscapes.Replace(value)
}

var tagEscapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// mispTags reads what tags say: TLP, the Admiralty scale, and our own.
func (a *about) mispTags(tags jsonrec.Value) (reasons []string) {
	reliability, credibility := "", ""
	handling, words := "", ""
	for _, t := range tags.Each() {
		name := t.Get("name").Text()
		if name == "" {
			name = t.Text()
		}
		predicate, value, _ := strings.Cut(name, "=")
		value = unquoteTag(value)
		reason := ""
		switch {
		case strings.HasPrefix(strings.ToLower(name), "tlp:"):
			reason = a.setTLP(name)
		case predicate == "admiralty-scale:source-reliability":
			reliability = value
		case predicate == "admiralty-scale:information-credibility":
			credibility = value
		case predicate == "crosscase:grading":
			reason = a.setGrading(value)
		case predicate == "crosscase:category":
			reason = a.setCategory(value)
		case predicate == "crosscase:consent":
			reason = a.setConsent(value)
		case predicate == "crosscase:handling":
			handling = value
		case predicate == "crosscase:handling-text":
			words = value
		case predicate == "crosscase:tool":
			a.tool = printable(value)
		case predicate == "crosscase:seen":
			a.unseen = true // the event's date is not this value's
		case predicate == "crosscase:case":
			a.caseRef = value
		case predicate == "crosscase:captured":
			a.captured, _ = timeOf(value)
		}
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	if reliability != "" && credibility != "" {
		if reason := a.setGrading("admiralty:" + reliability + credibility); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	if reason := a.setHandling(handling, words); reason != "" {
		reasons = append(reasons, reason)
	}
	return reasons
}
