// Package leads is the desk of the inbox: which own identifiers other agencies hold
// too, the most significant first, each with the reason why it stands where it does.
//
// A lead says who else holds an identifier and nothing more. It is ranked anew each
// time it is read, by what this node knows then.
package leads

import (
	"cmp"
	"context"
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
	Leads(ctx context.Context) ([]casework.Lead, error)
	Lead(ctx context.Context, id casework.LeadID) (casework.Lead, error)
	SaveLead(ctx context.Context, l casework.Lead) error
	CountLeadsOfCase(ctx context.Context, id casework.CaseID, peer casework.AgencyID) (int, error)
	CountLeadsOfItem(ctx context.Context, id casework.ItemID) (int, error)
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
	return []api.Handler{api.Inbox.Handle(d.Inbox), api.Why.Handle(d.Why), api.Dismiss.Handle(d.Dismiss)}
}

// Inbox lists leads, best first.
func (d *Desk) Inbox(ctx context.Context, _ api.Call, p api.InboxRequest) ([]api.LeadView, error) {
	all, err := d.Store.Leads(ctx)
	if err != nil {
		return nil, err
	}
	return d.Views(ctx, slices.DeleteFunc(all, func(l casework.Lead) bool {
		return !p.All && l.State != casework.LeadNew && l.State != casework.LeadRequested
	}))
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

// Dismiss closes a lead without a request.
func (d *Desk) Dismiss(ctx context.Context, _ api.Call, p api.DismissRequest) (api.LeadView, error) {
	if strings.TrimSpace(p.Reason) == "" {
		return api.LeadView{}, api.Errorf(api.Invalid, "", "--reason is missing")
	}
	l, err := d.find(ctx, p.Lead)
	if err != nil {
		return api.LeadView{}, err
	}
	if l.State != casework.LeadNew {
		return api.LeadView{}, api.Errorf(api.Refused, "", "the lead is %s", l.State)
	}
	l.State, l.Reason = casework.LeadDismissed, p.Reason
	v, _, err := d.ranking().view(ctx, l)
	if err != nil {
		return v, err
	}
	return v, d.Store.SaveLead(ctx, v.Lead)
}

func (d *Desk) find(ctx context.Context, id casework.LeadID) (casework.Lead, error) {
	l, err := d.Store.Lead(ctx, id)
	return l, desk.NotFound(err, "'crosscase inbox --all' shows them", "there is no such lead")
}
