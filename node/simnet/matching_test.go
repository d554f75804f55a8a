package simnet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

func TestTwoAgenciesFindWhatTheyShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 20)
		hold(t, a, 15, 40)
		published := call(t, api.Publish, b, api.PublishRequest{})
		if to := published.Peers[0]; to.Queued != "" || to.Number == 0 || to.Tags == 0 {
			t.Errorf("published: %+v", to)
		}
		asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		if asked.Count != 25 || len(asked.Peers) != 1 || asked.Peers[0].Hits != 5 {
			t.Errorf("%d items asked, %+v; want 25 and 5 hits", asked.Count, asked.Peers)
		}
		if leads := call(t, api.Inbox, a, api.InboxRequest{}); len(leads) != 5 {
			t.Errorf("%d leads, want 5", len(leads))
		}
		whole, best := call(t, api.Inbox, a, api.InboxRequest{}), call(t, api.Inbox, a, api.InboxRequest{Limit: 3})
		if len(best) != 3 {
			t.Fatalf("%d leads, want the best 3", len(best))
		}
		for i, l := range best {
			if l.Lead.ID != whole[i].Lead.ID {
				t.Errorf("place %d: %+v, of all %+v", i, l, whole[i])
			}
		}
		refuses(t, api.Invalid, api.Inbox, a, a.Investigator, api.InboxRequest{Limit: -1})
		if leads := call(t, api.Inbox, b, api.InboxRequest{}); len(leads) != 0 {
			t.Errorf("the agency that did not ask has %d leads", len(leads))
		}
	})
}

// What is asked while a peer is away waits, says so, and is answered when it is back.
func TestAQuestionWaitsForAPeerThatIsAway(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		fabric, all := network(t, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		a, away := all[0], all[3]
		hold(t, a, 0, 10)
		hold(t, away, 5, 15)
		call(t, api.Publish, away, api.PublishRequest{})
		fabric.Part(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{away.ID}})
		if asked.Peers[0].Queued == "" || asked.Peers[0].Hits != 0 {
			t.Errorf("asked of a peer that is cut off: %+v", asked.Peers)
		}
		<-time.After(5 * time.Minute)
		if s := call(t, api.Status, a, api.None{}); len(s.Queued) == 0 || s.Leads["new"] != 0 {
			t.Errorf("after five minutes: %d queued, %d leads", len(s.Queued), s.Leads["new"])
		}
		fabric.Join(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		<-time.After(15 * time.Minute) // pauses between attempts grow to some minutes
		if s := call(t, api.Status, a, api.None{}); len(s.Queued) != 0 || s.Leads["new"] != 5 {
			t.Errorf("after the peer came back: %+v queued, %d leads, want none and 5", s.Queued, s.Leads["new"])
		}
	})
}

// Without a majority of voters nothing is asked; what was begun goes on by itself.
func TestNothingIsAskedWithoutAQuorum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 10)
		call(t, api.Publish, b, api.PublishRequest{})
		if err := b.Stop(); err != nil {
			t.Fatal(err)
		}
		hold(t, a, 5, 15)
		asked, err := api.Ask.Call(t.Context(), a.As(a.Supervisor), api.AskRequest{Case: "C-1"})
		if err == nil && (len(asked.Peers) == 0 || asked.Peers[0].Queued == "") {
			t.Errorf("asked without a quorum: %+v", asked)
		}
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(5 * time.Minute)
		if s := call(t, api.Status, a, api.None{}); s.Leads["new"] != 5 || len(s.Queued) != 0 {
			t.Errorf("with a quorum again: %d leads, %+v queued; want 5 and none", s.Leads["new"], s.Queued)
		}
	})
}

// A node that was stopped goes on with what it had: leads, asked items, its network.
func TestANodeGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		found(t, all...)
		a, b := all[0], all[1]
		hold(t, a, 0, 10)
		hold(t, b, 5, 15)
		call(t, api.Publish, b, api.PublishRequest{})
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		refuses(t, api.Refused, api.NetworkCreate, a, a.Operator, api.NetworkCreateRequest{Name: "example.org/second"})
		<-time.After(time.Minute)
		hold(t, a, 10, 11)
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		if s := call(t, api.Status, a, api.None{}); s.Leads["new"] != 6 {
			t.Errorf("%d leads, want 6", s.Leads["new"])
		}
		for _, p := range all {
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
			report, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(node.LedgerTiles(p.Dir))), audit.Options{Secrets: []audit.Secret{secret}})
			if err != nil || !report.OK {
				t.Errorf("%s: %+v, %v", p.ID, report.Findings, err)
			}
		}
	})
}

// The answerer's own bound holds whatever the agreement allows.
func TestOwnQuotaBoundsWhatIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		if err := b.Stop(); err != nil {
			t.Fatal(err)
		}
		set(t, b, "answer_day = 0", "answer_day = 3")
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		hold(t, a, 0, 4)
		within := api.AskRequest{Case: "C-1", Items: api.Gather(numbers(0, 3)), Normaliser: identify.NormaliserVersion}
		if asked := call(t, api.Ask, a, within); asked.Peers[0].Refusal != "" || asked.Peers[0].Queued != "" {
			t.Errorf("within the quota: %+v", asked.Peers)
		}
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}); asked.Count != 1 || asked.Peers[0].Refusal != "quota" {
			t.Errorf("beyond the quota: %+v", asked)
		}
	})
}

// set changes a line of an agency's settings, which its node reads when it starts.
func set(t *testing.T, a *Agency, before, after string) {
	t.Helper()
	path := filepath.Join(a.Dir, config.FileName)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), before) {
		t.Fatalf("settings without %q: %v", before, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
