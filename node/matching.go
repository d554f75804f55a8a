package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// watchers hand the progress of matching to those who wait for some of it.
type watchers struct {
	mu  sync.Mutex
	all map[chan match.Progress]struct{}
}

func newWatchers() *watchers { return &watchers{all: map[chan match.Progress]struct{}{}} }

// tell never blocks: who is slow misses steps, and looks at the store anyway.
func (w *watchers) tell(p match.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.all {
		select {
		case c <- p:
		default:
		}
	}
}

func (w *watchers) watch() (<-chan match.Progress, func()) {
	c := make(chan match.Progress, 256)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[c] = struct{}{}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, c)
	}
}

// follow shows progress until done says so. It looks again at each step, whenever
// the ledger moves and, in case one was missed, every second.
func (n *Node) follow(ctx context.Context, s *services, emit api.Emitter, wanted func(match.Progress) bool, done func() (bool, error)) error {
	events, stop := n.progress.watch()
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		changed := s.replica.Changed()
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-changed:
		case p := <-events:
			if wanted(p) {
				emit(api.Event{Step: p.Kind, Peer: string(p.Peer), Done: p.Done, Total: p.Total, Rate: p.Rate, Left: p.Left.Seconds(), Message: p.Waits})
			}
		}
	}
}

// others lists the members that a call means: those named, or all.
func (n *Node) others(s *services, named []casework.AgencyID) ([]casework.AgencyID, error) {
	var members []casework.AgencyID
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != n.cfg.Agency.ID {
				members = append(members, m.Agency)
			}
		}
	})
	for _, id := range named {
		if !slices.Contains(members, id) {
			return nil, api.Errorf(api.NotFound, "'crosscase network members' lists them", "%s is no other member of the network", id)
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

// publish brings the peers' copies of the own tags up to date, and waits a while
// for them to acknowledge it.
func (n *Node) publish(ctx context.Context, call api.Call, p api.PublishRequest) (view api.PublishView, err error) {
	s, err := n.inNetwork()
	if err != nil {
		return view, err
	}
	peers, err := n.others(s, p.Peers)
	if err != nil {
		return view, err
	}
	s.match.Publish(peers...)
	waits := map[casework.AgencyID]string{}
	var r api.PublishView
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	err = n.follow(ctx, s, call.Emit, func(p match.Progress) bool {
		if p.Kind == "publish" && p.Waits != "" {
			waits[p.Peer] = p.Waits
		}
		return p.Kind == "publish"
	}, func() (bool, error) {
		r.Peers = nil
		all := true
		for _, peer := range peers {
			to, current, err := n.published(ctx, s, peer)
			if err != nil {
				return false, err
			}
			if !current {
				if to.Queued = waits[peer]; to.Queued == "" {
					all = false
				}
			}
			r.Peers = append(r.Peers, to)
		}
		return all, nil
	})
	return r, err
}

// published says how one peer's copy stands, and whether it is up to date.
func (n *Node) published(ctx context.Context, s *services, peer casework.AgencyID) (api.PublishedTo, bool, error) {
	var epoch uint32
	var in state.Publication
	var kinds []casework.Kind
	s.replica.View(func(st *state.State) {
		epoch = st.Epoch()
		in, _ = st.Publication(n.cfg.Agency.ID, peer, epoch)
		kinds = st.Agreement().KindsBetween(n.cfg.Agency.ID, peer)
	})
	pub, err := n.store.Publication(ctx, peer, epoch)
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	left, err := n.store.MatchItems(ctx, store.MatchFilter{AfterSeq: pub.UpToSeq, Limit: 1, Kinds: kinds})
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	changed, err := n.store.Changes(ctx, pub, kinds, 1000)
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	due := len(left) > 0 || slices.ContainsFunc(changed, func(c store.Change) bool { return c.May != c.Published })
	to := api.PublishedTo{Peer: peer, Number: in.Acked, Tags: pub.Count, Bytes: in.Bytes}
	begun := in.Number > 0 || len(kinds) == 0 // the first set is sent even where it is padding alone
	return to, begun && !due && in.Acked == in.Number && in.Number == pub.Number && pub.Acked == pub.Number, nil
}

// ask asks peers about items of a case, and waits for those that answer.
func (n *Node) ask(ctx context.Context, call api.Call, p api.AskRequest) (view api.AskView, err error) {
	s, err := n.inNetwork()
	if err != nil {
		return view, err
	}
	peers, err := n.others(s, p.Peers)
	if err != nil {
		return view, err
	}
	c, err := n.caseOf(ctx, p.Case)
	if err != nil {
		return view, err
	}
	j, err := n.justify(s, c, p, call)
	if err != nil {
		return view, err
	}
	var r api.AskView
	spec := match.Spec{Case: c.ID, Peers: peers, Justification: j, Command: call.Command, Urgent: p.Urgent}
	if len(p.Items.Each) > 0 {
		if spec.Items, r.Known, err = n.askedItems(ctx, c, p); err != nil {
			return view, err
		}
	}
	batches, err := s.match.Ask(ctx, spec)
	if errors.Is(err, match.ErrNothing) && len(p.Items.Each) == 0 {
		return r, nil
	}
	if err != nil {
		return view, matchError(err)
	}
	return n.awaitAnswers(ctx, s, call.Emit, batches, r)
}

// justify makes the justification of a query, and refuses one that states too
// little or what the agreement does not allow: the ledger sees only a commitment.
func (n *Node) justify(s *services, c casework.Case, p api.AskRequest, call api.Call) (casework.Justification, error) {
	or := func(a, b string) string {
		if a == "" {
			return b
		}
		return a
	}
	j := casework.Justification{
		Case: c.ID, CaseRef: c.Ref, Purpose: casework.Purpose(or(string(p.Purpose), string(c.Purpose))), Offence: or(p.Offence, c.Offence),
		Category: casework.SubjectCategory(or(string(p.Category), string(c.Category))).Or(), Aim: or(p.Aim, "identify"),
		LegalBasis: or(p.LegalBasis, c.LegalBasis), Unit: call.Officer.Unit, Reason: p.Reason, Officer: call.Officer.ID, At: time.Now().UTC().Truncate(time.Second),
	}
	for _, f := range []struct{ flag, value string }{{"purpose", string(j.Purpose)}, {"offence", j.Offence}, {"legal-basis", j.LegalBasis}} {
		if f.value == "" {
			return j, api.Errorf(api.Refused, "give --"+f.flag+", or open the case with it", "the question states no %s; it would not be lawful", f.flag)
		}
	}
	if terms := s.terms(); !terms.Allows(j.Purpose, j.Offence, j.LegalBasis) {
		return j, api.Errorf(api.Refused, "the agreement of the network lists what is agreed",
			"the agreement does not cover purpose %q, offence %q and legal basis %q together", j.Purpose, j.Offence, j.LegalBasis)
	}
	return j, nil
}

// askedItems stores the items that a question names, and gives their ids.
func (n *Node) askedItems(ctx context.Context, c casework.Case, p api.AskRequest) (ids []casework.ItemID, known int, err error) {
	if err := n.sameNormaliser(p.Normaliser); err != nil {
		return nil, 0, err
	}
	now := time.Now().UTC()
	items, err := newItems(c, casework.Provenance{Source: "command line", Format: "typed", Captured: now, Imported: now}, p.Items)
	if err != nil {
		return nil, 0, err
	}
	added, err := n.store.AddItems(ctx, c.ID, items)
	if err != nil {
		return nil, 0, storeError(err)
	}
	for _, a := range added {
		ids = append(ids, a.ID)
		if !a.New {
			known++
		}
	}
	return ids, known, nil
}

// awaitAnswers follows batches until every peer has answered, refused, or is
// known to be away; what waits goes on by itself.
func (n *Node) awaitAnswers(ctx context.Context, s *services, emit api.Emitter, ids []casework.BatchID, r api.AskView) (api.AskView, error) {
	since := time.Now()
	err := n.follow(ctx, s, emit, func(p match.Progress) bool { return p.Kind == "ask" && slices.Contains(ids, p.Batch) }, func() (bool, error) {
		r.Peers, r.Count = nil, 0
		all := true
		for _, id := range ids {
			b, err := n.store.Batch(ctx, id)
			if err != nil {
				return false, err
			}
			r.Batch, r.Entry = b.ID, b.Index
			if b.Created.Before(since) {
				since = b.Created
			}
			r.Count += b.Count
			for _, peer := range b.Peers {
				of, settled, err := n.answerOf(ctx, b, peer)
				if err != nil {
					return false, err
				}
				all = all && settled
				r.Peers = append(r.Peers, of)
			}
		}
		return all, nil
	})
	if err != nil {
		return r, err
	}
	leads, err := n.store.LeadsSince(ctx, since)
	if err != nil {
		return r, err
	}
	r.Leads, err = n.leadViews(ctx, slices.DeleteFunc(leads, func(l casework.Lead) bool { return l.State != casework.LeadNew }))
	return r, err
}

// answerOf says how one peer's answer to a batch stands.
func (n *Node) answerOf(ctx context.Context, b store.Batch, peer casework.AgencyID) (api.AskedOf, bool, error) {
	pr, err := n.store.Progress(ctx, b.ID, peer)
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
