package storetest

import (
	"errors"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// mayMatch counts the items that may be published.
func mayMatch(t T, s Store) int {
	t.Helper()
	got, err := s.MatchItems(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return len(got)
}

// A held item is not published or asked, by name or with others, and whoever was
// published to is told that it changed; another statement of it lifts nothing. Released,
// it is what it was.
func testHeldItemStaysHere(t T, s Store) {
	ctx := t.Context()
	added := add(t, s, item(1, casework.NewCaseID()), item(2, casework.NewCaseID()))
	p := store.Publication{Peer: "fr-fiu", Epoch: 1, UpToSeq: added[1].Seq}
	if err := s.PutOwnTags(ctx, p.Peer, 1, []store.KeyTag{{Tag: tagset.Tag{1}, Seq: added[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	h := store.Hold{Item: added[0].ID, By: casework.OfficerID{1}, At: time.Unix(1_700_000_000, 0), Reason: "arrests"}
	for range 2 { // the second changes nothing
		if err := s.Hold(ctx, h); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, item(1, casework.NewCaseID()))
	if n := mayMatch(t, s); n != 1 {
		t.Errorf("%d items may match while one of two is held", n)
	}
	if named, err := s.MatchItemsOf(ctx, []casework.ItemID{added[0].ID}); err != nil || len(named) != 0 {
		t.Errorf("asked by name: %d, %v", len(named), err)
	}
	held, _, err := s.Item(ctx, added[0].ID)
	if err != nil || held.WhyNot != casework.OnHold {
		t.Errorf("kept out by %q, %v", held.WhyNot, err)
	}
	changes, err := s.Changes(ctx, p, casework.Kinds(), 10)
	if err != nil || len(changes) != 1 || changes[0].May || !changes[0].Published {
		t.Errorf("changes: %+v, %v", changes, err)
	}
	if _, may, err := s.KeyByOwnTag(ctx, p.Peer, 1, tagset.Tag{1}, added[1].Seq); err != nil || may {
		t.Errorf("the tag that is published may be asked about: %v, %v", may, err)
	}
	if list, err := s.Holds(ctx); err != nil || len(list) != 1 || list[0].Reason != "arrests" || list[0].Unsettled {
		t.Errorf("holds: %+v, %v", list, err)
	}
	if err := s.Release(ctx, store.Hold{Item: added[0].ID}); err != nil {
		t.Fatal(err)
	}
	if n := mayMatch(t, s); n != 2 {
		t.Errorf("released: %d of two may match", n)
	}
	if err := s.Release(ctx, store.Hold{Item: added[0].ID}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("released twice: %v", err)
	}
	if err := s.Hold(ctx, store.Hold{Item: casework.ItemID{9}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an item that is not there: %v", err)
	}
}

// A hold on a case is on all of its items, wherever else they occur, and on those that
// come in later; each is released only when no hold is left on it.
func testHeldCaseTakesItsItemsAlong(t T, s Store) {
	ctx := t.Context()
	one, other := casework.NewCaseID(), casework.NewCaseID()
	both := item(3, other)
	added := add(t, s, item(1, one), item(2, one), item(3, one), item(4, other))
	add(t, s, both)
	hold := store.Hold{Case: one, At: time.Unix(1_700_000_000, 0), Reason: "arrests"}
	if err := s.Hold(ctx, hold); err != nil {
		t.Fatal(err)
	}
	if n := mayMatch(t, s); n != 1 {
		t.Errorf("%d items may match, want the one of the other case", n)
	}
	add(t, s, item(5, one), item(4, one))
	if n := mayMatch(t, s); n != 0 {
		t.Errorf("%d items may match after they came into the held case", n)
	}
	if err := s.Hold(ctx, store.Hold{Item: added[0].ID, At: time.Unix(1_700_000_001, 0), Reason: "more"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, hold); err != nil {
		t.Fatal(err)
	}
	if n := mayMatch(t, s); n != 4 {
		t.Errorf("released: %d of five may match, one has a hold of its own", n)
	}
	if list, err := s.Holds(ctx); err != nil || len(list) != 1 {
		t.Errorf("holds: %+v, %v", list, err)
	}
}
