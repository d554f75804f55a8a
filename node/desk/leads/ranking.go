package leads

import (
	"context"
	"strings"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/rank"
	"github.com/crosscase/crosscase/policy/casework"
)

// A ranking scores leads by what stands together among all of them. It keeps what
// it has looked up for the time of one call, and is not safe for concurrent use.
type ranking struct {
	desk     *Desk
	together map[pair]int // leads with a peer out of one case
	sizes    map[casework.CaseID]int
	cases    map[casework.CaseID]casework.Case
	agencies int // members of the network
}

type pair struct {
	peer casework.AgencyID
	file casework.CaseID
}

func (d *Desk) ranking() *ranking {
	r := &ranking{desk: d, together: map[pair]int{}, sizes: map[casework.CaseID]int{}, cases: map[casework.CaseID]casework.Case{}, agencies: 1}
	if ledger, err := d.Ledger(); err == nil {
		ledger.View(func(st *state.State) { r.agencies = st.Count() })
	}
	return r
}

func (r *ranking) count(ctx context.Context, p pair) (int, error) {
	if count, ok := r.together[p]; ok {
		return count, nil
	}
	count, err := r.desk.Store.CountLeadsOfCase(ctx, p.file, p.peer)
	if err == nil {
		r.together[p] = count
	}
	return count, err
}

func (r *ranking) size(ctx context.Context, id casework.CaseID) (int, error) {
	if size, ok := r.sizes[id]; ok {
		return size, nil
	}
	size, err := r.desk.Store.CaseSize(ctx, id)
	if err == nil {
		r.sizes[id] = size
	}
	return size, err
}

func (r *ranking) file(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	if c, ok := r.cases[id]; ok {
		return c, nil
	}
	c, err := r.desk.Store.Case(ctx, id)
	if err == nil {
		r.cases[id] = c
	}
	return c, err
}

// score ranks a lead upon an item by what this node knows now.
func (r *ranking) score(ctx context.Context, l casework.Lead, item casework.Item) (rank.Score, error) {
	holders, err := r.desk.Store.CountLeadsOfItem(ctx, l.Item)
	if err != nil {
		return rank.Score{}, err
	}
	places, err := r.desk.Store.CountPlaces(ctx, l.Item)
	if err != nil {
		return rank.Score{}, err
	}
	facts := rank.Input{
		Kind: string(l.Kind), Severity: casework.Severity(""), Scheme: item.Grading.Scheme, GradeSource: item.Grading.Source, GradeInfo: item.Grading.Info,
		LastSeen: item.LastSeen, Agencies: r.agencies, Holders: 1 + holders, OnWarningList: item.WhyNot == casework.OnWarningList, Places: places,
	}
	for _, id := range l.Cases {
		together, err := r.count(ctx, pair{l.Peer, id})
		if err != nil {
			return rank.Score{}, err
		}
		size, err := r.size(ctx, id)
		if err != nil {
			return rank.Score{}, err
		}
		// Of several cases the smallest corroborates: what it holds belongs together most.
		if together > 1 && (facts.CoOccurring == 0 || size < facts.CaseItems) {
			facts.CoOccurring, facts.CaseItems = together-1, size
		}
		c, err := r.file(ctx, id)
		if err != nil {
			return rank.Score{}, err
		}
		facts.Severity = max(facts.Severity, casework.Severity(c.Offence))
	}
	return rank.Rank(facts, rank.DefaultParams(), r.desk.Now()), nil
}

// view shows a lead with the own value that it is about, and its score.
func (r *ranking) view(ctx context.Context, l casework.Lead) (api.LeadView, rank.Score, error) {
	v := api.LeadView{Lead: l}
	item, err := r.desk.Store.ItemAlone(ctx, l.Item)
	if err != nil {
		return v, rank.Score{}, err
	}
	score, err := r.score(ctx, l, item)
	if err != nil {
		return v, score, err
	}
	v.Lead.Score, v.Reason, v.Value = score.Value, brief(score), item.Identifier.Reveal()
	for _, id := range l.Cases {
		c, err := r.file(ctx, id)
		if err != nil {
			return v, score, err
		}
		v.CaseRefs = append(v.CaseRefs, c.Ref)
	}
	return v, score, nil
}

// brief says in a line what moved a score.
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
