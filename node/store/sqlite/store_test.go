package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

var key = [32]byte{1, 2, 3}

func create(t testing.TB) (*sqlite.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Create(dir, &key)
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

func phone(n int) casework.Identifier {
	return casework.NewIdentifier(casework.Phone, fmt.Sprintf("+4477009%05d", n))
}

// placed is an item and the case that it goes into.
type placed struct {
	casework.Evidence
	Case casework.CaseID
}

func item(n int, c casework.CaseID) placed {
	return placed{casework.Evidence{
		Identifier: phone(n), Confidence: 1, Visibility: casework.Shared, Category: casework.Suspect,
		Provenance: casework.Provenance{Source: "file.csv", SHA256: "aa", Record: fmt.Sprint("line ", n)},
	}, c}
}

var all = store.MatchFilter{Limit: 1 << 20, Kinds: casework.Kinds()}

// add puts items into their cases, one call for each run of one case.
func add(t testing.TB, s *sqlite.Store, items ...placed) (out []store.Added) {
	t.Helper()
	for len(items) > 0 {
		c := items[0].Case
		if _, err := s.Case(context.Background(), c); errors.Is(err, store.ErrNotFound) {
			if err := s.PutCase(context.Background(), casework.Case{ID: c, Ref: c.String()}); err != nil {
				t.Fatal(err)
			}
		}
		var batch []casework.Evidence
		for len(items) > 0 && items[0].Case == c {
			batch, items = append(batch, items[0].Evidence), items[1:]
		}
		added, err := s.AddItems(context.Background(), c, batch)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, added...)
	}
	return out
}

func tagOf(n byte) tagset.Tag { return tagset.Tag{n} }

func seqOf(tags ...tagset.Tag) func(func(tagset.Tag, error) bool) { return tagset.All(tags) }

// refusesOtherSets fails unless sets that do not follow the one that is kept are refused
// and leave nothing.
func refusesOtherSets(t *testing.T, s *sqlite.Store, set store.PeerSet, kept ...tagset.Tag) {
	t.Helper()
	ctx := t.Context()
	for name, bad := range map[string]func() error{
		"the same again": func() error { return s.ApplyPeerTags(ctx, set, false, seqOf(tagOf(11)), nil) },
		"a gap": func() error {
			gap := set
			gap.Number = 4
			return s.ApplyPeerTags(ctx, gap, false, seqOf(tagOf(11)), nil)
		},
		"removing what is not there": func() error {
			next := set
			next.Number = 3
			return s.ApplyPeerTags(ctx, next, false, seqOf(tagOf(12)), seqOf(tagOf(77)))
		},
		"another snapshot": func() error {
			snap := set
			snap.Number = 1
			return s.ApplyPeerTags(ctx, snap, true, seqOf(tagOf(11)), nil)
		},
	} {
		if err := bad(); !errors.Is(err, store.ErrSequence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var left []tagset.Tag
	for g, err := range s.PeerTags(ctx, "fr-fiu", 1) {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, g)
	}
	if fmt.Sprint(left) != fmt.Sprint(kept) {
		t.Errorf("a refused set left something: %v", left)
	}
}

// findsByOwnTags fails unless an own tag leads to its item, and no other tag to any.
func findsByOwnTags(t *testing.T, s *sqlite.Store, of store.Added) {
	t.Helper()
	ctx := t.Context()
	if err := s.PutOwnTags(ctx, "fr-fiu", 1, []store.KeyTag{{Tag: tagOf(40), Seq: of.Seq}, {Tag: tagOf(41)}}); err != nil {
		t.Fatal(err)
	}
	if key, may, err := s.KeyByOwnTag(ctx, "fr-fiu", 1, tagOf(40), 0); err != nil || !may || key.ID != of.ID {
		t.Errorf("%v %v", key.ID, err)
	}
	for _, nobody := range []tagset.Tag{tagOf(41), tagOf(42)} {
		if _, _, err := s.KeyByOwnTag(ctx, "fr-fiu", 1, nobody, 0); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("padding or a stranger: %v", err)
		}
	}
}

func TestPublishAndAsk(t *testing.T) {
	s, dir := create(t)
	ctx := t.Context()
	c := casework.NewCaseID()
	added := add(t, s, item(1, c), item(2, c), item(3, c))
	// the peer publishes 1 and 5; we ask for items 1, 2, 3, which are its tags 1, 2, 3
	set := store.PeerSet{Peer: "fr-fiu", Epoch: 1, Number: 1, Key: tagset.PeerKey{7}}
	if err := s.ApplyPeerTags(ctx, set, true, seqOf(tagOf(1), tagOf(5)), nil); err != nil {
		t.Fatal(err)
	}
	missing, _, err := s.NotAsked(ctx, []casework.AgencyID{"fr-fiu", "gb-hotline"}, 1, all)
	if err != nil || len(missing) != 3 {
		t.Fatalf("%d not asked, %v", len(missing), err)
	}
	b := store.Batch{ID: casework.NewBatchID(), Created: time.Now(), Peers: []casework.AgencyID{"fr-fiu", "gb-hotline"}, Epoch: 1, Count: 3}
	if err := s.CreateBatch(ctx, b, []int64{added[0].Seq, added[1].Seq, added[2].Seq}, nil); err != nil {
		t.Fatal(err)
	}
	if left, _, err := s.NotAsked(ctx, b.Peers, 1, all); err != nil || len(left) != 0 {
		t.Errorf("asked twice: %d, %v", len(left), err)
	}
	if items, err := s.BatchItems(ctx, b.ID, 1, 10); err != nil || len(items) != 2 || items[0].Pos != 1 || !items[0].Identifier.Equal(phone(2)) {
		t.Errorf("%v %v", items, err)
	}
	hits, err := s.PutAsked(ctx, store.Progress{Batch: b.ID, Peer: "fr-fiu", NextPart: 1}, 1,
		[]store.KeyTag{{Tag: tagOf(1), Seq: added[0].Seq}, {Tag: tagOf(2), Seq: added[1].Seq}, {Tag: tagOf(3), Seq: added[2].Seq}})
	if err != nil || len(hits) != 1 || hits[0].Item != added[0].ID {
		t.Fatalf("%v %v", hits, err)
	}
	// what it publishes later hits by itself
	set.Number = 2
	if err := s.ApplyPeerTags(ctx, set, false, seqOf(tagOf(3), tagOf(9)), seqOf(tagOf(5))); err != nil {
		t.Fatal(err)
	}
	hits, err = s.HitsAmong(ctx, "fr-fiu", 1, []tagset.Tag{tagOf(9), tagOf(3)})
	if err != nil || len(hits) != 1 || hits[0].Item != added[2].ID {
		t.Fatalf("later: %v %v", hits, err)
	}
	refusesOtherSets(t, s, set, tagOf(1), tagOf(3), tagOf(9))
	findsByOwnTags(t, s, added[1])
	p, err := s.Publication(ctx, "fr-fiu", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s, err = sqlite.Open(dir, &key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if again, err := s.Publication(ctx, "fr-fiu", 1); err != nil || again.PeerKey != p.PeerKey {
		t.Errorf("the peer's key changed: %v", err)
	}
	if ps, err := s.PeerSet(ctx, "fr-fiu"); err != nil || ps.Key != set.Key || ps.Number != 2 || ps.Count != 3 {
		t.Errorf("%d tags of set %d, %v", ps.Count, ps.Number, err)
	}
}

func TestNothingLiesInTheClear(t *testing.T) {
	s, dir := create(t)
	add(t, s, item(1, casework.NewCaseID()))
	if err := s.PutCase(t.Context(), casework.Case{ID: casework.NewCaseID(), Ref: "SECRET-REF", Title: "Harbour rooms", Opened: time.Now()}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v; others may read it", d.Name(), info.Mode(), err)
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{phone(1).Reveal(), "SECRET-REF", "Harbour", "phone", "file.csv", "CREATE TABLE"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q in the clear", d.Name(), secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	s, dir := create(t)
	for i := range 200 {
		add(t, s, item(i, casework.NewCaseID()))
	}
	if _, err := sqlite.Open(dir, &key); !errors.Is(err, store.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	s.Close()
	wrong := key
	wrong[0]++
	if _, err := sqlite.Open(dir, &wrong); !errors.Is(err, store.ErrKey) {
		t.Errorf("wrong key: %v", err)
	}
	path := filepath.Join(dir, "cases.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"cut inside a page": {whole[:len(whole)-100], store.ErrCorrupt},
		"half of it":        {whole[:len(whole)/2/4096*4096], store.ErrCorrupt},
		"empty":             {nil, store.ErrCorrupt},
		"another file":      {bytes.Repeat([]byte("no database "), 4096), store.ErrKey},
	} {
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(dir, &key); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, c.data) {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := sqlite.Open(dir, &key)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if n, err := back.MatchCount(t.Context(), all); err != nil || n != 200 {
		t.Errorf("%d items, %v", n, err)
	}
	if _, err := sqlite.Open(t.TempDir(), &key); !errors.Is(err, store.ErrForeign) {
		t.Errorf("an empty folder: %v", err)
	}
}

// A process that dies in the middle leaves a copy that opens, whole up to the last
// transaction.
func TestCopyOfARunningStoreOpens(t *testing.T) {
	s, dir := create(t)
	add(t, s, item(1, casework.NewCaseID()), item(2, casework.NewCaseID()))
	copied := t.TempDir()
	for _, name := range []string{"cases.db", "cases.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := sqlite.Open(copied, &key)
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	if n, err := dead.MatchCount(t.Context(), all); err != nil || n != 2 {
		t.Errorf("%d items, %v", n, err)
	}
}

func TestErrorsHoldNoValue(t *testing.T) {
	s, _ := create(t)
	s.Close()
	_, err := s.AddItems(t.Context(), casework.CaseID{1}, []casework.Evidence{item(7, casework.CaseID{1}).Evidence})
	if err == nil || strings.Contains(err.Error(), phone(7).Reveal()) {
		t.Errorf("%v", err)
	}
}

func BenchmarkAddItems(b *testing.B) {
	s, _ := create(b)
	c := casework.NewCaseID()
	add(b, s, item(0, c)) // and its case
	var n int
	var spent time.Duration // in the store alone
	for b.Loop() {
		batch := make([]casework.Evidence, 20_000) // as intake brings them
		for i := range batch {
			n++
			batch[i] = item(n, c).Evidence
			batch[i].Identifier = casework.NewIdentifier(casework.Phone, fmt.Sprintf("+999%09d", n))
		}
		begin := time.Now()
		if _, err := s.AddItems(context.Background(), c, batch); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(begin)
	}
	b.ReportMetric(float64(n)/spent.Seconds(), "items/s")
}
