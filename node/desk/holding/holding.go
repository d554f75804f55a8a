// Package holding is the desk at which officers hold an item, or a whole case, back
// while an operation is under way, and record that those who disclosed an item permit
// more than they did.
//
// What is held is neither published nor asked, and other agencies' requests about it
// are refused as those about an item that the agency does not have. A tag that they have
// already leaves their sets with others and with padding, as any tag that leaves: a peer
// that had a hit on it learns that the tag left, and not why.
//
// What another agency disclosed is bound by its terms until that agency permits more.
// Nobody here can check that it did: a supervisor says so, with a reference, in a command
// that is kept.
package holding

import (
	"context"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store keeps holds.
type Store interface {
	desk.Cases
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error)
	Holds(ctx context.Context) ([]store.Hold, error)
	Hold(ctx context.Context, h store.Hold) error
	Release(ctx context.Context, of store.Hold) error
	Permit(ctx context.Context, p store.Permission) error
}

// A Desk places holds and releases them.
type Desk struct {
	Store   Store
	Changed func() // called after what may be published changed, and does not wait
	Manual  bool   // tags leave with the next call of publish, and not by themselves
	Now     func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.CaseHold.Handle(d.HoldCase), api.CaseRelease.Handle(d.ReleaseCase),
		api.ItemHold.Handle(d.HoldItem), api.ItemRelease.Handle(d.ReleaseItem), api.ItemPermit.Handle(d.Permit),
		api.HoldList.Handle(d.List),
	}
}

// HoldCase holds all items of a case.
func (d *Desk) HoldCase(ctx context.Context, call api.Call, p api.CaseHoldRequest) (api.HoldView, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return api.HoldView{}, err
	}
	return d.place(ctx, store.Hold{Case: c.ID, By: call.Officer.ID, Reason: p.Reason})
}

// HoldItem holds one item.
func (d *Desk) HoldItem(ctx context.Context, call api.Call, p api.ItemHoldRequest) (api.HoldView, error) {
	return d.place(ctx, store.Hold{Item: p.Item, By: call.Officer.ID, Reason: p.Reason})
}

func (d *Desk) place(ctx context.Context, h store.Hold) (api.HoldView, error) {
	if strings.TrimSpace(h.Reason) == "" {
		return api.HoldView{}, api.Errorf(api.Invalid, "say which operation it is for: --reason", "a hold states its reason")
	}
	h.At = d.Now().UTC()
	if err := d.Store.Hold(ctx, h); err != nil {
		return api.HoldView{}, desk.NotFound(err, "'crosscase search' shows the items", "there is no such item")
	}
	d.Changed()
	v, err := d.placed(ctx, h)
	if err != nil {
		return v, err
	}
	v.Withdrawn = "tags that other agencies have of it leave at the next full hour"
	if d.Manual {
		v.Withdrawn = "tags that other agencies have of it leave at the first full hour after 'crosscase publish'"
	}
	return v, nil
}

// placed shows the hold that is in force on what a command names: an earlier one stays.
func (d *Desk) placed(ctx context.Context, h store.Hold) (api.HoldView, error) {
	all, err := d.Store.Holds(ctx)
	if err != nil {
		return api.HoldView{}, err
	}
	for _, have := range all {
		if have.Item == h.Item && have.Case == h.Case && !have.Released {
			return d.view(ctx, have)
		}
	}
	return api.HoldView{}, api.Errorf(api.Refused, "'crosscase holds' shows what is held", "it was released meanwhile")
}

// ReleaseCase ends the hold on a case.
func (d *Desk) ReleaseCase(ctx context.Context, _ api.Call, p api.CaseReleaseRequest) (api.HoldView, error) {
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return api.HoldView{}, err
	}
	return d.release(ctx, store.Hold{Case: c.ID})
}

// ReleaseItem ends the hold on an item. One that is on its case stays.
func (d *Desk) ReleaseItem(ctx context.Context, _ api.Call, p api.ItemReleaseRequest) (api.HoldView, error) {
	return d.release(ctx, store.Hold{Item: p.Item})
}

func (d *Desk) release(ctx context.Context, of store.Hold) (api.HoldView, error) {
	v, err := d.placed(ctx, of)
	if err != nil {
		return v, api.Errorf(api.NotFound, "'crosscase holds' shows what is held", "there is no hold on it")
	}
	if err := d.Store.Release(ctx, of); err != nil {
		return v, desk.NotFound(err, "'crosscase holds' shows what is held", "there is no hold on it")
	}
	d.Changed()
	return v, nil
}

// List lists the holds in force.
func (d *Desk) List(ctx context.Context, _ api.Call, _ api.None) ([]api.HoldView, error) {
	all, err := d.Store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	views := []api.HoldView{}
	for _, h := range all {
		if h.Released {
			continue
		}
		v, err := d.view(ctx, h)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (d *Desk) view(ctx context.Context, h store.Hold) (api.HoldView, error) {
	v := api.HoldView{Item: h.Item, At: h.At, Reason: h.Reason}
	o, err := d.Store.Officer(ctx, h.By)
	if err != nil {
		return v, err
	}
	v.By = o.Name
	if !h.Item.IsZero() {
		item, _, err := d.Store.Item(ctx, h.Item)
		if err != nil {
			return v, err
		}
		v.Value = item.Identifier.Reveal()
		return v, nil
	}
	c, err := d.Store.Case(ctx, h.Case)
	v.Case = c.Ref
	return v, err
}
