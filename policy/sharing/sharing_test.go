package sharing_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// evidenceOf reads what a worksheet states of an item at one place.
func evidenceOf(text string) (casework.Evidence, error) {
	e := casework.Evidence{Confidence: 1}
	for word := range strings.SplitSeq(text, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "consent":
			e.Consent = true
		case word == "doubtful":
			e.Confidence = 0.49
		case word == "on a list":
			e.WhyNot = casework.OnWarningList
		case word == "terms", word == "condition":
			if e.Provenance.Terms == nil {
				e.Provenance.Terms = &casework.Terms{From: "fr-fiu", Contact: "desk@fr.example"}
			}
			if word == "condition" {
				e.Provenance.Terms.Conditions = []string{"for this case only"}
			}
		case word == "local":
		case word == "shared", word == "silent":
			e.Visibility = casework.Visibility(word)
		case strings.HasPrefix(word, "H"):
			e.Handling = casework.Handling{Codes: word}
		case slices.Contains([]casework.TLP{casework.TLPRed, casework.TLPAmber, casework.TLPAmberStrict, casework.TLPGreen, casework.TLPClear}, casework.TLP(word)):
			e.TLP = casework.TLP(word)
		case slices.Contains(casework.SubjectCategories(), casework.SubjectCategory(word)):
			e.Category = casework.SubjectCategory(word)
		default:
			return e, fmt.Errorf("what is %q?", word)
		}
	}
	return e, nil
}

// What is held stays here whatever else is known of it, and no source can state a hold.
func TestHeldItemStaysHere(t *testing.T) {
	stated := casework.Evidence{Visibility: casework.Shared, Confidence: 1, Category: casework.Suspect, WhyNot: casework.OnHold}
	s := sharing.StandingOf(&stated)
	if s.Why() != "" || sharing.MayLeave(s) != casework.Shared {
		t.Errorf("a source that states a hold: %q, %q", s.Why(), sharing.MayLeave(s))
	}
	s.Held = true
	if s.Why() != casework.OnHold || sharing.MayLeave(s) != casework.Local || sharing.Why(s.Why()) == "" {
		t.Errorf("held: %q, %q", s.Why(), sharing.MayLeave(s))
	}
}

// What all who disclosed it permit goes as far as they say; what the terms came before
// still keeps it here.
func TestPermissionLiftsTermsAlone(t *testing.T) {
	received := casework.Evidence{Visibility: casework.Shared, Confidence: 1, Category: casework.Suspect, Provenance: casework.Provenance{Terms: &casework.Terms{From: "fr-fiu"}}}
	s := sharing.StandingOf(&received)
	s.Permitted = casework.Silent
	if s.Why() != "" || sharing.MayLeave(s) != casework.Silent {
		t.Errorf("permitted to be asked: %q, %q", s.Why(), sharing.MayLeave(s))
	}
	held := s
	held.Held = true
	if sharing.MayLeave(held) != casework.Local {
		t.Error("a hold is lifted by a permission")
	}
	doubtful := s
	doubtful.Confidence = 0.2
	if doubtful.Why() != casework.LowConfidence || sharing.MayLeave(doubtful) != casework.Local {
		t.Errorf("doubtful: %q", doubtful.Why())
	}
	victim := s
	victim.Category, victim.WhyNot = casework.Victim, casework.NoConsent
	if sharing.MayLeave(victim) != casework.Local {
		t.Error("missing consent is lifted by a permission")
	}
}

func told(s sharing.Standing) string {
	switch sharing.MayLeave(s) {
	case casework.Shared:
		return "published and asked"
	case casework.Silent:
		return "asked only"
	}
	if s.WhyNot != "" {
		return "stays here: " + string(s.WhyNot)
	}
	return "stays here"
}

func TestWorksheets(t *testing.T) {
	sheets, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(sheets) < 2 {
		t.Fatalf("%d worksheets, %v", len(sheets), err)
	}
	lines := 0
	for _, sheet := range sheets {
		f, err := os.Open(sheet)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		scan := bufio.NewScanner(f)
		for n := 1; scan.Scan(); n++ {
			line := strings.TrimSpace(scan.Text())
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			stated, want, ok := strings.Cut(line, "->")
			if !ok {
				t.Fatalf("%s:%d: no arrow", sheet, n)
			}
			var places []sharing.Standing
			for place := range strings.SplitSeq(stated, " + ") {
				e, err := evidenceOf(place)
				if err != nil {
					t.Fatalf("%s:%d: %v", sheet, n, err)
				}
				places = append(places, sharing.StandingOf(&e))
			}
			for range 2 {
				if got := told(folded(places)); got != strings.TrimSpace(want) {
					t.Errorf("%s:%d: %s; the worksheet says %s", sheet, n, got, strings.TrimSpace(want))
				}
				slices.Reverse(places)
			}
			lines++
		}
	}
	if lines < 60 {
		t.Errorf("%d lines", lines)
	}
}

func folded(places []sharing.Standing) sharing.Standing {
	s := places[0]
	for _, next := range places[1:] {
		s = sharing.Fold(s, next)
	}
	return s
}

// random is any evidence at all.
func random(r *rand.Rand) casework.Evidence {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	e := casework.Evidence{
		Confidence: r.Float64(), WhyNot: casework.WhyNot(pick("", "", "", "warning_list", "consent", "a later reason")), Visibility: casework.Visibility(pick("", "silent", "shared", "odd")),
		Category: casework.SubjectCategory(pick("", "suspect", "victim", "self-reporter", "missing", "witness")), Consent: r.IntN(2) == 0,
		Handling: casework.Handling{Codes: pick("", "H0", "H1", "H1+H2", "H3")}, TLP: casework.TLP(pick("", "GREEN", "CLEAR", "RED")),
	}
	if r.IntN(3) == 0 {
		e.Provenance.Terms = &casework.Terms{From: "fr-fiu"}
	}
	return e
}

// However places come, how far the item goes is the same; and no place can make it go
// further while another says that a person who must consent did not.
func TestFoldKnowsNoOrder(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	for range 20_000 {
		places := make([]sharing.Standing, 1+r.IntN(5))
		refused := false
		for i := range places {
			e := random(r)
			places[i] = sharing.StandingOf(&e)
			refused = refused || e.Category.NeedsConsent() && !e.Consent || e.WhyNot != ""
		}
		want := sharing.MayLeave(folded(places))
		if refused && want != casework.Local {
			t.Fatalf("%+v: goes as far as %q", places, want)
		}
		r.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		if got := sharing.MayLeave(folded(places)); got != want {
			t.Fatalf("%+v: %q, in another order %q", places, got, want)
		}
	}
}

func TestZeroRefuses(t *testing.T) {
	if sharing.MayLeave(sharing.Standing{}) != casework.Local || sharing.KeepOut(&casework.Evidence{}) == "" {
		t.Error("what nobody stated may leave")
	}
	var nobody sharing.Audience
	if len(nobody.Ask("fr-fiu")) != 0 || len(nobody.Publish("fr-fiu")) != 0 {
		t.Error("an audience that nobody filled in is somebody")
	}
}

func TestAudienceIsNarrowed(t *testing.T) {
	a := sharing.Audience{
		Agreed: func(peer casework.AgencyID) []casework.Kind { return []casework.Kind{casework.Phone, casework.Email} },
		Narrow: func(peer casework.AgencyID, k casework.Kind) bool { return peer == "fr-fiu" && k == casework.Email },
	}
	for peer, want := range map[casework.AgencyID][]casework.Kind{"fr-fiu": {casework.Email}, "gb-hotline": {}} {
		if got := a.Publish(peer); !slices.Equal(got, want) {
			t.Errorf("published to %s: %v", peer, got)
		}
		if got := a.Ask(peer); len(got) != 2 {
			t.Errorf("asked of %s: %v", peer, got)
		}
	}
}

// A refusal names whom to ask, and never a value.
func TestWhyNamesWhomToAsk(t *testing.T) {
	got := sharing.Why(casework.UnderTerms, &casework.Terms{From: "fr-fiu", Contact: "desk@fr.example"}, nil)
	if !strings.Contains(got, "ask fr-fiu (desk@fr.example)") {
		t.Error(got)
	}
	for _, r := range []casework.WhyNot{casework.NoConsent, casework.UnderTerms, casework.LowConfidence, casework.OnWarningList, "a later reason"} {
		if sharing.Why(r) == "" {
			t.Errorf("%s says nothing", r)
		}
	}
	if sharing.Why("") != "" {
		t.Error("an item that may match has a reason")
	}
}
