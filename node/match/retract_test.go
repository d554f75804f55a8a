package match

import (
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// An identifier that turns out to be a victim's leaves the peers' sets with the
// next delta; one that somebody shares later enters them.
func TestItemsLeaveAndEnterThePublishedSet(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	b.add(casework.Shared, "was-a-suspect@example.org", "other@example.org")
	b.add(casework.Local, "kept-back@example.org")
	b.config = func(c *Config) { c.RemoveEvery = time.Nanosecond }
	a.add(casework.Silent, "was-a-suspect@example.org", "kept-back@example.org")
	a.start()
	b.start()
	b.waitPublished("aa")
	a.waitPublished("bb")
	items := func(category casework.SubjectCategory, visibility casework.Visibility, value string) casework.Evidence {
		return casework.Evidence{
			Identifier: casework.NewIdentifier(casework.Email, value), Confidence: 1, Visibility: visibility, Category: category,
			Provenance: casework.Provenance{Source: "statement", Record: value},
		}
	}
	if _, err := b.store.AddItems(t.Context(), casework.CaseID{1}, []casework.Evidence{
		items(casework.Victim, casework.Shared, "was-a-suspect@example.org"), items(casework.Suspect, casework.Shared, "kept-back@example.org"),
	}); err != nil {
		t.Fatal(err)
	}
	b.service.Publish("aa")
	w.until("the delta", func() bool { s, err := a.store.PeerSet(t.Context(), "bb"); return err == nil && s.Number == 2 })
	a.waitAnswered(a.ask()...)
	if got := a.found("bb"); len(got) != 1 || got[0] != "kept-back@example.org" {
		t.Errorf("the asker finds %v", got)
	}
	last := w.entries("bb", entry.TypeTagsPublished)[1].(*entry.TagsPublished)
	if last.Removed != deltaBucket || last.Added != deltaBucket {
		t.Errorf("the delta adds %d and removes %d", last.Added, last.Removed)
	}
}

// Where publishing is left to officers, asking publishes nothing, and a call
// publishes to whom it names.
func TestManualPublishingWaitsForTheCall(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb", "cc")
	a, b, c := ps[0], ps[1], ps[2]
	b.config = func(cfg *Config) { cfg.Manual = true }
	for _, p := range ps {
		p.add(casework.Shared, "both@example.org")
		p.start()
	}
	b.waitAnswered(b.ask()...)
	if e := w.entries("bb", entry.TypeTagsPublished); len(e) != 0 {
		t.Fatalf("published %d sets unasked", len(e))
	}
	asked := a.ask() // waits for the set of bb
	b.service.Publish("aa")
	a.waitAnswered(asked...)
	<-a.leads // of cc, or of bb
	<-a.leads
	for _, e := range w.entries("bb", entry.TypeTagsPublished) {
		if to := e.(*entry.TagsPublished).Peer; to != "aa" {
			t.Errorf("published to %s, which nobody named", to)
		}
	}
	if len(a.found("bb")) != 1 || len(c.found("bb")) != 0 {
		t.Errorf("aa has %d hits with bb, cc has %d", len(a.found("bb")), len(c.found("bb")))
	}
}
