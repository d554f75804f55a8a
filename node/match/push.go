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
		pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
		if err != nil {
			return fmt.Errorf("publication for %s: %w", p, err)
		}
		if pub.Number == pub.Acked {
			due := s.due()
			if !slices.Contains(due, p) {
				return nil // it has the set that was on its way
			}
			// For all peers together: whoever else is due shares the evaluation.
			if err := s.prepare(ctx, p, due); err != nil {
				return err
			}
			if pub, err = s.cfg.Store.Publication(ctx, p, t.epoch); err != nil || pub.Number == pub.Acked {
				return err
			}
		}
		if err := s.push(ctx, p, t, pub); err != nil {
			return fmt.Errorf("publish to %s: %w", p, err)
		}
	}
}

// push logs the set that waits, sends it, and takes the acknowledgement.
func (s *Service) push(ctx context.Context, p casework.AgencyID, t terms, pub store.Publication) error {
	var next prepared
	if err := json.Unmarshal(pub.Prepared, &next); err != nil {
		return fmt.Errorf("prepared set: %w", err)
	}
	data, err := s.openPrepared(ctx, pub, next)
	if err != nil {
		return err
	}
	defer data.Close()
	r, err := s.cfg.Ledger.Append(ctx, &entry.TagsPublished{
		Peer: p, Epoch: pub.Epoch, Number: next.Number, Added: uint32(next.Count), Removed: uint32(next.Removed), Bytes: next.Bytes, Commitment: next.Commitment,
	})
	if err != nil {
		return fmt.Errorf("log the set: %w", err)
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
	offer := wire.TagsOffer{
		Receipt: r.Bytes(), Epoch: pub.Epoch, Number: next.Number, Bytes: next.Bytes, Count: next.Count + next.Removed, Key: pub.PeerKey, Commitment: next.Commitment,
	}
	if err := wire.Write(stream, &offer); err != nil {
		return err
	}
	if err := s.sendSet(ctx, stream, p, data, next); err != nil {
		_ = stream.Reset() // it failed; nothing more is to come
		return err
	}
	pub.Acked, pub.Prepared = pub.Number, nil
	if err := s.cfg.Store.SavePublication(ctx, pub); err != nil {
		return err
	}
	if next.Number == 1 {
		if err := os.Remove(s.outPath(pub)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s.tell(Progress{Kind: "publish", Peer: p, Done: next.Bytes, Total: next.Bytes})
	s.cfg.Logger.Info("tags published", "agency", p, "set", next.Number, "bytes", next.Bytes)
	return nil
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
