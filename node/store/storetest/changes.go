package storetest

import (
	"errors"

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
	if err := s.PutOwnTags(ctx, p.Peer, 1, []store.KeyTag{{Tag: tagset.Tag{1}, Seq: added[0].Seq}, {Tag: tagset.Tag{3}, Seq: added[2].Seq}}); err != nil {
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
	if c := got[0]; c.May || !c.Published || c.Item.ID != added[0].ID {
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
	if _, err := s.PutAsked(ctx, store.Progress{Batch: casework.NewBatchID(), Peer: "fr-fiu"}, 1, []store.KeyTag{{Tag: tagset.Tag{2}, Seq: added[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	for epoch, want := range map[uint32]int{1: 1, 2: 0} {
		hits, err := s.Hits(ctx, "fr-fiu", epoch)
		if err != nil || len(hits) != want {
			t.Errorf("epoch %d: %v %v", epoch, hits, err)
		}
	}
}

// What a former member published and was published is gone, whatever the epoch; what
// others did, and a lead with it, stay.
func testFormerMemberIsForgotten(t T, s Store) {
	ctx := t.Context()
	added := add(t, s, item(1, casework.NewCaseID()))
	for _, peer := range []casework.AgencyID{"fr-fiu", "fr-fiu-2"} {
		for epoch := range uint32(2) {
			set := store.PeerSet{Peer: peer, Epoch: epoch + 1, Number: 1}
			if err := s.ApplyPeerTags(ctx, set, true, tagset.All([]tagset.Tag{{1}, {2}}), nil); err != nil {
				t.Fatal(err)
			}
			if err := s.PutOwnTags(ctx, peer, epoch+1, []store.KeyTag{{Tag: tagset.Tag{9}, Seq: added[0].Seq}}); err != nil {
				t.Fatal(err)
			}
			pub, err := s.Publication(ctx, peer, epoch+1)
			if pub.Number = 3; err != nil || s.SavePublication(ctx, pub) != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.PutAsked(ctx, store.Progress{Batch: casework.NewBatchID(), Peer: peer}, 2, []store.KeyTag{{Tag: tagset.Tag{2}, Seq: added[0].Seq}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.PutLead(ctx, casework.Lead{ID: casework.NewLeadID(), Peer: peer, Item: added[0].ID, Epoch: 1, Tag: tagset.Tag{2}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.ForgetPeer(ctx, "fr-fiu"); err != nil {
			t.Fatal(err)
		}
	}
	for peer, want := range map[casework.AgencyID]int{"fr-fiu": 0, "fr-fiu-2": 1} {
		_, err := s.PeerSet(ctx, peer)
		if errors.Is(err, store.ErrNotFound) != (want == 0) {
			t.Errorf("%s: set: %v", peer, err)
		}
		hits, err := s.Hits(ctx, peer, 2)
		if err != nil || len(hits) != want {
			t.Errorf("%s: %d hits, want %d: %v", peer, len(hits), want, err)
		}
		for epoch := uint32(1); epoch <= 2; epoch++ {
			own, err := s.CountOwnTags(ctx, peer, epoch)
			pub, err2 := s.Publication(ctx, peer, epoch)
			if err != nil || err2 != nil || own != uint64(want) || pub.Number != uint64(3*want) {
				t.Errorf("%s, epoch %d: %d own tags, set %d, want %d and %d: %v, %v", peer, epoch, own, pub.Number, want, 3*want, err, err2)
			}
		}
		if l, isNew, err := s.PutLead(ctx, casework.Lead{ID: casework.NewLeadID(), Peer: peer, Item: added[0].ID, Epoch: 1}); err != nil || isNew || l.Tag != (tagset.Tag{2}) {
			t.Errorf("%s: the lead is gone: %v", peer, err)
		}
	}
}

// A hit that is found again in a later epoch is the same lead, as it stands, under that
// epoch's handle; found again in an earlier one it changes nothing.
func testLeadIsOneInAllEpochs(t T, s Store) {
	ctx := t.Context()
	added := add(t, s, item(1, casework.NewCaseID()))
	first := casework.Lead{ID: casework.NewLeadID(), Peer: "fr-fiu", Item: added[0].ID, Epoch: 1, Tag: tagset.Tag{1}, State: casework.LeadNew}
	if _, isNew, err := s.PutLead(ctx, first); err != nil || !isNew {
		t.Fatalf("%v, %v", isNew, err)
	}
	first.State = casework.LeadDismissed
	if err := s.SaveLead(ctx, first); err != nil {
		t.Fatal(err)
	}
	for _, epoch := range []uint32{2, 1} {
		got, isNew, err := s.PutLead(ctx, casework.Lead{ID: casework.NewLeadID(), Peer: "fr-fiu", Item: added[0].ID, Epoch: epoch, Tag: tagset.Tag{byte(epoch)}, State: casework.LeadNew})
		if err != nil || isNew || got.ID != first.ID || got.Epoch != 2 || got.State != casework.LeadDismissed {
			t.Errorf("epoch %d: %+v, %v, %v", epoch, got, isNew, err)
		}
	}
	if got, err := s.Lead(ctx, first.ID); err != nil || got.Epoch != 2 || got.Tag != (tagset.Tag{2}) || got.State != casework.LeadDismissed {
		t.Errorf("%+v, %v", got, err)
	}
}
