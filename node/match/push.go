package match

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/crosscase/crosscase/node/store"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// publish brings a peer's copy of the own tags up to date: the set that waits for
// it, and then what is new since.
func (s *Service) publish(ctx context.Context, p casework.AgencyID) error {
	for {
		t, err := s.terms(p)
		if err != nil {
			return err
		}
		if !t.member || len(s.publishable(t, p)) == 0 {
			return nil
		}
		if err := t.turning(); err != nil {
			return err
		}
		pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
		if err != nil {
			return fmt.Errorf("publication for %s: %w", p, err)
		}
		if pub.Number == pub.Acked || pub.Resync > 0 {
			due := s.due()
			if !slices.Contains(due, p) && pub.Resync == 0 {
				return nil // it has the set that was on its way
			}
			// For all peers together: whoever else is due shares the evaluation.
			if err := s.prepare(ctx, p, due); err != nil {
				return err
			}
			if pub, err = s.cfg.Store.Publication(ctx, p, t.epoch); err != nil || pub.Number == pub.Acked || pub.Resync > 0 {
				return err
			}
		}
		if err := s.push(ctx, p, t, pub); err != nil {
			return fmt.Errorf("publish to %s: %w", p, err)
		}
	}
}

// push logs the set that waits, sends it, and takes the acknowledgement. Where the
// peer, or the ledger, is at another set than this store, it begins again instead.
func (s *Service) push(ctx context.Context, p casework.AgencyID, t terms, pub store.Publication) error {
	var next prepared
	if err := json.Unmarshal(pub.Prepared, &next); err != nil {
		return fmt.Errorf("prepared set: %w", err)
	}
	defer s.exchange(p)() // the peer can time how long this node takes
	stream, err := s.cfg.Peers.Open(ctx, p, TagsProtocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, func() { _ = stream.Reset() })
	defer stop()
	if err := wire.Greet(stream, s.hello(t)); err != nil {
		return err
	}
	have, err := wire.Expect[wire.TagsHave](stream)
	if err != nil {
		return err
	}
	if why := s.outOfStep(p, pub, next, have); why != "" {
		return s.startOverWith(ctx, pub, why)
	}
	held, err := s.mustNotGo(ctx, pub, next, have, s.publishable(t, p))
	if err != nil {
		return err
	}
	if held {
		pub.Number = s.logged(p, pub.Epoch).Number // the set may not have been logged
		return s.startOverWith(ctx, pub, "an item of the set that waited may not be published any more")
	}
	if err := s.offer(ctx, stream, p, pub, next); err != nil {
		_ = stream.Reset() // it failed; nothing more is to come
		return err
	}
	pub.Acked, pub.Prepared = pub.Number, nil
	if err := s.cfg.Store.SavePublication(ctx, pub); err != nil {
		return err
	}
	if next.snapshot() {
		if err := os.Remove(s.outPath(pub)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s.tell(Progress{Kind: "publish", Peer: p, Done: next.Bytes, Total: next.Bytes})
	s.cfg.Logger.Info("tags published", "agency", p, "set", next.Number, "bytes", next.Bytes)
	return nil
}

// outOfStep says why the set that waits cannot follow what the peer has, or what the
// ledger says; empty: it can. One of the stores was put back from a backup.
func (s *Service) outOfStep(p casework.AgencyID, pub store.Publication, next prepared, have wire.TagsHave) string {
	if have.Epoch != pub.Epoch {
		have = wire.TagsHave{}
	}
	logged := s.logged(p, pub.Epoch)
	switch {
	case logged.Number > next.Number, logged.Number == next.Number && logged.Commitment != next.Commitment:
		return "this node's store is older than what it published"
	case have.Number > next.Number, have.Number == next.Number && have.Commitment != next.Commitment:
		return "the peer has a later set than this node's store"
	case !next.snapshot() && have.Number < next.Number-1:
		return "the peer has an earlier set than was acknowledged"
	}
	return ""
}

// mustNotGo reports whether the set that waits would bring the peer a tag of an item that
// may not be published any more. Of a set that the peer has, such tags leave with others.
func (s *Service) mustNotGo(ctx context.Context, pub store.Publication, next prepared, have wire.TagsHave, kinds []casework.Kind) (bool, error) {
	if have.Epoch == pub.Epoch && have.Number >= next.Number {
		return false, nil
	}
	var delta tagset.Delta
	if !next.snapshot() {
		var err error
		if delta, err = tagset.DecodeDelta(next.Delta, tagset.Limits{Count: maxTaken}); err != nil {
			return false, fmt.Errorf("prepared set: %w", err)
		}
	}
	for {
		changes, err := s.cfg.Store.Changes(ctx, pub, kinds, chunk)
		if err != nil || len(changes) == 0 {
			return false, err
		}
		tags, err := s.tagsOfChanges(ctx, pub, changes)
		if err != nil {
			return false, err
		}
		for i, c := range changes {
			if c.Published && !c.May && (next.snapshot() || slices.Contains(delta.Added, tags[i])) {
				return true, nil
			}
		}
		pub.UpToChange = changes[len(changes)-1].N
	}
}

// suspect notes that a peer spoke of another set than it acknowledged last: one of the
// stores may have been put back from a backup.
func (s *Service) suspect(ctx context.Context, p casework.AgencyID, epoch uint32, set uint64) error {
	pub, err := s.cfg.Store.Publication(ctx, p, epoch)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	if pub.Number != pub.Acked || pub.Resync > 0 || set == pub.Acked {
		return nil // one is on its way, which will tell, or all is well
	}
	s.mu.Lock()
	s.suspects[p] = true
	s.mu.Unlock()
	s.wake(p, lanePublish)
	return nil
}

// checkSuspect asks a peer that is suspected to have another set than it acknowledged
// which one it has.
func (s *Service) checkSuspect(ctx context.Context, p casework.AgencyID, t terms) error {
	s.mu.Lock()
	suspected := s.suspects[p]
	delete(s.suspects, p)
	s.mu.Unlock()
	if !suspected {
		return nil
	}
	stream, err := s.cfg.Peers.Open(ctx, p, TagsProtocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, func() { _ = stream.Reset() })
	defer stop()
	if err := wire.Greet(stream, s.hello(t)); err != nil {
		return err
	}
	have, err := wire.Expect[wire.TagsHave](stream)
	if err != nil {
		return err
	}
	pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	if have.Epoch != t.epoch || pub.Number != pub.Acked || have.Number == pub.Acked {
		return nil
	}
	return s.startOverWith(ctx, pub, "the peer has another set than it acknowledged")
}

// startOverWith stores that a peer begins again with a snapshot after all that was
// logged for it.
func (s *Service) startOverWith(ctx context.Context, pub store.Publication, why string) error {
	unlock, err := s.publishing.Lock(ctx, pub.Peer)
	if err != nil {
		return err
	}
	defer unlock()
	s.startOver(&pub, s.logged(pub.Peer, pub.Epoch).Number+1, why)
	if err := s.cfg.Store.SavePublication(ctx, pub); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", ErrOutOfStep, why)
}

// offer logs a prepared set, offers it over a greeted stream, and sends it.
func (s *Service) offer(ctx context.Context, stream io.ReadWriter, p casework.AgencyID, pub store.Publication, next prepared) error {
	data, err := s.openPrepared(ctx, pub, next)
	if err != nil {
		return err
	}
	defer data.Close()
	added := next.Count
	r, err := s.cfg.Ledger.Append(ctx, &entry.TagsPublished{
		Peer: p, Epoch: pub.Epoch, Number: next.Number, Added: uint32(added), Removed: uint32(next.Removed), Bytes: next.Bytes, Commitment: next.Commitment,
	})
	if err != nil {
		return fmt.Errorf("log the set: %w", err)
	}
	offer := wire.TagsOffer{
		Receipt: r.Bytes(), Epoch: pub.Epoch, Number: next.Number, Bytes: next.Bytes, Count: next.Count + next.Removed, Key: pub.PeerKey,
		Commitment: next.Commitment, Snapshot: next.snapshot(),
	}
	if err := wire.Write(stream, &offer); err != nil {
		return err
	}
	return s.sendSet(ctx, stream, p, data, next)
}

// sendSet sends the bytes that the peer has not, and waits until it has them all.
func (s *Service) sendSet(ctx context.Context, stream io.ReadWriter, p casework.AgencyID, data io.ReadSeeker, next prepared) error {
	resume, err := wire.Expect[wire.TagsResume](stream)
	if err != nil {
		return err
	}
	if resume.Offset > next.Bytes {
		return fmt.Errorf("resume at %d of %d bytes: %w", resume.Offset, next.Bytes, ErrOrder)
	}
	if _, err := data.Seek(int64(resume.Offset), io.SeekStart); err != nil {
		return err
	}
	meter := s.meter(Progress{Kind: "publish", Peer: p, Total: next.Bytes, Done: resume.Offset})
	g, ctx := errgroup.WithContext(ctx)
	refused := make(chan struct{})
	g.Go(func() error {
		buffer := make([]byte, wire.MaxTagsPart)
		for offset := resume.Offset; offset < next.Bytes; {
			n, err := io.ReadFull(data, buffer[:min(uint64(len(buffer)), next.Bytes-offset)])
			if err != nil {
				return fmt.Errorf("read the set: %w", err)
			}
			select {
			case <-refused:
				return nil // the reader says why
			case <-ctx.Done():
				return ctx.Err()
			default:
			}
			if err := wire.Write(stream, &wire.TagsPart{Offset: offset, Data: buffer[:n]}); err != nil {
				return err
			}
			offset += uint64(n)
		}
		return nil
	})
	var answer error
	for {
		ack, err := wire.Expect[wire.TagsAck](stream)
		if err != nil {
			answer = err
			close(refused)
			break
		}
		meter.done(ack.Offset)
		if ack.Done {
			break
		}
	}
	if r, ok := stream.(interface{ Reset() error }); ok && answer != nil {
		_ = r.Reset() // frees a write that waits for a peer that reads no more
	}
	if err := g.Wait(); answer == nil {
		answer = err
	}
	return answer
}
