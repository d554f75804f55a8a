package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

func publicationKey(peer casework.AgencyID, epoch uint32) string {
	return fmt.Sprintf("%s|%d", peer, epoch)
}

// storedPublication holds the key as bytes: its own type prints nothing.
type storedPublication struct {
	store.Publication
	Key []byte
}

// Publication returns it, and begins it with a fresh key where there is none.
func (s *Store) Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error) {
	p, err := publications.Get(ctx, s, publicationKey(peer, epoch))
	if errors.Is(err, store.ErrNotFound) {
		return s.beginPublication(ctx, peer, epoch)
	}
	copy(p.PeerKey[:], p.Key)
	return p.Publication, err
}

// beginPublication draws the key, unless another call was faster.
func (s *Store) beginPublication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error) {
	key, err := tagset.NewPeerKey()
	if err != nil {
		return store.Publication{}, fmt.Errorf("publication: %w", err)
	}
	p := storedPublication{store.Publication{Peer: peer, Epoch: epoch, PeerKey: key}, key[:]}
	err = s.tx(ctx, func() error {
		have, err := publications.get(s, publicationKey(peer, epoch))
		if errors.Is(err, store.ErrNotFound) {
			return publications.put(s, publicationKey(peer, epoch), 0, p)
		}
		if err == nil {
			p = have
		}
		return err
	})
	copy(p.PeerKey[:], p.Key)
	return p.Publication, err
}

// SavePublication stores it.
func (s *Store) SavePublication(ctx context.Context, p store.Publication) error {
	return publications.Put(ctx, s, publicationKey(p.Peer, p.Epoch), 0, storedPublication{p, p.PeerKey[:]})
}

// PutOwnTags stores tags that are to be published to a peer.
func (s *Store) PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	set := runs.Set{Purpose: ownTags, Peer: n, Epoch: epoch}
	if err := s.sets.Merge(ctx, set, runs.MostRuns); err != nil {
		return err
	}
	records, seqs := make([]runs.Record, len(tags)), make([]int64, 0, len(tags))
	for i, t := range tags {
		records[i] = runs.Record{Tag: t.Tag, Value: t.Seq}
		if t.Seq != 0 {
			seqs = append(seqs, t.Seq)
		}
	}
	return s.tx(ctx, func() error {
		if err := s.include(ownKeys, n, epoch, seqs); err != nil {
			return err
		}
		return s.sets.Put(set, records)
	})
}

// OwnTags lists all tags for a peer, ascending. The caller must not change them
// meanwhile.
func (s *Store) OwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return s.tags(ctx, ownTags, peer, epoch)
}

// PeerTags lists all tags that a peer published to us, ascending. The caller must
// not apply a set of that peer meanwhile.
func (s *Store) PeerTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return s.tags(ctx, peerTags, peer, epoch)
}

func (s *Store) tags(ctx context.Context, what int64, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		n, err := s.peerNumber(ctx, peer)
		if err != nil {
			yield(tagset.Tag{}, err)
			return
		}
		s.sets.Tags(ctx, runs.Set{Purpose: what, Peer: n, Epoch: epoch})(yield)
	}
}

// MergeTags merges what has become many runs of a peer's and an epoch's tags. It is for
// idle times; otherwise a set is merged while something is added to it.
func (s *Store) MergeTags(ctx context.Context, peer casework.AgencyID, epoch uint32) error {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	for _, purpose := range []int64{ownTags, peerTags, askedTags} {
		if err := s.sets.Merge(ctx, runs.Set{Purpose: purpose, Peer: n, Epoch: epoch}, runs.FanOut); err != nil {
			return fmt.Errorf("merge tags: %w", err)
		}
	}
	return nil
}

// CountOwnTags is how many tags a peer has of us, padding included. It reads them.
func (s *Store) CountOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error) {
	var count uint64
	for _, err := range s.OwnTags(ctx, peer, epoch) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

// KeyByOwnTag returns the match key that a peer means by our tag, with the item that it
// is of, and whether it may be matched now. Padding is nobody's. So that the time does
// not tell whose the tag is, the key with the number instead is read where there is none.
func (s *Store) KeyByOwnTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag, instead int64) (m store.MatchItem, may bool, err error) {
	return s.keyByTag(ctx, ownTags, peer, epoch, tag, instead)
}

// KeyByAskedTag returns the match key of ours that a peer's tag was learned of by asking.
func (s *Store) KeyByAskedTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag) (m store.MatchItem, may bool, err error) {
	return s.keyByTag(ctx, askedTags, peer, epoch, tag, 0)
}

func (s *Store) keyByTag(ctx context.Context, purpose int64, peer casework.AgencyID, epoch uint32, tag tagset.Tag, instead int64) (m store.MatchItem, may bool, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return m, false, err
	}
	var key int64
	err = s.read(ctx, func() error {
		if err := s.sets.Find(runs.Set{Purpose: purpose, Peer: n, Epoch: epoch}, []tagset.Tag{tag}, func(_ int, seq int64) error { key = seq; return nil }); err != nil {
			return err
		}
		read := key
		if read == 0 {
			read = instead
		}
		return s.query("SELECT seq, kind, lookup, value, stated, reach FROM item WHERE seq = ?", []any{read}, func(st *sqlite3.Stmt) error {
			may = st.ColumnInt64(5) > 0
			if m, err = s.matchItem(st); err != nil {
				return err
			}
			items, err := s.found(m.Seq)
			if err == nil && len(items) > 0 {
				m.ID = s.keys.itemID(items[0])
			}
			return err
		})
	})
	if err == nil && (key == 0 || m.Seq != key) {
		m, may, err = store.MatchItem{}, false, fmt.Errorf("tag: %w", store.ErrNotFound)
	}
	return m, may, err
}

// hits returns the own items that a set has under some sorted tags, each once whichever
// of its keys they are of, with the lock held.
func (s *Store) hits(t runs.Set, tags []tagset.Tag) (out []store.Hit, err error) {
	var all []store.Hit
	if err := s.sets.Find(t, tags, func(i int, seq int64) error { all = append(all, store.Hit{Seq: seq, Tag: tags[i]}); return nil }); err != nil {
		return nil, err
	}
	known := map[int64]bool{}
	for _, h := range all {
		items, err := s.hit(h.Seq)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if !known[item] {
				known[item] = true
				h.Item = s.keys.itemID(item)
				out = append(out, h)
			}
		}
	}
	return out, nil
}

type storedPeerSet struct {
	store.PeerSet
	Secret []byte
}

// PeerSet returns it.
func (s *Store) PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error) {
	p, err := peerSets.Get(ctx, s, string(peer))
	copy(p.Key[:], p.Secret)
	return p.PeerSet, err
}

// ApplyPeerTags takes a peer's next set over, whole or not at all: a snapshot
// replaces what there is under any later number, a delta must follow. It looks
// nothing up, so that how long it takes tells nothing of own items; see HitsAmong.
// next.Count is filled in. One call at a time for a peer.
func (s *Store) ApplyPeerTags(ctx context.Context, next store.PeerSet, snapshot bool, added, removed iter.Seq2[tagset.Tag, error]) error {
	have, err := s.PeerSet(ctx, next.Peer)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case next.Number == 0 || have.Epoch == next.Epoch && next.Number <= have.Number:
		return fmt.Errorf("%w: set %d after %d", store.ErrSequence, next.Number, have.Number)
	case !snapshot && (have.Epoch != next.Epoch || next.Number != have.Number+1):
		return fmt.Errorf("%w: %d after %d", store.ErrSequence, next.Number, have.Number)
	}
	n, err := s.peerNumber(ctx, next.Peer)
	if err != nil {
		return err
	}
	if err := s.sets.Merge(ctx, runs.Set{Purpose: peerTags, Peer: n, Epoch: next.Epoch}, runs.MostRuns); err != nil {
		return err
	}
	if snapshot {
		return s.applySnapshot(ctx, n, next, added)
	}
	next.Count = have.Count
	return s.applyDelta(ctx, n, next, added, removed)
}

// ForgetPeer deletes the sets that a peer published, was published and was asked for,
// and what is known of them. Its leads stay.
func (s *Store) ForgetPeer(ctx context.Context, peer casework.AgencyID) error {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	return s.sets.Drop(ctx, n, []int64{ownTags, peerTags, askedTags}, func() error {
		if err := peerSets.delete(s, string(peer)); err != nil {
			return err
		}
		if err := s.query("DELETE FROM own_item WHERE peer = ?", []any{n}, nil); err != nil {
			return err
		}
		prefix := publicationKey(peer, 0)
		prefix = prefix[:len(prefix)-1]
		return s.query("DELETE FROM object WHERE kind = ? AND substr(key, 1, ?) = ?", []any{string(publications), len(prefix), prefix}, nil)
	})
}

// HitsAmong returns the own items that were asked before under some of a peer's tags.
func (s *Store) HitsAmong(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (hits []store.Hit, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return nil, err
	}
	tags = slices.Clone(tags)
	tagset.Sort(tags)
	err = s.read(ctx, func() error {
		hits, err = s.hits(runs.Set{Purpose: askedTags, Peer: n, Epoch: epoch}, tags)
		return err
	})
	return hits, err
}

func (s *Store) savePeerSet(p store.PeerSet) error {
	return peerSets.put(s, string(p.Peer), 0, storedPeerSet{p, p.Key[:]})
}

// applySnapshot puts the set in the place of all that the peer published before.
func (s *Store) applySnapshot(ctx context.Context, peer int64, next store.PeerSet, added iter.Seq2[tagset.Tag, error]) error {
	set := runs.Set{Purpose: peerTags, Peer: peer, Epoch: next.Epoch}
	ascending := func(yield func(tagset.Tag, error) bool) {
		var last tagset.Tag
		begun := false
		for t, err := range added {
			if err == nil && begun && t.Compare(last) <= 0 {
				err = fmt.Errorf("%w: it adds a tag that is there", store.ErrSequence)
			}
			if last, begun = t, true; !yield(t, err) {
				return
			}
		}
	}
	return s.sets.ReplaceAll(ctx, set, ascending, func(count uint64) error {
		next.Count = count
		return s.savePeerSet(next)
	})
}

// applyDelta adds and takes back in one transaction.
func (s *Store) applyDelta(ctx context.Context, peer int64, next store.PeerSet, added, removed iter.Seq2[tagset.Tag, error]) error {
	set := runs.Set{Purpose: peerTags, Peer: peer, Epoch: next.Epoch}
	fresh, err := collect(added)
	if err != nil {
		return err
	}
	out, err := collect(removed)
	if err != nil {
		return err
	}
	records := make([]runs.Record, 0, len(fresh)+len(out))
	for _, t := range out {
		records = append(records, runs.Record{Tag: t, Value: runs.Removed})
	}
	for _, t := range fresh {
		records = append(records, runs.Record{Tag: t})
	}
	next.Count += uint64(len(fresh)) - uint64(len(out))
	return s.tx(ctx, func() error {
		for _, list := range []struct {
			tags []tagset.Tag
			want int
		}{{fresh, 0}, {out, len(out)}} {
			there := 0
			if err := s.sets.Find(set, list.tags, func(int, int64) error { there++; return nil }); err != nil {
				return err
			}
			if there != list.want {
				return fmt.Errorf("%w: it adds a tag that is there, or removes one that is not", store.ErrSequence)
			}
		}
		if err := s.sets.Put(set, records); err != nil {
			return err
		}
		return s.savePeerSet(next)
	})
}

// collect returns the tags of a delta, sorted and each once.
func collect(tags iter.Seq2[tagset.Tag, error]) (out []tagset.Tag, err error) {
	if tags == nil {
		return nil, nil
	}
	for t, err := range tags {
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	tagset.Sort(out)
	if n := len(out); len(slices.Compact(out)) != n {
		return nil, fmt.Errorf("%w: a tag is there twice", store.ErrSequence)
	}
	return out, nil
}

// Changes lists changes after a number, ascending, as they concern a peer that may
// have items of some kinds up to a number. An item that changed twice is there once,
// with its last change.
func (s *Store) Changes(ctx context.Context, p store.Publication, kinds []casework.Kind, limit int) ([]store.Change, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	n, err := s.peerNumber(ctx, p.Peer)
	if err != nil {
		return nil, err
	}
	where, args := whereOf(store.MatchFilter{Kinds: kinds})
	args = append(args, n, p.Epoch, p.UpToChange, p.UpToSeq, limit)
	var out []store.Change
	err = s.read(ctx, func() error {
		return s.query("SELECT i.seq, i.kind, i.lookup, i.value, i.stated, max(c.n) AS last, ("+where+"), "+ownKeys.has("i.seq")+" FROM change c JOIN item i ON i.seq = c.seq "+
			"WHERE c.n > ? AND c.seq <= ? AND c.part GROUP BY i.seq ORDER BY last LIMIT ?",
			args, func(st *sqlite3.Stmt) error {
				m, err := s.matchItem(st)
				out = append(out, store.Change{N: st.ColumnInt64(5), Item: m, May: st.ColumnBool(6), Published: st.ColumnBool(7)})
				return err
			})
	})
	return out, err
}

// RemoveOwnTags forgets tags that a peer is told to remove.
func (s *Store) RemoveOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	tags = slices.Clone(tags)
	tagset.Sort(tags)
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	set := runs.Set{Purpose: ownTags, Peer: n, Epoch: epoch}
	return s.tx(ctx, func() error {
		var out []runs.Record
		var seqs []int64
		if err := s.sets.Find(set, tags, func(i int, seq int64) error {
			out, seqs = append(out, runs.Record{Tag: tags[i], Value: runs.Removed}), append(seqs, seq)
			return nil
		}); err != nil {
			return err
		}
		if err := s.exclude(ownKeys, n, epoch, seqs); err != nil {
			return err
		}
		return s.sets.Put(set, out)
	})
}

// hitPart is how many asked tags are looked up at a time.
const hitPart = 4 * runs.BlockRecords

// Hits finds the hits with a peer in an epoch that are no leads yet, from what was
// asked and what it published: after a restart, those whose leads were not stored
// before it.
func (s *Store) Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) (out []store.Hit, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return nil, err
	}
	asked, theirs := runs.Set{Purpose: askedTags, Peer: n, Epoch: epoch}, runs.Set{Purpose: peerTags, Peer: n, Epoch: epoch}
	part := make([]tagset.Tag, 0, hitPart)
	look := func() error {
		return s.read(ctx, func() error {
			hits, err := s.hits(asked, part)
			if err != nil {
				return err
			}
			for _, h := range hits {
				known, err := s.hasLead(n, h.Item, epoch)
				if err != nil {
					return err
				}
				if !known {
					out = append(out, h)
				}
			}
			part = part[:0]
			return nil
		})
	}
	for t, err := range s.sets.Intersect(ctx, asked, theirs) {
		if err != nil {
			return nil, err
		}
		if part = append(part, t); len(part) == hitPart {
			if err := look(); err != nil {
				return nil, err
			}
		}
	}
	return out, look()
}
