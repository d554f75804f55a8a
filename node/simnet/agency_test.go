package simnet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/casework"
)

// overseer writes the public keys of an oversight body.
func overseer(t *testing.T) string {
	t.Helper()
	secret, err := audit.NewOversight("Inspectorate")
	if err != nil {
		t.Fatal(err)
	}
	text, err := secret.Public().Text()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "oversight.pub")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// network returns a founded network of agencies with a case C-1 each. It is called
// inside a bubble of testing/synctest; the nodes end with the test.
func network(t *testing.T, f *Fabric, ids ...casework.AgencyID) []*Agency {
	t.Helper()
	oversight := overseer(t)
	var all []*Agency
	for _, id := range ids {
		a, err := f.NewAgency(t.Context(), id, "NL", t.TempDir(), oversight)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, a)
	}
	if err := Found(t.Context(), "example.org/simulation", all...); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		call(t, api.CaseNew, a, api.CaseNewRequest{Ref: "C-1", Offence: "human-trafficking", Region: "NL", Purpose: casework.Purposes()[0], LegalBasis: "Directive (EU) 2023/977"})
	}
	return all
}

// call gives a command as the agency's supervisor, who may give them all.
func call[Request, View any](t *testing.T, m api.Method[Request, View], a *Agency, request Request) View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	view, err := m.Call(ctx, a.As(a.Supervisor), request)
	if err != nil {
		t.Fatalf("%s: %s: %v", a.ID, m.Name, err)
	}
	return view
}

// hold puts numbers of a fictional range into an agency's case.
func hold(t *testing.T, a *Agency, from, to int) {
	t.Helper()
	var items []api.Item
	for i := from; i < to; i++ {
		items = append(items, api.Item{Kind: casework.Phone, Value: fmt.Sprintf("+44113496%04d", i), Visibility: casework.Shared, Confidence: 1, Record: fmt.Sprint(i)})
	}
	call(t, api.ItemsAdd, a, api.ItemsAddRequest{
		Case: "C-1", Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "list"}, Items: api.Gather(items),
	})
}

func TestTwoAgenciesFindWhatTheyShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := network(t, NewFabric(), "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 20)
		hold(t, a, 15, 40)
		<-time.After(time.Minute) // both publish
		asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Aim: "find the advertiser", Reason: "the same number stands in other advertisements"})
		if len(asked.Peers) != 1 || asked.Peers[0].Hits != 5 {
			t.Errorf("%d items asked, %+v; want 5 hits", asked.Count, asked.Peers)
		}
		if leads := call(t, api.Inbox, a, api.InboxRequest{}); len(leads) != 5 {
			t.Errorf("%d leads, want 5", len(leads))
		}
		if leads := call(t, api.Inbox, b, api.InboxRequest{}); len(leads) != 0 {
			t.Errorf("the agency that did not ask has %d leads", len(leads))
		}
	})
}
