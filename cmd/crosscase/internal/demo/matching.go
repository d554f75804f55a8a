package demo

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// match lets everybody publish tags and ask everybody else, and holds the hits
// against the intersection of the files, computed apart.
func (s *story) match(ctx context.Context) error {
	began := time.Now()
	published := make([]api.PublishView, len(s.agencies))
	if err := s.all(ctx, func(ctx context.Context, i int, a *party, show api.Emitter) error {
		view, err := api.Publish.Follow(ctx, a.As(a.Investigator), api.PublishRequest{}, show)
		published[i] = view
		return err
	}); err != nil {
		return err
	}
	for i, a := range s.agencies {
		r := published[i]
		for _, p := range r.Peers {
			if p.Queued != "" {
				return fmt.Errorf("%s: tags for %s wait: %s", a.ID, p.Peer, p.Queued)
			}
			s.tell.event("published", map[string]any{"agency": a.ID, "peer": p.Peer, "tags": p.Tags, "bytes": p.Bytes},
				"%-11s published %d tags to %s, of use to nobody else", a.ID, p.Tags, p.Peer)
		}
	}
	asked := make([]api.AskView, len(s.agencies))
	if err := s.all(ctx, func(ctx context.Context, i int, a *party, show api.Emitter) error {
		view, err := a.ask(ctx, show)
		asked[i] = view
		return err
	}); err != nil {
		return err
	}
	for i, a := range s.agencies {
		r := asked[i]
		s.figures.asked += uint64(r.Count) * uint64(len(s.agencies)-1)
		s.tell.event("asked", map[string]any{"agency": a.ID, "elements": r.Count, "peers": len(r.Peers), "entry": r.Entry},
			"%-11s asked %d elements of each peer; the ledger had the question first, as entry %d", a.ID, r.Count, r.Entry)
	}
	took := time.Since(began)
	if err := s.compare(ctx); err != nil {
		return err
	}
	s.tell.event("matched", map[string]any{"hits": s.figures.hits, "plaintext_hits": s.figures.plaintextHits, "elements_asked": s.figures.asked, "seconds": took.Seconds()},
		"%d hits at the agencies; the files, compared in the clear and apart: %d. %d elements asked, %.1f s", s.figures.hits, s.figures.plaintextHits, s.figures.asked, took.Seconds())
	return nil
}

// all does something for every agency at once, with bars for those who watch.
func (s *story) all(ctx context.Context, f func(ctx context.Context, i int, a *party, show api.Emitter) error) error {
	show, done := api.Emitter(func(api.Event) {}), func() {}
	if s.o.Progress != nil {
		show, done = s.o.Progress()
	}
	defer done()
	g, ctx := errgroup.WithContext(ctx)
	for i, a := range s.agencies {
		g.Go(func() error {
			return f(ctx, i, a, func(e api.Event) {
				e.Peer = string(a.ID) + " -> " + e.Peer
				show(e)
			})
		})
	}
	return g.Wait()
}

// ask lets one agency ask all others about its case, and waits for all answers.
func (a *party) ask(ctx context.Context, show api.Emitter) (api.AskView, error) {
	p := api.AskRequest{Case: a.caseRef, Reason: "numbers and wallets of the broker"}
	view, err := api.Ask.Follow(ctx, a.As(a.Investigator), p, show)
	if err != nil {
		return view, err
	}
	return view, a.Until(ctx, "its answers", func(st api.StatusView) bool { return len(st.Queued) == 0 })
}

// compare checks the leads of every agency, value by value, against the plaintext
// intersection with each peer.
func (s *story) compare(ctx context.Context) error {
	sets := map[casework.AgencyID]map[casework.IdentifierKey]casework.Kind{}
	for _, a := range s.agencies {
		set, err := a.plain(ctx)
		if err != nil {
			return err
		}
		sets[a.ID] = set
	}
	for _, a := range s.agencies {
		leads, err := api.Inbox.Call(ctx, a.As(a.Investigator), api.InboxRequest{All: true})
		if err != nil {
			return err
		}
		found := map[casework.AgencyID]map[casework.IdentifierKey]bool{}
		for _, l := range leads {
			if found[l.Lead.Peer] == nil {
				found[l.Lead.Peer] = map[casework.IdentifierKey]bool{}
			}
			found[l.Lead.Peer][casework.NewIdentifier(l.Lead.Kind, l.Value).Key()] = true
		}
		for _, other := range s.agencies {
			if other == a {
				continue
			}
			expected := 0
			for id, kind := range sets[a.ID] {
				if _, both := sets[other.ID][id]; both {
					expected++
					if !found[other.ID][id] {
						return fmt.Errorf("%s did not find a %s that %s also holds", a.ID, kind, other.ID)
					}
				}
			}
			if got := len(found[other.ID]); got != expected {
				return fmt.Errorf("%s has %d hits with %s, and the files share %d", a.ID, got, other.ID, expected)
			}
			s.figures.hits += len(found[other.ID])
			s.figures.plaintextHits += expected
			s.tell.event("hits", map[string]any{"agency": a.ID, "peer": other.ID, "hits": len(found[other.ID]), "plaintext_hits": expected},
				"%-11s shares %d identifiers with %s", a.ID, expected, other.ID)
		}
	}
	return nil
}
