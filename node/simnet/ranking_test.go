package simnet

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// What the adverts of both agencies share: numbers of the same people, numbers of the
// site's own desks, and its mail addresses and pages.
const (
	adverts  = 500
	plantedN = 50
	decoys   = 10
	furnish  = 100 // mail addresses, and as many pages
)

// sought is a number of people whom both agencies look for, ofSite one of a site.
func sought(n int) string { return fmt.Sprintf("+44113496%04d", n) }
func ofSite(n int) string { return fmt.Sprintf("+44113496%04d", 900+n) }

// advertised are the identifiers of an agency's adverts: each names a number and has an
// address and a page of the site in it, and every other one the number of a desk. Of the
// planted numbers each stands in one to three.
func advertised(agency int) (items []casework.Evidence) {
	r := rand.New(rand.NewPCG(uint64(agency), 7))
	in := func(advert int, kind casework.Kind, value string) {
		items = append(items, casework.Evidence{
			Identifier: casework.NewIdentifier(kind, value), Visibility: casework.Shared, Confidence: 1, Provenance: casework.Provenance{Record: fmt.Sprint("advert ", advert)},
		})
	}
	next := 0
	for n := range plantedN {
		for range 1 + r.IntN(3) {
			in(next, casework.Phone, sought(n))
			next++
		}
	}
	for ; next < adverts; next++ {
		in(next, casework.Phone, fmt.Sprintf("+4411349%d%04d", 7+agency, next))
	}
	for advert := range adverts {
		in(advert, casework.Email, fmt.Sprintf("desk%d@adverts.example", r.IntN(furnish)))
		in(advert, casework.URL, fmt.Sprintf("https://adverts.example/page/%d", r.IntN(furnish)))
		if advert%2 == 0 {
			in(advert, casework.Phone, ofSite(r.IntN(decoys)))
		}
	}
	return items
}

// Of 500 adverts at each of two agencies the numbers of people stand before what belongs
// to the sites, each with a reason in words.
func TestWhatMattersStandsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		for i, a := range all {
			call(t, api.ItemsAdd, a, api.ItemsAddRequest{
				Case: "C-1", Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "adverts.jsonl"}, Items: api.Gather(advertised(i)),
			})
			call(t, api.Publish, a, api.PublishRequest{})
		}
		a := all[0]
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		leads := call(t, api.Inbox, a, api.InboxRequest{})
		if len(leads) < plantedN+decoys+furnish {
			t.Fatalf("%d leads", len(leads))
		}
		at := map[string]int{}
		for i, l := range leads {
			at[l.Value] = i
		}
		first, worst := 0, 0
		for n := range plantedN {
			if at[sought(n)] < 60 {
				first++
			}
			worst = max(worst, at[sought(n)])
		}
		t.Logf("%d of %d planted numbers are among the first 60 of %d leads, the last of them at %d", first, plantedN, len(leads), worst+1)
		if first < 48 {
			t.Errorf("%d of %d planted numbers are among the first 60", first, plantedN)
		}
		for n := range decoys {
			if i := at[ofSite(n)]; i < worst || !strings.Contains(leads[i].Reason, "more a site's than a person's") {
				t.Errorf("a number of the site's stands at %d, before a planted one at %d: %s", i+1, worst+1, leads[i].Reason)
			}
		}
		phones := call(t, api.Inbox, a, api.InboxRequest{Case: "C-1", Peer: all[1].ID, Kind: casework.Phone, New: true})
		if len(phones) != plantedN+decoys {
			t.Errorf("%d leads upon numbers", len(phones))
		}
		var put []casework.LeadID
		for _, l := range phones[plantedN:] {
			put = append(put, l.Lead.ID)
		}
		for _, p := range []api.DismissRequest{{Leads: put, Reason: "desks of the site"}, {Leads: put, Undo: true}} {
			if got := call(t, api.Dismiss, a, p); len(got) != decoys {
				t.Errorf("%d leads changed", len(got))
			}
			want := plantedN
			if p.Undo {
				want += decoys
			}
			if got := call(t, api.Inbox, a, api.InboxRequest{Kind: casework.Phone}); len(got) != want {
				t.Errorf("%d leads in the inbox, want %d", len(got), want)
			}
		}
		refuses(t, api.Refused, api.Dismiss, a, a.Investigator, api.DismissRequest{Leads: put, Undo: true})
		whole := put[0].String()
		if v := call(t, api.Resolve, a, api.ResolveRequest{Prefix: whole[:12]}); v.ID != whole {
			t.Errorf("%s is the beginning of %s", whole[:12], v.ID)
		}
		refuses(t, api.NotFound, api.Resolve, a, a.Investigator, api.ResolveRequest{Prefix: "req_aaaa"})
		refuses(t, api.Invalid, api.Resolve, a, a.Investigator, api.ResolveRequest{Prefix: "lead_1"})
	})
}
