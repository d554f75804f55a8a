package match

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/crosscase/crosscase/node/store"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// window is how many parts may be on their way unanswered.
const window = 4

// A session asks one batch of one peer over one stream.
type session struct {
	s      *Service
	peer   casework.AgencyID
	batch  store.Batch
	keys   Keys
	client *oprf.Client
	set    uint64 // of the peer's, that is at hand
	file   io.ReaderAt
	meter  *meter
	rw     io.ReadWriter

	progress store.Progress // owned by the goroutine that reads answers
	kept     atomic.Uint32  // parts whose answers are stored
	room     chan struct{}  // one for each part on its way
}

// ask brings a batch further with a peer, to its end where nothing breaks.
func (s *Service) ask(ctx context.Context, p casework.AgencyID, b store.Batch, progress store.Progress) error {
	t, err := s.terms(p)
	if err != nil {
		return err
	}
	if !t.member {
		return fmt.Errorf("%w: %s", ErrNotMember, p)
	}
	if b.Epoch != t.epoch {
		return fmt.Errorf("batch: %w: %d, now %d", ErrEpoch, b.Epoch, t.epoch)
	}
	// Parts of which the peer may have the elements cannot be taken back.
	may, err := s.cfg.Store.MayLeaveBatch(ctx, b.ID, int(progress.NextPart)*chunk)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	if !may {
		return fmt.Errorf("batch: %w", ErrHeld)
	}
	pk, err := t.publicKey()
	if err != nil {
		return err
	}
	k, err := s.keys(b.Epoch)
	if err != nil {
		return err
	}
	r, err := s.cfg.Ledger.Receipt(ctx, b.Index)
	if err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	file, err := s.openBatch(ctx, b)
	if err != nil {
		return err
	}
	defer file.Close()
	stream, err := s.cfg.Peers.Open(ctx, p, QueryProtocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, func() { _ = stream.Reset() })
	defer stop()
	if err := wire.Greet(stream, s.hello(t)); err != nil {
		return err
	}
	set, err := s.cfg.Store.PeerSet(ctx, p)
	if errors.Is(err, store.ErrNotFound) || (err == nil && set.Epoch != t.epoch) {
		return fmt.Errorf("%w: %s", ErrNoSet, p)
	}
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	x := &session{
		s: s, peer: p, batch: b, set: set.Number, keys: k, client: oprf.NewClient(pk, s.options()), file: file, rw: stream, progress: progress,
		room:  make(chan struct{}, window),
		meter: s.meter(Progress{Kind: "ask", Batch: b.ID, Peer: p, Done: uint64(progress.NextPart), Total: uint64(len(b.PartHashes)), Hits: progress.Hits}),
	}
	x.kept.Store(progress.NextPart)
	err = x.run(ctx, r.Bytes(), stream.Reset)
	var refused *wire.RefusedError
	if errors.As(err, &refused) && refused.Code == wire.CodeAnswered && x.complete() {
		err = nil // every answer is kept; the peer's acknowledgement of that was lost
	}
	if err != nil {
		_ = stream.Reset() // what the peer still has to say is of no use
		if errors.Is(err, ErrBatchFile) {
			err = errors.Join(err, os.Remove(s.batchPath(b.ID))) // the next attempt makes it again
		}
		return err
	}
	x.progress.Done, x.progress.Waits, x.progress.Updated = true, "", s.cfg.Now()
	return s.cfg.Store.SaveProgress(ctx, x.progress)
}

// complete reports whether the answers to all parts are kept.
func (x *session) complete() bool { return int(x.progress.NextPart) == len(x.batch.PartHashes) }

func (x *session) run(ctx context.Context, receipt []byte, reset func() error) error {
	open := wire.QueryOpen{Receipt: receipt, Batch: x.batch.ID, Set: x.set}
	for _, h := range x.batch.PartHashes {
		open.Parts = append(open.Parts, entry.Hash(h))
	}
	if err := wire.Write(x.rw, &open); err != nil {
		return err
	}
	ready, err := wire.Expect[wire.QueryReady](x.rw)
	if err != nil {
		return err
	}
	total := uint32(len(x.batch.PartHashes))
	// The peer may have answered more than arrived, or, from a backup, know less.
	first := min(x.progress.NextPart, ready.Next)
	if first < total {
		if err := x.exchange(ctx, first, total, reset); err != nil {
			return err
		}
	}
	if err := wire.Write(x.rw, &wire.QueryDone{Parts: total}); err != nil {
		return err
	}
	_, err = wire.Expect[wire.QueryDone](x.rw)
	return err
}

// exchange sends parts ahead and takes their answers in order.
func (x *session) exchange(ctx context.Context, first, total uint32, reset func() error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return x.send(gctx, first, total, reset) })
	var answer error
	for part := first; part < total && answer == nil; part++ {
		if answer = x.take(ctx, part); answer == nil {
			<-x.room
		}
	}
	if answer == nil {
		return g.Wait()
	}
	_ = reset()                          // frees a write that waits for a peer that reads no more
	g.Go(func() error { return answer }) // and this one that waits for room
	return errors.Join(answer, sent(g.Wait(), answer))
}

// sent is what went wrong with sending, where that is not what ended it.
func sent(err, cause error) error {
	if errors.Is(err, cause) {
		return nil
	}
	return err
}

// send leaves it to the reader to say why a stream failed: a refusal may be on it.
func (x *session) send(ctx context.Context, first, total uint32, reset func() error) error {
	for part := first; part < total; part++ {
		select {
		case x.room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		data, err := elements(x.file, x.batch, part)
		if err != nil {
			return errors.Join(err, reset())
		}
		if err := wire.Write(x.rw, &wire.QueryPart{Number: part, Acknowledged: min(x.kept.Load(), part), Elements: data}); err != nil {
			return err
		}
	}
	return nil
}

// take reads one answer, proves it, and keeps the outputs. Nothing of an answer that
// does not hold is kept. It looks nothing up: all that the peer sees of the exchange,
// and when, is the same whether or not there is a hit.
func (x *session) take(ctx context.Context, part uint32) error {
	a, err := wire.Expect[wire.QueryAnswer](x.rw)
	if err != nil {
		return fmt.Errorf("answer %d: %w", part, err)
	}
	if a.Number != part {
		return fmt.Errorf("answer %d, want %d: %w", a.Number, part, ErrOrder)
	}
	if part < x.progress.NextPart {
		return nil // had it before
	}
	items, blinded, err := x.s.restorePart(ctx, x.keys, x.file, x.batch, part)
	if err != nil {
		return err
	}
	var outputs []byte
	err = x.s.compute(ctx, isSmallUrgent(x.batch), func() error {
		outputs, err = x.client.Finalize(ctx, blinded, a.Evaluated, a.Proof[:])
		return err
	})
	if errors.Is(err, oprf.ErrProof) || errors.Is(err, oprf.ErrElement) || errors.Is(err, oprf.ErrLength) {
		return fmt.Errorf("answer %d: %w: %w", part, ErrProof, err)
	}
	if err != nil {
		return fmt.Errorf("answer %d: %w", part, err)
	}
	if err := x.s.keepOutputs(x.keys, x.peer, x.batch.Epoch, items, outputs); err != nil {
		return err
	}
	next := x.progress
	next.NextPart, next.Waits, next.Updated = part+1, "", x.s.cfg.Now()
	if err := x.s.cfg.Store.SaveProgress(ctx, next); err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	x.progress = next
	x.kept.Store(part + 1)
	x.meter.done(uint64(part) + 1)
	return nil
}
