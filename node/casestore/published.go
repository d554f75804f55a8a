package casestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Publication is how far one peer's copy of our tags has come.
type Publication struct {
	Peer       casework.AgencyID
	Epoch      uint32
	PeerKey    tagset.PeerKey `json:"-"`
	Number     uint64         // last set prepared; 0: none
	Acked      uint64         // last set that the peer acknowledged
	UpToSeq    int64          // items up to this number are in the prepared sets
	UpToChange int64          // and so are changes of items up to this one
	Count      uint64         // tags, padding included
	Prepared   []byte         // what matching has to remember of a prepared set
}

func publicationKey(peer casework.AgencyID, epoch uint32) string {
	return fmt.Sprintf("%s|%d", peer, epoch)
}

// storedPublication holds the key as bytes: its own type prints nothing.
type storedPublication struct {
	Publication
	Key []byte
}

// Publication gives it, and begins it with a fresh key where there is none.
func (s *Store) Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (Publication, error) {
	var p storedPublication
	err := s.get(ctx, "publication", publicationKey(peer, epoch), &p)
	if errors.Is(err, ErrNotFound) {
		key, err := tagset.NewPeerKey()
		if err != nil {
			return Publication{}, fmt.Errorf("publication: %w", err)
		}
		fresh := Publication{Peer: peer, Epoch: epoch, PeerKey: key}
		return fresh, s.SavePublication(ctx, fresh)
	}
	copy(p.PeerKey[:], p.Key)
	return p.Publication, err
}

// SavePublication stores it.
func (s *Store) SavePublication(ctx context.Context, p Publication) error {
	return s.put(ctx, "publication", publicationKey(p.Peer, p.Epoch), 0, storedPublication{p, p.PeerKey[:]})
}

// An OwnTag is our tag for a peer, of an item; number 0 is padding.
type OwnTag struct {
	Tag tagset.Tag
	Seq int64
}

// PutOwnTags stores tags that are to be published to a peer.
func (s *Store) PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []OwnTag) error {
	return s.tx(ctx, func() error {
		n, err := s.peer(string(peer))
		if err != nil {
			return err
		}
		for _, t := range tags {
			if err := s.query("INSERT INTO own_tag(peer, epoch, tag, seq) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
				[]any{n, epoch, t.Tag[:], t.Seq}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// OwnTags lists all tags for a peer, ascending, a page at a time.
func (s *Store) OwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return s.tags(ctx, "own_tag", peer, epoch)
}

// PeerTags lists all tags that a peer published to us, ascending.
func (s *Store) PeerTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return s.tags(ctx, "peer_tag", peer, epoch)
}

func (s *Store) tags(ctx context.Context, table string, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error] {
	return func(yield func(tagset.Tag, error) bool) {
		n, err := s.peerNumber(ctx, peer)
		if err != nil {
			yield(tagset.Tag{}, err)
			return
		}
		const page = 8192
		after := []byte{}
		for {
			tags := make([]tagset.Tag, 0, page)
			err := s.read(ctx, func() error {
				return s.query("SELECT tag FROM "+table+" WHERE peer = ? AND epoch = ? AND tag > ? ORDER BY tag LIMIT ?",
					[]any{n, epoch, after, page}, func(st *sqlite3.Stmt) error {
						tags = append(tags, tagset.Tag(st.ColumnRawBlob(0)))
						return nil
					})
			})
			if err != nil {
				yield(tagset.Tag{}, err)
				return
			}
			for _, t := range tags {
				if !yield(t, nil) {
					return
				}
			}
			if len(tags) < page {
				return
			}
			after = append([]byte{}, tags[len(tags)-1][:]...)
		}
	}
}

// CountOwnTags is how many tags a peer has of us, padding included.
func (s *Store) CountOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error) {
	var count uint64
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return 0, err
	}
	err = s.read(ctx, func() error {
		return s.query("SELECT count(*) FROM own_tag WHERE peer = ? AND epoch = ?", []any{n, epoch}, func(st *sqlite3.Stmt) error {
			count = uint64(st.ColumnInt64(0))
			return nil
		})
	})
	return count, err
}

// ItemByOwnTag gives the item that a peer means by our tag; padding is nobody.
func (s *Store) ItemByOwnTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag) (casework.ItemID, error) {
	var id []byte
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return casework.ItemID{}, err
	}
	err = s.read(ctx, func() error {
		return s.query("SELECT id FROM item WHERE seq = (SELECT seq FROM own_tag WHERE peer = ? AND epoch = ? AND tag = ?)",
			[]any{n, epoch, tag[:]}, func(st *sqlite3.Stmt) error {
				id = st.ColumnBlob(0, nil)
				return nil
			})
	})
	if err == nil && id == nil {
		return casework.ItemID{}, fmt.Errorf("tag: %w", ErrNotFound)
	}
	if err != nil {
		return casework.ItemID{}, err
	}
	return casework.ItemID(id), nil
}

// A PeerSet is what a peer published to us, as a whole.
type PeerSet struct {
	Peer       casework.AgencyID
	Epoch      uint32
	Key        tagset.PeerKey `json:"-"`
	Number     uint64
	Count      uint64
	Received   time.Time
	Commitment [32]byte
}

type storedPeerSet struct {
	PeerSet
	Secret []byte
}

// PeerSet gives it.
func (s *Store) PeerSet(ctx context.Context, peer casework.AgencyID) (PeerSet, error) {
	var p storedPeerSet
	err := s.get(ctx, "peerset", string(peer), &p)
	copy(p.Key[:], p.Secret)
	return p.PeerSet, err
}

// ErrSequence means that a set is not the next one, or not of this epoch.
var ErrSequence = errors.New("not the next set of tags")

// ApplyPeerTags takes a peer's next set over, whole or not at all: a snapshot
// replaces, a delta must follow. It gives the hits among the added tags: own items
// that were asked before. next.Count is filled in.
func (s *Store) ApplyPeerTags(ctx context.Context, next PeerSet, snapshot bool, added, removed iter.Seq2[tagset.Tag, error]) ([]Hit, error) {
	var hits []Hit
	have, err := s.PeerSet(ctx, next.Peer)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	case snapshot && (next.Number != 1 || (have.Epoch == next.Epoch && have.Number > 0)):
		return nil, fmt.Errorf("%w: snapshot %d after %d", ErrSequence, next.Number, have.Number)
	case !snapshot && (have.Epoch != next.Epoch || next.Number != have.Number+1):
		return nil, fmt.Errorf("%w: %d after %d", ErrSequence, next.Number, have.Number)
	}
	err = s.tx(ctx, func() error {
		n, err := s.peer(string(next.Peer))
		if err != nil {
			return err
		}
		count := int64(have.Count)
		if snapshot {
			count = 0
			if err := s.query("DELETE FROM peer_tag WHERE peer = ?", []any{n}, nil); err != nil {
				return err
			}
		}
		change := func(tags iter.Seq2[tagset.Tag, error], sql string, by int64) error {
			if tags == nil {
				return nil
			}
			for t, err := range tags {
				if err != nil {
					return err
				}
				before := s.db.TotalChanges()
				if err := s.query(sql, []any{n, next.Epoch, t[:]}, nil); err != nil {
					return err
				}
				if s.db.TotalChanges() == before {
					return fmt.Errorf("%w: it adds a tag that is there, or removes one that is not", ErrSequence)
				}
				count += by
			}
			return nil
		}
		if err := change(removed, "DELETE FROM peer_tag WHERE peer = ? AND epoch = ? AND tag = ?", -1); err != nil {
			return err
		}
		newly := func(yield func(tagset.Tag, error) bool) {
			for t, err := range added {
				if err == nil {
					err = s.askedHit(n, next.Epoch, t, &hits)
				}
				if !yield(t, err) {
					return
				}
			}
		}
		if added != nil {
			if err := change(newly, "INSERT INTO peer_tag(peer, epoch, tag) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", 1); err != nil {
				return err
			}
		}
		next.Count = uint64(count)
		data, err := json.Marshal(storedPeerSet{next, next.Key[:]})
		if err != nil {
			return err
		}
		return s.putObject("peerset", string(next.Peer), 0, data)
	})
	if err != nil {
		return nil, err
	}
	return hits, nil
}

// askedHit finds out whether a tag is that of an item that we asked before.
func (s *Store) askedHit(peer int64, epoch uint32, t tagset.Tag, hits *[]Hit) error {
	return s.query("SELECT a.seq, i.id FROM asked_tag a JOIN item i ON i.seq = a.seq WHERE a.peer = ? AND a.epoch = ? AND a.tag = ?",
		[]any{peer, epoch, t[:]}, func(st *sqlite3.Stmt) error {
			*hits = append(*hits, Hit{Seq: st.ColumnInt64(0), Item: casework.ItemID(st.ColumnBlob(1, nil)), Tag: t})
			return nil
		})
}

// A Change is an item whose part in matching changed after it had come in, as it
// stands now for one peer.
type Change struct {
	N         int64 // number of the change
	Item      MatchItem
	Published bool       // the peer has a tag of it
	Tag       tagset.Tag // if so
	May       bool       // it may be published to the peer now
}

// Changes lists changes after a number, ascending, as they concern a peer that may
// have items of some kinds up to a number. An item that changed twice is there once,
// with its last change.
func (s *Store) Changes(ctx context.Context, p Publication, kinds []casework.Kind, limit int) ([]Change, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	n, err := s.peerNumber(ctx, p.Peer)
	if err != nil {
		return nil, err
	}
	where, args := MatchFilter{Kinds: kinds}.where()
	args = append(args, n, p.Epoch, p.UpToChange, p.UpToSeq, limit)
	var out []Change
	err = s.read(ctx, func() error {
		return s.query("SELECT i.seq, i.id, i.kind, i.lookup, i.value, max(c.n) AS last, ("+where+"), t.tag FROM change c JOIN item i ON i.seq = c.seq "+
			"LEFT JOIN own_tag t ON t.seq = i.seq AND t.peer = ? AND t.epoch = ? WHERE c.n > ? AND c.seq <= ? GROUP BY i.seq ORDER BY last LIMIT ?",
			args, func(st *sqlite3.Stmt) error {
				m, err := s.matchItem(st)
				c := Change{N: st.ColumnInt64(5), Item: m, May: st.ColumnBool(6)}
				if tag := st.ColumnRawBlob(7); len(tag) == tagset.Size {
					c.Published, c.Tag = true, tagset.Tag(tag)
				}
				out = append(out, c)
				return err
			})
	})
	return out, err
}

// RemoveOwnTags forgets tags that a peer is told to remove.
func (s *Store) RemoveOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) error {
	return s.tx(ctx, func() error {
		n, err := s.peer(string(peer))
		if err != nil {
			return err
		}
		for _, t := range tags {
			if err := s.query("DELETE FROM own_tag WHERE peer = ? AND epoch = ? AND tag = ?", []any{n, epoch, t[:]}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Hits finds all hits with a peer in an epoch anew, from what was asked and what it
// published: after a restart, those whose leads were not stored before it.
func (s *Store) Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) ([]Hit, error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return nil, err
	}
	var out []Hit
	err = s.read(ctx, func() error {
		return s.query("SELECT a.seq, i.id, a.tag FROM asked_tag a JOIN peer_tag p ON p.peer = a.peer AND p.epoch = a.epoch AND p.tag = a.tag "+
			"JOIN item i ON i.seq = a.seq WHERE a.peer = ? AND a.epoch = ?", []any{n, epoch}, func(st *sqlite3.Stmt) error {
			out = append(out, Hit{Seq: st.ColumnInt64(0), Item: casework.ItemID(st.ColumnBlob(1, nil)), Tag: tagset.Tag(st.ColumnRawBlob(2))})
			return nil
		})
	})
	return out, err
}
