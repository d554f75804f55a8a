package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

var gone = &casework.Withdrawal{At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), By: casework.OfficerID{7}, Reason: "misread"}

// matched reports whether an item may be matched, and why not.
func matched(t T, s Store, id casework.ItemID) (yes bool, why casework.WhyNot) {
	t.Helper()
	it, _, err := s.Item(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := s.MatchItemsOf(t.Context(), []casework.ItemID{id})
	if err != nil {
		t.Fatal(err)
	}
	return len(keys) > 0, it.WhyNot
}

// lead stores a lead upon an item.
func lead(t T, s Store, a store.Added, tag byte, cases ...casework.CaseID) casework.LeadID {
	t.Helper()
	l := casework.Lead{ID: casework.NewLeadID(), Peer: "fr-fiu", Item: a.ID, Kind: casework.Phone, Cases: cases, Epoch: 1, Tag: [10]byte{tag}, Found: gone.At, State: casework.LeadNew}
	if _, err := s.PutLeads(t.Context(), []casework.Lead{l}); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

func stands(t T, s Store, id casework.LeadID, want casework.LeadState) casework.Lead {
	t.Helper()
	l, err := s.Lead(t.Context(), id)
	if err != nil || l.State != want {
		t.Errorf("the lead is %s, want %s, %v", l.State, want, err)
	}
	return l
}

// An item that is withdrawn from every case that holds it takes no part in matching and
// its leads are withdrawn, until that is taken back.
func testWithdrawnFromACase(t T, s Store) {
	ctx, c, other := t.Context(), casework.NewCaseID(), casework.NewCaseID()
	added := add(t, s, item(1, c), item(1, other))
	id := lead(t, s, added[0], 1, c, other)
	for i, file := range []casework.CaseID{c, other} {
		if n, err := s.SetWithdrawn(ctx, file, []casework.ItemID{added[0].ID}, gone); err != nil || n != 1 {
			t.Fatalf("%d places, %v", n, err)
		}
		if yes, _ := matched(t, s, added[0].ID); yes != (i == 0) {
			t.Errorf("withdrawn from %d of 2 cases, matched: %v", i+1, yes)
		}
	}
	_, places, err := s.Item(ctx, added[0].ID)
	if err != nil || len(places) != 2 || places[0].Withdrawn == nil || *places[0].Withdrawn != *gone {
		t.Errorf("%+v, %v", places, err)
	}
	if _, why := matched(t, s, added[0].ID); why != casework.Withdrawn {
		t.Errorf("kept out: %q", why)
	}
	if l := stands(t, s, id, casework.LeadWithdrawn); l.WithdrawnBy != "" || l.Before != casework.LeadNew {
		t.Errorf("%+v", l)
	}
	if n, err := s.SetWithdrawn(ctx, c, []casework.ItemID{added[0].ID}, gone); err != nil || n != 0 {
		t.Errorf("withdrawn twice: %d, %v", n, err)
	}
	if n, err := s.SetWithdrawn(ctx, casework.CaseID{}, []casework.ItemID{added[0].ID}, nil); err != nil || n != 2 {
		t.Errorf("taken back in %d places, %v", n, err)
	}
	if yes, why := matched(t, s, added[0].ID); !yes || why != "" {
		t.Errorf("after that it is kept out: %q", why)
	}
	stands(t, s, id, casework.LeadNew)
	if _, err := s.SetWithdrawn(ctx, c, []casework.ItemID{casework.NewItemID()}, gone); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an item that is not there: %v", err)
	}
}

// A place that comes in later counts by itself, and nothing of a withdrawn one does.
func testWhatNoPlaceCountsForIsLifted(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	victim := item(1, c)
	victim.Category = casework.Victim
	added := add(t, s, victim)
	if _, err := s.SetWithdrawn(ctx, c, []casework.ItemID{added[0].ID}, gone); err != nil {
		t.Fatal(err)
	}
	again := add(t, s, item(1, casework.NewCaseID()))
	it, _, err := s.Item(ctx, added[0].ID)
	if err != nil || again[0].ID != added[0].ID || it.WhyNot != "" || it.Category != casework.Suspect || it.Visibility != casework.Shared {
		t.Errorf("%+v, %v", it.WhyNot, err)
	}
}

// What a closed case holds is not matched, unless an open one holds it, too.
func testClosedCasesAreNotMatched(t T, s Store) {
	ctx, c, other := t.Context(), casework.NewCaseID(), casework.NewCaseID()
	added := add(t, s, item(1, c), item(2, c), item(2, other))
	turn := func(closed time.Time) {
		t.Helper()
		if err := s.PutCase(ctx, casework.Case{ID: c, Ref: c.String(), Closed: closed}); err != nil {
			t.Fatal(err)
		}
		for after, calls := int64(0), 0; calls == 0 || after > 0; calls++ {
			var err error
			if after, err = s.RestateCase(ctx, c, after, 1); err != nil || calls > 3 {
				t.Fatal(err)
			}
		}
	}
	id := lead(t, s, added[0], 1, c)
	turn(gone.At)
	if yes, why := matched(t, s, added[0].ID); yes || why != casework.CaseClosed {
		t.Errorf("of the closed case: matched %v, %q", yes, why)
	}
	if yes, _ := matched(t, s, added[1].ID); !yes {
		t.Error("of an open case, too: it is not matched")
	}
	stands(t, s, id, casework.LeadWithdrawn)
	turn(time.Time{})
	if yes, why := matched(t, s, added[0].ID); !yes {
		t.Errorf("opened again, it is kept out: %q", why)
	}
	stands(t, s, id, casework.LeadNew)
}

func testMovedBetweenCases(t T, s Store) {
	ctx, from, to := t.Context(), casework.NewCaseID(), casework.NewCaseID()
	added := add(t, s, item(1, from), item(2, from), item(9, to))
	id := lead(t, s, added[0], 1, from)
	if n, err := s.MoveItem(ctx, added[0].ID, from, to); err != nil || n != 1 {
		t.Fatalf("%d places, %v", n, err)
	}
	for file, want := range map[casework.CaseID][]casework.ItemID{from: {added[1].ID}, to: {added[0].ID, added[2].ID}} {
		items, _, err := s.ItemsOfCase(ctx, file, 0, 10)
		var got []casework.ItemID
		for _, it := range items {
			got = append(got, it.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d items, want %d, %v", len(got), len(want), err)
		}
	}
	if l := stands(t, s, id, casework.LeadNew); !slices.Equal(l.Cases, []casework.CaseID{to}) {
		t.Errorf("the lead is of %v", l.Cases)
	}
	if n, err := s.MoveItem(ctx, added[0].ID, from, to); err != nil || n != 0 {
		t.Errorf("moved twice: %d, %v", n, err)
	}
	if err := s.PutCase(ctx, casework.Case{ID: from, Ref: from.String(), Closed: gone.At}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MoveItem(ctx, added[0].ID, to, from); !errors.Is(err, store.ErrClosed) {
		t.Errorf("into a closed case: %v", err)
	}
}

// Consent that is lost takes an item out of matching and withdraws its leads; one that is
// given brings both back.
func testCorrectedConsent(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	added := add(t, s, item(1, c))
	id := lead(t, s, added[0], 1, c)
	victim, yes, no := casework.Victim, true, false
	for _, step := range []struct {
		store.Correction
		matched bool
		why     casework.WhyNot
		state   casework.LeadState
	}{
		{store.Correction{Category: &victim}, false, casework.NoConsent, casework.LeadWithdrawn}, {store.Correction{Consent: &yes}, true, "", casework.LeadNew},
		{store.Correction{Consent: &no}, false, casework.NoConsent, casework.LeadWithdrawn},
	} {
		if n, err := s.Correct(ctx, c, added[0].ID, step.Correction); err != nil || n != 1 {
			t.Fatalf("%d places, %v", n, err)
		}
		if yes, why := matched(t, s, added[0].ID); yes != step.matched || why != step.why {
			t.Errorf("matched %v, %q", yes, why)
		}
		stands(t, s, id, step.state)
	}
}

// One import is taken back whole, and what no other source holds is erased once no
// member has a tag of it.
func testSourceIsTakenBackWhole(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	var first []placed
	for n := range 5 {
		first = append(first, item(n, c))
	}
	added := add(t, s, first...)
	again := item(4, c)
	again.Provenance.Source = "other.csv"
	add(t, s, again)
	lead(t, s, added[0], 1, c)
	if err := s.PutOwnTags(ctx, "fr-fiu", 1, []store.KeyTag{{Tag: tagset.Tag{1}, Seq: added[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	members := []casework.AgencyID{"fr-fiu"}
	if _, err := s.Publication(ctx, "fr-fiu", 1); err != nil {
		t.Fatal(err)
	}
	removed := 0
	for after, calls := int64(0), 0; calls == 0 || after > 0; calls++ {
		n, last, err := s.RemoveSource(ctx, c, first[0].Provenance.SourceID(), after, 2)
		if err != nil || calls > 5 {
			t.Fatal(err)
		}
		removed, after = removed+n, last
	}
	if items, _, err := s.ItemsOfCase(ctx, c, 0, 10); err != nil || removed != 5 || len(items) != 1 || items[0].ID != added[4].ID {
		t.Fatalf("%d places removed, %d items left, %v", removed, len(items), err)
	}
	if _, _, err := s.Find(ctx, first[1].Identifier); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is found: %v", err)
	}
	var keys []int64
	outside := func(seqs []int64) error { keys = append(keys, seqs...); return nil }
	if n, last, err := s.EraseLoose(ctx, members, 0, 10, func([]int64) error { return errors.New("a fault") }); err == nil {
		t.Errorf("after a fault outside: %d erased up to %d", n, last)
	}
	if n, _, err := s.EraseLoose(ctx, members, 0, 10, outside); err != nil || n != 3 || len(keys) != 3 {
		t.Fatalf("%d erased, %v, %v; one is at a member", n, keys, err)
	}
	if err := s.RemoveOwnTags(ctx, "fr-fiu", 1, []tagset.Tag{{1}}); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.EraseLoose(ctx, members, 0, 10, outside); err != nil || n != 1 {
		t.Errorf("%d erased, %v", n, err)
	}
	if _, _, err := s.Item(ctx, added[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an erased item is there: %v", err)
	}
	if leads, err := s.Leads(ctx); err != nil || len(leads) != 0 {
		t.Errorf("%d leads are left, %v", len(leads), err)
	}
	byKind, _, err := s.Counts(ctx, casework.CaseID{})
	if erased, eerr := s.Erased(ctx); err != nil || eerr != nil || byKind["phone"] != 1 || erased != 4 {
		t.Errorf("%v items, %d erased, %v", byKind, erased, err)
	}
	if back := add(t, s, item(0, c)); !back[0].New || back[0].Seq <= added[4].Seq {
		t.Errorf("after it was erased it comes in as %+v", back[0])
	}
}

// A lead whose tag the other agency took back is withdrawn by it, and is a lead again
// when it publishes the item anew.
func testLeadsThatAPeerTakesBack(t T, s Store) {
	ctx, c := t.Context(), casework.NewCaseID()
	var items []placed
	for n := range 3 {
		items = append(items, item(n, c))
	}
	added := add(t, s, items...)
	set := store.PeerSet{Peer: "fr-fiu", Epoch: 1, Number: 1}
	if err := s.ApplyPeerTags(ctx, set, true, tagset.All([]tagset.Tag{{1}, {2}, {3}}), nil); err != nil {
		t.Fatal(err)
	}
	var asked []store.KeyTag
	var ids []casework.LeadID
	for i, a := range added {
		asked = append(asked, store.KeyTag{Tag: tagset.Tag{byte(i + 1)}, Seq: a.Seq})
		ids = append(ids, lead(t, s, a, byte(i+1), c))
	}
	if _, err := s.PutAsked(ctx, store.Progress{Batch: casework.NewBatchID(), Peer: "fr-fiu"}, 1, asked); err != nil {
		t.Fatal(err)
	}
	for i, tags := range [][]tagset.Tag{{{1}}, nil} {
		set.Number++
		if err := s.ApplyPeerTags(ctx, set, false, nil, tagset.All([]tagset.Tag{{byte(i + 1)}})); err != nil {
			t.Fatal(err)
		}
		if n, err := s.WithdrawLeads(ctx, "fr-fiu", 1, tags); err != nil || n != 1 {
			t.Fatalf("set %d: %d withdrawn, %v", set.Number, n, err)
		}
		if l := stands(t, s, ids[i], casework.LeadWithdrawn); l.WithdrawnBy != "fr-fiu" {
			t.Errorf("%+v", l)
		}
	}
	stands(t, s, ids[2], casework.LeadNew)
	set.Number++
	if err := s.ApplyPeerTags(ctx, set, false, tagset.All([]tagset.Tag{{1}}), nil); err != nil {
		t.Fatal(err)
	}
	hits, err := s.Hits(ctx, "fr-fiu", 1)
	if err != nil || len(hits) != 1 || hits[0].Item != added[0].ID {
		t.Fatalf("%d hits, %v", len(hits), err)
	}
	fresh, err := s.PutLeads(ctx, []casework.Lead{{ID: casework.NewLeadID(), Peer: "fr-fiu", Item: added[0].ID, Epoch: 1, Tag: [10]byte{1}, State: casework.LeadNew}})
	if err != nil || len(fresh) != 1 || fresh[0].ID != ids[0] {
		t.Errorf("%v, %v", fresh, err)
	}
	stands(t, s, ids[0], casework.LeadNew)
	if _, err := s.SetWithdrawn(ctx, c, []casework.ItemID{added[0].ID}, gone); err != nil {
		t.Fatal(err)
	}
	if hits, err := s.Hits(ctx, "fr-fiu", 1); err != nil || len(hits) != 0 {
		t.Errorf("the own item is withdrawn, and there are %d hits, %v", len(hits), err)
	}
}
