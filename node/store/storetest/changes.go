package storetest

import (
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// An item that becomes a victim's, or that somebody consents to, is told as a
// change to whoever was published to before.
func testChangesAfterPublication(t T, s Store) {
	ctx := t.Context()
	local := item(2, casework.NewCaseID())
	local.Visibility = casework.Local
	added := add(t, s, item(1, casework.NewCaseID()), local, item(3, casework.NewCaseID()))
	p := store.Publication{Peer: "fr-fiu", Epoch: 1, UpToSeq: 3}
	if err := s.PutOwnTags(ctx, p.Peer, 1, []store.OwnTag{{Tag: tagset.Tag{1}, Seq: added[0].Seq}, {Tag: tagset.Tag{3}, Seq: added[2].Seq}}); err != nil {
		t.Fatal(err)
	}
	if none, err := s.Changes(ctx, p, casework.Kinds(), 10); err != nil || len(none) != 0 {
		t.Fatalf("%v %v", none, err)
	}
	victim := item(1, casework.NewCaseID())
	victim.Category = casework.Victim
	add(t, s, victim, item(2, casework.NewCaseID()), item(3, casework.NewCaseID()))
	got, err := s.Changes(ctx, p, casework.Kinds(), 10)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if c := got[0]; c.May || !c.Published || c.Tag != (tagset.Tag{1}) || c.Item.ID != added[0].ID {
		t.Errorf("the victim's number: %+v", c)
	}
	if c := got[1]; !c.May || c.Published || c.Item.ID != added[1].ID {
		t.Errorf("the number that is shared now: %+v", c)
	}
	p.UpToChange = got[1].N
	if again, err := s.Changes(ctx, p, casework.Kinds(), 10); err != nil || len(again) != 0 {
		t.Errorf("told twice: %v %v", again, err)
	}
	if err := s.RemoveOwnTags(ctx, p.Peer, 1, []tagset.Tag{{1}}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.CountOwnTags(ctx, p.Peer, 1); err != nil || n != 1 {
		t.Errorf("%d tags, %v", n, err)
	}
}

func testHitsAreFoundAnew(t T, s Store) {
	ctx := t.Context()
	added := add(t, s, item(1, casework.NewCaseID()))
	set := store.PeerSet{Peer: "fr-fiu", Epoch: 1, Number: 1}
	if err := s.ApplyPeerTags(ctx, set, true, tagset.All([]tagset.Tag{{1}, {2}}), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutAsked(ctx, store.Progress{Batch: casework.NewBatchID(), Peer: "fr-fiu"}, 1, []store.AskedTag{{Tag: tagset.Tag{2}, Seq: added[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	for epoch, want := range map[uint32]int{1: 1, 2: 0} {
		hits, err := s.Hits(ctx, "fr-fiu", epoch)
		if err != nil || len(hits) != want {
			t.Errorf("epoch %d: %v %v", epoch, hits, err)
		}
	}
}
