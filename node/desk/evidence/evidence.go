// Package evidence is the desk through which values come into a case, and at which
// an officer looks one up in the agency's own files.
//
// What an officer's process has read from a source arrives as identifiers in
// canonical form. The desk completes them with what the case says, and keeps out of
// matching what may not take part; the store takes all of a call or none of it.
// Looking up asks nobody else.
package evidence

import (
	"context"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// Store keeps items.
type Store interface {
	desk.Cases
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
	AddItems(ctx context.Context, id casework.CaseID, items []casework.Evidence) ([]store.Added, error)
	Find(ctx context.Context, id casework.Identifier) (casework.Item, []casework.Occurrence, error)
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	LeadsOfItem(ctx context.Context, id casework.ItemID) ([]casework.Lead, error)
	SetWithdrawn(ctx context.Context, id casework.CaseID, items []casework.ItemID, w *casework.Withdrawal) (changed int, err error)
	MoveItem(ctx context.Context, item casework.ItemID, from, to casework.CaseID) (moved int, err error)
	Correct(ctx context.Context, id casework.CaseID, item casework.ItemID, c store.Correction) (changed int, err error)
}

// Answers tells what is known of an item with each other agency.
type Answers interface {
	Answers(ctx context.Context, item casework.Item) ([]api.AnswerView, error)
}

// A Desk takes evidence in.
type Desk struct {
	Store   Store
	Answers Answers
	Added   func() // called after items came in, and does not wait
	Changed func() // called after items left matching or entered it, and does not wait
	Again   func() // called after items entered it again, whose hits are to be found; does not wait
	Now     func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.ItemsAdd.Handle(d.Add), api.Search.Handle(d.Search),
		api.ItemShow.Handle(d.Show), api.ItemWithdraw.Handle(d.Withdraw), api.ItemMove.Handle(d.Move), api.ItemCorrect.Handle(d.Correct),
	}
}

// Add adds items of one source to a case.
func (d *Desk) Add(ctx context.Context, _ api.Call, p api.ItemsAddRequest) (api.ItemsAddedView, error) {
	v := api.ItemsAddedView{Known: map[casework.Kind]int{}}
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return v, err
	}
	if p.Source.Imported.IsZero() {
		p.Source.Imported = d.Now().UTC()
	}
	added, err := d.Take(ctx, c, p.Normaliser, p.Source, p.Items)
	if err != nil {
		return v, err
	}
	for i, a := range added {
		if a.New {
			v.NewItems++
		} else if p.Items.WhyNot(i) == "" {
			v.Known[p.Items.Kind(i)]++
		}
		if a.NewOccurrence {
			v.NewOccurrences++
		}
	}
	if v.NewOccurrences > 0 {
		d.Added()
	}
	return v, nil
}

// Take stores items of one source in a case, all or none.
func (d *Desk) Take(ctx context.Context, c casework.Case, normaliser uint32, source casework.Provenance, brought api.Items) ([]store.Added, error) {
	if normaliser != identify.NormaliserVersion {
		return nil, api.Errorf(api.Invalid, "use the crosscase of the node's version", "canonical forms of version %d, this node's are of version %d", normaliser, identify.NormaliserVersion)
	}
	items, err := complete(c, source, brought)
	if err != nil {
		return nil, err
	}
	added, err := d.Store.AddItems(ctx, c.ID, items)
	return added, desk.StoreError(err)
}

// complete fills in what the source and the case say of items that an officer brings,
// and decides anew what keeps each of them out of matching.
func complete(c casework.Case, source casework.Provenance, brought api.Items) ([]casework.Evidence, error) {
	items, err := brought.List()
	if err != nil {
		return nil, err
	}
	for i := range items {
		own := items[i].Provenance
		p := source
		p.Record, p.Assumed, p.Context = own.Record, own.Assumed, own.Context
		if !own.Captured.IsZero() {
			p.Captured = own.Captured
		}
		if own.Tool != "" {
			p.Tool = own.Tool
		}
		if own.Terms != nil {
			p.Terms = own.Terms
		}
		items[i].Provenance = p
		items[i] = items[i].Of(c)
		items[i].WhyNot = sharing.KeepOut(&items[i])
	}
	return items, nil
}

// Search looks an identifier up in the own store.
func (d *Desk) Search(ctx context.Context, _ api.Call, p api.SearchRequest) (api.ItemView, error) {
	item, _, err := d.Store.Find(ctx, casework.NewIdentifier(p.Kind, p.Value))
	if err != nil {
		return api.ItemView{}, desk.NotFound(err, "'crosscase ask' asks the other agencies", "no own case holds it")
	}
	return d.View(ctx, item.ID)
}

// View returns an own item with its occurrences and leads, for an officer to see.
func (d *Desk) View(ctx context.Context, id casework.ItemID) (api.ItemView, error) {
	item, occurrences, err := d.Store.Item(ctx, id)
	if err != nil {
		return api.ItemView{}, err
	}
	v := api.ItemView{
		Item: item.ID, Kind: item.Identifier.Kind(), Value: item.Identifier.Reveal(), Visibility: item.Visibility, WhyNot: item.WhyNot,
		FirstSeen: item.FirstSeen, LastSeen: item.LastSeen,
	}
	var terms []*casework.Terms
	for _, o := range occurrences {
		terms = append(terms, o.Provenance.Terms)
		c, err := d.Store.Case(ctx, o.Case)
		if err != nil {
			return v, err
		}
		v.Occurrences = append(v.Occurrences, api.OccurrenceView{CaseRef: c.Ref, Where: o})
	}
	v.Why = sharing.Why(item.WhyNot, terms...)
	if v.Leads, err = d.Store.LeadsOfItem(ctx, id); err != nil {
		return v, err
	}
	v.Answers, err = d.Answers.Answers(ctx, item)
	return v, err
}
