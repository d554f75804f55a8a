package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
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

// holds compares a set with what it should be, read whole and looked up.
func holds(t *testing.T, s *Store, set tagSet, want map[tagset.Tag]int64, others []tagset.Tag) {
	t.Helper()
	got := map[tagset.Tag]int64{}
	var last tagset.Tag
	s.merging.RLock()
	defer s.merging.RUnlock()
	for r, err := range s.all(t.Context(), set) {
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 && r.tag.Compare(last) <= 0 {
			t.Fatal("not ascending")
		}
		got[r.tag], last = r.value, r.tag
	}
	if !maps.Equal(got, want) {
		t.Fatalf("read whole: %d tags, want %d", len(got), len(want))
	}
	wanted := append(slices.Collect(maps.Keys(want)), others...)
	tagset.Sort(wanted)
	wanted = slices.Compact(wanted)
	found := map[tagset.Tag]int64{}
	err := s.read(t.Context(), func() error {
		return s.find(set, wanted, func(i int, v int64) error { found[wanted[i]] = v; return nil })
	})
	if err != nil || !maps.Equal(found, want) {
		t.Fatalf("looked up: %d tags, want %d (%v)", len(found), len(want), err)
	}
}

// Runs that come, replace and take back in any order, and are merged on the way,
// hold what a map would.
func TestRunsHoldWhatAMapWould(t *testing.T) {
	s, dir := emptyStore(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	set, other := tagSet{askedTags, 1, 1}, tagSet{askedTags, 1, 2}
	want := map[tagset.Tag]int64{}
	var deepest int64
	for round := range 120 {
		size := random.IntN(60)
		if round%2 == 0 {
			size = 2000 + random.IntN(4000)
		}
		var records []record
		for range size {
			r := record{tagOf(random.IntN(20_000)), int64(random.Uint64N(gone))}
			if random.IntN(4) == 0 {
				r.value = gone
			}
			records = append(records, r)
		}
		for _, r := range records {
			if want[r.tag] = r.value; r.value == gone {
				delete(want, r.tag)
			}
		}
		if err := s.settle(t.Context(), set, fanOut); err != nil {
			t.Fatal(err)
		}
		err := s.tx(t.Context(), func() error {
			if err := s.putRun(set, records); err != nil {
				return err
			}
			return s.putRun(other, []record{{tagOf(-1 - round), 1}})
		})
		if err != nil {
			t.Fatal(err)
		}
		runs, err := s.runs(set)
		if err != nil || len(runs) > 3*fanOut {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		for _, r := range runs {
			deepest = max(deepest, r.level)
		}
		if round%20 == 19 {
			holds(t, s, set, want, []tagset.Tag{tagOf(-1), {}, tagset.Tag(slices.Repeat([]byte{255}, tagset.Size))})
		}
		if round == 59 {
			s = reopen(t, s, dir)
		}
	}
	if deepest == 0 {
		t.Error("nothing was merged into a higher level")
	}
}

func reopen(t *testing.T, s *Store, dir string) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = must(Open(dir, &[32]byte{1}))(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A merge that fails in the middle leaves the set as it was, and no block behind;
// one that a crash cuts off is cleared away when the store opens.
func TestAMergeThatIsCutOffLeavesTheSetAsItWas(t *testing.T) {
	s, dir := emptyStore(t)
	set := tagSet{ownTags, 1, 1}
	want := map[tagset.Tag]int64{}
	for n := range fanOut {
		var records []record
		for i := range 300 {
			r := record{tagOf(n*200 + i), int64(n)}
			records, want[r.tag] = append(records, r), int64(n)
		}
		if err := s.tx(t.Context(), func() error { return s.putRun(set, records) }); err != nil {
			t.Fatal(err)
		}
	}
	runs := must(s.runs(set))(t)
	broken := errors.New("broken")
	var into int64
	cut := func(yield func(record, error) bool) {
		n := 0
		for r, err := range s.merged(t.Context(), runs) {
			if n++; n == 2*blockTags+5 {
				err = broken
			}
			if !yield(r, err) {
				return
			}
		}
	}
	begin := func() {
		if err := s.tx(t.Context(), func() (err error) { into, err = s.beginRun(set, building); return err }); err != nil {
			t.Fatal(err)
		}
	}
	begin()
	if _, err := s.write(t.Context(), into, cut, nil); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	if err := s.discard(t.Context(), into, broken); !errors.Is(err, broken) {
		t.Fatalf("%v", err)
	}
	holds(t, s, set, want, nil)
	begin()
	if _, err := s.write(t.Context(), into, limited(s.merged(t.Context(), runs), 2*blockTags), nil); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s, dir) // as after a crash, with the run half written
	holds(t, s, set, want, nil)
	blocks := must(s.count(t.Context(), "SELECT (SELECT count(*) FROM tag_first WHERE run NOT IN (SELECT n FROM tag_run)) + (SELECT count(*) FROM tag_block WHERE n NOT IN (SELECT block FROM tag_first))"))(t)
	left := must(s.count(t.Context(), "SELECT count(*) FROM tag_run WHERE level < 0"))(t)
	if blocks != 0 || left != 0 {
		t.Errorf("%d blocks and %d runs are left over", blocks, left)
	}
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

func limited(records iter.Seq2[record, error], n int) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for r, err := range records {
			if n--; n < 0 || !yield(r, err) {
				return
			}
		}
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
		if _, err := s.ApplyPeerTags(ctx, set, true, tagset.All(tags), nil); err != nil {
			t.Fatal(err)
		}
		put := func(from, to int) {
			var asked []store.AskedTag
			var own []store.OwnTag
			for i := from; i < to; i++ {
				asked, own = append(asked, store.AskedTag{Tag: tagOf(1<<24 + i), Seq: int64(i + 1)}), append(own, store.OwnTag{Tag: tagOf(1<<25 + i), Seq: int64(i + 1)})
			}
			if err := s.PutOwnTags(ctx, peer, 1, own); err != nil {
				t.Fatal(err)
			}
			if _, err := s.PutAsked(ctx, store.Progress{Peer: peer}, 1, asked); err != nil {
				t.Fatal(err)
			}
		}
		for from := 0; from < size; from += partTags {
			put(from, from+partTags)
		}
		if err := s.Settle(ctx, peer, 1); err != nil {
			t.Fatal(err)
		}
		pages(t, s)
		const update = 1000
		set.Number = 2
		var fresh []tagset.Tag
		for i := range update {
			fresh = append(fresh, tagOf(1<<26+i))
		}
		if _, err := s.ApplyPeerTags(ctx, set, false, tagset.All(fresh), tagset.All(tags[:5])); err != nil {
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
	// ask takes what a search finds into a batch, and gives how many there were.
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
			if _, err := s.ApplyPeerTags(ctx, store.PeerSet{Peer: peer, Epoch: epoch, Number: 1}, true, tagset.All(tags), nil); err != nil {
				return err
			}
			if _, err := s.PutAsked(ctx, store.Progress{Peer: peer}, epoch, []store.AskedTag{{Tag: tags[0], Seq: 1}, {Tag: tags[epoch], Seq: 2}}); err != nil {
				return err
			}
			if err := s.Settle(ctx, peer, epoch); err != nil {
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
