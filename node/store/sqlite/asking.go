package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

// CreateBatch stores a batch with its first items, in this order, and marks them as
// being asked of its peers. A search that ended with it, if any, need not look
// through the same again.
func (s *Store) CreateBatch(ctx context.Context, b store.Batch, seqs []int64, ended *store.Search) error {
	return s.tx(ctx, func() error {
		if err := openBatches.put(s, b.ID.String(), b.Created.UnixMilli(), b); err != nil {
			return err
		}
		return s.addToBatch(b, 0, seqs, ended)
	})
}

// AddToBatch stores more items of a batch that is not logged, from a position on, as
// CreateBatch does the first ones. A large batch is stored in several calls, so that
// others are served in between.
func (s *Store) AddToBatch(ctx context.Context, b store.Batch, at int, seqs []int64, ended *store.Search) error {
	return s.tx(ctx, func() error { return s.addToBatch(b, at, seqs, ended) })
}

func (s *Store) addToBatch(b store.Batch, at int, seqs []int64, ended *store.Search) error {
	for _, p := range positionsOf(at, seqs) {
		if err := s.query("INSERT INTO batch_item(batch, pos, seq, n) VALUES(?, ?, ?, ?)", []any{b.ID[:], p.pos, p.first, p.n}, nil); err != nil {
			return err
		}
	}
	seqs = slices.Clone(seqs)
	for _, p := range b.Peers {
		n, err := s.peer(string(p))
		if err != nil {
			return err
		}
		if err := s.tallySilent(b, p, n, at, "NOT", 1); err != nil {
			return err
		}
		if err := s.include(asking, n, b.Epoch, seqs); err != nil {
			return err
		}
	}
	if ended != nil {
		return s.endSearch(b.Peers, b.Epoch, *ended)
	}
	return nil
}

// keysOfBatch are the match keys of a batch from a position on, where they are left: its
// parameters are the batch and twice the position.
const (
	keysOfBatch   = "batch_item b JOIN item" + inBatch
	silentOfBatch = "batch_item b JOIN item INDEXED BY item_silent" + inBatch + " AND reach = 1"
	inBatch       = " ON item.seq >= b.seq AND item.seq < b.seq + b.n WHERE b.batch = ? AND b.pos + b.n > ? AND b.pos + item.seq - b.seq >= ?"
)

// silentAsked names the tally of silent items that a peer is asked about in an epoch.
const silentAsked = "silent asked"

// tallySilent adds to that tally, with the lock held, the silent items of a batch
// from a position on of which it is not ("NOT"), or is (""), noted that the peer is asked.
func (s *Store) tallySilent(b store.Batch, p casework.AgencyID, n int64, from int, noted string, sign int) error {
	return s.query("INSERT INTO tally SELECT ?, ?, ?, ? * (SELECT count(*) FROM "+silentOfBatch+
		" AND "+noted+" "+asking.has("item.seq")+") WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n",
		[]any{silentAsked, string(p), strconv.FormatUint(uint64(b.Epoch), 10), sign, b.ID[:], from, from, n, b.Epoch}, nil)
}

// SilentAsked is about how many silent items a peer is, or was, asked in an epoch.
func (s *Store) SilentAsked(ctx context.Context, p casework.AgencyID, epoch uint32) (n uint64, err error) {
	return s.tallied(ctx, silentAsked, string(p), strconv.FormatUint(uint64(epoch), 10))
}

// SilentInBatch is how many items of a batch are silent: asked, and not published.
func (s *Store) SilentInBatch(ctx context.Context, id casework.BatchID) (n uint32, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT count(*) FROM "+silentOfBatch, []any{id[:], 0, 0}, func(st *sqlite3.Stmt) error {
			n = uint32(st.ColumnInt64(0))
			return nil
		})
	})
	return n, err
}

func (s *Store) tallied(ctx context.Context, what, a, b string) (n uint64, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT n FROM tally WHERE what = ? AND a = ? AND b = ?", []any{what, a, b}, func(st *sqlite3.Stmt) error {
			n = uint64(st.ColumnInt64(0))
			return nil
		})
	})
	return n, err
}

// answeredOn names the tally of elements that an asker was answered on a day.
const answeredOn = "answered"

// AddAnswered counts elements that an asker is answered on a day, unless there would
// be more than the most; 0 bounds nothing. It reports whether they were counted.
func (s *Store) AddAnswered(ctx context.Context, asker casework.AgencyID, day string, n, most uint64) (counted bool, err error) {
	err = s.tx(ctx, func() error {
		var have uint64
		if err := s.query("SELECT n FROM tally WHERE what = ? AND a = ? AND b = ?", []any{answeredOn, string(asker), day}, func(st *sqlite3.Stmt) error {
			have = uint64(st.ColumnInt64(0))
			return nil
		}); err != nil {
			return err
		}
		if counted = most == 0 || have+n <= most; !counted {
			return nil
		}
		return s.query("INSERT INTO tally VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", []any{answeredOn, string(asker), day, int64(n)}, nil)
	})
	return counted, err
}

// ReleaseAsked makes the items of a batch from a position on count as not asked of a
// peer: it did not answer them, and will not.
func (s *Store) ReleaseAsked(ctx context.Context, b store.Batch, peer casework.AgencyID, from int) error {
	return s.tx(ctx, func() error { return s.releaseAsked(b, peer, from) })
}

func (s *Store) releaseAsked(b store.Batch, peer casework.AgencyID, from int) error {
	n, err := s.peer(string(peer))
	if err != nil {
		return err
	}
	if err := s.tallySilent(b, peer, n, from, "", -1); err != nil {
		return err
	}
	var seqs []int64
	err = s.query("SELECT pos, seq, n FROM batch_item WHERE batch = ? AND pos + n > ?", []any{b.ID[:], from}, func(st *sqlite3.Stmt) error {
		for i := max(0, int64(from)-st.ColumnInt64(0)); i < st.ColumnInt64(2); i++ {
			seqs = append(seqs, st.ColumnInt64(1)+i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.exclude(asking, n, b.Epoch, seqs); err != nil {
		return err
	}
	// What was released is to be found again.
	return s.query("DELETE FROM asked_upto WHERE peer = ? AND epoch = ?", []any{n, b.Epoch}, nil)
}

// EndSearch remembers a search that found nothing more.
func (s *Store) EndSearch(ctx context.Context, peers []casework.AgencyID, epoch uint32, ended store.Search) error {
	return s.tx(ctx, func() error { return s.endSearch(peers, epoch, ended) })
}

func (s *Store) endSearch(peers []casework.AgencyID, epoch uint32, ended store.Search) error {
	for _, p := range peers {
		n, err := s.peer(string(p))
		if err != nil {
			return err
		}
		err = s.query("INSERT INTO asked_upto(peer, epoch, scope, seq, change) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, change = excluded.change",
			[]any{n, epoch, ended.Filter.Scope(), ended.To.Seq, ended.To.Change}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// DropBatch forgets a batch that was never logged; its items count as not asked.
func (s *Store) DropBatch(ctx context.Context, id casework.BatchID) error {
	b, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	if b.Logged {
		return errors.New("batch: it is in the ledger, and stays")
	}
	return s.tx(ctx, func() error {
		for _, p := range b.Peers {
			if err := s.releaseAsked(b, p, 0); err != nil {
				return err
			}
		}
		if err := s.query("DELETE FROM batch_item WHERE batch = ?", []any{id[:]}, nil); err != nil {
			return err
		}
		return openBatches.delete(s, id.String())
	})
}

// SaveBatch stores a batch's changed record.
func (s *Store) SaveBatch(ctx context.Context, b store.Batch) error {
	return s.tx(ctx, func() error {
		if !b.Done {
			return openBatches.put(s, b.ID.String(), b.Created.UnixMilli(), b)
		}
		if err := openBatches.delete(s, b.ID.String()); err != nil {
			return err
		}
		return doneBatches.put(s, b.ID.String(), b.Created.UnixMilli(), b)
	})
}

// Batch returns a batch.
func (s *Store) Batch(ctx context.Context, id casework.BatchID) (b store.Batch, err error) {
	if b, err = openBatches.Get(ctx, s, id.String()); errors.Is(err, store.ErrNotFound) {
		b, err = doneBatches.Get(ctx, s, id.String())
	}
	return b, err
}

// OpenBatches lists batches that are not done, oldest first, urgent ones before.
func (s *Store) OpenBatches(ctx context.Context) ([]store.Batch, error) {
	all, err := openBatches.List(ctx, s)
	if err != nil {
		return nil, err
	}
	var urgent, others []store.Batch
	for _, b := range all {
		if b.Urgent {
			urgent = append(urgent, b)
		} else {
			others = append(others, b)
		}
	}
	return append(urgent, others...), nil
}

// BatchItems returns the items of a batch at positions from one on, as far as they
// are left: an erased item leaves its position empty, and no other moves into it.
func (s *Store) BatchItems(ctx context.Context, id casework.BatchID, from, limit int) (out []store.BatchItem, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT item.seq, kind, lookup, value, stated, b.pos + item.seq - b.seq AS at FROM "+keysOfBatch+" AND b.pos < ? AND at < ? ORDER BY b.pos, item.seq",
			[]any{id[:], from, from, from + limit, from + limit}, func(st *sqlite3.Stmt) error {
				m, err := s.matchItem(st)
				out = append(out, store.BatchItem{Pos: int(st.ColumnInt64(5)), MatchItem: m})
				return err
			})
	})
	return out, err
}

// BatchNumbers returns the numbers of the match keys that BatchItems does.
func (s *Store) BatchNumbers(ctx context.Context, id casework.BatchID, from, limit int) (out []int64, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT item.seq FROM "+keysOfBatch+" AND b.pos < ? AND b.pos + item.seq - b.seq < ? ORDER BY b.pos, item.seq",
			[]any{id[:], from, from, from + limit, from + limit}, func(st *sqlite3.Stmt) error {
				out = append(out, st.ColumnInt64(0))
				return nil
			})
	})
	return out, err
}

func progressKey(b casework.BatchID, p casework.AgencyID) string { return b.String() + "|" + string(p) }

// Progress returns it; a batch that was not begun with a peer is at the beginning.
func (s *Store) Progress(ctx context.Context, b casework.BatchID, p casework.AgencyID) (store.Progress, error) {
	pr, err := progresses.Get(ctx, s, progressKey(b, p))
	if errors.Is(err, store.ErrNotFound) {
		return store.Progress{Batch: b, Peer: p}, nil
	}
	return pr, err
}

// SaveProgress stores it.
func (s *Store) SaveProgress(ctx context.Context, p store.Progress) error {
	return progresses.Put(ctx, s, progressKey(p.Batch, p.Peer), 0, p)
}

// PutAsked stores the tags of one answered part and moves the progress on, in one
// transaction. It returns the hits among what the peer has published so far.
func (s *Store) PutAsked(ctx context.Context, p store.Progress, epoch uint32, tags []store.KeyTag) ([]store.Hit, error) {
	var hits []store.Hit
	n, err := s.peerNumber(ctx, p.Peer)
	if err != nil {
		return nil, err
	}
	set := runs.Set{Purpose: askedTags, Peer: n, Epoch: epoch}
	if err := s.sets.Merge(ctx, set, runs.MostRuns); err != nil {
		return nil, err
	}
	records, sorted := make([]runs.Record, len(tags)), make([]tagset.Tag, len(tags))
	for i, t := range tags {
		records[i], sorted[i] = runs.Record{Tag: t.Tag, Value: t.Seq}, t.Tag
	}
	tagset.Sort(sorted)
	err = s.tx(ctx, func() error {
		if err := s.sets.Put(set, records); err != nil {
			return err
		}
		var published []tagset.Tag
		if err := s.sets.Find(runs.Set{Purpose: peerTags, Peer: n, Epoch: epoch}, sorted, func(i int, _ int64) error {
			published = append(published, sorted[i])
			return nil
		}); err != nil {
			return err
		}
		tagset.Sort(published)
		var err error
		if hits, err = s.hits(set, published); err != nil {
			return err
		}
		p.Hits += uint32(len(hits))
		return progresses.put(s, progressKey(p.Batch, p.Peer), 0, p)
	})
	if err != nil {
		return nil, err
	}
	return hits, nil
}

// CountAsked is how many of some tags of a peer were learned by asking.
func (s *Store) CountAsked(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) (count int, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return 0, err
	}
	tags = slices.Clone(tags)
	tagset.Sort(tags)
	err = s.read(ctx, func() error {
		return s.sets.Find(runs.Set{Purpose: askedTags, Peer: n, Epoch: epoch}, tags, func(int, int64) error { count++; return nil })
	})
	return count, err
}

// PutAskedTags stores tags of items that were asked before under another key of the
// peer's.
func (s *Store) PutAskedTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.KeyTag) error {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return err
	}
	records := make([]runs.Record, len(tags))
	for i, t := range tags {
		records[i] = runs.Record{Tag: t.Tag, Value: t.Seq}
	}
	return s.tx(ctx, func() error { return s.sets.Put(runs.Set{Purpose: askedTags, Peer: n, Epoch: epoch}, records) })
}

func answerKey(a casework.AgencyID, b casework.BatchID) string { return string(a) + "|" + b.String() }

// Answer returns it, or ErrNotFound for a batch that was not seen before.
func (s *Store) Answer(ctx context.Context, asker casework.AgencyID, b casework.BatchID) (store.AnswerState, error) {
	return answers.Get(ctx, s, answerKey(asker, b))
}

// SaveAnswer stores the state alone.
func (s *Store) SaveAnswer(ctx context.Context, a store.AnswerState) error {
	return answers.Put(ctx, s, answerKey(a.Asker, a.Batch), a.At.UnixMilli(), a)
}

// SaveReply stores an answered part before it is sent, and forgets those below
// acked, which the asker has.
func (s *Store) SaveReply(ctx context.Context, a store.AnswerState, part uint32, hash [32]byte, reply []byte, acked uint32) error {
	return s.tx(ctx, func() error {
		n, err := s.peer(string(a.Asker))
		if err != nil {
			return err
		}
		if err := s.query("INSERT INTO answered(asker, batch, part, hash, reply) VALUES(?, ?, ?, ?, ?)", []any{n, a.Batch[:], part, hash[:], reply}, nil); err != nil {
			return err
		}
		if err := s.query("DELETE FROM answered WHERE asker = ? AND batch = ? AND part < ?", []any{n, a.Batch[:], acked}, nil); err != nil {
			return err
		}
		return answers.put(s, answerKey(a.Asker, a.Batch), a.At.UnixMilli(), a)
	})
}

// DropReplies forgets the replies of a batch that its asker has.
func (s *Store) DropReplies(ctx context.Context, asker casework.AgencyID, b casework.BatchID) error {
	return s.tx(ctx, func() error {
		n, err := s.peer(string(asker))
		if err != nil {
			return err
		}
		return s.query("DELETE FROM answered WHERE asker = ? AND batch = ?", []any{n, b[:]}, nil)
	})
}

// Reply returns an answered part again, byte for byte.
func (s *Store) Reply(ctx context.Context, asker casework.AgencyID, b casework.BatchID, part uint32) (hash [32]byte, reply []byte, err error) {
	n, err := s.peerNumber(ctx, asker)
	if err != nil {
		return hash, nil, err
	}
	err = s.read(ctx, func() error {
		return s.query("SELECT hash, reply FROM answered WHERE asker = ? AND batch = ? AND part = ?", []any{n, b[:], part}, func(st *sqlite3.Stmt) error {
			copy(hash[:], st.ColumnRawBlob(0))
			reply = st.ColumnBlob(1, nil)
			return nil
		})
	})
	if err == nil && reply == nil {
		err = fmt.Errorf("reply: %w", store.ErrNotFound)
	}
	return hash, reply, err
}
