package node

import (
	"context"

	"github.com/crosscase/crosscase/node/api"
)

// exportPage is how many items one call gives.
const exportPage = 2000

// caseExport gives what an own case holds, each item with the markings of the
// place where it stands. It stays inside the agency: who takes it further does so
// under its handling codes.
func (n *Node) caseExport(ctx context.Context, call api.Call, p api.CaseExportRequest) (view api.CaseExportView, err error) {
	c, err := n.caseOf(ctx, p.Case)
	if err != nil {
		return view, err
	}
	items, last, err := n.store.ItemsOfCase(ctx, c.ID, p.After, exportPage)
	if err != nil {
		return view, err
	}
	r := api.CaseExportView{Items: []api.Item{}}
	for _, it := range items {
		_, occurrences, err := n.store.Item(ctx, it.ID)
		if err != nil {
			return view, err
		}
		for _, o := range occurrences {
			if o.Case != c.ID {
				continue
			}
			r.Items = append(r.Items, api.Item{
				Kind: it.Identifier.Kind(), Value: it.Identifier.Reveal(), Visibility: it.Visibility, WhyNot: it.WhyNot, Confidence: it.Confidence,
				Category: o.Category, Consent: o.Consent, Grading: o.Grading, Handling: o.Handling, TLP: o.TLP, Seen: o.Seen, Record: o.Provenance.Record,
				Captured: o.Provenance.Captured, Tool: o.Provenance.Tool,
			})
		}
	}
	if len(items) == exportPage {
		r.Next = last
	}
	n.log.Info("case exported", "case", c.ID.String(), "officer", call.Officer.ID.String(), "items", len(r.Items))
	return r, nil
}
