package match

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/policy/casework"
)

// Run publishes to every member and asks what waits, one peer beside the other,
// until the context ends. What was cut off goes on where it was.
func (s *Service) Run(ctx context.Context) error {
	if err := s.tidy(ctx); err != nil {
		return fmt.Errorf("match: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	running := map[casework.AgencyID]bool{} // owned by this goroutine
	for {
		changed := s.cfg.Ledger.Changed()
		for _, p := range s.members() {
			if !running[p] {
				running[p] = true
				g.Go(func() error { return s.tend(ctx, p) })
			}
		}
		select {
		case <-ctx.Done():
			return g.Wait()
		case <-changed:
		}
	}
}

// tidy drops batches whose making a restart interrupted, and files of batches that
// are done.
func (s *Service) tidy(ctx context.Context) error {
	s.made.Lock() // what is being made now is not left over
	defer s.made.Unlock()
	open, err := s.cfg.Store.OpenBatches(ctx)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, b := range open {
		if len(b.Body) == 0 {
			if err := s.drop(ctx, b.ID); err != nil {
				return err
			}
			continue
		}
		keep[b.ID.String()] = true
	}
	files, err := os.ReadDir(filepath.Join(s.cfg.Dir, "batches"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if !keep[f.Name()] {
			if err := os.Remove(filepath.Join(s.cfg.Dir, "batches", f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) kicks(p casework.AgencyID) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.kick[p]
	if c == nil {
		c = make(chan struct{}, 1)
		s.kick[p] = c
	}
	return c
}

// wake lets a peer's loop look at once at what there is to do.
func (s *Service) wake(p casework.AgencyID) {
	select {
	case s.kicks(p) <- struct{}{}:
	default: // it is about to look already
	}
}

// Publish lets members have, soon, what was added or shared since.
func (s *Service) Publish(to ...casework.AgencyID) {
	s.mu.Lock()
	for _, p := range to {
		s.want[p]++
	}
	s.mu.Unlock()
	for _, p := range to {
		s.wake(p)
	}
}

// due lists the members that are to be published to now: all, unless that is left
// to [Service.Publish].
func (s *Service) due() []casework.AgencyID {
	members := s.members()
	if !s.cfg.Manual {
		return members
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(members, func(p casework.AgencyID) bool { return s.want[p] == s.met[p] })
}

// publishDue publishes to a peer if that is due, or a set is on its way to it.
func (s *Service) publishDue(ctx context.Context, t terms, p casework.AgencyID) error {
	s.mu.Lock()
	want := s.want[p]
	s.mu.Unlock()
	if !slices.Contains(s.due(), p) {
		pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
		if err != nil {
			return fmt.Errorf("publication for %s: %w", p, err)
		}
		if pub.Number == pub.Acked {
			return nil
		}
	}
	if err := s.publish(ctx, p); err != nil {
		return err
	}
	s.mu.Lock()
	s.met[p] = want
	s.mu.Unlock()
	return nil
}

// relead makes the leads of hits that a restart kept from becoming leads: tags are
// stored first, and a lead is stored once.
func (s *Service) relead(ctx context.Context, p casework.AgencyID) error {
	t, err := s.terms(p)
	if err != nil {
		return err
	}
	hits, err := s.cfg.Store.Hits(ctx, p, t.epoch)
	if err != nil {
		return fmt.Errorf("hits with %s: %w", p, err)
	}
	return s.leads(ctx, p, t.epoch, hits)
}

// tend does what there is to do with one peer, and tries again, ever less often,
// what failed; a sign of life of the peer, or new work, ends the pause.
func (s *Service) tend(ctx context.Context, p casework.AgencyID) error {
	kick, pause := s.kicks(p), s.cfg.Retry
	if err := s.relead(ctx, p); err != nil && ctx.Err() == nil {
		return fmt.Errorf("match: %w", err)
	}
	for {
		again, err := s.round(ctx, p)
		if ctx.Err() != nil {
			return nil
		}
		var timer <-chan time.Time
		var stop func() bool
		switch {
		case err != nil:
			s.cfg.Logger.Info("exchange waits", "agency", p, "reason", reason(err), "error", err)
			again = true
		case !again:
			pause = s.cfg.Retry
			// Nothing waits: what was done makes room for what comes.
			if err := s.settle(ctx, p); err != nil && ctx.Err() == nil {
				s.cfg.Logger.Warn("the store did not put tags in order", "agency", p, "error", err)
			}
		}
		if again {
			t := time.NewTimer(pause/2 + rand.N(pause))
			timer, stop = t.C, t.Stop
			pause = min(2*pause, s.cfg.RetryMax)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-kick:
		case <-timer:
		}
		if stop != nil {
			stop()
		}
	}
}

// settle lets the store put a peer's tags in order.
func (s *Service) settle(ctx context.Context, p casework.AgencyID) error {
	t, err := s.terms(p)
	if err != nil {
		return nil // the ledger stopped; the round says so
	}
	return s.cfg.Store.MergeTags(ctx, p, t.epoch)
}

// round publishes to a peer and asks it everything that is open, and reports
// whether something is left to try later.
func (s *Service) round(ctx context.Context, p casework.AgencyID) (again bool, err error) {
	t, err := s.terms(p)
	if err != nil {
		return true, err
	}
	var published error
	if t.member {
		if published = s.publishDue(ctx, t, p); published != nil {
			s.tell(Progress{Kind: "publish", Peer: p, Waits: reason(published)})
		}
	}
	open, err := s.openBatches(ctx)
	if err != nil {
		return true, err
	}
	for _, b := range open {
		waits, err := s.advance(ctx, p, b)
		if err != nil {
			return true, errors.Join(published, err)
		}
		again = again || waits
	}
	return again, published
}

// openBatches gives the batches that are logged, after trying to log the others.
func (s *Service) openBatches(ctx context.Context) ([]store.Batch, error) {
	s.made.Lock()
	defer s.made.Unlock()
	open, err := s.cfg.Store.OpenBatches(ctx)
	if err != nil {
		return nil, err
	}
	for i, b := range open {
		if b.Logged || len(b.Body) == 0 {
			continue
		}
		if open[i], err = s.logBatch(ctx, b); err != nil {
			s.cfg.Logger.Warn("the ledger rejects a query that waited", "batch", b.ID.String(), "error", err)
			for _, p := range b.Peers {
				s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Refusal: "rejected"})
			}
			if err := s.drop(ctx, b.ID); err != nil {
				return nil, err
			}
			open[i].Done = true
		}
	}
	return open, nil
}

// advance brings one batch further with one peer. It reports whether the batch
// waits for something; an error is one that concerns all batches with the peer.
func (s *Service) advance(ctx context.Context, p casework.AgencyID, b store.Batch) (waits bool, err error) {
	if !slices.Contains(b.Peers, p) || b.Done {
		return false, nil
	}
	if !b.Logged {
		return true, nil
	}
	leave, ok := s.enter("ask " + string(p) + " " + b.ID.String())
	if !ok {
		return false, nil
	}
	defer leave()
	progress, err := s.cfg.Store.Progress(ctx, b.ID, p)
	if err != nil {
		return true, fmt.Errorf("own store: %w", err)
	}
	if !progress.Done && progress.Refusal == "" {
		if err := s.ask(ctx, p, b, progress); err != nil {
			return s.failed(ctx, p, b, err)
		}
		if progress, err = s.cfg.Store.Progress(ctx, b.ID, p); err != nil {
			return true, fmt.Errorf("own store: %w", err)
		}
	}
	if progress.Done && progress.Refusal == "" && !progress.Counted {
		progress.Counted = true
		if err := s.cfg.Store.SaveProgress(ctx, progress); err != nil {
			return true, fmt.Errorf("own store: %w", err)
		}
		s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Done: uint64(len(b.PartHashes)), Total: uint64(len(b.PartHashes)), Hits: progress.Hits})
	}
	return false, s.close(ctx, b.ID)
}

// failed stores why a batch waits, or that the peer refused it for good.
func (s *Service) failed(ctx context.Context, p casework.AgencyID, b store.Batch, cause error) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	progress, err := s.cfg.Store.Progress(ctx, b.ID, p) // parts may have come in
	if err != nil {
		return true, errors.Join(cause, err)
	}
	code, forGood := final(cause)
	progress.Waits, progress.Updated = reason(cause), s.cfg.Now()
	if forGood {
		progress.Refusal, progress.Done, progress.Waits = code, true, ""
		s.cfg.Logger.Warn("a batch is refused for good", "agency", p, "batch", b.ID.String(), "code", code, "error", cause)
	}
	if err := s.cfg.Store.SaveProgress(ctx, progress); err != nil {
		return true, errors.Join(cause, err)
	}
	s.tell(Progress{
		Kind: "ask", Batch: b.ID, Peer: p, Done: uint64(progress.NextPart), Total: uint64(len(b.PartHashes)),
		Hits: progress.Hits, Waits: progress.Waits, Refusal: progress.Refusal,
	})
	if forGood {
		return false, s.close(ctx, b.ID)
	}
	return true, cause
}

// close marks a batch as done once every peer is, and deletes its elements.
func (s *Service) close(ctx context.Context, id casework.BatchID) error {
	s.made.Lock()
	defer s.made.Unlock()
	b, err := s.cfg.Store.Batch(ctx, id)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	for _, p := range b.Peers {
		progress, err := s.cfg.Store.Progress(ctx, id, p)
		if err != nil {
			return fmt.Errorf("own store: %w", err)
		}
		if !progress.Done || (progress.Refusal == "" && !progress.Counted) {
			return nil
		}
	}
	b.Done = true
	if err := s.cfg.Store.SaveBatch(ctx, b); err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	if err := os.Remove(s.batchPath(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("own folder: %w", err)
	}
	return nil
}
