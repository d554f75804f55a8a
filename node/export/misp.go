package export

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// mispTypes are the attribute types that a kind has by itself.
var mispTypes = map[casework.Kind]string{
	casework.Phone: "phone-number", casework.Email: "email", casework.Bank: "iban", casework.URL: "url", casework.Domain: "domain",
	casework.Onion: "onion-address", casework.MD5: "md5", casework.SHA1: "sha1", casework.SHA256: "sha256", casework.MAC: "mac-address",
}

// MISP writes one event. Its distribution is 0, the own organisation: whoever
// imports it decides anew who may see it. An item of a kind that MISP has no
// attribute type for stands in an object, under its own name; so do the terms of a
// disclosure, and in a comment on each attribute, because whoever correlates one
// sees it without its event.
func MISP(w io.Writer, head Head, items iter.Seq[Item]) error {
	if _, err := fmt.Fprintf(w, `{"Event":{"uuid":%q,"info":%s,"date":%q,"threat_level_id":"4","analysis":"0","distribution":"0","published":false,"timestamp":%q,"Orgc":{"name":%s},`,
		newUUID(), quote(head.Title), head.Made.UTC().Format(time.DateOnly), seconds(head.Made), quote(head.Agency)); err != nil {
		return fmt.Errorf("writing MISP: %w", err)
	}
	if head.Terms.stated() {
		if _, err := fmt.Fprintf(w, `"Tag":[{"name":%s}],`, quote(tlpTag(head.Terms.TLP))); err != nil {
			return fmt.Errorf("writing MISP: %w", err)
		}
	}
	if _, err := io.WriteString(w, `"Object":[`); err != nil {
		return fmt.Errorf("writing MISP: %w", err)
	}
	out := list{w: w}
	if head.Terms.stated() {
		if err := out.add(mispDisclosure(head)); err != nil {
			return err
		}
	}
	for item := range items {
		if err := out.add(mispObject(head, item)); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "\n]}}\n"); err != nil {
		return fmt.Errorf("writing MISP: %w", err)
	}
	return nil
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// mispObject puts an item into an object: of a template where one fits, else of
// our own.
func mispObject(head Head, item Item) object {
	value := plain(item)
	kind := item.Identifier.Kind()
	name, attributes := "crosscase-identifier", []object{}
	comment := strings.Join(head.Terms.statements(), "; ")
	attribute := func(typ, relation, value string) {
		a := mispAttribute(head, typ, relation, value)
		a["comment"], a["Tag"] = comment, mispTags(item)
		if !item.Seen.IsZero() {
			a["first_seen"], a["last_seen"] = stamp(item.Seen), stamp(item.Seen)
		}
		attributes = append(attributes, a)
	}
	switch {
	case kind == casework.Wallet:
		chain, address := split(value)
		name = "coin-address"
		attribute("text", "symbol", chain)
		attribute("text", "address", address)
	case kind == casework.Handle:
		platform, login := split(value)
		name = "user-account"
		attribute("text", "account-type", platform)
		attribute("text", "username", login)
	case kind == casework.URL:
		attribute("url", "url", "https://"+value)
	case kind == casework.IP && bareIP(value):
		attribute("ip-src", "ip", value)
	case mispTypes[kind] != "":
		attribute(mispTypes[kind], string(kind), value)
	default:
		attribute("text", string(kind), value)
	}
	return object{
		"uuid": newUUID(), "name": name, "meta-category": "misc", "description": "", "distribution": "5", "timestamp": seconds(head.Made),
		"deleted": false, "comment": item.CaseRef, "Attribute": attributes,
	}
}

func mispAttribute(head Head, typ, relation, value string) object {
	return object{
		"uuid": newUUID(), "type": typ, "object_relation": relation, "value": value, "category": "Other", "to_ids": false,
		"distribution": "5", "timestamp": seconds(head.Made), "deleted": false, "comment": "",
	}
}

// mispDisclosure puts the terms of a disclosure into an object of the event.
func mispDisclosure(head Head) object {
	t := head.Terms
	codes, words := handling(t.Handling)
	attributes := []object{}
	for _, a := range []struct{ relation, value string }{
		{"disclosed-by", string(t.From)}, {"disclosure", t.Disclosure.String()}, {"contact", t.Contact},
		{"tlp", string(t.TLP.Or())}, {"handling", codes}, {"handling-text", words},
	} {
		if a.value != "" {
			attributes = append(attributes, mispAttribute(head, "text", a.relation, a.value))
		}
	}
	for _, c := range t.Conditions {
		attributes = append(attributes, mispAttribute(head, "text", "condition", c))
	}
	if !t.DeleteBy.IsZero() {
		attributes = append(attributes, mispAttribute(head, "datetime", "delete-by", stamp(t.DeleteBy)))
	}
	return object{
		"uuid": newUUID(), "name": "crosscase-disclosure", "meta-category": "misc", "description": "Terms of disclosure", "distribution": "5",
		"timestamp": seconds(head.Made), "deleted": false, "comment": strings.Join(t.Words(), "\n"), "Attribute": attributes,
	}
}

func tlpTag(t casework.TLP) string { return "tlp:" + lower(string(t.Or())) }

// mispTags carry what MISP has no member for, as machine tags.
func mispTags(item Item) []object {
	codes, words := handling(item.Handling)
	seen := ""
	if item.Seen.IsZero() {
		seen = "not-known"
	}
	tags := []object{{"name": tlpTag(item.TLP)}}
	for _, t := range []struct{ predicate, value string }{
		{"crosscase:grading", item.Grading.String()}, {"crosscase:category", string(item.Category.Or())},
		{"crosscase:consent", strconv.FormatBool(item.Consent)}, {"crosscase:handling", codes}, {"crosscase:handling-text", words},
		{"crosscase:seen", seen}, {"crosscase:tool", item.Tool}, {"crosscase:case", item.CaseRef}, {"crosscase:captured", stampOr(item.Captured)},
	} {
		if t.value != "" {
			tags = append(tags, object{"name": t.predicate + `="` + escapeTag(t.value) + `"`})
		}
	}
	return tags
}
