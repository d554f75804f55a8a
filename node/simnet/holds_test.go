package simnet

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// A hold on a case takes what was published of it back with others, lets nothing of it
// be published or asked, and another agency's request about it is answered as one about
// an item that is not there. A supervisor releases it.
func TestAHeldCaseIsNeitherPublishedNorAsked(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, a, 0, 20)
		call(t, api.Publish, a, api.PublishRequest{})
		hold(t, b, 0, 10)
		leads := call(t, api.Ask, b, api.AskRequest{Case: "C-1"}).Leads
		if len(leads) != 10 {
			t.Fatalf("%d leads before the hold", len(leads))
		}

		refuses(t, api.Invalid, api.CaseHold, a, a.Investigator, api.CaseHoldRequest{Case: "C-1"})
		held := as(t, api.CaseHold, a, a.Investigator, api.CaseHoldRequest{Case: "C-1", Reason: "arrests planned"})
		if held.Case != "C-1" || held.Reason != "arrests planned" || held.Withdrawn == "" {
			t.Errorf("held: %+v", held)
		}
		// A request about a number that was published before, while its tag is still there.
		draft := api.DraftRequest{
			Lead: leads[0].Lead.ID, Wanted: []casework.Field{casework.FieldContact}, Facts: "f", Necessity: "n", Use: "intelligence",
			Urgency: casework.Routine, Handling: "H1", Retention: 90,
		}
		drafted := as(t, api.Request, b, b.Investigator, draft)
		as(t, api.Approve, b, b.Supervisor, api.ApproveRequest{Request: drafted.Request.ID, Of: drafted.Of})
		<-time.After(5 * time.Minute)
		due := call(t, api.Due, b, api.None{})
		if len(due) != 1 || due[0].State != dossier.Refused || due[0].Ground != casework.RequestDefective {
			t.Errorf("the request about it: %+v", due)
		}

		hold(t, a, 20, 30)             // comes in later
		<-time.After(70 * time.Minute) // tags leave at the full hour
		for _, line := range entries(t, a) {
			if strings.HasPrefix(line, "aa-police query") {
				t.Errorf("asked while it is held: %s", line)
			}
		}
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}); asked.Count != 0 {
			t.Errorf("%d asked while it is held", asked.Count)
		}
		named := api.AskRequest{Case: "C-1", Items: api.Gather(numbers(3, 4)), Normaliser: identify.NormaliserVersion}
		if _, err := api.Ask.Call(t.Context(), a.As(a.Investigator), named); err == nil || !strings.Contains(err.Error(), "operation") {
			t.Errorf("asked by name: %v", err)
		}
		hold(t, b, 10, 30)
		if asked := call(t, api.Ask, b, api.AskRequest{Case: "C-1"}); asked.Count != 20 || asked.Peers[0].Hits != 0 {
			t.Errorf("the other agency asks %d and has %+v", asked.Count, asked.Peers)
		}

		refuses(t, api.Denied, api.CaseRelease, a, a.Investigator, api.CaseReleaseRequest{Case: "C-1"})
		as(t, api.CaseRelease, a, a.Supervisor, api.CaseReleaseRequest{Case: "C-1"})
		refuses(t, api.NotFound, api.CaseRelease, a, a.Supervisor, api.CaseReleaseRequest{Case: "C-1"})
		<-time.After(10 * time.Minute)
		if s := call(t, api.Status, b, api.None{}); s.Leads["new"] != 29 {
			t.Errorf("released: %d new leads, want those of all 30 but the one that was asked about", s.Leads["new"])
		}
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}); asked.Count != 30 {
			t.Errorf("released: %d asked", asked.Count)
		}
	})
}

// One item is held by its value; nobody requests disclosure on it meanwhile.
func TestAHeldItemIsNotRequested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 10)
		call(t, api.Publish, b, api.PublishRequest{})
		hold(t, a, 0, 10)
		lead := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}).Leads[0].Lead
		as(t, api.ItemHold, a, a.Investigator, api.ItemHoldRequest{Item: lead.Item, Reason: "controlled delivery"})
		refuses(t, api.Refused, api.Request, a, a.Investigator, api.DraftRequest{
			Lead: lead.ID, Wanted: []casework.Field{casework.FieldContact}, Facts: "f", Necessity: "n", Use: "intelligence",
			Urgency: casework.Routine, Handling: "H1", Retention: 90,
		})
		list := call(t, api.HoldList, a, api.None{})
		if len(list) != 1 || list[0].Item != lead.Item || list[0].Value == "" || list[0].By == "" {
			t.Errorf("holds: %+v", list)
		}
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		if list := call(t, api.HoldList, a, api.None{}); len(list) != 1 {
			t.Errorf("after a restart: %+v", list)
		}
		as(t, api.ItemRelease, a, a.Supervisor, api.ItemReleaseRequest{Item: lead.Item})
		if list := call(t, api.HoldList, a, api.None{}); len(list) != 0 {
			t.Errorf("released: %+v", list)
		}
	})
}
