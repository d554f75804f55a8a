package match

import (
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// Two agencies that know one mailbox by different aliases have one lead each, and the
// hit can be proved upon it.
func TestAliasesOfOneMailboxAreOneLead(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	for p, alias := range map[*party]string{a: "x.y+a@example.org", b: "x.y+b@example.org"} {
		p.add(casework.Shared, "other-"+string(p.id)+"@example.org") // which makes the case
		_, err := p.store.AddItems(t.Context(), casework.CaseID{1}, []casework.Evidence{{
			Identifier: casework.NewIdentifier(casework.Email, alias), Keys: []casework.Identifier{casework.NewIdentifier(casework.Email, "xy@example.org")},
			Confidence: 1, Visibility: casework.Shared, Provenance: casework.Provenance{Source: "test", Record: alias},
		}})
		if err != nil {
			t.Fatal(err)
		}
		p.start()
	}
	a.waitPublished("bb")
	b.waitPublished("aa")
	a.waitAnswered(a.ask()...)
	w.until("the lead", func() bool { return len(a.found("bb")) > 0 })
	if got := a.found("bb"); len(got) != 1 || got[0] != "x.y+a@example.org" {
		t.Fatalf("%d leads", len(got))
	}
	lead := must(a.store.Leads(t.Context()))(t)[0]
	request := casework.NewRequestID()
	proof := must(a.service.HitProof(t.Context(), lead, request))(t)
	id, err := b.service.VerifyHit(t.Context(), "aa", 1, lead.Tag, proof, request)
	if err != nil {
		t.Fatal(err)
	}
	if item, _, err := b.store.Item(t.Context(), id); err != nil || item.Identifier.Reveal() != "x.y+b@example.org" {
		t.Errorf("the hit is upon another item: %v", err)
	}
}
