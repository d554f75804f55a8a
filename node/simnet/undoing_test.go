package simnet

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// items lists the items of an agency's case C-1 by their values.
func items(t *testing.T, a *Agency) map[string]api.ItemView {
	t.Helper()
	out := map[string]api.ItemView{}
	for _, it := range call(t, api.CaseItems, a, api.CaseItemsRequest{Case: "C-1", Limit: 500}).Items {
		out[it.Value] = it
	}
	return out
}

// leadOn returns the lead of an agency upon a value.
func leadOn(t *testing.T, a *Agency, value string) casework.Lead {
	t.Helper()
	for _, l := range call(t, api.Inbox, a, api.InboxRequest{All: true}) {
		if l.Value == value {
			return l.Lead
		}
	}
	t.Fatalf("%s has no lead upon the value", a.ID)
	return casework.Lead{}
}

// answerOf is what an agency knows of a value with another.
func answerOf(t *testing.T, a *Agency, value string, peer casework.AgencyID) api.AnswerView {
	t.Helper()
	for _, v := range items(t, a)[value].Answers {
		if v.Peer == peer {
			return v
		}
	}
	t.Fatalf("%s knows nothing of %s", a.ID, peer)
	return api.AnswerView{}
}

// removeEvery lets removals leave an agency every minute.
func removeEvery(t *testing.T, a *Agency) {
	t.Helper()
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	set(t, a, `remove_every = "1h0m0s"`, `remove_every = "1m0s"`)
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Minute)
}

// A withdrawal takes the tag back at a peer that was away, whose lead is then withdrawn
// by the agency that withdrew the item; both come back when the withdrawal is taken back.
func TestAWithdrawalReachesAPeerThatWasAway(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		fabric, all := network(t, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		removeEvery(t, all[0])
		a, away := all[0], all[3]
		const value = "+441134960003"
		hold(t, a, 0, 10)
		hold(t, away, 0, 5)
		call(t, api.Publish, a, api.PublishRequest{})
		call(t, api.Publish, away, api.PublishRequest{})
		call(t, api.Ask, away, api.AskRequest{Case: "C-1"})
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		if v := answerOf(t, a, value, away.ID); v.Answer != api.AnswerHit || v.Tag != "published" {
			t.Errorf("before: %+v", v)
		}
		if v := answerOf(t, a, "+441134960008", away.ID); v.Answer != api.AnswerNone || v.Set == 0 || v.At.IsZero() {
			t.Errorf("of what the peer does not hold: %+v", v)
		}
		fabric.Part(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		v := call(t, api.ItemWithdraw, a, api.ItemWithdrawRequest{Item: items(t, a)[value].Item, Reason: "misread"})
		if v.WhyNot != casework.Withdrawn || v.Occurrences[0].Where.Withdrawn == nil || v.Leads[0].State != casework.LeadWithdrawn || v.Leads[0].WithdrawnBy != "" {
			t.Errorf("withdrawn: %+v", v)
		}
		<-time.After(4 * time.Minute)
		if v := answerOf(t, a, value, away.ID); v.Tag == "published" || v.Tag == "" {
			t.Errorf("while the peer is away: %+v", v)
		}
		if l := leadOn(t, away, value); l.State != casework.LeadNew {
			t.Errorf("the peer cannot know yet, and its lead is %s", l.State)
		}
		fabric.Join(away.Machine, all[0].Machine, all[1].Machine, all[2].Machine)
		<-time.After(6 * time.Minute)
		if l := leadOn(t, away, value); l.State != casework.LeadWithdrawn || l.WithdrawnBy != a.ID {
			t.Errorf("at the peer the lead is %s, by %q", l.State, l.WithdrawnBy)
		}
		if v := answerOf(t, a, value, away.ID); v.Tag != "" {
			t.Errorf("the peer acknowledged the removal: %+v", v)
		}
		call(t, api.ItemWithdraw, a, api.ItemWithdrawRequest{Item: v.Item, Undo: true})
		<-time.After(6 * time.Minute)
		for _, p := range []*Agency{a, away} {
			if l := leadOn(t, p, value); l.State != casework.LeadNew {
				t.Errorf("taken back, the lead of %s is %s", p.ID, l.State)
			}
		}
	})
}

// Closing a case takes what it holds out of matching on both sides, a source is taken
// back whole and erased, and a corrected value takes the place of the wrong one.
func TestWhatACaseHoldsIsUndone(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		removeEvery(t, all[0])
		a, b := all[0], all[1]
		const wrong, right = "+441134960002", "+441134960007"
		hold(t, a, 0, 5)
		hold(t, b, 0, 10)
		for _, p := range all {
			call(t, api.Publish, p, api.PublishRequest{})
			call(t, api.Ask, p, api.AskRequest{Case: "C-1"})
		}
		fixed := call(t, api.ItemCorrect, a, api.ItemCorrectRequest{
			Item: items(t, a)[wrong].Item, Reason: "last digit", Normaliser: identify.NormaliserVersion, Value: api.Gather(numbers(7, 8)), Grading: "B2",
		})
		if o := fixed.Occurrences; fixed.Value != right || len(o) != 1 || o[0].Where.Grading.String() != "B2" || o[0].Where.Provenance.Record != "2" {
			t.Errorf("corrected: %+v", fixed)
		}
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		<-time.After(4 * time.Minute)
		if l := leadOn(t, b, wrong); l.State != casework.LeadWithdrawn {
			t.Errorf("the lead on the wrong value is %s", l.State)
		}
		for _, p := range all {
			if l := leadOn(t, p, right); l.State != casework.LeadNew {
				t.Errorf("the lead of %s on the right value is %s", p.ID, l.State)
			}
		}
		closed := call(t, api.CaseClose, a, api.CaseCloseRequest{Case: "C-1"})
		if closed.Before != 5 || closed.After != 0 || closed.Case.Unsettled {
			t.Errorf("closed: %+v", closed)
		}
		<-time.After(4 * time.Minute)
		if l := leadOn(t, b, right); l.State != casework.LeadWithdrawn || l.WithdrawnBy != a.ID {
			t.Errorf("after closing, the other's lead is %s, by %q", l.State, l.WithdrawnBy)
		}
		call(t, api.CaseReopen, a, api.CaseCloseRequest{Case: "C-1"})
		<-time.After(6 * time.Minute)
		if l := leadOn(t, b, right); l.State != casework.LeadNew {
			t.Errorf("opened again, the other's lead is %s", l.State)
		}
		removed := 0
		for _, s := range call(t, api.SourceList, a, api.CaseCloseRequest{Case: "C-1"}) {
			v := call(t, api.SourceRemove, a, api.SourceRemoveRequest{Case: "C-1", Source: s.ID, Reason: "another case's"})
			removed += v.Places
		}
		if left := items(t, a); removed != 6 || len(left) != 0 {
			t.Errorf("%d places removed, %d items left", removed, len(left))
		}
		<-time.After(4 * time.Minute)
		if s := call(t, api.Status, a, api.None{}); s.Items["phone"] != 0 {
			t.Errorf("after the peer acknowledged it, %d items are left", s.Items["phone"])
		}
		if l := leadOn(t, b, right); l.State != casework.LeadWithdrawn {
			t.Errorf("the other's lead is %s", l.State)
		}
		refuses(t, api.NotFound, api.Search, a, a.Investigator, api.SearchRequest{Kind: casework.Phone, Value: right})
	})
}
