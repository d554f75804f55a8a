package match

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Run publishes to every member and asks what waits, one peer beside the other,
// until the context ends. What was cut off goes on where it was.
func (s *Service) Run(ctx context.Context) error {
	if err := s.tidy(ctx); ctx.Err() != nil {
		return nil // stopped while it started
	} else if err != nil {
		return fmt.Errorf("match: %w", err)
	}
	var lanes sync.WaitGroup
	defer lanes.Wait()
	lanes.Go(func() { s.serveReports(ctx) })
	epoch := s.epoch()
	running, forgetting := map[casework.AgencyID]bool{}, map[casework.AgencyID]bool{} // owned by this goroutine
	for {
		changed := s.cfg.Ledger.Changed()
		for _, p := range s.members() {
			if running[p] {
				continue
			}
			running[p] = true
			lanes.Go(func() { s.serveLane(ctx, laneOf{p, lanePublish}, s.publishDue) })
			lanes.Go(func() { s.serveLane(ctx, laneOf{p, laneAsk}, s.askOrdinary) })
			lanes.Go(func() { s.serveLane(ctx, laneOf{p, laneUrgent}, s.askUrgent) })
			lanes.Go(func() { s.serveLookUps(ctx, p) })
		}
		if now := s.epoch(); now != epoch {
			if epoch = now; epoch != 0 {
				s.turned()
			}
		}
		for _, p := range s.former() {
			if !forgetting[p] {
				forgetting[p] = true
				lanes.Go(func() { s.serveLane(ctx, laneOf{p, laneForget}, s.forget) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// turned lets everything look anew once the network has come to another epoch: nothing
// is published in it yet, and what was being asked is over.
func (s *Service) turned() {
	for _, p := range s.members() {
		s.wake(p, lanePublish, laneAsk, laneUrgent)
	}
}

// tidy drops batches whose making a restart interrupted, and files of batches that
// are done.
func (s *Service) tidy(ctx context.Context) error {
	open, err := s.cfg.Store.OpenBatches(ctx)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, b := range open {
		keep[b.ID.String()] = true
		if len(b.Body) > 0 {
			continue
		}
		release, ok := s.claim(making(b.ID))
		if !ok {
			continue // it is being made now
		}
		err := s.drop(ctx, b.ID)
		release()
		if err != nil {
			return err
		}
	}
	files, err := os.ReadDir(filepath.Join(s.cfg.Dir, "batches"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if id := f.Name(); keep[id] || s.isRunning("make "+id) {
			continue
		}
		if err := os.Remove(filepath.Join(s.cfg.Dir, "batches", f.Name())); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// making names the claim of whoever makes a batch or takes it into the ledger.
func making(id casework.BatchID) string { return "make " + id.String() }

func (s *Service) isRunning(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[what]
}

// Publish lets members have, soon, what was added or shared since.
func (s *Service) Publish(to ...casework.AgencyID) {
	s.mu.Lock()
	for _, p := range to {
		s.wanted[p]++
	}
	s.mu.Unlock()
	for _, p := range to {
		s.wake(p, lanePublish)
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
	return slices.DeleteFunc(members, func(p casework.AgencyID) bool { return s.wanted[p] == s.published[p] })
}

// publishDue publishes to a peer if that is due, or a set is on its way to it.
func (s *Service) publishDue(ctx context.Context, p casework.AgencyID) (again bool, err error) {
	t, err := s.terms(p)
	if err != nil || !t.member {
		return false, err
	}
	if err := s.checkSuspect(ctx, p, t); err != nil {
		return true, err
	}
	s.mu.Lock()
	wanted := s.wanted[p]
	s.mu.Unlock()
	if !slices.Contains(s.due(), p) {
		pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
		if err != nil {
			return true, fmt.Errorf("publication for %s: %w", p, err)
		}
		if pub.Number == pub.Acked && pub.Resync == 0 {
			return false, nil
		}
	}
	if err := s.publish(ctx, p); err != nil {
		s.tell(Progress{Kind: "publish", Peer: p, Waits: reason(err)})
		return true, err
	}
	s.mu.Lock()
	s.published[p] = wanted
	s.mu.Unlock()
	pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
	if err != nil {
		return true, fmt.Errorf("publication for %s: %w", p, err)
	}
	return len(pub.Leaving) > 0, nil // what leaves, leaves later
}

func (s *Service) askOrdinary(ctx context.Context, p casework.AgencyID) (again bool, err error) {
	return s.askOpen(ctx, p, false)
}

func (s *Service) askUrgent(ctx context.Context, p casework.AgencyID) (again bool, err error) {
	return s.askOpen(ctx, p, true)
}

// isSmallUrgent reports whether a batch goes by the urgent lane.
func isSmallUrgent(b store.Batch) bool { return b.Urgent && b.Count <= chunk }

// askOpen asks a peer the open batches of a lane, and reports whether one is left
// to try later.
func (s *Service) askOpen(ctx context.Context, p casework.AgencyID, urgent bool) (again bool, err error) {
	open, err := s.cfg.Store.OpenBatches(ctx)
	if err != nil {
		return true, fmt.Errorf("own store: %w", err)
	}
	for _, b := range open {
		if len(b.Body) == 0 || isSmallUrgent(b) != urgent || !slices.Contains(b.Peers, p) {
			continue
		}
		waits, err := s.advance(ctx, p, b)
		if err != nil {
			return true, err
		}
		again = again || waits
	}
	return again, nil
}
