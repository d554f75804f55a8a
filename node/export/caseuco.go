package export

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// caseContext maps the prefixes. Kinds without a class in UCO stand in a facet
// of our own namespace.
const caseContext = `{"kb":"urn:uuid:","xsd":"http://www.w3.org/2001/XMLSchema#",` +
	`"uco-core":"https://ontology.unifiedcyberontology.org/uco/core/","uco-action":"https://ontology.unifiedcyberontology.org/uco/action/",` +
	`"uco-identity":"https://ontology.unifiedcyberontology.org/uco/identity/","uco-marking":"https://ontology.unifiedcyberontology.org/uco/marking/",` +
	`"uco-observable":"https://ontology.unifiedcyberontology.org/uco/observable/","uco-tool":"https://ontology.unifiedcyberontology.org/uco/tool/",` +
	`"uco-types":"https://ontology.unifiedcyberontology.org/uco/types/","case-investigation":"https://ontology.caseontology.org/case/investigation/",` +
	`"crosscase":"https://crosscase.example/ontology/"}`

// CASE writes a CASE/UCO graph in JSON-LD: an observable for each item, the
// observation and the tool where they are known, and the markings; for a disclosure
// an investigation under the authorization that its terms are.
func CASE(w io.Writer, head Head, items iter.Seq[Item]) error {
	if _, err := fmt.Fprintf(w, `{"@context":%s,"@graph":[`, caseContext); err != nil {
		return fmt.Errorf("writing CASE: %w", err)
	}
	c := &caseWriter{list: list{w: w}, terms: head.Terms, known: map[string]string{}}
	author := node("uco-identity:Organization")
	author["uco-core:name"] = head.Agency
	author["uco-core:description"] = head.Title
	if err := c.add(author); err != nil {
		return err
	}
	for item := range items {
		if err := c.item(item); err != nil {
			return err
		}
	}
	if err := c.authorization(head); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n]}\n"); err != nil {
		return fmt.Errorf("writing CASE: %w", err)
	}
	return nil
}

type caseWriter struct {
	list
	terms     Terms
	known     map[string]string // ids of the markings and tools that were written
	disclosed []object          // references to what was disclosed
}

func node(typ string) object { return object{"@id": "kb:" + newUUID(), "@type": typ} }

func ref(id any) object { return object{"@id": id} }

func typed(typ, value string) object { return object{"@type": "xsd:" + typ, "@value": value} }

func (c *caseWriter) item(item Item) error {
	codes, words := handling(item.Handling)
	consent := "no"
	if item.Consent {
		consent = "yes"
	}
	var marks []object
	for _, statement := range append([]string{
		"TLP:" + string(item.TLP.Or()), "Handling code " + codes + ": " + words, "Grading " + item.Grading.String(),
		"Category " + string(item.Category.Or()), "Consent " + consent,
	}, c.terms.statements()...) {
		id, err := c.once(statement, func() object {
			n := node("uco-marking:MarkingDefinition")
			n["uco-marking:definitionType"] = "statement"
			n["uco-marking:definition"] = []object{{"@id": "kb:" + newUUID(), "@type": "uco-marking:StatementMarking", "uco-marking:statement": statement}}
			return n
		})
		if err != nil {
			return err
		}
		marks = append(marks, ref(id))
	}
	n := observableNode(item)
	n["uco-core:objectMarking"] = marks
	if item.CaseRef != "" {
		n["crosscase:caseRef"] = item.CaseRef
	}
	if err := c.add(n); err != nil {
		return err
	}
	if c.terms.stated() {
		c.disclosed = append(c.disclosed, ref(n["@id"]))
	}
	if !item.Seen.IsZero() {
		seen := node("uco-observable:Observation")
		seen["uco-action:endTime"] = typed("dateTime", stamp(item.Seen))
		seen["uco-action:result"] = []object{ref(n["@id"])}
		if err := c.add(seen); err != nil {
			return err
		}
	}
	return c.capture(item, n["@id"])
}

// capture writes by which tool and when an item was taken out of its source.
func (c *caseWriter) capture(item Item, id any) error {
	if item.Tool == "" && item.Captured.IsZero() {
		return nil
	}
	action := node("case-investigation:InvestigativeAction")
	action["uco-action:result"] = []object{ref(id)}
	if item.Tool != "" {
		tool, err := c.once("tool "+item.Tool, func() object {
			n := node("uco-tool:Tool")
			n["uco-core:name"] = item.Tool
			return n
		})
		if err != nil {
			return err
		}
		action["uco-action:instrument"] = ref(tool)
	}
	if !item.Captured.IsZero() {
		action["uco-action:endTime"] = typed("dateTime", stamp(item.Captured))
	}
	return c.add(action)
}

// authorization writes the terms of a disclosure: what was disclosed may be worked
// with under them, and until they end.
func (c *caseWriter) authorization(head Head) error {
	if !c.terms.stated() {
		return nil
	}
	a := node("case-investigation:Authorization")
	a["uco-core:name"], a["uco-core:description"] = "Terms of disclosure", strings.Join(c.terms.Words(), "\n")
	a["case-investigation:authorizationType"], a["case-investigation:authorizationIdentifier"] = "disclosure", c.terms.Disclosure.String()
	a["uco-core:startTime"] = typed("dateTime", stamp(c.terms.Made))
	if !c.terms.DeleteBy.IsZero() {
		a["uco-core:endTime"] = typed("dateTime", stamp(c.terms.DeleteBy))
	}
	if err := c.add(a); err != nil {
		return err
	}
	i := node("case-investigation:Investigation")
	i["uco-core:name"], i["case-investigation:relevantAuthorization"] = head.Title, ref(a["@id"])
	i["uco-core:object"] = append(c.disclosed, ref(a["@id"]))
	return c.add(i)
}

// once writes a node the first time that it is needed, and returns its id.
func (c *caseWriter) once(key string, make func() object) (string, error) {
	if id := c.known[key]; id != "" {
		return id, nil
	}
	n := make()
	id := n["@id"].(string)
	c.known[key] = id
	return id, c.add(n)
}

// observableNode returns the UCO class and facet of an identifier.
func observableNode(item Item) object {
	value := plain(item)
	class, facet, member := "", "", ""
	var content any = value
	switch kind := item.Identifier.Kind(); {
	case kind == casework.Phone:
		class, facet, member = "PhoneAccount", "PhoneAccountFacet", "phoneNumber"
	case kind == casework.Email:
		class, facet, member = "EmailAddress", "EmailAddressFacet", "addressValue"
	case kind == casework.URL:
		class, facet, member, content = "URL", "URLFacet", "fullValue", "https://"+value
	case kind == casework.Domain:
		class, facet, member = "DomainName", "DomainNameFacet", "value"
	case kind == casework.MAC:
		class, facet, member = "MACAddress", "MACAddressFacet", "addressValue"
	case kind == casework.IMEI:
		class, facet, member = "MobileDevice", "MobileDeviceFacet", "IMEI"
	case kind == casework.IP && bareIP(value):
		class, facet, member = "IPAddress", "IPAddressFacet", "addressValue"
	case hashNames[kind] != "" || kind == casework.PDQ:
		name := hashNames[kind]
		if name == "" {
			name = "PDQ"
		}
		class, facet, member = "ContentData", "ContentDataFacet", "hash"
		content = []object{{
			"@id": "kb:" + newUUID(), "@type": "uco-types:Hash", "uco-types:hashMethod": name,
			"uco-types:hashValue": typed("hexBinary", value),
		}}
	default:
		n := node("uco-observable:ObservableObject")
		n["uco-core:hasFacet"] = []object{{
			"@id": "kb:" + newUUID(), "@type": "crosscase:IdentifierFacet",
			"crosscase:kind": kind, "crosscase:value": value,
		}}
		return n
	}
	n := node("uco-observable:" + class)
	n["uco-core:hasFacet"] = []object{{"@id": "kb:" + newUUID(), "@type": "uco-observable:" + facet, "uco-observable:" + member: content}}
	return n
}
