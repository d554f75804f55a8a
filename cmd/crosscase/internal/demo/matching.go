package demo

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/policy/casework"
)

// match lets everybody publish tags and ask everybody else, and holds the hits
// against the intersection of the files, computed apart.
func (s *story) match(ctx context.Context) error {
	began := time.Now()
	if err := s.all(ctx, func(ctx context.Context, a *agency) error {
		var r control.Published
		if err := a.as(a.investigator).Call(ctx, control.MethodPublish, control.Publish{}, &r, nil); err != nil {
			return err
		}
		for _, p := range r.Peers {
			if p.Queued != "" {
				return fmt.Errorf("%s: tags for %s wait: %s", a.id, p.Peer, p.Queued)
			}
			s.tell.event("published", map[string]any{"agency": a.id, "peer": p.Peer, "tags": p.Tags, "bytes": p.Bytes},
				"%-11s published %d tags to %s, of use to nobody else (the last change: %d bytes)", a.id, p.Tags, p.Peer, p.Bytes)
		}
		return nil
	}); err != nil {
		return err
	}
	asked := make([]uint64, len(s.agencies))
	if err := s.all(ctx, func(ctx context.Context, a *agency) error { return s.ask(ctx, a, asked) }); err != nil {
		return err
	}
	for _, n := range asked {
		s.figures.asked += n
	}
	took := time.Since(began)
	if err := s.compare(ctx); err != nil {
		return err
	}
	s.tell.event("matched", map[string]any{"hits": s.figures.hits, "plaintext_hits": s.figures.plaintextHits, "elements_asked": s.figures.asked, "seconds": took.Seconds()},
		"%d hits at the agencies; the files, compared in the clear and apart: %d. %d elements asked, %.1f s", s.figures.hits, s.figures.plaintextHits, s.figures.asked, took.Seconds())
	return nil
}

// all does something for every agency at once.
func (s *story) all(ctx context.Context, f func(context.Context, *agency) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, a := range s.agencies {
		g.Go(func() error { return f(ctx, a) })
	}
	return g.Wait()
}

// ask lets one agency ask all others about its case, again for as long as one of
// them is not there yet.
func (s *story) ask(ctx context.Context, a *agency, asked []uint64) error {
	var r control.Asked
	p := control.Ask{Case: a.caseRef, Reason: "numbers and wallets of the broker"}
	if err := a.as(a.investigator).Call(ctx, control.MethodAsk, p, &r, nil); err != nil {
		return err
	}
	if err := a.until(ctx, "its answers", func(st control.Status) bool { return len(st.Queued) == 0 }); err != nil {
		return err
	}
	for i, other := range s.agencies {
		if other == a {
			asked[i] = uint64(r.Count) * uint64(len(s.agencies)-1)
		}
	}
	s.tell.event("asked", map[string]any{"agency": a.id, "elements": r.Count, "peers": len(r.Peers), "entry": r.Entry},
		"%-11s asked %d elements of each peer; the ledger had the question first, as entry %d", a.id, r.Count, r.Entry)
	return nil
}

// compare holds the leads of every agency, value by value, against the plaintext
// intersection with each peer.
func (s *story) compare(ctx context.Context) error {
	sets := map[casework.AgencyID]map[casework.Identifier]bool{}
	for _, a := range s.agencies {
		set, err := a.plain(ctx)
		if err != nil {
			return err
		}
		sets[a.id] = set
	}
	for _, a := range s.agencies {
		var leads []control.LeadView
		if err := a.as(a.investigator).Call(ctx, control.MethodInbox, control.Inbox{All: true}, &leads, nil); err != nil {
			return err
		}
		found := map[casework.AgencyID]map[casework.Identifier]bool{}
		for _, l := range leads {
			if found[l.Lead.Peer] == nil {
				found[l.Lead.Peer] = map[casework.Identifier]bool{}
			}
			found[l.Lead.Peer][casework.NewIdentifier(l.Lead.Kind, l.Value)] = true
		}
		for _, other := range s.agencies {
			if other == a {
				continue
			}
			expected := 0
			for id := range sets[a.id] {
				if sets[other.id][id] {
					expected++
					if !found[other.id][id] {
						return fmt.Errorf("%s did not find a %s that %s also holds", a.id, id.Kind(), other.id)
					}
				}
			}
			if got := len(found[other.id]); got != expected {
				return fmt.Errorf("%s has %d hits with %s, and the files share %d", a.id, got, other.id, expected)
			}
			s.figures.hits += len(found[other.id])
			s.figures.plaintextHits += expected
			s.tell.event("hits", map[string]any{"agency": a.id, "peer": other.id, "hits": len(found[other.id]), "plaintext_hits": expected},
				"%-11s shares %d identifiers with %s", a.id, expected, other.id)
		}
	}
	return nil
}
