// Package asking is the desk at which officers publish the agency's tags and ask the
// other agencies whether they hold an identifier, on the record.
//
// A question is for a case and states its ground: the ledger sees a commitment to it
// and the oversight body all of it, so that one which states too little, or what the
// agreement does not cover, is refused before anything is logged. What is asked goes
// on by itself when the officer stops waiting.
package asking

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// Store keeps queries, and how far tags are published.
type Store interface {
	desk.Cases
	Batch(ctx context.Context, id casework.BatchID) (store.Batch, error)
	OpenBatches(ctx context.Context) ([]store.Batch, error)
	Progress(ctx context.Context, id casework.BatchID, peer casework.AgencyID) (store.Progress, error)
	LeadsSince(ctx context.Context, at time.Time) ([]casework.Lead, error)
	Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error)
	MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error)
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
	Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error)
	PutStanding(ctx context.Context, o store.Standing) error
	Standing(ctx context.Context, id casework.CaseID) (store.Standing, error)
	Standings(ctx context.Context) ([]store.Standing, error)
	BatchesOfCase(ctx context.Context, id casework.CaseID) ([]store.Batch, error)
	LeadsOfItem(ctx context.Context, id casework.ItemID) ([]casework.Lead, error)
	PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error)
	AskedOfItem(ctx context.Context, item casework.ItemID, peer casework.AgencyID, epoch uint32) (*store.AskedItem, error)
	HasTagOf(ctx context.Context, item casework.ItemID, peer casework.AgencyID, epoch uint32) (bool, error)
	Changes(ctx context.Context, p store.Publication, kinds []casework.Kind, limit int) ([]store.Change, error)
}

// Ledger tells what is agreed, who the members are, and when that changes.
type Ledger interface {
	View(func(*state.State))
	Changed() <-chan struct{}
}

// Matcher asks and publishes, and keeps at it.
type Matcher interface {
	Ask(ctx context.Context, spec match.Spec) ([]casework.BatchID, error)
	Publish(to ...casework.AgencyID)
}

// Evidence stores the items that a question names.
type Evidence interface {
	Take(ctx context.Context, c casework.Case, normaliser uint32, source casework.Provenance, items api.Items) ([]store.Added, error)
}

// Leads shows the leads that a question brought.
type Leads interface {
	Views(ctx context.Context, leads []casework.Lead) ([]api.LeadView, error)
}

// A Network is what a node in a network asks with.
type Network struct {
	Ledger Ledger
	Match  Matcher
}

// A Desk asks for officers.
type Desk struct {
	Agency   casework.AgencyID
	Store    Store
	Evidence Evidence
	Leads    Leads
	Network  func() (Network, error) // an error while the node is in none
	Progress *Progress
	Wake     chan struct{} // of capacity 1: the standing orders are to be looked at
	Now      func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{api.Publish.Handle(d.Publish), api.Ask.Handle(d.Ask), api.Asked.Handle(d.Asked), api.CaseStanding.Handle(d.Standing)}
}

// Others returns the members that a call means: those named, or all but this one.
func (d *Desk) Others(ledger Ledger, named []casework.AgencyID) ([]casework.AgencyID, error) {
	var members []casework.AgencyID
	ledger.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != d.Agency {
				members = append(members, m.Agency)
			}
		}
	})
	for _, id := range named {
		if !slices.Contains(members, id) {
			return nil, api.Errorf(api.NotFound, "'crosscase network members' lists them", "the network has no other member %s", id)
		}
	}
	if len(named) > 0 {
		return named, nil
	}
	if len(members) == 0 {
		return nil, api.Errorf(api.Unavailable, "invite others with 'crosscase network invite'", "this agency is the network's only member")
	}
	return members, nil
}

// Ask asks peers about items of a case, and waits for those that answer.
func (d *Desk) Ask(ctx context.Context, call api.Call, p api.AskRequest) (api.AskView, error) {
	var v api.AskView
	network, err := d.Network()
	if err != nil {
		return v, err
	}
	peers, err := d.Others(network.Ledger, p.Peers)
	if err != nil {
		return v, err
	}
	c, err := desk.FindCase(ctx, d.Store, p.Case)
	if err != nil {
		return v, err
	}
	j, err := d.justify(network.Ledger, c, p, call.Officer)
	if err != nil {
		return v, err
	}
	spec := match.Spec{Case: c.ID, Peers: peers, Justification: j, Command: call.Command, Urgent: p.Urgent}
	if len(p.Items.Each) > 0 {
		if err := withinBatch(network.Ledger, len(p.Items.Each)); err != nil {
			return v, err
		}
		if spec.Items, v.Known, err = d.take(ctx, c, p); err != nil {
			return v, err
		}
	}
	batches, err := network.Match.Ask(ctx, spec)
	if errors.Is(err, match.ErrNothing) && len(p.Items.Each) == 0 {
		return d.stillOpen(ctx, network.Ledger, call.Emit, c.ID, peers)
	}
	if errors.Is(err, match.ErrNothing) {
		return v, d.keptOut(ctx, spec.Items, err)
	}
	if errors.Is(err, match.ErrRest) && len(batches) > 0 {
		v.Rest, err = err.Error(), nil
	}
	if err != nil {
		return v, matchError(err)
	}
	return d.await(ctx, network.Ledger, call.Emit, batches, v)
}

// withinBatch refuses more values than the agreement lets one query have, before any of
// them is stored.
func withinBatch(ledger Ledger, n int) error {
	var most uint32
	ledger.View(func(st *state.State) { most = st.Agreement().MaxBatch })
	if uint64(n) > uint64(most) {
		return api.Errorf(api.Refused, "ask for them in several questions", "%d values in one question, more than the agreement's max_batch of %d", n, most)
	}
	return nil
}

// stillOpen follows what of a case was asked before and is not answered yet: only what
// was answered counts as asked.
func (d *Desk) stillOpen(ctx context.Context, ledger Ledger, emit api.Emitter, id casework.CaseID, peers []casework.AgencyID) (api.AskView, error) {
	open, err := d.Store.OpenBatches(ctx)
	if err != nil {
		return api.AskView{}, err
	}
	var ids []casework.BatchID
	for _, b := range open {
		asks := func(p casework.AgencyID) bool { return slices.Contains(peers, p) }
		if b.Case == id && len(b.Body) > 0 && slices.ContainsFunc(b.Peers, asks) {
			ids = append(ids, b.ID)
		}
	}
	if len(ids) == 0 {
		return api.AskView{}, nil
	}
	return d.await(ctx, ledger, emit, ids, api.AskView{})
}

// keptOut says why none of the items that a question names may be asked.
func (d *Desk) keptOut(ctx context.Context, ids []casework.ItemID, cause error) error {
	var reasons []string
	for _, id := range ids {
		item, places, err := d.Store.Item(ctx, id)
		if err != nil {
			return err
		}
		var terms []*casework.Terms
		for _, p := range places {
			terms = append(terms, p.Provenance.Terms)
		}
		if why := sharing.Why(item.WhyNot, terms...); why != "" && !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
	}
	if len(reasons) == 0 {
		return matchError(cause)
	}
	return api.Errorf(api.Refused, "'crosscase search' shows what keeps an item out of matching", "%w: %s", cause, strings.Join(reasons, "; "))
}

// justify completes what the officer states, and refuses what the agreement does not
// cover.
func (d *Desk) justify(ledger Ledger, c casework.Case, p api.AskRequest, by casework.Officer) (casework.Justification, error) {
	j, err := casework.Justification{
		Purpose: p.Purpose, Offence: p.Offence, Category: p.Category, Aim: p.Aim, LegalBasis: p.LegalBasis, Reason: p.Reason,
		Unit: by.Unit, Officer: by.ID, At: d.Now().UTC().Truncate(time.Second),
	}.Of(c)
	var missing *casework.UnstatedError
	if errors.As(err, &missing) {
		return j, api.Errorf(api.Refused, "give --"+missing.Field+", or open the case with it", "%w; it would not be lawful", err)
	}
	if err != nil {
		return j, api.Errorf(api.Invalid, "see --help of the command", "%w", err)
	}
	covered := false
	ledger.View(func(st *state.State) { covered = st.Agreement().Allows(j.Purpose, j.Offence, j.LegalBasis) })
	if !covered {
		return j, api.Errorf(api.Refused, "the agreement of the network lists what is agreed",
			"the agreement does not cover purpose %q, offence %q and legal basis %q together", j.Purpose, j.Offence, j.LegalBasis)
	}
	return j, nil
}

// take stores the items that a question names, and returns their ids and how many
// were known before.
func (d *Desk) take(ctx context.Context, c casework.Case, p api.AskRequest) (ids []casework.ItemID, known int, err error) {
	now := d.Now().UTC()
	added, err := d.Evidence.Take(ctx, c, p.Normaliser, casework.Provenance{Source: "command line", Format: "typed", Captured: now, Imported: now}, p.Items)
	for _, a := range added {
		ids = append(ids, a.ID)
		if !a.New {
			known++
		}
	}
	return ids, known, err
}

// await follows batches until every peer has answered, refused, or is known to be
// away; what waits goes on by itself.
func (d *Desk) await(ctx context.Context, ledger Ledger, emit api.Emitter, ids []casework.BatchID, v api.AskView) (api.AskView, error) {
	since := d.Now()
	wanted := func(p match.Progress) bool { return p.Kind == "ask" && slices.Contains(ids, p.Batch) }
	err := d.Progress.follow(ctx, ledger, emit, wanted, func() (bool, error) {
		v.Peers, v.Count = nil, 0
		all := true
		for _, id := range ids {
			b, err := d.Store.Batch(ctx, id)
			if err != nil {
				return false, err
			}
			v.Batch, v.Entry = b.ID, b.Index
			if b.Created.Before(since) {
				since = b.Created
			}
			v.Count += b.Count
			for _, peer := range b.Peers {
				of, final, err := d.Answer(ctx, b, peer)
				if err != nil {
					return false, err
				}
				all = all && final
				v.Peers = append(v.Peers, of)
			}
		}
		return all, nil
	})
	if err != nil {
		return v, err
	}
	leads, err := d.Store.LeadsSince(ctx, since)
	if err != nil {
		return v, err
	}
	v.Leads, err = d.Leads.Views(ctx, slices.DeleteFunc(leads, func(l casework.Lead) bool { return l.State != casework.LeadNew }))
	return v, err
}

// Answer says how one peer's answer to a batch stands, and whether there is nothing
// to wait for: it is there, was refused, or waits for somebody.
func (d *Desk) Answer(ctx context.Context, b store.Batch, peer casework.AgencyID) (api.AskedOf, bool, error) {
	pr, err := d.Store.Progress(ctx, b.ID, peer)
	if err != nil {
		return api.AskedOf{}, false, err
	}
	of := api.AskedOf{Peer: peer, Hits: pr.Hits, Refusal: pr.Refusal, Set: pr.Set, At: pr.Updated}
	if pr.Done && pr.LookedUp == pr.NextPart {
		return of, true, nil
	}
	if of.Queued = pr.Waits; of.Queued == "" {
		of.Queued = b.Waits
	}
	return of, of.Queued != "", nil
}

// matchError tells an officer why a question was not asked.
func matchError(err error) error {
	switch {
	case errors.Is(err, match.ErrNothing):
		return api.Errorf(api.Refused, "'crosscase search' shows what keeps an item out of matching", "%w", err)
	case errors.Is(err, match.ErrTooLarge):
		return api.Errorf(api.Refused, "ask for them in several questions", "%w", err)
	case errors.Is(err, match.ErrSilent):
		return api.Errorf(api.Refused, "'crosscase publish' publishes what is shared", "%w", err)
	case errors.Is(err, entry.ErrTooLong), errors.Is(err, entry.ErrShape):
		return api.Errorf(api.Refused, "state the reason, the legal basis and the offence in fewer words", "%w", err)
	case errors.Is(err, match.ErrNoPeer), errors.Is(err, match.ErrAgreement):
		return api.Errorf(api.Refused, "the agreement of the network says who may match what with whom", "%w", err)
	case errors.Is(err, match.ErrStopped):
		return api.Errorf(api.Fault, "stop, keep the folder, and tell the oversight body", "%w", err)
	}
	return desk.LedgerError(err)
}
