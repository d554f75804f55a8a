package cases

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
)

// Pages of what a case holds.
const (
	itemsPage  = 50
	mostItems  = 500
	sourcePage = 1000 // items whose places are read at a time
)

// HeldItems returns a page of a case's items, each with where it occurs, what the other
// agencies answered, and its leads.
func (d *Desk) HeldItems(ctx context.Context, _ api.Call, p api.CaseItemsRequest) (api.CaseItemsView, error) {
	v := api.CaseItemsView{Items: []api.ItemView{}}
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return v, err
	}
	if p.Limit <= 0 {
		p.Limit = itemsPage
	}
	p.Limit = min(p.Limit, mostItems)
	items, last, err := d.Store.ItemsOfCase(ctx, c.ID, p.After, p.Limit)
	if err != nil {
		return v, err
	}
	for _, it := range items {
		one, err := d.Items.View(ctx, it.ID)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, one)
	}
	if len(items) == p.Limit {
		v.Next = last
	}
	return v, nil
}

// Sources lists what came into a case together, the latest first.
func (d *Desk) Sources(ctx context.Context, _ api.Call, p api.CaseCloseRequest) ([]api.SourceView, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return nil, err
	}
	found := map[string]*api.SourceView{}
	for after, more := int64(0), true; more; {
		places, last, err := d.Store.OccurrencesOfCase(ctx, c.ID, after, sourcePage)
		if err != nil {
			return nil, err
		}
		more, after = last > after, last
		for _, o := range places {
			id := o.Provenance.SourceID()
			s := found[id]
			if s == nil {
				s = &api.SourceView{ID: id, Name: o.Provenance.Source, SHA256: o.Provenance.SHA256, Format: o.Provenance.Format, Tool: o.Provenance.Tool, Imported: o.Provenance.Imported}
				found[id] = s
			}
			s.Places++
			if o.Withdrawn != nil {
				s.Withdrawn++
			}
		}
	}
	out := make([]api.SourceView, 0, len(found))
	for _, s := range found {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b api.SourceView) int {
		return cmp.Or(b.Imported.Compare(a.Imported), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// RemoveSource takes back what came into a case from one source, whole.
func (d *Desk) RemoveSource(ctx context.Context, call api.Call, p api.SourceRemoveRequest) (api.SourceRemovedView, error) {
	var v api.SourceRemovedView
	if strings.TrimSpace(p.Reason) == "" {
		return v, api.Errorf(api.Invalid, "say why it is taken back with --reason", "--reason is missing")
	}
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return v, err
	}
	for after, more := int64(0), true; more; more = after > 0 {
		n, last, err := d.Store.RemoveSource(ctx, c.ID, p.Source, after, settlePart)
		if err != nil {
			return v, desk.StoreError(err)
		}
		v.Places, after = v.Places+n, last
	}
	if v.Places == 0 {
		return v, api.Errorf(api.NotFound, "'crosscase case source list "+c.Ref+"' shows them", "the case has nothing of a source %s", p.Source)
	}
	d.Logger.Info("source removed from a case", "case", c.ID.String(), "officer", call.Officer.ID.String(), "places", v.Places)
	d.Changed()
	if v.Erased, err = d.Erase(ctx); err != nil {
		return v, err
	}
	v.Loose, err = d.Store.Loose(ctx)
	return v, err
}
