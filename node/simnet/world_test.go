package simnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// overseer returns the keys of an oversight body and the file of its public ones.
func overseer(t *testing.T) (secret audit.Secret, file string) {
	t.Helper()
	secret, err := audit.NewOversight("Inspectorate")
	if err != nil {
		t.Fatal(err)
	}
	text, err := secret.Public().Text()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "oversight.pub")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return secret, file
}

// start returns agencies that are in no network yet. It is called inside a bubble of
// testing/synctest; the nodes end with the test.
func start(t *testing.T, f *Fabric, oversight string, ids ...casework.AgencyID) []*Agency {
	t.Helper()
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
	return all
}

// network returns agencies in one network, with a case C-1 each.
func network(t *testing.T, ids ...casework.AgencyID) (*Fabric, []*Agency) {
	t.Helper()
	f := NewFabric()
	_, oversight := overseer(t)
	all := start(t, f, oversight, ids...)
	found(t, all...)
	return f, all
}

// found makes a network of agencies, and opens a case C-1 at each.
func found(t *testing.T, all ...*Agency) {
	t.Helper()
	if err := Found(t.Context(), "example.org/simulation", all...); err != nil {
		t.Fatal(err)
	}
	open(t, all...)
}

// open opens a case C-1 at each agency of a network.
func open(t *testing.T, all ...*Agency) {
	t.Helper()
	<-time.After(time.Minute) // all of them see each other
	for _, a := range all {
		call(t, api.CaseNew, a, api.CaseNewRequest{
			Ref: "C-1", Offence: "human-trafficking", Region: "NL", Purpose: casework.Investigate, LegalBasis: "national law", Category: casework.Suspect,
		})
	}
}

// call returns a command as the agency's supervisor, who may give them all.
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

// as calls a method as an officer of the agency.
func as[Request, View any](t *testing.T, m api.Method[Request, View], a *Agency, officer keyring.OfficerKey, request Request) View {
	t.Helper()
	view, err := m.Call(t.Context(), a.As(officer), request)
	if err != nil {
		t.Fatalf("%s: %s: %v", a.ID, m.Name, err)
	}
	return view
}

// refuses checks that a call of an officer is answered with a code.
func refuses[Request, View any](t *testing.T, code api.Code, m api.Method[Request, View], a *Agency, officer keyring.OfficerKey, request Request) {
	t.Helper()
	var e *api.Error
	if _, err := m.Call(t.Context(), a.As(officer), request); !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: %s: %v, want %s", a.ID, m.Name, err, code)
	}
}

// numbers are items of a fictional range.
func numbers(from, to int) []casework.Evidence {
	var items []casework.Evidence
	for i := from; i < to; i++ {
		items = append(items, casework.Evidence{Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+44113496%04d", i)), Visibility: casework.Shared, Confidence: 1, Provenance: casework.Provenance{Record: fmt.Sprint(i)}})
	}
	return items
}

// hold puts numbers into an agency's case.
func hold(t *testing.T, a *Agency, from, to int) {
	t.Helper()
	call(t, api.ItemsAdd, a, api.ItemsAddRequest{
		Case: "C-1", Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "list"}, Items: api.Gather(numbers(from, to)),
	})
}

// long lets a story of many hours run beside others, and keeps it out of a short run,
// as that of the race detector, where it would take minutes of processor time.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("many simulated hours")
	}
	t.Parallel()
}
