package storetest

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func testAnswersAreKeptUntilAcknowledged(t T, s Store) {
	ctx := t.Context()
	a := store.AnswerState{Asker: "fr-fiu", Batch: casework.NewBatchID(), Count: 3, At: time.Now()}
	for part := range uint32(3) {
		a.NextPart = part + 1
		if err := s.SaveReply(ctx, a, part, [32]byte{byte(part)}, []byte{byte(part)}, part-min(part, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Reply(ctx, "fr-fiu", a.Batch, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an acknowledged reply is kept: %v", err)
	}
	if hash, reply, err := s.Reply(ctx, "fr-fiu", a.Batch, 2); err != nil || hash[0] != 2 || reply[0] != 2 {
		t.Errorf("%v %v", reply, err)
	}
	if err := s.SaveReply(ctx, a, 2, [32]byte{}, []byte{9}, 0); err == nil {
		t.Error("a reply was replaced")
	}
	if got, err := s.Answer(ctx, "fr-fiu", a.Batch); err != nil || got.NextPart != 3 {
		t.Errorf("%+v %v", got, err)
	}
}

func testLeadsPeopleAndCases(t T, s Store) {
	ctx := t.Context()
	l := casework.Lead{ID: casework.NewLeadID(), Peer: "fr-fiu", Item: casework.NewItemID(), Epoch: 1, Tag: [10]byte{5}, Found: time.Now()}
	if _, isNew, err := s.PutLead(ctx, l); err != nil || !isNew {
		t.Fatal(err)
	}
	second := l
	second.ID = casework.NewLeadID()
	if got, isNew, err := s.PutLead(ctx, second); err != nil || isNew || got.ID != l.ID || got.Tag != l.Tag {
		t.Errorf("a hit found twice is two leads: %v", err)
	}
	l.State = casework.LeadDismissed
	if err := s.SaveLead(ctx, l); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lead(ctx, l.ID); err != nil || got.State != casework.LeadDismissed || got.Tag != l.Tag {
		t.Errorf("%+v %v", got, err)
	}
	pub, _, _ := ed25519.GenerateKey(nil)
	o := casework.Officer{ID: casework.NewOfficerID(), Name: "A", Role: casework.Investigator, Key: pub, Added: time.Now()}
	if err := s.PutOfficer(ctx, o); err != nil {
		t.Fatal(err)
	}
	if got, err := s.OfficerByKey(ctx, pub); err != nil || got.ID != o.ID {
		t.Errorf("%v", err)
	}
	nonce := [16]byte{1}
	if err := s.UseNonce(ctx, o.ID, nonce, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.UseNonce(ctx, o.ID, nonce, time.Now()); !errors.Is(err, store.ErrReplay) {
		t.Errorf("a nonce twice: %v", err)
	}
	if err := s.UseNonce(ctx, o.ID, [16]byte{2}, time.Now().Add(-time.Minute)); !errors.Is(err, store.ErrReplay) {
		t.Errorf("a command from before the store was opened: %v", err)
	}
	gone := o
	gone.Removed = time.Now()
	if err := s.PutOfficer(ctx, gone); err != nil {
		t.Fatal(err)
	}
	if got, err := s.OfficerByKey(ctx, pub); err != nil || got.Active() {
		t.Errorf("a removed officer is active: %v", err)
	}
	c := casework.Case{ID: casework.NewCaseID(), Ref: "NL-1", Opened: time.Now()}
	if err := s.PutCase(ctx, c); err != nil {
		t.Fatal(err)
	}
	if got, err := s.CaseByRef(ctx, "NL-1"); err != nil || got.ID != c.ID {
		t.Errorf("%v", err)
	}
	m := casework.NewMessageID()
	for i, want := range []bool{false, true} {
		if before, err := s.MarkSeen(ctx, "fr-fiu", m); err != nil || before != want {
			t.Errorf("message %d: %v %v", i, before, err)
		}
	}
}
