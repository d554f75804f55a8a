package match

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// changeBatch changes a batch's stored record.
func (s *Service) changeBatch(ctx context.Context, id casework.BatchID, change func(*store.Batch)) (store.Batch, error) {
	unlock, err := s.records.Lock(ctx, id)
	if err != nil {
		return store.Batch{}, err
	}
	defer unlock()
	b, err := s.cfg.Store.Batch(ctx, id)
	if err != nil {
		return b, fmt.Errorf("own store: %w", err)
	}
	change(&b)
	if err := s.cfg.Store.SaveBatch(ctx, b); err != nil {
		return b, fmt.Errorf("own store: %w", err)
	}
	return b, nil
}

// logBatch appends the query entry. Only a rejection is an error, and not that a
// quota is spent where the batch waited already; anything else leaves it waiting.
// The caller has the claim of making the batch.
func (s *Service) logBatch(ctx context.Context, b store.Batch) (store.Batch, error) {
	q, err := entry.ParseBody(entry.TypeQuery, b.Body)
	if err != nil {
		return b, fmt.Errorf("batch: %w", err)
	}
	r, err := s.cfg.Ledger.Append(ctx, q)
	var index uint64
	if err == nil {
		index, err = r.Index()
	}
	spent := errors.Is(err, state.ErrQuota) && b.Waits != "" // its officer was told that it waits
	if errors.Is(err, replica.ErrRejected) && !spent {
		return b, fmt.Errorf("the query: %w", err)
	}
	b, saved := s.changeBatch(context.WithoutCancel(ctx), b.ID, func(b *store.Batch) {
		if err == nil {
			b.Logged, b.Index, b.Waits = true, index, ""
		} else {
			b.Waits = reason(err)
		}
	})
	if saved != nil {
		return b, saved
	}
	for _, p := range b.Peers {
		if b.Logged {
			s.wake(p, laneAsk, laneUrgent)
		} else {
			s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Total: uint64(len(b.PartHashes)), Waits: b.Waits})
		}
	}
	return b, nil
}

// logWaiting appends the query entry of a batch that waited, unless somebody does.
// A batch that the ledger rejects is dropped, and its peers' followers told.
func (s *Service) logWaiting(ctx context.Context, b store.Batch) (store.Batch, error) {
	release, ok := s.claim(making(b.ID))
	if !ok {
		return b, nil
	}
	defer release()
	logged, err := s.logBatch(ctx, b)
	if !errors.Is(err, replica.ErrRejected) {
		return logged, err
	}
	s.cfg.Logger.Warn("the ledger rejects a query that waited", "batch", b.ID.String(), "error", err)
	for _, p := range b.Peers {
		s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Refusal: "rejected"})
	}
	b.Done = true
	return b, s.drop(ctx, b.ID)
}

// advance brings one batch further with one peer. It reports whether the batch
// waits for something; an error is one that concerns all batches with the peer.
func (s *Service) advance(ctx context.Context, p casework.AgencyID, b store.Batch) (waits bool, err error) {
	if !b.Logged {
		if b, err = s.logWaiting(ctx, b); err != nil || !b.Logged {
			return !b.Done, err
		}
	}
	release, ok := s.claim("ask " + string(p) + " " + b.ID.String())
	if !ok {
		return false, nil
	}
	defer release()
	progress, err := s.cfg.Store.Progress(ctx, b.ID, p)
	if err != nil {
		return true, fmt.Errorf("own store: %w", err)
	}
	if progress.Done {
		return false, nil
	}
	defer s.exchange(p)()
	if err := s.ask(ctx, p, b, progress); err != nil {
		return s.failed(ctx, p, b, err)
	}
	s.wake(p, laneLookUp)
	return false, nil
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
		// What was not answered counts as not asked.
		if err := s.cfg.Store.ReleaseAsked(ctx, b, p, int(progress.NextPart)*chunk); err != nil {
			return true, errors.Join(cause, err)
		}
	}
	if err := s.cfg.Store.SaveProgress(ctx, progress); err != nil {
		return true, errors.Join(cause, err)
	}
	s.tell(Progress{
		Kind: "ask", Batch: b.ID, Peer: p, Done: uint64(progress.NextPart), Total: uint64(len(b.PartHashes)),
		Hits: progress.Hits, Waits: progress.Waits, Refusal: progress.Refusal,
	})
	if forGood {
		s.wake(p, laneLookUp)
		return false, nil
	}
	return true, cause
}

// close marks a batch as done once every peer is, and deletes its elements.
func (s *Service) close(ctx context.Context, id casework.BatchID) error {
	unlock, err := s.records.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	b, err := s.cfg.Store.Batch(ctx, id)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	for _, p := range b.Peers {
		progress, err := s.cfg.Store.Progress(ctx, id, p)
		if err != nil {
			return fmt.Errorf("own store: %w", err)
		}
		if !progress.Done || progress.LookedUp < progress.NextPart {
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
