// Package leads is the desk of the inbox: which own identifiers other agencies hold
// too, the most significant first, each with the reason why it stands where it does.
//
// A lead says who else holds an identifier and nothing more. It is ranked anew each
// time it is read, by what this node knows then.
package leads

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store keeps leads, and the items and cases that they are about.
type Store interface {
	desk.Cases
	Leads(ctx context.Context) ([]casework.Lead, error)
	Lead(ctx context.Context, id casework.LeadID) (casework.Lead, error)
	SaveLead(ctx context.Context, l casework.Lead) error
	CountLeadsOfCase(ctx context.Context, id casework.CaseID, peer casework.AgencyID) (int, error)
	CountLeadsOfItem(ctx context.Context, id casework.ItemID) (int, error)
	CountPlaces(ctx context.Context, id casework.ItemID) (int, error)
	CaseSize(ctx context.Context, id casework.CaseID) (int, error)
	LeadsByPrefix(ctx context.Context, prefix string) ([]casework.LeadID, error)
	RequestsByPrefix(ctx context.Context, prefix string) ([]casework.RequestID, error)
	ItemAlone(ctx context.Context, id casework.ItemID) (casework.Item, error)
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
}

// Ledger tells who the members are.
type Ledger interface{ View(func(*state.State)) }

// Items shows an item with where it occurs.
type Items interface {
	View(ctx context.Context, id casework.ItemID) (api.ItemView, error)
}

// A Desk keeps the inbox.
type Desk struct {
	Store  Store
	Items  Items
	Ledger func() (Ledger, error) // an error while the node is in no network
	Now    func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{api.Inbox.Handle(d.Inbox), api.Why.Handle(d.Why), api.Dismiss.Handle(d.Dismiss), api.Resolve.Handle(d.Resolve)}
}

// Inbox lists the leads that are asked for, best first.
func (d *Desk) Inbox(ctx context.Context, _ api.Call, p api.InboxRequest) ([]api.LeadView, error) {
	if p.Limit < 0 {
		return nil, api.Errorf(api.Invalid, "0 is for all", "a limit of %d", p.Limit)
	}
	var file casework.Case
	if p.Case != "" {
		var err error
		if file, err = desk.FindCase(ctx, d.Store, p.Case); err != nil {
			return nil, err
		}
	}
	all, err := d.Store.Leads(ctx)
	if err != nil {
		return nil, err
	}
	views, err := d.Views(ctx, slices.DeleteFunc(all, func(l casework.Lead) bool {
		switch {
		case p.New && l.State != casework.LeadNew,
			!p.All && l.State != casework.LeadNew && l.State != casework.LeadRequested,
			p.Case != "" && !slices.Contains(l.Cases, file.ID),
			p.Peer != "" && l.Peer != p.Peer,
			p.Kind != "" && l.Kind != p.Kind,
			!p.Since.IsZero() && l.Found.Before(p.Since):
			return true
		}
		return false
	}))
	if p.Limit > 0 && len(views) > p.Limit {
		views = views[:p.Limit]
	}
	return views, err
}

// Views shows leads, ranked now, best first.
func (d *Desk) Views(ctx context.Context, all []casework.Lead) ([]api.LeadView, error) {
	r := d.ranking()
	views := make([]api.LeadView, 0, len(all))
	for _, l := range all {
		v, _, err := r.view(ctx, l)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b api.LeadView) int {
		return cmp.Or(cmp.Compare(b.Lead.Score, a.Lead.Score), strings.Compare(string(a.Lead.Kind)+a.Value, string(b.Lead.Kind)+b.Value))
	})
	return views, nil
}

// Why explains a lead.
func (d *Desk) Why(ctx context.Context, _ api.Call, p api.WhyRequest) (api.WhyView, error) {
	l, err := d.find(ctx, p.Lead)
	if err != nil {
		return api.WhyView{}, err
	}
	lead, score, err := d.ranking().view(ctx, l)
	v := api.WhyView{Lead: lead, Factors: []api.Factor{}}
	if err != nil {
		return v, err
	}
	for _, f := range score.Factors {
		v.Factors = append(v.Factors, api.Factor{Name: f.Name, Value: f.Value, Why: f.Why})
	}
	if v.Item, err = d.Items.View(ctx, l.Item); err != nil {
		return v, err
	}
	if ledger, err := d.Ledger(); err == nil {
		ledger.View(func(st *state.State) {
			if m, ok := st.Member(l.Peer); ok {
				v.Peer = api.MemberView{Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: entry.Fingerprint(m.Hash()), Oversight: m.Oversight.Name}
			}
		})
	}
	switch l.State {
	case casework.LeadWithdrawn:
		v.Next = "it is withdrawn (" + l.Reason + "): what was built on it is to be checked"
	case casework.LeadNew:
		v.Next = "'crosscase request " + l.ID.String() + "' asks for disclosure; 'crosscase dismiss' puts it away"
	case casework.LeadRequested:
		v.Next = "'crosscase due' shows how the request stands"
	}
	return v, nil
}

// Dismiss closes leads without a request, all with one reason, or takes that back. It
// changes all of them or none.
func (d *Desk) Dismiss(ctx context.Context, _ api.Call, p api.DismissRequest) ([]api.LeadView, error) {
	if !p.Undo && strings.TrimSpace(p.Reason) == "" {
		return nil, api.Errorf(api.Invalid, "", "--reason is missing")
	}
	if len(p.Leads) == 0 {
		return nil, api.Errorf(api.Invalid, "'crosscase inbox' shows them", "no lead is named")
	}
	from, to := casework.LeadNew, casework.LeadDismissed
	if p.Undo {
		from, to = to, from
	}
	r := d.ranking()
	var views []api.LeadView
	for _, id := range p.Leads {
		l, err := d.find(ctx, id)
		if err != nil {
			return nil, err
		}
		if l.State != from {
			return nil, api.Errorf(api.Refused, "leave it out; nothing was changed", "the lead %s is %s", id, l.State)
		}
		l.State, l.Reason = to, p.Reason
		v, _, err := r.view(ctx, l)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	for _, v := range views {
		if err := d.Store.SaveLead(ctx, v.Lead); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// Resolve returns the one lead or request whose id begins with some letters.
func (d *Desk) Resolve(ctx context.Context, _ api.Call, p api.ResolveRequest) (api.ResolveView, error) {
	var found []string
	if strings.HasPrefix(p.Prefix, "req_") {
		ids, err := d.Store.RequestsByPrefix(ctx, p.Prefix)
		if err != nil {
			return api.ResolveView{}, idError(err)
		}
		for _, id := range ids {
			found = append(found, id.String())
		}
	} else {
		ids, err := d.Store.LeadsByPrefix(ctx, p.Prefix)
		if err != nil {
			return api.ResolveView{}, idError(err)
		}
		for _, id := range ids {
			found = append(found, id.String())
		}
	}
	switch len(found) {
	case 0:
		return api.ResolveView{}, api.Errorf(api.NotFound, "'crosscase inbox --all' shows leads, 'crosscase due' requests", "no id begins with %s", p.Prefix)
	case 1:
		return api.ResolveView{ID: found[0]}, nil
	}
	return api.ResolveView{}, api.Errorf(api.Invalid, "give more letters", "several ids begin with %s: %s", p.Prefix, strings.Join(found, ", "))
}

func idError(err error) error {
	if errors.Is(err, casework.ErrID) {
		return api.Errorf(api.Invalid, "'crosscase inbox' shows the leads, 'crosscase due' the requests", "%w", err)
	}
	return err
}

func (d *Desk) find(ctx context.Context, id casework.LeadID) (casework.Lead, error) {
	l, err := d.Store.Lead(ctx, id)
	return l, desk.NotFound(err, "'crosscase inbox --all' shows them", "there is no such lead")
}
