package cases

import (
	"context"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// stated are the parts of a case that an officer states when it is opened or edited.
type stated struct{ region, grading, handling string }

// fill reads them into a case; what is empty stays as it is.
func (p stated) fill(c *casework.Case) error {
	if p.region != "" {
		c.Region = strings.ToUpper(p.region)
	}
	if p.grading != "" {
		grading, err := casework.ParseGrading(p.grading)
		if err != nil {
			return api.Errorf(api.Invalid, "'crosscase codes grading' lists them", "%w", err)
		}
		c.Grading = grading
	}
	if p.handling != "" {
		handling, err := casework.ParseHandling(p.handling, "")
		if err != nil {
			return api.Errorf(api.Invalid, "'crosscase codes handling' lists them", "%w", err)
		}
		c.Handling = handling
	}
	return nil
}

// Edit changes what a case states. What came in before keeps what it was stored with.
func (d *Desk) Edit(ctx context.Context, _ api.Call, p api.CaseEditRequest) (casework.Case, error) {
	c, unlock, err := d.lock(ctx, p.Case)
	if err != nil {
		return c, err
	}
	defer unlock()
	set(&c.Title, p.Title)
	set(&c.Offence, p.Offence)
	set(&c.Category, p.Category)
	set(&c.Purpose, p.Purpose)
	set(&c.LegalBasis, p.LegalBasis)
	if err := (stated{p.Region, p.Grading, p.Handling}).fill(&c); err != nil {
		return c, err
	}
	if err := d.check(c); err != nil {
		return c, err
	}
	return c, d.Store.PutCase(ctx, c)
}

func set[T ~string](v *T, to T) {
	if to != "" {
		*v = to
	}
}

// lock finds a case and keeps others from changing it.
func (d *Desk) lock(ctx context.Context, ref string) (c casework.Case, unlock func(), err error) {
	if c, err = desk.FindCase(ctx, d.Store, ref); err != nil {
		return c, nil, err
	}
	if unlock, err = d.changing.Lock(ctx, c.ID); err != nil {
		return c, nil, err
	}
	if c, err = desk.FindCase(ctx, d.Store, c.ID.String()); err != nil {
		unlock()
	}
	return c, unlock, err
}

// Close closes a case: what it holds takes no part in matching any more, but for what an
// open case holds, too. A case that is closed already is gone through again.
func (d *Desk) Close(ctx context.Context, call api.Call, p api.CaseCloseRequest) (api.CaseClosedView, error) {
	return d.turn(ctx, call, p.Case, func(c *casework.Case) {
		if c.Closed.IsZero() {
			c.Closed = d.Now().UTC()
		}
	})
}

// Reopen opens a closed case again: what it holds takes part in matching as before.
func (d *Desk) Reopen(ctx context.Context, call api.Call, p api.CaseCloseRequest) (api.CaseClosedView, error) {
	v, err := d.turn(ctx, call, p.Case, func(c *casework.Case) { c.Closed = time.Time{} })
	if err == nil {
		d.Again()
	}
	return v, err
}

// turn closes a case or opens it again, and derives what it holds anew.
func (d *Desk) turn(ctx context.Context, call api.Call, ref string, change func(*casework.Case)) (api.CaseClosedView, error) {
	var v api.CaseClosedView
	c, unlock, err := d.lock(ctx, ref)
	if err != nil {
		return v, err
	}
	defer unlock()
	if v.Before, err = d.matched(ctx, c.ID); err != nil {
		return v, err
	}
	change(&c)
	c.Unsettled = true // until all that it holds is derived anew
	if err := d.Store.PutCase(ctx, c); err != nil {
		return v, err
	}
	if c, err = d.settle(ctx, c); err != nil {
		return v, err
	}
	v.Case = c
	if v.After, err = d.matched(ctx, c.ID); err != nil {
		return v, err
	}
	byKind, _, err := d.Store.Counts(ctx, c.ID)
	if err != nil {
		return v, err
	}
	for _, n := range byKind {
		v.Items += n
	}
	leads, err := d.Store.LeadsOfCase(ctx, c.ID)
	if err != nil {
		return v, err
	}
	for _, l := range leads {
		if l.State == casework.LeadRequested || l.Before == casework.LeadRequested {
			v.Requested++
		}
	}
	d.Logger.Info("case closed or opened again", "case", c.ID.String(), "officer", call.Officer.ID.String(), "items", v.Items)
	d.Changed()
	return v, nil
}

// settlePart is how many items are derived anew in one transaction.
const settlePart = 200

// settle derives anew what a case holds, a few items at a time.
func (d *Desk) settle(ctx context.Context, c casework.Case) (casework.Case, error) {
	for after, more := int64(0), true; more; more = after > 0 {
		var err error
		if after, err = d.Store.RestateCase(ctx, c.ID, after, settlePart); err != nil {
			return c, desk.StoreError(err)
		}
	}
	c.Unsettled = false
	return c, d.Store.PutCase(ctx, c)
}

// Settle finishes the cases that were being closed or opened again when the node
// stopped.
func (d *Desk) Settle(ctx context.Context) error {
	all, err := d.Store.Cases(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !c.Unsettled {
			continue
		}
		c, unlock, err := d.lock(ctx, c.ID.String())
		if err != nil {
			return err
		}
		_, err = d.settle(ctx, c)
		unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// matched is how many match keys of a case take part in matching.
func (d *Desk) matched(ctx context.Context, id casework.CaseID) (uint64, error) {
	return d.Store.MatchCount(ctx, store.MatchFilter{Kinds: casework.Kinds(), IncludeSilent: true, Case: id})
}
