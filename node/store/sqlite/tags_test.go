package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite/runs"
	"github.com/crosscase/crosscase/policy/casework"
)

func emptyStore(t testing.TB) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Create(dir, &[32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

// tagOf is the n-th of a sequence of tags that are spread as real ones are.
func tagOf(n int) tagset.Tag {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return tagset.Tag(sum[:tagset.Size])
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// An update of a thousand writes hardly a page more into a large store than into a
// small one; a page for each of the tags would be thousands.
func TestAnUpdateCostsWhatItHolds(t *testing.T) {
	written := func(size int) int64 {
		s, _ := emptyStore(t)
		ctx := t.Context()
		const peer = casework.AgencyID("fr-fiu")
		set := store.PeerSet{Peer: peer, Epoch: 1, Number: 1}
		tags := make([]tagset.Tag, size)
		for i := range tags {
			tags[i] = tagOf(i)
		}
		tagset.Sort(tags)
		if err := s.ApplyPeerTags(ctx, set, true, tagset.All(tags), nil); err != nil {
			t.Fatal(err)
		}
		put := func(from, to int) {
			var asked []store.KeyTag
			var own []store.KeyTag
			for i := from; i < to; i++ {
				asked, own = append(asked, store.KeyTag{Tag: tagOf(1<<24 + i), Seq: int64(i + 1)}), append(own, store.KeyTag{Tag: tagOf(1<<25 + i), Seq: int64(i + 1)})
			}
			if err := s.PutOwnTags(ctx, peer, 1, own); err != nil {
				t.Fatal(err)
			}
			if _, err := s.PutAsked(ctx, store.Progress{Peer: peer}, 1, asked); err != nil {
				t.Fatal(err)
			}
		}
		for from := 0; from < size; from += 4096 {
			put(from, from+4096)
		}
		if err := s.MergeTags(ctx, peer, 1); err != nil {
			t.Fatal(err)
		}
		pages(t, s)
		const update = 1000
		set.Number = 2
		var fresh []tagset.Tag
		for i := range update {
			fresh = append(fresh, tagOf(1<<26+i))
		}
		if err := s.ApplyPeerTags(ctx, set, false, tagset.All(fresh), tagset.All(tags[:5])); err != nil {
			t.Fatal(err)
		}
		put(size, size+update)
		return pages(t, s)
	}
	small, large := written(1<<12), written(1<<16)
	t.Logf("%d pages into a small store, %d into a large one", small, large)
	if small == 0 || large > small+32 {
		t.Errorf("an update of the large set wrote %d pages, of the small one %d", large, small)
	}
}

// pages is how many pages the store wrote since the last call.
func pages(t *testing.T, s *Store) int64 {
	t.Helper()
	n, _, err := s.db.Status(sqlite3.DBSTATUS_CACHE_WRITE, true)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What was looked through for items to ask is not looked through again, and
// nothing that may be asked is missed for that.
func TestASearchGoesOnWhereItEnded(t *testing.T) {
	s, _ := emptyStore(t)
	ctx := t.Context()
	one, two := casework.NewCaseID(), casework.NewCaseID()
	peers := []casework.AgencyID{"fr-fiu"}
	for _, c := range []casework.CaseID{one, two, {3}} {
		if err := s.PutCase(ctx, casework.Case{ID: c, Ref: c.String()}); err != nil {
			t.Fatal(err)
		}
	}
	item := func(n int, v casework.Visibility) casework.Evidence {
		return casework.Evidence{
			Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+4477009%05d", n)), Confidence: 1, Visibility: v, Category: casework.Suspect,
			Provenance: casework.Provenance{Source: "list", Record: fmt.Sprint(n)},
		}
	}
	add := func(c casework.CaseID, items ...casework.Evidence) { must(s.AddItems(ctx, c, items))(t) }
	// ask takes what a search finds into a batch, and returns how many there were.
	ask := func(c casework.CaseID, peers ...casework.AgencyID) (int, casework.BatchID) {
		t.Helper()
		f := store.MatchFilter{Limit: 2, Kinds: casework.Kinds(), Case: c}
		var seqs []int64
		for {
			items, to, err := s.NotAsked(ctx, peers, 1, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range items {
				seqs, f.AfterSeq = append(seqs, m.Seq), m.Seq
			}
			if to == nil {
				continue
			}
			b := store.Batch{ID: casework.NewBatchID(), Peers: peers, Epoch: 1}
			if len(seqs) > 0 {
				if err := s.CreateBatch(ctx, b, seqs, &store.Search{Filter: f, To: *to}); err != nil {
					t.Fatal(err)
				}
			}
			return len(seqs), b.ID
		}
	}
	expect := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	add(one, item(1, casework.Shared), item(2, casework.Shared), item(3, casework.Local))
	add(two, item(4, casework.Shared))
	add(one, item(5, casework.Shared))
	n, _ := ask(one, peers...)
	expect("the first time", n, 3)
	n, _ = ask(one, peers...)
	expect("again", n, 0)
	add(one, item(6, casework.Shared))
	add(two, item(7, casework.Shared))
	n, _ = ask(one, peers...)
	expect("what is new in the case", n, 1)
	add(casework.CaseID{3}, item(3, casework.Shared))
	n, _ = ask(one, peers...)
	expect("one that is shared now", n, 1)
	add(one, item(4, casework.Shared))
	n, _ = ask(one, peers...)
	expect("one that the case has now, too", n, 1)
	n, _ = ask(two, peers...)
	expect("what another case has beside", n, 1)
	n, _ = ask(casework.CaseID{}, peers...)
	expect("all cases", n, 0)
	n, _ = ask(casework.CaseID{}, append(peers, "gb-hotline")...)
	expect("of another peer", n, 7)
	add(one, item(8, casework.Shared))
	n, last := ask(one, peers...)
	expect("a last one", n, 1)
	if err := s.DropBatch(ctx, last); err != nil {
		t.Fatal(err)
	}
	n, _ = ask(one, peers...)
	expect("what was dropped", n, 1)
}

// Hits are looked for while sets are replaced and merged: neither waits for the
// other for ever.
func TestHitsWhileSetsAreReplaced(t *testing.T) {
	s, _ := emptyStore(t)
	ctx := t.Context()
	const peer = casework.AgencyID("fr-fiu")
	var tags []tagset.Tag
	for i := range 3000 {
		tags = append(tags, tagOf(i))
	}
	tagset.Sort(tags)
	g, ctx := errgroup.WithContext(ctx)
	var done atomic.Bool
	g.Go(func() error {
		defer done.Store(true)
		for epoch := range uint32(40) {
			if err := s.ApplyPeerTags(ctx, store.PeerSet{Peer: peer, Epoch: epoch, Number: 1}, true, tagset.All(tags), nil); err != nil {
				return err
			}
			if _, err := s.PutAsked(ctx, store.Progress{Peer: peer}, epoch, []store.KeyTag{{Tag: tags[0], Seq: 1}, {Tag: tags[epoch], Seq: 2}}); err != nil {
				return err
			}
			if err := s.MergeTags(ctx, peer, epoch); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		g.Go(func() error {
			for epoch := uint32(0); !done.Load(); epoch = (epoch + 1) % 40 {
				if _, err := s.Hits(ctx, peer, epoch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// A run whose writing a crash cut off is deleted with its blocks when the store opens.
func TestUnfinishedRunsAreDeleted(t *testing.T) {
	s, dir := emptyStore(t)
	set := runs.Set{Purpose: ownTags, Peer: 1, Epoch: 1}
	err := s.tx(t.Context(), func() error {
		run, err := tagPages{s}.Begin(set, runs.Building)
		if err != nil {
			return err
		}
		return errors.Join(tagPages{s}.Append(run, tagset.Tag{1}, make([]byte, 16)), s.sets.Put(set, []runs.Record{{Tag: tagset.Tag{2}, Value: 7}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = must(Open(dir, &[32]byte{1}))(t)
	defer s.Close()
	if n := must(s.count(t.Context(), "SELECT (SELECT count(*) FROM tag_run) * 100 + (SELECT count(*) FROM tag_first) * 10 + (SELECT count(*) FROM tag_block)"))(t); n != 111 {
		t.Errorf("runs, firsts and blocks left: %d, want one of each", n)
	}
}

// An item that is erased leaves its position in a batch empty: the blinds of the
// others belong to their positions.
func TestErasedItemsLeaveTheirPositions(t *testing.T) {
	s, _ := emptyStore(t)
	ctx := t.Context()
	if err := s.PutCase(ctx, casework.Case{ID: casework.CaseID{1}}); err != nil {
		t.Fatal(err)
	}
	var seqs []int64
	for i := range 5 {
		item := casework.Evidence{Identifier: casework.NewIdentifier(casework.Email, fmt.Sprintf("p%d@example.org", i))}
		added := must(s.AddItems(ctx, casework.CaseID{1}, []casework.Evidence{item}))(t)
		seqs = append(seqs, added[0].Seq)
	}
	b := store.Batch{ID: casework.NewBatchID(), Peers: []casework.AgencyID{"fr-fiu"}, Epoch: 1, Count: 5}
	if err := errors.Join(s.CreateBatch(ctx, b, seqs[:2], nil), s.AddToBatch(ctx, b, 2, seqs[2:], nil)); err != nil {
		t.Fatal(err)
	}
	if err := s.tx(ctx, func() error { return s.query("DELETE FROM item WHERE seq = ?", []any{seqs[1]}, nil) }); err != nil {
		t.Fatal(err)
	}
	var positions []int
	for _, m := range must(s.BatchItems(ctx, b.ID, 0, 4))(t) {
		if m.Seq != seqs[m.Pos] {
			t.Errorf("item %d is at position %d", m.Seq, m.Pos)
		}
		positions = append(positions, m.Pos)
	}
	if !slices.Equal(positions, []int{0, 2, 3}) {
		t.Errorf("positions %v", positions)
	}
}
