package node

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/rank"
	"github.com/crosscase/crosscase/policy/casework"
)

// severity weighs an offence for ranking; one that is not named weighs half.
var severity = map[string]float64{
	"child-sexual-abuse": 1, "human-trafficking": 1, "missing-person": 0.9, "migrant-smuggling": 0.8, "money-laundering": 0.6,
}

// company finds out what stands together among all leads, and keeps it for the
// time of one call.
type company struct {
	n        *Node
	together map[pair]int // leads with a peer out of one case
	cases    map[casework.CaseID]casework.Case
	agencies int // members of the network
}

type pair struct {
	peer casework.AgencyID
	file casework.CaseID
}

func (n *Node) company() *company {
	return &company{n: n, together: map[pair]int{}, cases: map[casework.CaseID]casework.Case{}, agencies: n.agencies()}
}

func (c *company) of(ctx context.Context, p pair) (int, error) {
	if count, ok := c.together[p]; ok {
		return count, nil
	}
	count, err := c.n.store.CountLeadsOfCase(ctx, p.file, p.peer)
	if err == nil {
		c.together[p] = count
	}
	return count, err
}

func (c *company) file(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	if f, ok := c.cases[id]; ok {
		return f, nil
	}
	f, err := c.n.store.Case(ctx, id)
	if err == nil {
		c.cases[id] = f
	}
	return f, err
}

// score ranks a lead upon an item by what this node knows now.
func (n *Node) score(ctx context.Context, l casework.Lead, item casework.Item, in *company) (rank.Score, error) {
	holders, err := n.store.CountLeadsOfItem(ctx, l.Item)
	if err != nil {
		return rank.Score{}, err
	}
	facts := rank.Input{
		Kind: string(l.Kind), Severity: 0.5, Scheme: item.Grading.Scheme, GradeSource: item.Grading.Source, GradeInfo: item.Grading.Info,
		LastSeen: item.LastSeen, Agencies: in.agencies, Holders: 1 + holders, OnWarningList: item.WhyNot == casework.OnWarningList,
	}
	for _, id := range l.Cases {
		together, err := in.of(ctx, pair{l.Peer, id})
		if err != nil {
			return rank.Score{}, err
		}
		facts.CoOccurring = max(facts.CoOccurring, together-1)
		c, err := in.file(ctx, id)
		if err != nil {
			return rank.Score{}, err
		}
		if s, ok := severity[c.Offence]; ok && s > facts.Severity {
			facts.Severity = s
		}
	}
	return rank.Rank(facts, rank.DefaultParams(), time.Now()), nil
}

// noteLead notes a new lead; the inbox ranks anew each time it is read.
func (n *Node) noteLead(_ context.Context, l casework.Lead) {
	n.log.Debug("new lead", "lead", l.ID.String(), "peer", string(l.Peer), "kind", string(l.Kind))
}

// agencies is how many members the network has now.
func (n *Node) agencies() int {
	count := 1
	if s, err := n.inNetwork(); err == nil {
		s.replica.View(func(st *state.State) { count = st.Count() })
	}
	return count
}

// leadViews shows leads, ranked now, best first.
func (n *Node) leadViews(ctx context.Context, leads []casework.Lead) ([]api.LeadView, error) {
	in := n.company()
	views := make([]api.LeadView, 0, len(leads))
	for _, l := range leads {
		v, _, err := n.leadView(ctx, l, in)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b api.LeadView) int {
		switch {
		case a.Lead.Score > b.Lead.Score:
			return -1
		case a.Lead.Score < b.Lead.Score:
			return 1
		}
		return strings.Compare(string(a.Lead.Kind)+a.Value, string(b.Lead.Kind)+b.Value)
	})
	return views, nil
}

// brief is why a lead stands where it does, in a line: what moved its score.
func brief(s rank.Score) string {
	if s.Suppressed != "" {
		return s.Suppressed
	}
	var parts []string
	for _, f := range s.Factors {
		if f.Value != 1 {
			parts = append(parts, f.Why)
		}
	}
	return strings.Join(parts, "; ")
}

// leadView shows a lead with the own value that it is about, and its score.
func (n *Node) leadView(ctx context.Context, l casework.Lead, in *company) (api.LeadView, rank.Score, error) {
	v := api.LeadView{Lead: l}
	item, err := n.store.ItemAlone(ctx, l.Item)
	if err != nil {
		return v, rank.Score{}, err
	}
	score, err := n.score(ctx, l, item, in)
	if err != nil {
		return v, score, err
	}
	v.Lead.Score, v.Reason, v.Value = score.Value, brief(score), item.Identifier.Reveal()
	for _, id := range l.Cases {
		c, err := in.file(ctx, id)
		if err != nil {
			return v, score, err
		}
		v.CaseRefs = append(v.CaseRefs, c.Ref)
	}
	return v, score, nil
}

func (n *Node) inbox(ctx context.Context, call api.Call, p api.InboxRequest) (view []api.LeadView, err error) {
	leads, err := n.store.Leads(ctx)
	if err != nil {
		return view, err
	}
	return n.leadViews(ctx, slices.DeleteFunc(leads, func(l casework.Lead) bool {
		return !p.All && l.State != casework.LeadNew && l.State != casework.LeadRequested
	}))
}

// leadOf gives the lead that a call names, with its score.
func (n *Node) leadOf(ctx context.Context, id casework.LeadID) (api.LeadView, rank.Score, error) {
	l, err := n.store.Lead(ctx, id)
	if err != nil {
		return api.LeadView{}, rank.Score{}, notFound(err, "'crosscase inbox --all' shows them", "there is no such lead")
	}
	return n.leadView(ctx, l, n.company())
}

func (n *Node) why(ctx context.Context, _ api.Call, p api.WhyRequest) (view api.WhyView, err error) {
	v, score, err := n.leadOf(ctx, p.Lead)
	if err != nil {
		return view, err
	}
	r := api.WhyView{Lead: v, Factors: []api.Factor{}}
	for _, f := range score.Factors {
		r.Factors = append(r.Factors, api.Factor{Name: f.Name, Value: f.Value, Why: f.Why})
	}
	if r.Item, err = n.found(ctx, v.Lead.Item); err != nil {
		return view, err
	}
	if s, err := n.inNetwork(); err == nil {
		s.replica.View(func(st *state.State) {
			if m, ok := st.Member(v.Lead.Peer); ok {
				r.Peer = api.MemberView{Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: entry.Fingerprint(m.Hash()), Oversight: m.Oversight.Name}
			}
		})
	}
	switch v.Lead.State {
	case casework.LeadNew:
		r.Next = "'crosscase request " + v.Lead.ID.String() + "' asks for disclosure; 'crosscase dismiss' puts it away"
	case casework.LeadRequested:
		r.Next = "'crosscase due' shows how the request stands"
	}
	return r, nil
}

func (n *Node) dismiss(ctx context.Context, _ api.Call, p api.DismissRequest) (view api.LeadView, err error) {
	if strings.TrimSpace(p.Reason) == "" {
		return view, api.Errorf(api.Invalid, "", "--reason is missing")
	}
	v, _, err := n.leadOf(ctx, p.Lead)
	if err != nil {
		return view, err
	}
	if v.Lead.State != casework.LeadNew {
		return view, api.Errorf(api.Refused, "", "the lead is %s", v.Lead.State)
	}
	v.Lead.State, v.Lead.Reason = casework.LeadDismissed, p.Reason
	return v, n.store.SaveLead(ctx, v.Lead)
}
