package match

import (
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// Two and three parties find exactly what they share, both sides of every pair.
func TestBothSidesFindTheIntersection(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb", "cc")
	a, b, c := ps[0], ps[1], ps[2]
	shared := values("both", 0, 7)
	a.add(casework.Shared, append(values("a", 0, 40), shared...)...)
	b.add(casework.Shared, append(values("b", 0, 60), shared...)...)
	c.add(casework.Shared, append(values("c", 0, 20), shared[3:5]...)...)
	a.add(casework.Local, "local@example.org")
	b.add(casework.Shared, "local@example.org")
	for _, p := range ps {
		p.start()
	}
	for _, p := range ps {
		p.waitAnswered(p.ask()...)
	}
	for _, x := range []struct {
		of, with *party
		want     []string
	}{{a, b, shared}, {b, a, shared}, {a, c, shared[3:5]}, {c, a, shared[3:5]}, {b, c, shared[3:5]}, {c, b, shared[3:5]}} {
		if got := x.of.found(x.with.id); !slices.Equal(got, x.want) {
			t.Errorf("%s finds %d with %s, want %d", x.of.id, len(got), x.with.id, len(x.want))
		}
	}
	if n := len(w.entries("bb", entry.TypeAnswer)); n != 2 {
		t.Errorf("bb logged %d answers", n)
	}
	if n := len(w.entries("aa", entry.TypeTagsAcknowledged)); n != 2 {
		t.Errorf("aa acknowledged %d sets", n)
	}
	// What was sealed opens for the own oversight body, and holds the salts.
	q := w.entries("aa", entry.TypeQuery)[0].(*entry.Query)
	d, err := entry.OpenDetail(a.overseer, network, q.Detail)
	if err != nil {
		t.Fatal(err)
	}
	salt := d.Salts["case"]
	if entry.Commit(&salt, "case", d.Justification.Case[:]) != q.Case || d.Justification.CaseRef != "2026-1" {
		t.Error("the sealed detail does not open the commitments")
	}
	if _, err := entry.OpenDetail(b.overseer, network, q.Detail); err == nil {
		t.Error("another oversight body opens it")
	}
}

// A silent item is asked and never published: only its owner learns of a hit.
func TestSilentItemsAreFoundByTheirOwnerOnly(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Silent, "silent@example.org")
	b.add(casework.Shared, "silent@example.org")
	a.start()
	b.start()
	a.waitPublished("bb")
	a.waitAnswered(a.ask()...)
	b.waitAnswered(b.ask()...)
	if got := a.found("bb"); len(got) != 1 {
		t.Errorf("the owner finds %d", len(got))
	}
	if got := b.found("aa"); len(got) != 0 {
		t.Errorf("the peer finds %d", len(got))
	}
}

// Items that come later are published as a delta, and hit what was asked before
// without any message from the asker.
func TestDeltasHitWhatWasAskedBefore(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, values("later", 0, 30)...)
	b.add(casework.Shared, values("b", 0, 10)...)
	a.start()
	b.start()
	a.waitAnswered(a.ask()...)
	if got := a.found("bb"); len(got) != 0 {
		t.Fatalf("%d leads too early", len(got))
	}
	queries := len(w.entries("aa", entry.TypeQuery))
	for round := range 3 {
		b.add(casework.Shared, values("later", round*5, round*5+5)...)
		b.service.Publish("aa")
		for range 5 {
			<-a.leads
		}
	}
	if got := a.found("bb"); !slices.Equal(got, values("later", 0, 15)) {
		t.Errorf("%d leads", len(got))
	}
	if n := len(w.entries("aa", entry.TypeQuery)); n != queries {
		t.Error("the asker asked again")
	}
	for i, e := range w.entries("bb", entry.TypeTagsPublished) {
		p := e.(*entry.TagsPublished)
		if p.Number != uint64(i)+1 || (i == 0 && p.Added != tagset.MinBucket) || (i > 0 && p.Added != deltaBucket) {
			t.Errorf("set %d: number %d of %d tags", i, p.Number, p.Added)
		}
	}
	// The asker can prove to the publisher that it was answered, and for this only.
	leads, err := a.store.Leads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request := casework.NewRequestID()
	proof, err := a.service.HitProof(t.Context(), leads[0], request)
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.service.VerifyHit(t.Context(), "aa", 1, leads[0].Tag, proof, request)
	if err != nil {
		t.Fatal(err)
	}
	own, _, err := a.store.Item(t.Context(), leads[0].Item)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := b.store.Item(t.Context(), id)
	if err != nil || !theirs.Identifier.Equal(own.Identifier) {
		t.Errorf("the handle means another item (%v)", err)
	}
	if _, err := b.service.VerifyHit(t.Context(), "aa", 1, leads[0].Tag, proof, casework.NewRequestID()); err == nil {
		t.Error("a proof for another request holds")
	}
	if _, err := b.service.VerifyHit(t.Context(), "aa", 1, leads[1].Tag, proof, request); err == nil {
		t.Error("a proof for another item holds")
	}
}
