package match

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Nothing is looked up in an exchange: a hit costs time, and who answers or publishes
// could measure it. What was answered or received is looked up afterwards, in a lane
// of its own, while no exchange with the peer is under way, or in the end beside one.

// patience is for how long look-ups wait for exchanges with the peer to end.
const patience = 2 * time.Second

// received is a set of a peer's that was taken over and not looked up yet.
type received struct {
	epoch   uint32
	tags    []tagset.Tag // of a delta
	removed []tagset.Tag // by a delta
	whole   bool         // look all tags up
}

// lookUpLater queues a received set.
func (s *Service) lookUpLater(p casework.AgencyID, r received) {
	s.mu.Lock()
	s.received[p] = append(s.received[p], r)
	s.mu.Unlock()
	s.wake(p, laneLookUp)
}

// serveLookUps is the look-up lane of a peer. A crash may have cut off what was queued:
// then it begins with everything.
func (s *Service) serveLookUps(ctx context.Context, p casework.AgencyID) {
	if t, err := s.terms(p); err == nil && !s.allLookedUp(ctx, p, t.epoch) {
		s.lookUpLater(p, received{epoch: t.epoch, whole: true})
	}
	done := false // the last look found nothing left to do
	defer func() {
		if done {
			s.rememberLookedUp(context.WithoutCancel(ctx), p)
		}
	}()
	var since time.Time // there has been something to look up, and it has waited
	s.serveLane(ctx, laneOf{p, laneLookUp}, func(ctx context.Context, p casework.AgencyID) (again bool, err error) {
		done = false
		if s.exchanging(p) {
			if since.IsZero() {
				since = s.cfg.Now()
			}
			if s.cfg.Now().Sub(since) < patience {
				return true, s.lookUpBatches(ctx, p, true)
			}
		}
		since = time.Time{}
		if err := s.lookUp(ctx, p); err != nil {
			return false, err
		}
		done = true
		return false, s.mergeTags(ctx, p)
	})
}

// lookedUpTo names the value that says up to which set of a peer's everything was looked
// up when the lane ended.
func lookedUpTo(p casework.AgencyID) string { return "looked up " + string(p) }

// allLookedUp reports whether the lane left nothing to look up, and takes back that it
// said so.
func (s *Service) allLookedUp(ctx context.Context, p casework.AgencyID, epoch uint32) bool {
	left, err := s.cfg.Store.Meta(ctx, lookedUpTo(p))
	if err != nil || len(left) == 0 || s.cfg.Store.PutMeta(ctx, lookedUpTo(p), nil) != nil {
		return false
	}
	set, err := s.cfg.Store.PeerSet(ctx, p)
	return err == nil && set.Epoch == epoch && string(left) == lookedUp(set)
}

func lookedUp(set store.PeerSet) string { return fmt.Sprintf("%d/%d", set.Epoch, set.Number) }

// rememberLookedUp notes that nothing is left to look up with a peer, unless a set of its
// is being taken over or waits.
func (s *Service) rememberLookedUp(ctx context.Context, p casework.AgencyID) {
	set, err := s.cfg.Store.PeerSet(ctx, p)
	if err != nil {
		return // there is none, or the next start looks everything up
	}
	s.mu.Lock()
	waits := s.exchanges[p] > 0 || len(s.received[p]) > 0
	s.mu.Unlock()
	if waits {
		return
	}
	if err := s.cfg.Store.PutMeta(ctx, lookedUpTo(p), []byte(lookedUp(set))); err != nil {
		s.cfg.Logger.Warn("the next start looks everything up", "agency", p, "error", err)
	}
}

// exchanging reports whether an exchange with a peer is under way that shows the
// peer how long this node takes.
func (s *Service) exchanging(p casework.AgencyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exchanges[p] > 0
}

// exchange counts an exchange with a peer until the function it returns is called.
func (s *Service) exchange(p casework.AgencyID) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges[p]++
	return func() {
		s.mu.Lock()
		s.exchanges[p]--
		last := s.exchanges[p] == 0
		s.mu.Unlock()
		if last {
			s.wake(p, laneLookUp)
		}
	}
}

// lookUp looks up what there is with a peer.
func (s *Service) lookUp(ctx context.Context, p casework.AgencyID) error {
	if err := s.lookUpBatches(ctx, p, false); err != nil {
		return err
	}
	for {
		s.mu.Lock()
		queue := s.received[p]
		s.mu.Unlock()
		if len(queue) == 0 {
			break
		}
		if err := s.lookUpSet(ctx, p, queue[0]); err != nil {
			return err
		}
		s.mu.Lock()
		s.received[p] = s.received[p][1:]
		s.mu.Unlock()
	}
	return nil
}

// mergeTags lets the store merge what came in.
func (s *Service) mergeTags(ctx context.Context, p casework.AgencyID) error {
	t, err := s.terms(p)
	if err != nil {
		return err
	}
	return s.cfg.Store.MergeTags(ctx, p, t.epoch)
}

func (s *Service) lookUpSet(ctx context.Context, p casework.AgencyID, r received) (err error) {
	var hits []store.Hit
	if r.whole {
		hits, err = s.cfg.Store.Hits(ctx, p, r.epoch)
	} else {
		hits, err = s.cfg.Store.HitsAmong(ctx, p, r.epoch, r.tags)
	}
	if err != nil {
		return fmt.Errorf("hits with %s: %w", p, err)
	}
	if err := s.takenBack(ctx, p, r); err != nil {
		return err
	}
	return s.leads(ctx, p, r.epoch, hits)
}

// takenBack withdraws the leads that rest on tags which a peer took back. The set that
// it removed them with is its retraction, and the acknowledgement of that set the one of
// the retraction, whether or not there was a hit.
func (s *Service) takenBack(ctx context.Context, p casework.AgencyID, r received) error {
	if !r.whole && len(r.removed) == 0 {
		return nil
	}
	removed := r.removed
	if r.whole {
		removed = nil // whatever is not there
	}
	n, err := s.cfg.Store.WithdrawLeads(ctx, p, r.epoch, removed)
	if err != nil {
		return fmt.Errorf("leads that %s took back: %w", p, err)
	}
	if n > 0 {
		s.cfg.Logger.Info("leads are withdrawn: the other agency took its items back", "agency", p, "count", n)
	}
	return nil
}

// LookAgain looks everything up again that was asked and published: an item takes part
// in matching again whose hits were not noted meanwhile.
func (s *Service) LookAgain() {
	for _, p := range s.members() {
		if t, err := s.terms(p); err == nil {
			s.lookUpLater(p, received{epoch: t.epoch, whole: true})
		}
	}
}

// lookUpBatches looks up the answers of a peer to open batches, of the small urgent
// ones or of all.
func (s *Service) lookUpBatches(ctx context.Context, p casework.AgencyID, urgent bool) error {
	open, err := s.cfg.Store.OpenBatches(ctx)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	for _, b := range open {
		if !b.Logged || urgent && !isSmallUrgent(b) || !slices.Contains(b.Peers, p) {
			continue
		}
		progress, err := s.cfg.Store.Progress(ctx, b.ID, p)
		if err != nil {
			return fmt.Errorf("own store: %w", err)
		}
		if !progress.Done {
			continue
		}
		if err := s.lookUpBatch(ctx, p, b, progress); err != nil {
			return fmt.Errorf("batch %s: %w", b.ID, err)
		}
	}
	return nil
}

func (s *Service) lookUpBatch(ctx context.Context, p casework.AgencyID, b store.Batch, progress store.Progress) error {
	for progress.LookedUp < progress.NextPart {
		hits, err := s.lookUpPart(ctx, p, b, progress)
		if err != nil {
			return err
		}
		progress.LookedUp++
		progress.Hits += uint32(len(hits)) // as the store did
		if err := s.leads(ctx, p, b.Epoch, hits); err != nil {
			return err
		}
	}
	if err := s.close(ctx, b.ID); err != nil {
		return err
	}
	total := uint64(len(b.PartHashes))
	s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Done: uint64(progress.NextPart), Total: total, Hits: progress.Hits, Refusal: progress.Refusal})
	return nil
}

// lookUpPart turns the kept outputs of one part into tags and looks them up.
func (s *Service) lookUpPart(ctx context.Context, p casework.AgencyID, b store.Batch, progress store.Progress) ([]store.Hit, error) {
	set, err := s.cfg.Store.PeerSet(ctx, p)
	if errors.Is(err, store.ErrNotFound) || err == nil && set.Epoch != b.Epoch {
		set, err = store.PeerSet{Epoch: b.Epoch}, nil // its tags are of no use any more
	}
	if err != nil {
		return nil, fmt.Errorf("own store: %w", err)
	}
	k, err := s.keys(b.Epoch)
	if err != nil {
		return nil, err
	}
	seqs, err := s.cfg.Store.BatchNumbers(ctx, b.ID, int(progress.LookedUp)*chunk, chunk) // those that are left
	if err != nil {
		return nil, fmt.Errorf("own store: %w", err)
	}
	outputs, has, err := s.readOutputs(k, p, b.Epoch, seqs)
	if err != nil {
		return nil, err
	}
	var tags []store.KeyTag
	tagger := tagset.NewTagger(&set.Key)
	for i, seq := range seqs {
		if has[i] {
			tags = append(tags, store.KeyTag{Tag: tagger.Of(outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize]), Seq: seq})
		}
	}
	progress.LookedUp++
	progress.Set, progress.Updated = set.Number, s.cfg.Now()
	hits, err := s.cfg.Store.PutAsked(ctx, progress, b.Epoch, tags)
	if err != nil {
		return nil, fmt.Errorf("own store: %w", err)
	}
	return hits, nil
}

// deriveAgain makes the tags of all items that a peer was asked about under another
// key of the peer's, from the kept outputs: it lost the key that it had.
func (s *Service) deriveAgain(ctx context.Context, p casework.AgencyID, epoch uint32, key tagset.PeerKey) error {
	k, err := s.keys(epoch)
	if err != nil {
		return err
	}
	info, err := os.Stat(s.outputsPath(p, epoch))
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was asked
	}
	if err != nil {
		return fmt.Errorf("kept answers: %w", err)
	}
	last := info.Size() / oprf.OutputSize
	for from := int64(0); from < last; from += chunk {
		seqs := make([]int64, min(chunk, last-from))
		for i := range seqs {
			seqs[i] = from + int64(i)
		}
		outputs, has, err := s.readOutputs(k, p, epoch, seqs)
		if err != nil {
			return err
		}
		var tags []store.KeyTag
		for i, seq := range seqs {
			if has[i] {
				tags = append(tags, store.KeyTag{Tag: tagset.Of(&key, outputs[i*oprf.OutputSize:(i+1)*oprf.OutputSize]), Seq: seq})
			}
		}
		if err := s.cfg.Store.PutAskedTags(ctx, p, epoch, tags); err != nil {
			return fmt.Errorf("own store: %w", err)
		}
	}
	return nil
}
