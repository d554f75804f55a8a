package storetest

import (
	"slices"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func mail(value string, c casework.CaseID, forms ...string) placed {
	p := item(0, c)
	p.Identifier, p.Provenance.Record = casework.NewIdentifier(casework.Email, value), value
	for _, f := range forms {
		p.Keys = append(p.Keys, casework.NewIdentifier(casework.Email, f))
	}
	return p
}

// keysThat lists the values that may be published, of a case or of all.
func keysThat(t T, s Store, c casework.CaseID) (values []string) {
	t.Helper()
	items, err := s.MatchItems(t.Context(), store.MatchFilter{Kinds: casework.Kinds(), Limit: 100, Case: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range items {
		values = append(values, m.Identifier.Reveal())
	}
	return values
}

// An alias is one item with two match keys: both are asked and published, both hits
// are one, and the item is found by either.
func testAliasIsOneItem(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	added := add(t, s, mail("a.b+x@example.org", c, "a.b@example.org"))
	if got := keysThat(t, s, c); !slices.Equal(got, []string{"a.b+x@example.org", "a.b@example.org"}) {
		t.Errorf("keys of the case: %v", got)
	}
	byKind, _, err := s.Counts(ctx, casework.CaseID{})
	if err != nil || byKind["email"] != 1 {
		t.Errorf("counted %v, %v", byKind, err)
	}
	if byKind, _, err = s.Counts(ctx, c); err != nil || byKind["email"] != 1 {
		t.Errorf("counted in the case %v, %v", byKind, err)
	}
	if items, _, err := s.ItemsOfCase(ctx, c, 0, 10); err != nil || len(items) != 1 {
		t.Errorf("%d items of the case, %v", len(items), err)
	}
	if it, occ, err := s.Find(ctx, casework.NewIdentifier(casework.Email, "a.b@example.org")); err != nil || it.ID != added[0].ID || len(occ) != 1 {
		t.Errorf("found by its other form: %v, %v", it.ID, err)
	}
	keys, err := s.MatchItemsOf(ctx, []casework.ItemID{added[0].ID})
	if err != nil || len(keys) != 2 || keys[0].ID != keys[1].ID || keys[0].Seq == keys[1].Seq {
		t.Fatalf("%v, %v", keys, err)
	}
	asked := []store.KeyTag{{Tag: tagset.Tag{1}, Seq: keys[0].Seq}, {Tag: tagset.Tag{2}, Seq: keys[1].Seq}}
	if err := s.ApplyPeerTags(ctx, store.PeerSet{Peer: "fr-fiu", Epoch: 1, Number: 1}, true, tagset.All([]tagset.Tag{{1}, {2}}), nil); err != nil {
		t.Fatal(err)
	}
	hits, err := s.PutAsked(ctx, store.Progress{Batch: casework.NewBatchID(), Peer: "fr-fiu"}, 1, asked)
	if err != nil || len(hits) != 1 || hits[0].Item != added[0].ID {
		t.Errorf("%d hits, %v", len(hits), err)
	}
	for i, tag := range []tagset.Tag{{1}, {2}} {
		if key, may, err := s.KeyByAskedTag(ctx, "fr-fiu", 1, tag); err != nil || !may || key.Seq != keys[i].Seq || key.ID != added[0].ID {
			t.Errorf("the key under tag %d: %v, %v", i, key.ID, err)
		}
	}
	again := add(t, s, mail("a.b+x@example.org", c, "a.b@example.org"))
	if again[0].New || again[0].NewOccurrence || len(keysThat(t, s, casework.CaseID{})) != 2 {
		t.Error("a second import added something")
	}
}

// What becomes of an item becomes of all its keys.
func testWithdrawnItemTakesItsKeysAlong(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	added := add(t, s, mail("a.b+x@example.org", c, "a.b@example.org"))
	keys, err := s.MatchItemsOf(ctx, []casework.ItemID{added[0].ID})
	if err != nil || len(keys) != 2 {
		t.Fatal(err)
	}
	own := []store.KeyTag{{Tag: tagset.Tag{1}, Seq: keys[0].Seq}, {Tag: tagset.Tag{2}, Seq: keys[1].Seq}}
	if err := s.PutOwnTags(ctx, "fr-fiu", 1, own); err != nil {
		t.Fatal(err)
	}
	victim := mail("a.b+x@example.org", casework.NewCaseID(), "a.b@example.org")
	victim.Category = casework.Victim
	add(t, s, victim)
	if got := keysThat(t, s, casework.CaseID{}); len(got) != 0 {
		t.Errorf("still published: %d keys", len(got))
	}
	changes, err := s.Changes(ctx, store.Publication{Peer: "fr-fiu", Epoch: 1, UpToSeq: keys[1].Seq}, casework.Kinds(), 10)
	if err != nil || len(changes) != 2 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for i, change := range changes {
		if change.May || !change.Published {
			t.Errorf("key %d: %+v", i, change)
		}
	}
	if _, may, err := s.KeyByOwnTag(ctx, "fr-fiu", 1, tagset.Tag{2}, 0); err != nil || may {
		t.Errorf("the other form may be matched: %v, %v", may, err)
	}
	if left, err := s.MatchItemsOf(ctx, []casework.ItemID{added[0].ID}); err != nil || len(left) != 0 {
		t.Errorf("%d keys are asked, %v", len(left), err)
	}
}

// A value that is an item of its own and another form of another item goes as far as
// one of the two may, and a hit on it is about those that may.
func keyOfTwoItems(t T, s Store, plainFirst bool) {
	ctx := t.Context()
	plain, alias := mail("a.b@example.org", casework.NewCaseID()), mail("a.b+x@example.org", casework.NewCaseID(), "a.b@example.org")
	plain.Visibility = casework.Local
	var items []store.Added
	if plainFirst {
		items = add(t, s, plain, alias)
	} else {
		items = add(t, s, alias, plain)
		slices.Reverse(items)
	}
	if !items[0].New || !items[1].New {
		t.Errorf("%+v", items)
	}
	if got := keysThat(t, s, casework.CaseID{}); len(got) != 2 {
		t.Errorf("%d keys may be published, want both", len(got))
	}
	if got, err := s.MatchItemsOf(ctx, []casework.ItemID{items[0].ID}); err != nil || len(got) != 0 {
		t.Errorf("the local item is asked: %d, %v", len(got), err)
	}
	hitItems := func() (out []casework.ItemID) {
		hits, err := s.HitsAmong(ctx, "fr-fiu", 1, []tagset.Tag{{7}})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			out = append(out, h.Item)
		}
		return out
	}
	if err := s.PutAskedTags(ctx, "fr-fiu", 1, []store.KeyTag{{Tag: tagset.Tag{7}, Seq: items[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	if got := hitItems(); !slices.Equal(got, []casework.ItemID{items[1].ID}) {
		t.Errorf("a hit is about %d items", len(got))
	}
	plain.Visibility = casework.Shared
	plain.Case = casework.NewCaseID()
	add(t, s, plain)
	if got := hitItems(); len(got) != 2 {
		t.Errorf("shared, a hit is about %d items", len(got))
	}
	victim := alias
	victim.Case, victim.Category = casework.NewCaseID(), casework.Victim
	add(t, s, victim)
	if got := keysThat(t, s, casework.CaseID{}); !slices.Equal(got, []string{"a.b@example.org"}) {
		t.Errorf("without the alias: %v", got)
	}
	byKind, kept, err := s.Counts(ctx, casework.CaseID{})
	if err != nil || byKind["email"] != 2 || kept["consent"] != 1 {
		t.Errorf("counted %v, kept out %v, %v", byKind, kept, err)
	}
}

func testKeyOfTwoItemsMailboxFirst(t T, s Store) { keyOfTwoItems(t, s, true) }

func testKeyOfTwoItemsAliasFirst(t T, s Store) { keyOfTwoItems(t, s, false) }

// Another form that comes in the same call as its value is one key.
func testFormsWithinOneCall(t T, s Store) {
	c := casework.NewCaseID()
	one, two := mail("a.b+x@example.org", c, "a.b@example.org"), mail("a.b+y@example.org", c, "a.b@example.org")
	added := add(t, s, one, mail("a.b@example.org", c), two, mail("a.b@example.org", c, "a.b@example.org"))
	if !added[0].New || !added[1].New || !added[2].New || added[3].New {
		t.Errorf("%+v", added)
	}
	if got := keysThat(t, s, c); len(got) != 3 {
		t.Errorf("%d keys, want 3", len(got))
	}
	f := store.MatchFilter{Kinds: casework.Kinds(), Limit: 100, Case: c}
	if left, _, err := s.NotAsked(t.Context(), []casework.AgencyID{"fr-fiu"}, 1, f); err != nil || len(left) != 3 {
		t.Errorf("%d to ask, %v", len(left), err)
	}
}
