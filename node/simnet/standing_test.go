package simnet

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// tomorrow stops agencies, lets the next day begin, and starts them again.
func tomorrow(t *testing.T, all ...*Agency) {
	t.Helper()
	for _, a := range all {
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(24 * time.Hour)
	for _, a := range all {
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(3 * time.Minute)
}

// A case larger than the quota is asked by itself, a part a day, once its officer signed a
// standing order; what both hold is a lead at both, also what comes in later, within a
// minute and without a command. The overseer finds nothing wrong with it.
func TestStandingOrdersOverThreeDaysOfQuota(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		secret, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		terms := agreement.Default("example.org/simulation")
		terms.Quotas = []agreement.Quota{{PerDay: 10, PerPeerDay: 10}}
		text, err := terms.TOML()
		if err != nil {
			t.Fatal(err)
		}
		if err := FoundOn(t.Context(), "example.org/simulation", string(text), all...); err != nil {
			t.Fatal(err)
		}
		open(t, all...)
		hold(t, a, 0, 25)
		hold(t, b, 20, 25)
		<-time.After(time.Minute)
		if v := call(t, api.CaseShow, a, api.CaseShowRequest{Case: "C-1", Holds: true}); v.Standing != nil || v.Leads != 0 {
			t.Errorf("without an order: %+v", v)
		}
		refuses(t, api.Invalid, api.CaseStanding, a, a.Investigator, api.CaseStandingRequest{Case: "C-1", Until: time.Now().AddDate(1, 0, 0)})
		for _, p := range all {
			call(t, api.CaseStanding, p, api.CaseStandingRequest{Case: "C-1", Until: time.Now().AddDate(0, 0, 30), Reason: "the network is being mapped"})
		}
		<-time.After(2 * time.Minute)
		for day, want := range []uint64{10, 20, 25} {
			s := call(t, api.CaseShow, a, api.CaseShowRequest{Case: "C-1", Holds: true}).Standing
			if s == nil || !s.Active || s.Asked != want || (s.Waits != "") != (want < 25) {
				t.Fatalf("day %d: %+v", day+1, s)
			}
			if day < 2 {
				tomorrow(t, all...)
			}
		}
		if asked := call(t, api.Asked, a, api.CaseCloseRequest{Case: "C-1"}); len(asked) != 3 || asked[0].Count != 5 || asked[0].Peers[0].Hits != 5 || asked[2].Peers[0].Set == 0 {
			t.Errorf("asked: %+v", asked)
		}
		hold(t, b, 3, 4)
		hold(t, a, 30, 31)
		hold(t, b, 30, 31)
		<-time.After(time.Minute)
		for _, p := range all {
			if v := call(t, api.CaseShow, p, api.CaseShowRequest{Case: "C-1", Holds: true}); v.Leads != 7 {
				t.Errorf("%s has %d leads a minute after the items came in, want 7", p.ID, v.Leads)
			}
		}
		stopped := call(t, api.CaseStanding, a, api.CaseStandingRequest{Case: "C-1", Stop: true})
		hold(t, a, 31, 32)
		<-time.After(2 * time.Minute)
		if s := call(t, api.CaseShow, a, api.CaseShowRequest{Case: "C-1", Holds: true}).Standing; stopped.Active || s.Asked != 26 {
			t.Errorf("after it was stopped: %+v", s)
		}
		for _, p := range all {
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
		}
		report, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(node.LedgerTiles(a.Dir))), audit.Options{Secrets: []audit.Secret{secret}})
		if err != nil || !report.OK {
			t.Errorf("%+v, %v", report.Findings, err)
		}
	})
}

// An officer's own question past the quota asks what fits, and says that there is more.
func TestAQuestionPastTheQuotaAsksWhatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		a := all[0]
		terms := agreement.Default("example.org/simulation")
		terms.Quotas = []agreement.Quota{{PerDay: 10, PerPeerDay: 10}, {Kind: casework.Email, PerDay: 3, PerPeerDay: 3}}
		text, err := terms.TOML()
		if err != nil {
			t.Fatal(err)
		}
		if err := FoundOn(t.Context(), "example.org/simulation", string(text), all...); err != nil {
			t.Fatal(err)
		}
		open(t, all...)
		hold(t, a, 0, 25)
		call(t, api.Publish, all[1], api.PublishRequest{})
		if v := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}); v.Count != 10 || v.Rest == "" {
			t.Errorf("%d asked, the rest: %q", v.Count, v.Rest)
		}
		refuses(t, api.Refused, api.Ask, a, a.Investigator, api.AskRequest{Case: "C-1"})
	})
}
