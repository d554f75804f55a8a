package match

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

const (
	maxDelta    = 16384   // new items in one delta, and a quarter of it removed ones
	deltaBucket = 16      // what a delta adds, and what it removes, is padded to a multiple of it
	maxSpare    = 1024    // padding tags that are remembered, to be removed with others
	maxTaken    = 1 << 16 // tags in a delta of a peer's: it is applied in one step
)

// prepared is a set that is ready to be published, kept with the publication until
// the peer has it.
type prepared struct {
	Number     uint64
	Snapshot   bool
	Count      uint64 // tags in it, padding included
	Removed    uint64 // tags that a delta takes back
	Bytes      uint64
	Commitment entry.Hash
	Delta      []byte // encoded; a snapshot is made again from the stored tags
}

// snapshot reports whether it is a whole set. What was prepared by an earlier version
// says it by its number alone.
func (p prepared) snapshot() bool { return p.Snapshot || p.Number == 1 }

// prepare makes the next set for a peer and, with the same evaluations, for others
// that are due too: those that have taken the last one and for whom nobody makes one
// now. Items are evaluated once, whoever they are for.
func (s *Service) prepare(ctx context.Context, p casework.AgencyID, due []casework.AgencyID) error {
	unlock, err := s.publishing.Lock(ctx, p)
	if err != nil {
		return err
	}
	defer unlock()
	peers := []casework.AgencyID{p}
	for _, other := range due {
		if other == p {
			continue
		}
		if unlock, ok := s.publishing.TryLock(other); ok {
			defer unlock()
			peers = append(peers, other)
		}
	}
	var targets []*target
	for _, p := range peers {
		t, err := s.target(ctx, p)
		if err != nil {
			return err
		}
		if t != nil {
			targets = append(targets, t)
		}
	}
	if len(targets) == 0 {
		return nil
	}
	for _, t := range targets {
		if err := s.tagChanges(ctx, t); err != nil {
			return fmt.Errorf("make tags of changed items: %w", err)
		}
	}
	if err := s.tagItems(ctx, targets); err != nil {
		return fmt.Errorf("make tags: %w", err)
	}
	for _, t := range targets {
		if err := s.finish(ctx, t); err != nil {
			return fmt.Errorf("make a set for %s: %w", t.pub.Peer, err)
		}
		// Only a set that is new: lanes that wake each other for nothing never rest.
		if t.pub.Peer != p && t.pub.Number != t.pub.Acked {
			s.wake(t.pub.Peer, lanePublish)
		}
	}
	return nil
}

// A target is a peer for whom a set is being made.
type target struct {
	pub   store.Publication
	kinds []casework.Kind
	fresh []tagset.Tag // of a delta
	spare int          // padding tags that a delta adds beside, for a later removal
	gone  []tagset.Tag // of items that may not be published any more
}

func (t *target) snapshot() bool { return t.pub.Number == 0 || t.pub.Resync > 0 }

// number is the number of the set that is being made.
func (t *target) number() uint64 { return max(t.pub.Number+1, t.pub.Resync) }

// full reports whether a delta takes no more.
func (t *target) full() bool {
	return !t.snapshot() && (len(t.fresh) >= maxDelta || len(t.pub.Leaving) >= maxDelta/4)
}

func (s *Service) target(ctx context.Context, p casework.AgencyID) (*target, error) {
	t, err := s.terms(p)
	if err != nil || !t.member {
		return nil, err
	}
	kinds := s.publishable(t, p)
	if len(kinds) == 0 {
		return nil, nil
	}
	pub, err := s.cfg.Store.Publication(ctx, p, t.epoch)
	if err != nil {
		return nil, fmt.Errorf("publication for %s: %w", p, err)
	}
	// An entry that this store knows nothing of: the store is older than the ledger.
	if logged := s.logged(p, t.epoch); logged.Number > pub.Number && pub.Resync == 0 {
		s.startOver(&pub, logged.Number+1, "this node's store is older than what it published")
	}
	if pub.Number > pub.Acked && pub.Resync == 0 {
		return nil, nil // one set at a time
	}
	return &target{pub: pub, kinds: kinds}, nil
}

// tagItems goes through the shared items that some target has not, a chunk at a
// time, and stores their tags.
func (s *Service) tagItems(ctx context.Context, targets []*target) error {
	var kinds []casework.Kind
	after := targets[0].pub.UpToSeq
	for _, t := range targets {
		after = min(after, t.pub.UpToSeq)
		for _, k := range t.kinds {
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	for {
		items, err := s.cfg.Store.MatchKeys(ctx, store.MatchFilter{AfterSeq: after, Limit: chunk, Kinds: kinds})
		if err != nil || len(items) == 0 {
			return err
		}
		outputs, err := s.indexed(ctx, targets[0].pub.Epoch, items)
		if err != nil {
			return err
		}
		waiting := false
		for _, t := range targets {
			if err := s.tagChunk(ctx, t, items, outputs); err != nil {
				return err
			}
			waiting = waiting || !t.full()
		}
		after = items[len(items)-1].Seq
		if !waiting {
			return nil
		}
	}
}

// tagChanges goes through the items that a target's earlier sets covered and that
// changed since: a victim's number leaves the set, and one that somebody consented
// to enters it.
func (s *Service) tagChanges(ctx context.Context, t *target) error {
	for !t.full() {
		changes, err := s.cfg.Store.Changes(ctx, t.pub, t.kinds, chunk)
		if err != nil || len(changes) == 0 {
			return err
		}
		tags, err := s.tagsOfChanges(ctx, t.pub, changes)
		if err != nil {
			return err
		}
		var added []store.KeyTag
		for i, c := range changes {
			switch tag := tags[i]; {
			case c.May && !c.Published:
				added = append(added, store.KeyTag{Tag: tag, Seq: c.Item.Seq})
			case c.May:
				t.pub.Leaving = slices.DeleteFunc(t.pub.Leaving, func(l tagset.Tag) bool { return l == tag })
			case c.Published && t.snapshot():
				t.gone = append(t.gone, tag)
			case c.Published && !slices.Contains(t.pub.Leaving, tag):
				if len(t.pub.Leaving) == 0 {
					t.pub.LeavingSince = s.cfg.Now()
				}
				t.pub.Leaving = append(t.pub.Leaving, tag)
			}
		}
		for _, own := range added {
			if !t.snapshot() {
				t.fresh = append(t.fresh, own.Tag)
			}
		}
		if len(added) > 0 {
			if err := s.cfg.Store.PutOwnTags(ctx, t.pub.Peer, t.pub.Epoch, added); err != nil {
				return err
			}
		}
		t.pub.UpToChange = changes[len(changes)-1].N
		if t.snapshot() {
			if err := s.cfg.Store.RemoveOwnTags(ctx, t.pub.Peer, t.pub.Epoch, t.gone); err != nil {
				return err
			}
			t.gone = nil
		}
	}
	return nil
}

// tagsOfChanges derives a peer's tag of each changed item that has, or is to have, one.
func (s *Service) tagsOfChanges(ctx context.Context, pub store.Publication, changes []store.Change) ([]tagset.Tag, error) {
	var keys []store.MatchKey
	for _, c := range changes {
		if c.May || c.Published {
			keys = append(keys, store.MatchKey{Seq: c.Item.Seq, Kind: c.Item.Identifier.Kind()})
		}
	}
	slices.SortFunc(keys, func(a, b store.MatchKey) int { return cmp.Compare(a.Seq, b.Seq) })
	outputs, err := s.indexed(ctx, pub.Epoch, keys)
	if err != nil {
		return nil, err
	}
	of := map[int64]tagset.Tag{}
	tagger := tagset.NewTagger(&pub.PeerKey)
	for i, k := range keys {
		of[k.Seq] = tagger.Of(outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize])
	}
	tags := make([]tagset.Tag, len(changes))
	for i, c := range changes {
		tags[i] = of[c.Item.Seq]
	}
	return tags, nil
}

// tagChunk stores one target's tags of a chunk.
func (s *Service) tagChunk(ctx context.Context, t *target, items []store.MatchKey, outputs []byte) error {
	if t.full() {
		return nil
	}
	var tags []store.KeyTag
	tagger := tagset.NewTagger(&t.pub.PeerKey)
	for i, m := range items {
		if m.Seq > t.pub.UpToSeq && slices.Contains(t.kinds, m.Kind) {
			tag := tagger.Of(outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize])
			tags = append(tags, store.KeyTag{Tag: tag, Seq: m.Seq})
			if !t.snapshot() {
				t.fresh = append(t.fresh, tag)
			}
		}
	}
	t.pub.UpToSeq = max(t.pub.UpToSeq, items[len(items)-1].Seq)
	if err := s.cfg.Store.PutOwnTags(ctx, t.pub.Peer, t.pub.Epoch, tags); err != nil {
		return err
	}
	if t.snapshot() {
		return s.cfg.Store.SavePublication(ctx, t.pub) // goes on from here after a restart
	}
	return nil // a delta is made from memory: it begins again from the last set
}

// finish pads the set, encodes it and keeps it as the next one.
func (s *Service) finish(ctx context.Context, t *target) error {
	if !t.snapshot() {
		s.takeLeaving(t)
	}
	if !t.snapshot() && len(t.fresh) == 0 && len(t.gone) == 0 && t.spare == 0 {
		// Nothing to send now; UpToSeq moves on with the next set.
		if len(t.pub.Leaving) > 0 {
			return s.cfg.Store.SavePublication(ctx, t.pub)
		}
		return nil
	}
	if err := s.pad(ctx, t); err != nil {
		return err
	}
	next := prepared{Number: t.number(), Snapshot: t.snapshot()}
	if t.snapshot() {
		t.pub.Leaving = nil
		var err error
		if next.Count, next.Bytes, next.Commitment, err = s.encodeSnapshot(ctx, t.pub); err != nil {
			return err
		}
		t.pub.Count = next.Count
	} else {
		tagset.Sort(t.fresh)
		t.fresh = slices.Compact(t.fresh)
		tagset.Sort(t.gone)
		t.gone = slices.Compact(t.gone)
		data, err := tagset.EncodeDelta(tagset.Delta{Number: next.Number, Added: t.fresh, Removed: t.gone})
		if err != nil {
			return err
		}
		next.Delta, next.Count, next.Bytes, next.Commitment = data, uint64(len(t.fresh)), uint64(len(data)), sha256.Sum256(data)
		next.Removed = uint64(len(t.gone))
		t.pub.Count = t.pub.Count + next.Count - next.Removed
	}
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	t.pub.Number, t.pub.Prepared, t.pub.Resync = next.Number, data, 0
	if err := s.cfg.Store.SavePublication(ctx, t.pub); err != nil {
		return err
	}
	// Only now: a restart in between would otherwise forget to tell the peer.
	return s.cfg.Store.RemoveOwnTags(ctx, t.pub.Peer, t.pub.Epoch, t.gone)
}

// takeLeaving removes what is to leave at the end of the hour, or of another RemoveEvery
// of the clock, in which the first of it was to, together with as much padding as makes
// a multiple of a bucket: a peer that knows one of the tags learns the hour, and neither
// the minute nor with how many. Where the peer has too little padding it gets some with
// this set, and the removal comes with a later one.
func (s *Service) takeLeaving(t *target) {
	n := len(t.pub.Leaving)
	if n == 0 || !s.cfg.Now().Truncate(s.cfg.RemoveEvery).After(t.pub.LeavingSince) {
		return
	}
	spare := (n+deltaBucket-1)/deltaBucket*deltaBucket - n
	if spare > len(t.pub.Spare) {
		t.spare = deltaBucket
		return
	}
	t.gone = append(t.pub.Leaving, t.pub.Spare[:spare]...)
	t.pub.Leaving, t.pub.Spare = nil, t.pub.Spare[spare:]
}

// startOver lets the next set be a snapshot with which the peer begins again.
func (s *Service) startOver(pub *store.Publication, number uint64, why string) {
	s.cfg.Logger.Warn("the whole set is published again", "agency", pub.Peer, "reason", why, "set", pub.Number, "begins with", number)
	pub.Resync, pub.Prepared = number, nil
}

// logged is what the ledger says was published last to a peer in an epoch.
func (s *Service) logged(p casework.AgencyID, epoch uint32) (last state.Publication) {
	s.cfg.Ledger.View(func(st *state.State) { last, _ = st.Publication(s.cfg.Agency, p, epoch) })
	return last
}

// pad adds random tags, which are kept as padding for the epoch.
func (s *Service) pad(ctx context.Context, t *target) error {
	n := len(t.fresh)
	want := (n+deltaBucket-1)/deltaBucket*deltaBucket + t.spare
	if t.snapshot() {
		have, err := s.cfg.Store.CountOwnTags(ctx, t.pub.Peer, t.pub.Epoch)
		if err != nil {
			return err
		}
		n, want = int(have), tagset.Pad(int(have))
	}
	padding, err := tagset.Padding(want - n)
	if err != nil {
		return err
	}
	own := make([]store.KeyTag, len(padding))
	for i, tag := range padding {
		own[i] = store.KeyTag{Tag: tag}
	}
	if !t.snapshot() {
		t.fresh = append(t.fresh, padding...)
	}
	t.pub.Spare = append(t.pub.Spare, padding[:min(len(padding), maxSpare-min(maxSpare, len(t.pub.Spare)))]...)
	return s.cfg.Store.PutOwnTags(ctx, t.pub.Peer, t.pub.Epoch, own)
}

func (s *Service) outPath(p store.Publication) string {
	return filepath.Join(s.cfg.Dir, "out", fmt.Sprintf("%s-%d.tags", p.Peer, p.Epoch))
}

// encodeSnapshot writes the set of all stored tags into a file; the same tags make
// the same file, whenever it is made.
func (s *Service) encodeSnapshot(ctx context.Context, p store.Publication) (count, size uint64, sum entry.Hash, err error) {
	count, err = s.cfg.Store.CountOwnTags(ctx, p.Peer, p.Epoch)
	if err != nil {
		return 0, 0, sum, err
	}
	path := s.outPath(p)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, sum, err
	}
	h := sha256.New()
	w := &countWriter{w: io.MultiWriter(f, h)}
	enc := tagset.NewEncoder(w, count)
	for tag, tagErr := range s.cfg.Store.OwnTags(ctx, p.Peer, p.Epoch) {
		if err = tagErr; err == nil {
			err = enc.Add(tag)
		}
		if err != nil {
			return 0, 0, sum, errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(enc.Close(), f.Sync(), f.Close()); err != nil {
		return 0, 0, sum, err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return 0, 0, sum, err
	}
	return count, w.n, entry.Hash(h.Sum(nil)), nil
}

type countWriter struct {
	w io.Writer
	n uint64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += uint64(n)
	return n, err
}

// openPrepared returns the bytes of the set that waits for its peer.
func (s *Service) openPrepared(ctx context.Context, pub store.Publication, next prepared) (io.ReadSeekCloser, error) {
	if !next.snapshot() {
		return nopCloser{bytes.NewReader(next.Delta)}, nil
	}
	f, err := os.Open(s.outPath(pub))
	if errors.Is(err, os.ErrNotExist) {
		var sum entry.Hash
		if _, _, sum, err = s.encodeSnapshot(ctx, pub); err == nil && sum != next.Commitment {
			err = errors.New("the stored tags are not those that were committed to")
		}
		if err == nil {
			f, err = os.Open(s.outPath(pub))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("set for %s: %w", pub.Peer, err)
	}
	return f, nil
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }
