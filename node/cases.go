package node

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

func (n *Node) caseNew(ctx context.Context, _ api.Call, p api.CaseNewRequest) (view casework.Case, err error) {
	if p.Ref = strings.TrimSpace(p.Ref); p.Ref == "" || len(p.Ref) > 128 {
		return view, api.Errorf(api.Invalid, "", "a case's reference has 1 to 128 characters")
	}
	if _, err := n.store.CaseByRef(ctx, p.Ref); err == nil {
		return view, api.Errorf(api.Refused, "'crosscase case list' shows the cases", "there is a case %s already", p.Ref)
	}
	grading, err := casework.ParseGrading(p.Grading)
	if err != nil {
		return view, api.Errorf(api.Invalid, "", "%w", err)
	}
	c := casework.Case{
		ID: casework.NewCaseID(), Ref: p.Ref, Title: p.Title, Offence: p.Offence, Region: strings.ToUpper(p.Region), Category: p.Category,
		Grading: grading, Purpose: p.Purpose, LegalBasis: p.LegalBasis, Opened: time.Now().UTC(),
	}
	if p.Handling != "" {
		if c.Handling, err = casework.ParseHandling(p.Handling, ""); err != nil {
			return view, api.Errorf(api.Invalid, "", "%w", err)
		}
	}
	if p.Category != "" && !slices.Contains(casework.SubjectCategories(), p.Category) {
		return view, api.Errorf(api.Invalid, "", "the category is one of %v, not %q", casework.SubjectCategories(), p.Category)
	}
	if p.Purpose != "" && !slices.Contains(casework.Purposes(), p.Purpose) {
		return view, api.Errorf(api.Invalid, "", "the purpose is one of %v, not %q", casework.Purposes(), p.Purpose)
	}
	return c, n.store.PutCase(ctx, c)
}

func (n *Node) caseList(ctx context.Context, call api.Call, _ api.None) (view []casework.Case, err error) {
	all, err := n.store.Cases(ctx)
	if all == nil {
		all = []casework.Case{}
	}
	return all, err
}

// caseOf gives the case that a call names.
func (n *Node) caseOf(ctx context.Context, ref string) (casework.Case, error) {
	c, err := n.store.CaseByRef(ctx, ref)
	return c, notFound(err, "'crosscase case list' shows the cases, 'crosscase case new' opens one", "there is no case "+ref)
}

func (n *Node) caseShow(ctx context.Context, _ api.Call, p api.CaseShowRequest) (view api.CaseView, err error) {
	c, err := n.caseOf(ctx, p.Case)
	if err != nil {
		return view, err
	}
	r := api.CaseView{Case: c}
	if !p.Holds {
		return r, nil
	}
	if r.ByKind, _, err = n.store.Counts(ctx, c.ID); err != nil {
		return view, err
	}
	for _, k := range r.ByKind {
		r.Items += k
	}
	r.Leads, err = n.store.CountLeadsOfCase(ctx, c.ID, "")
	return r, err
}

func (n *Node) caseClose(ctx context.Context, _ api.Call, p api.CaseCloseRequest) (view casework.Case, err error) {
	c, err := n.caseOf(ctx, p.Case)
	if err != nil {
		return view, err
	}
	if c.Closed.IsZero() {
		c.Closed = time.Now().UTC()
		err = n.store.PutCase(ctx, c)
	}
	return c, err
}

// newItems checks items that an officer brings, and fills in what the case says.
func newItems(c casework.Case, source casework.Provenance, brought api.Items) ([]casework.Evidence, error) {
	items, err := brought.List()
	if err != nil {
		return nil, err
	}
	out := make([]casework.Evidence, len(items))
	for i, it := range items {
		if !it.Kind.Valid() || it.Value == "" || len(it.Value) > 4096 {
			return nil, api.Errorf(api.Invalid, "use the crosscase of the node's version", "item %d has no kind that this node knows, or no value", i+1)
		}
		p := source
		p.Record, p.Assumed = it.Record, it.Assumed
		if !it.Captured.IsZero() {
			p.Captured = it.Captured
		}
		if it.Tool != "" {
			p.Tool = it.Tool
		}
		out[i] = casework.Evidence{
			Identifier: casework.NewIdentifier(it.Kind, it.Value), Confidence: it.Confidence, WhyNot: it.WhyNot, Visibility: it.Visibility,
			Category: it.Category, Consent: it.Consent, Grading: it.Grading, Handling: it.Handling, TLP: it.TLP, Seen: it.Seen, Provenance: p,
		}
		if it.Category == "" {
			out[i].Category = c.Category
		}
		if it.Grading == (casework.Grading{}) {
			out[i].Grading = c.Grading
		}
		if it.Handling.Codes == "" {
			out[i].Handling = c.Handling
		}
		switch {
		case it.Confidence < identify.LowConfidence && it.WhyNot == "":
			out[i].WhyNot = casework.LowConfidence
		case out[i].Category.NeedsConsent() && !it.Consent:
			out[i].WhyNot = casework.NoConsent
		}
	}
	return out, nil
}

func (n *Node) sameNormaliser(version uint32) error {
	if version != identify.NormaliserVersion {
		return api.Errorf(api.Invalid, "use the crosscase of the node's version", "canonical forms of version %d, this node's are of version %d", version, identify.NormaliserVersion)
	}
	return nil
}

func (n *Node) itemsAdd(ctx context.Context, _ api.Call, p api.ItemsAddRequest) (view api.ItemsAddedView, err error) {
	if err := n.sameNormaliser(p.Normaliser); err != nil {
		return view, err
	}
	c, err := n.caseOf(ctx, p.Case)
	if err != nil {
		return view, err
	}
	if p.Source.Imported.IsZero() {
		p.Source.Imported = time.Now().UTC()
	}
	items, err := newItems(c, p.Source, p.Items)
	if err != nil {
		return view, err
	}
	added, err := n.store.AddItems(ctx, c.ID, items)
	if err != nil {
		return view, storeError(err)
	}
	r := api.ItemsAddedView{Known: map[casework.Kind]int{}}
	for i, a := range added {
		if a.New {
			r.NewItems++
		} else if p.Items.WhyNot(i) == "" {
			r.Known[items[i].Identifier.Kind()]++
		}
		if a.NewOccurrence {
			r.NewOccurrences++
		}
	}
	if s, err := n.inNetwork(); err == nil && r.NewOccurrences > 0 && n.cfg.Matching.Publish == "auto" {
		if members, err := n.others(s, nil); err == nil { // alone, there is nobody to publish to
			s.match.Publish(members...)
		}
	}
	return r, nil
}

func (n *Node) search(ctx context.Context, _ api.Call, p api.SearchRequest) (view api.ItemView, err error) {
	item, _, err := n.store.Find(ctx, casework.NewIdentifier(p.Kind, p.Value))
	if err != nil {
		return view, notFound(err, "'crosscase ask' asks the other agencies", "no own case holds it")
	}
	return n.found(ctx, item.ID)
}

// found gives an own item with its occurrences and leads, for an officer to see.
func (n *Node) found(ctx context.Context, id casework.ItemID) (api.ItemView, error) {
	item, occurrences, err := n.store.Item(ctx, id)
	if err != nil {
		return api.ItemView{}, err
	}
	r := api.ItemView{
		Item: item.ID, Kind: item.Identifier.Kind(), Value: item.Identifier.Reveal(), Visibility: item.Visibility, WhyNot: item.WhyNot,
		FirstSeen: item.FirstSeen, LastSeen: item.LastSeen,
	}
	for _, o := range occurrences {
		c, err := n.store.Case(ctx, o.Case)
		if err != nil {
			return r, err
		}
		r.Occurrences = append(r.Occurrences, api.OccurrenceView{CaseRef: c.Ref, Where: o})
	}
	r.Leads, err = n.store.LeadsOfItem(ctx, id)
	return r, err
}
