package storetest

import (
	"errors"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func testItemsFold(t T, s Store) {
	c := casework.NewCaseID()
	first := add(t, s, item(1, c), item(2, c), item(1, c))
	if !first[0].New || !first[1].New || first[2].New || first[2].NewOccurrence || first[0].ID != first[2].ID {
		t.Errorf("%+v", first)
	}
	again := add(t, s, item(1, c), item(2, c))
	if again[0].New || again[0].NewOccurrence || again[1].NewOccurrence {
		t.Error("a second import added something")
	}
	other := item(1, casework.NewCaseID())
	other.Category, other.Grading = casework.Unknown, casework.Grading{Scheme: "4x4", Source: "B", Info: "2"}
	add(t, s, other)
	it, occ, err := s.Find(t.Context(), phone(1))
	if err != nil || len(occ) != 2 || it.Category != casework.Unknown || it.Grading.String() != "B2" || !it.Identifier.Equal(phone(1)) {
		t.Errorf("%+v, %d occurrences, %v", it, len(occ), err)
	}
	if byID, _, err := s.Item(t.Context(), it.ID); err != nil || !byID.Identifier.Equal(it.Identifier) {
		t.Errorf("by id: %v", err)
	}
	if cases, err := s.CasesOfItem(t.Context(), it.ID); err != nil || len(cases) != 2 {
		t.Errorf("cases: %v %v", cases, err)
	}
	if _, _, err := s.Find(t.Context(), phone(9)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	kinds, kept, err := s.Counts(t.Context(), casework.CaseID{})
	if err != nil || kinds["phone"] != 2 || len(kept) != 0 {
		t.Errorf("%v %v %v", kinds, kept, err)
	}
}

// Who may be matched: the rule that an identifier of somebody who needs to consent
// never enters a match set without it, and that doubt and warning lists keep out.
func testMatchSet(t T, s Store) {
	c := casework.NewCaseID()
	n := 0
	for _, test := range []struct {
		name      string
		change    func(*placed)
		published bool
		asked     bool
	}{
		{"plain", func(*placed) {}, true, true},
		{"silent", func(i *placed) { i.Visibility = casework.Silent }, false, true},
		{"local", func(i *placed) { i.Visibility = casework.Local }, false, false},
		{"doubtful", func(i *placed) { i.WhyNot = casework.LowConfidence }, false, false},
		{"on a warning list", func(i *placed) { i.WhyNot = casework.OnWarningList }, false, false},
		{"self-reporter", func(i *placed) { i.Category = casework.SelfReporter }, false, false},
		{"self-reporter with consent", func(i *placed) { i.Category, i.Consent = casework.SelfReporter, true }, true, true},
		{"victim", func(i *placed) { i.Category = casework.Victim }, false, false},
		{"victim with consent", func(i *placed) { i.Category, i.Consent = casework.Victim, true }, true, true},
		{"no category", func(i *placed) { i.Category = "" }, true, true},
	} {
		n++
		it := item(n, c)
		test.change(&it)
		add(t, s, it)
		f := all
		f.AfterSeq = int64(n - 1)
		published, err := s.MatchItems(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.IncludeSilent = true
		asked, err := s.MatchItems(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if (len(published) == 1) != test.published || (len(asked) == 1) != test.asked {
			t.Errorf("%s: published %d, asked %d", test.name, len(published), len(asked))
		}
	}
	// a suspect's number that turns out to be a victim's leaves the set
	victim := item(1, casework.NewCaseID())
	victim.Category = casework.Victim
	add(t, s, victim)
	if got, err := s.MatchItems(t.Context(), store.MatchFilter{Limit: 1, Kinds: casework.Kinds()}); err != nil || len(got) == 1 && got[0].Seq == 1 {
		t.Errorf("a victim's number stays in the set: %v", err)
	}
	if none, err := s.MatchItems(t.Context(), store.MatchFilter{Limit: 10}); err != nil || len(none) != 0 {
		t.Errorf("the zero filter takes %d items, %v", len(none), err)
	}
}

// The terms under which an item was disclosed stay with the place where it was found.
func testTermsAreKept(t T, s Store) {
	bound := item(1, casework.NewCaseID())
	bound.Provenance.Terms = &casework.Terms{From: "fr-fiu", Contact: "desk@fr.example", Conditions: []string{"for this case only"}}
	add(t, s, bound)
	it, places, err := s.Find(t.Context(), phone(1))
	if err != nil || it.WhyNot != casework.UnderTerms || len(places) != 1 {
		t.Fatalf("kept out by %q, %d places, %v", it.WhyNot, len(places), err)
	}
	if got := places[0].Provenance.Context; len(got) != 1 || got[0] != "received" {
		t.Errorf("what the source says of it: %q", got)
	}
	if got := places[0].Provenance.Terms; got == nil || got.From != "fr-fiu" || got.Contact != "desk@fr.example" || len(got.Conditions) != 1 {
		t.Errorf("terms %+v", got)
	}
	if got, err := s.MatchItems(t.Context(), store.MatchFilter{Kinds: casework.Kinds(), Limit: 10, IncludeSilent: true}); err != nil || len(got) != 0 {
		t.Errorf("%d keys may leave, %v", len(got), err)
	}
}
