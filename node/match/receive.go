package match

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// ackEvery is after how many parts the publisher is told how far it has come.
const ackEvery = 16

// serveTags takes a set from its publisher.
func (s *Service) serveTags(ctx context.Context, from casework.AgencyID, stream peer.Stream) {
	s.serve(ctx, from, stream, "tags", s.receive)
}

// serve greets, runs an exchange once at a time for a peer, and refuses with the
// code of whatever went wrong.
func (s *Service) serve(ctx context.Context, from casework.AgencyID, stream peer.Stream, what string, f func(context.Context, casework.AgencyID, terms, io.ReadWriter) error) {
	err := func() error {
		t, err := s.terms(from)
		if err != nil {
			return err
		}
		if err := wire.Welcome(stream, s.hello(t)); err != nil {
			s.cfg.Logger.Info("greeting failed", "agency", from, "exchange", what, "error", err)
			return nil // the other side was told
		}
		if !t.member {
			return fmt.Errorf("%w: %s", ErrNotMember, from)
		}
		s.seen(from) // what waits for it may go
		defer s.exchange(from)()
		return f(ctx, from, t, stream)
	}()
	if err == nil || errors.Is(err, io.EOF) {
		return
	}
	s.cfg.Logger.Warn("exchange refused", "agency", from, "exchange", what, "code", codeOf(err).String(), "error", err)
	if err := wire.Write(stream, &wire.Refusal{Code: codeOf(err)}); err != nil {
		_ = stream.Reset() // it is gone
	}
}

// receive says what there is, checks the offer, takes the bytes, and applies the set
// when it is whole.
func (s *Service) receive(ctx context.Context, from casework.AgencyID, t terms, rw io.ReadWriter) error {
	have, err := s.peerSet(ctx, from, t.epoch)
	if err != nil {
		return err
	}
	if err := wire.Write(rw, &wire.TagsHave{Epoch: t.epoch, Number: have.Number, Commitment: have.Commitment}); err != nil {
		return err
	}
	offer, err := wire.Expect[wire.TagsOffer](rw)
	if err != nil {
		return err
	}
	release, ok := s.claim("tags from " + string(from))
	if !ok {
		return ErrBusy
	}
	defer release()
	if have, err = s.peerSet(ctx, from, t.epoch); err != nil {
		return err
	}
	if err := s.checkOffer(offer, from, t, have); err != nil {
		return err
	}
	if have.Number == offer.Number && have.Commitment == offer.Commitment { // applied; the acknowledgement was lost
		return s.acknowledge(ctx, from, rw, offer, true)
	}
	switch {
	case offer.Number <= have.Number, !offer.Snapshot && offer.Number != have.Number+1:
		return fmt.Errorf("set %d after %d: %w", offer.Number, have.Number, ErrOrder)
	case !offer.Snapshot && offer.Key != have.Key:
		return fmt.Errorf("set %d: another peer key: %w", offer.Number, ErrCommitment)
	}
	path := filepath.Join(s.cfg.Dir, "in", fmt.Sprintf("%s-%d-%d-%x", from, offer.Epoch, offer.Number, offer.Commitment[:8]))
	if err := s.takeBytes(rw, path, offer); err != nil {
		return err
	}
	if have.Number > 0 && offer.Key != have.Key {
		if err := s.deriveAgain(ctx, from, offer.Epoch, offer.Key); err != nil {
			return err
		}
	}
	if now, err := s.terms(from); err != nil || !now.member { // it was expelled while its set came in
		return errors.Join(fmt.Errorf("tags: %w", ErrNotMember), err, os.Remove(path))
	}
	fresh, err := s.apply(ctx, from, path, offer, have)
	if errors.Is(err, ErrMalformed) || errors.Is(err, ErrCommitment) {
		return errors.Join(err, os.Remove(path)) // whatever it was, it was not the set
	}
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("own folder: %w", err)
	}
	s.cfg.Logger.Info("tags received", "agency", from, "set", offer.Number)
	defer s.lookUpLater(from, fresh)
	s.wake(from, laneAsk, laneUrgent) // which may have waited for the set
	return s.acknowledge(ctx, from, rw, offer, false)
}

// peerSet is what a peer published in an epoch; number 0 where there is nothing.
func (s *Service) peerSet(ctx context.Context, p casework.AgencyID, epoch uint32) (store.PeerSet, error) {
	have, err := s.cfg.Store.PeerSet(ctx, p)
	if errors.Is(err, store.ErrNotFound) || err == nil && have.Epoch != epoch {
		return store.PeerSet{Peer: p, Epoch: epoch}, nil
	}
	if err != nil {
		return have, fmt.Errorf("own store: %w", err)
	}
	return have, nil
}

// checkOffer checks an offer against the entry that its receipt proves.
func (s *Service) checkOffer(o wire.TagsOffer, from casework.AgencyID, t terms, have store.PeerSet) error {
	if len(s.audience(t).Ask(from)) == 0 {
		return fmt.Errorf("tags of %s: %w", from, ErrAgreement)
	}
	v, err := s.verify(o.Receipt, from, t)
	if err != nil {
		return err
	}
	b, ok := v.Entry.Body.(*entry.TagsPublished)
	switch {
	case !ok || b.Peer != s.cfg.Agency:
		return fmt.Errorf("tags: entry %d is %s for another: %w", v.Index, v.Entry.Type, ErrOtherReceipt)
	case b.Epoch != t.epoch || o.Epoch != t.epoch:
		return fmt.Errorf("tags: %w: %d", ErrEpoch, b.Epoch)
	case b.Number != o.Number || b.Bytes != o.Bytes || uint64(b.Added)+uint64(b.Removed) != o.Count:
		return fmt.Errorf("tags: offered another set than was logged: %w", ErrOtherReceipt)
	case b.Commitment != o.Commitment:
		return fmt.Errorf("tags: %w", ErrCommitment)
	case o.Snapshot && b.Removed > 0:
		return fmt.Errorf("tags: a snapshot that removes some: %w", ErrMalformed)
	case !o.Snapshot && (o.Count > maxTaken || have.Count+uint64(b.Added) > s.cfg.MaxTags):
		return fmt.Errorf("tags: %d more after %d: %w", o.Count, have.Count, ErrTooLarge)
	case o.Count > s.cfg.MaxTags || o.Bytes > tagset.MaxEncoded(o.Count)+1024:
		return fmt.Errorf("tags: %d in %d bytes: %w", o.Count, o.Bytes, ErrTooLarge)
	}
	return nil
}

// takeBytes appends to the file until it holds the announced bytes.
func (s *Service) takeBytes(rw io.ReadWriter, path string, o wire.TagsOffer) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("own folder: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("own folder: %w", err)
	}
	offset := uint64(info.Size())
	if offset > o.Bytes {
		return fmt.Errorf("own folder: %d bytes of a set of %d", offset, o.Bytes)
	}
	if err := wire.Write(rw, &wire.TagsResume{Offset: offset}); err != nil {
		return err
	}
	for parts := 1; offset < o.Bytes; parts++ {
		p, err := wire.Expect[wire.TagsPart](rw)
		switch {
		case err != nil:
			return err
		case p.Offset != offset:
			return fmt.Errorf("tags at %d, want %d: %w", p.Offset, offset, ErrOrder)
		case offset+uint64(len(p.Data)) > o.Bytes:
			return fmt.Errorf("tags past the end of the set: %w", ErrTooLarge)
		}
		if _, err := f.Write(p.Data); err != nil {
			return fmt.Errorf("own folder: %w", err)
		}
		offset += uint64(len(p.Data))
		if parts%ackEvery == 0 && offset < o.Bytes {
			if err := wire.Write(rw, &wire.TagsAck{Offset: offset}); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply verifies the commitment over the whole, and only then takes the set over.
func (s *Service) apply(ctx context.Context, from casework.AgencyID, path string, o wire.TagsOffer, have store.PeerSet) (fresh received, err error) {
	fresh.epoch = o.Epoch
	f, err := os.Open(path)
	if err != nil {
		return fresh, fmt.Errorf("own folder: %w", err)
	}
	defer f.Close()
	next := store.PeerSet{Peer: from, Epoch: o.Epoch, Key: o.Key, Number: o.Number, Received: s.cfg.Now(), Commitment: o.Commitment}
	limits := tagset.Limits{Count: o.Count}
	if o.Snapshot {
		set, err := wholeSet(f, o)
		if err != nil {
			return fresh, err
		}
		fresh.whole = true
		return fresh, applied(s.cfg.Store.ApplyPeerTags(ctx, next, true, set.All(), nil))
	}
	raw, err := io.ReadAll(f) // bounded by the announced count
	if err != nil {
		return fresh, fmt.Errorf("own folder: %w", err)
	}
	if sha256.Sum256(raw) != o.Commitment {
		return fresh, fmt.Errorf("tags: %w", ErrCommitment)
	}
	d, err := tagset.DecodeDelta(raw, limits)
	if err != nil {
		return fresh, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.Number != o.Number || uint64(len(d.Added)+len(d.Removed)) != o.Count {
		return fresh, fmt.Errorf("set %d of %d tags, announced %d of %d: %w", d.Number, len(d.Added)+len(d.Removed), o.Number, o.Count, ErrMalformed)
	}
	if have.Count+uint64(len(d.Added)) > s.cfg.MaxTags {
		return fresh, fmt.Errorf("tags: %d more after %d: %w: %w", len(d.Added), have.Count, ErrMalformed, ErrTooLarge)
	}
	fresh.tags, fresh.removed = d.Added, d.Removed
	return fresh, applied(s.cfg.Store.ApplyPeerTags(ctx, next, false, tagset.All(d.Added), tagset.All(d.Removed)))
}

// wholeSet checks a received snapshot in one pass, against its commitment and block by
// block, and returns it to be read again from the file: nothing is stored of a set that
// is not whole, and a large one is never in memory.
func wholeSet(f *os.File, o wire.TagsOffer) (*tagset.Reader, error) {
	h := sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(f, 1<<16), h)
	limits := tagset.Limits{Count: o.Count}
	d, malformed := tagset.NewDecoder(in, limits)
	if malformed == nil {
		for _, malformed = range d.All() {
			if malformed != nil {
				break
			}
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return nil, fmt.Errorf("own folder: %w", err)
	}
	switch {
	case entry.Hash(h.Sum(nil)) != o.Commitment:
		return nil, fmt.Errorf("tags: %w", ErrCommitment)
	case malformed != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, malformed)
	case d.Count() != o.Count:
		return nil, fmt.Errorf("a set of %d, announced %d: %w", d.Count(), o.Count, ErrMalformed)
	}
	set, err := tagset.NewReader(f, int64(o.Bytes), limits)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return set, nil
}

// applied tells a set that does not decode from a fault of the own store.
func applied(err error) error {
	for _, bad := range []error{
		store.ErrSequence, tagset.ErrFormat, tagset.ErrTooMany, tagset.ErrParameter, tagset.ErrTruncated, tagset.ErrTrailing,
		tagset.ErrPadding, tagset.ErrOverflow, tagset.ErrOrder, tagset.ErrLength, tagset.ErrIndex, tagset.ErrDigest,
	} {
		if errors.Is(err, bad) {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	return nil
}

// acknowledge logs that the set was taken over, and says so.
func (s *Service) acknowledge(ctx context.Context, from casework.AgencyID, rw io.Writer, o wire.TagsOffer, again bool) error {
	_, err := s.cfg.Ledger.Append(ctx, &entry.TagsAcknowledged{Publisher: from, Epoch: o.Epoch, Number: o.Number, Commitment: o.Commitment})
	if err != nil {
		return fmt.Errorf("log the acknowledgement: %w", err)
	}
	if again {
		if err := wire.Write(rw, &wire.TagsResume{Offset: o.Bytes}); err != nil {
			return err
		}
	}
	return wire.Write(rw, &wire.TagsAck{Offset: o.Bytes, Done: true})
}
