package export

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// tlpMarkings are the marking definitions of TLP 2.0 that OASIS publishes.
var tlpMarkings = map[casework.TLP]string{
	casework.TLPClear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	casework.TLPGreen:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	casework.TLPAmber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	casework.TLPAmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	casework.TLPRed:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// tlpExtension is the extension by which STIX 2.1 carries TLP 2.0.
const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

type object = map[string]any

// A list writes a JSON array element by element.
type list struct {
	w     io.Writer
	begun bool
}

func (l *list) add(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	before := "\n"
	if l.begun {
		before = ",\n"
	}
	l.begun = true
	_, err = fmt.Fprintf(l.w, "%s%s", before, data)
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// STIX writes a bundle of STIX 2.1: an observable for each item, observed data
// for each one with a time, and the markings; for a disclosure a note on its terms.
func STIX(w io.Writer, head Head, items iter.Seq[Item]) error {
	if _, err := fmt.Fprintf(w, `{"type":"bundle","id":"bundle--%s","objects":[`, newUUID()); err != nil {
		return fmt.Errorf("writing STIX: %w", err)
	}
	s := &stixWriter{list: list{w: w}, head: head, author: "identity--" + newUUID(), marks: map[string]string{}}
	made := stamp(head.Made)
	if err := s.add(object{
		"type": "identity", "spec_version": "2.1", "id": s.author, "created": made, "modified": made,
		"name": head.Agency, "identity_class": "organization", "description": head.Title,
	}); err != nil {
		return err
	}
	for item := range items {
		if err := s.item(item); err != nil {
			return err
		}
	}
	if err := s.note(); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n]}\n"); err != nil {
		return fmt.Errorf("writing STIX: %w", err)
	}
	return nil
}

type stixWriter struct {
	list
	head      Head
	author    string
	marks     map[string]string // written already, by what they say
	disclosed []string          // ids that the note on the terms speaks of
}

func (s *stixWriter) item(item Item) error {
	marks, err := s.markings(item.TLP, item.Handling)
	if err != nil {
		return err
	}
	o := observable(item)
	id := fmt.Sprintf("%s--%s", o["type"], newUUID())
	o["id"], o["spec_version"], o["object_marking_refs"] = id, "2.1", marks
	o["x_crosscase_category"], o["x_crosscase_grading"], o["x_crosscase_consent"] = item.Category.Or(), item.Grading.String(), item.Consent
	for name, value := range map[string]string{"x_crosscase_tool": item.Tool, "x_crosscase_case": item.CaseRef} {
		if value != "" {
			o[name] = value
		}
	}
	if !item.Captured.IsZero() {
		o["x_crosscase_captured"] = stamp(item.Captured)
	}
	if err := s.add(o); err != nil {
		return err
	}
	if s.head.Terms.stated() {
		s.disclosed = append(s.disclosed, id)
	}
	if item.Seen.IsZero() {
		return nil
	}
	made, seen := stamp(s.head.Made), stamp(item.Seen)
	return s.add(object{
		"type": "observed-data", "spec_version": "2.1", "id": "observed-data--" + newUUID(), "created_by_ref": s.author,
		"created": made, "modified": made, "first_observed": seen, "last_observed": seen, "number_observed": 1,
		"object_refs": []string{id}, "object_marking_refs": marks,
	})
}

// note says the terms of a disclosure to a person: on all that was disclosed, or on
// who exports it where that holds no identifier.
func (s *stixWriter) note() error {
	terms := s.head.Terms
	if !terms.stated() {
		return nil
	}
	marks, err := s.markings(terms.TLP, terms.Handling)
	if err != nil {
		return err
	}
	if len(s.disclosed) == 0 {
		s.disclosed = []string{s.author}
	}
	made := stamp(s.head.Made)
	return s.add(object{
		"type": "note", "spec_version": "2.1", "id": "note--" + newUUID(), "created": made, "modified": made, "created_by_ref": s.author,
		"abstract": "Terms of disclosure", "content": strings.Join(terms.Words(), "\n"), "object_refs": s.disclosed, "object_marking_refs": marks,
	})
}

// markings returns the ids of the markings that something goes out under, the terms
// of a disclosure among them, writing those that are new.
func (s *stixWriter) markings(tlp casework.TLP, h casework.Handling) ([]string, error) {
	tlp = tlp.Or()
	tlpID, ok := tlpMarkings[tlp]
	if !ok {
		tlp, tlpID = casework.TLPRed, tlpMarkings[casework.TLPRed]
	}
	if s.marks[string(tlp)] == "" {
		s.marks[string(tlp)] = tlpID
		if err := s.add(object{
			"type": "marking-definition", "spec_version": "2.1", "id": tlpID, "created": "2022-10-01T00:00:00.000Z", "name": "TLP:" + tlp,
			"extensions": object{tlpExtension: object{"extension_type": "property-extension", "tlp_2_0": strings.ToLower(string(tlp))}},
		}); err != nil {
			return nil, err
		}
	}
	ids := []string{tlpID}
	codes, words := handling(h)
	for _, statement := range append([]string{"Handling code " + codes + ": " + words}, s.head.Terms.statements()...) {
		id, err := s.statement(statement)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// statement returns the id of a marking in words.
func (s *stixWriter) statement(words string) (string, error) {
	if id := s.marks[words]; id != "" {
		return id, nil
	}
	id := "marking-definition--" + newUUID()
	s.marks[words] = id
	return id, s.add(object{
		"type": "marking-definition", "spec_version": "2.1", "id": id, "created": stamp(s.head.Made), "created_by_ref": s.author,
		"definition_type": "statement", "definition": object{"statement": words},
	})
}

// observable returns the STIX object of an identifier. Kinds for which STIX and its
// community have none get one of our own.
func observable(item Item) object {
	value := plain(item)
	switch kind := item.Identifier.Kind(); kind {
	case casework.Phone:
		return object{"type": "phone-number", "value": value}
	case casework.Email:
		return object{"type": "email-addr", "value": value}
	case casework.URL:
		return object{"type": "url", "value": "https://" + value}
	case casework.Domain, casework.Onion:
		return object{"type": "domain-name", "value": value}
	case casework.MAC:
		return object{"type": "mac-addr", "value": value}
	case casework.Bank:
		return object{"type": "bank-account", "iban": value}
	case casework.Wallet:
		chain, address := split(value)
		return object{"type": "cryptocurrency-wallet", "value": address, "blockchain": chain}
	case casework.Handle:
		platform, name := split(value)
		return object{"type": "user-account", "account_type": platform, "account_login": name}
	case casework.MD5, casework.SHA1, casework.SHA256, casework.PhotoDNA:
		return object{"type": "file", "hashes": object{hashNames[kind]: value}}
	case casework.PDQ:
		return object{"type": "file", "x_pdq_hash": value}
	case casework.IP:
		if bareIP(value) {
			family := "ipv4-addr"
			if strings.Contains(value, ":") {
				family = "ipv6-addr"
			}
			return object{"type": family, "value": value}
		}
	}
	return object{"type": "x-crosscase-identifier", "kind": item.Identifier.Kind(), "value": value}
}

var hashNames = map[casework.Kind]string{casework.MD5: "MD5", casework.SHA1: "SHA-1", casework.SHA256: "SHA-256", casework.PhotoDNA: "PhotoDNA"}
