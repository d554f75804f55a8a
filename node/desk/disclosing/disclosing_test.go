package disclosing

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// kept is a store of one case, one lead and some dossiers.
type kept struct {
	Store // the rest is not called
	all   []store.Dossier
}

func (k kept) Lead(_ context.Context, id casework.LeadID) (casework.Lead, error) {
	if id != (casework.LeadID{1}) {
		return casework.Lead{}, store.ErrNotFound
	}
	return casework.Lead{ID: id, Cases: []casework.CaseID{{1}}}, nil
}

func (k kept) Case(context.Context, casework.CaseID) (casework.Case, error) {
	return casework.Case{Ref: "C-1", Purpose: casework.Investigate, Offence: "human-trafficking", LegalBasis: "national law"}, nil
}

func (k kept) Item(context.Context, casework.ItemID) (casework.Item, []casework.Occurrence, error) {
	return casework.Item{Identifier: casework.NewIdentifier(casework.Phone, "+441134960001")}, nil, nil
}

func (k kept) Dossiers(context.Context) (out []store.DossierHeader, err error) {
	for _, d := range k.all {
		out = append(out, d.DossierHeader)
	}
	return out, nil
}

func (k kept) Dossier(_ context.Context, id casework.RequestID) (store.Dossier, error) {
	for _, d := range k.all {
		if d.Request.ID == id {
			return d, nil
		}
	}
	return store.Dossier{}, store.ErrNotFound
}

// steps notes what it was asked to draft, and fails as it is told.
type steps struct {
	Steps   // the rest is not called
	drafted casework.Request
	pending dossier.Step
	fails   error
}

func (s *steps) Draft(_ context.Context, _ disclose.Act, _ casework.LeadID, r casework.Request) (store.Dossier, error) {
	s.drafted = r
	return store.Dossier{DossierHeader: store.DossierHeader{Request: r, Direction: dossier.Out, State: dossier.Draft, Pending: s.pending}}, s.fails
}

func newDesk(s *steps, all ...store.Dossier) *Desk {
	return &Desk{Store: kept{all: all}, Steps: func() (Steps, error) { return s, nil }, Now: func() time.Time { return now }}
}

func TestADraftTakesFromItsCaseWhatTheOfficerLeavesOpen(t *testing.T) {
	s := &steps{}
	v, err := newDesk(s).Request(t.Context(), api.Call{}, api.DraftRequest{Lead: casework.LeadID{1}, Handling: "H1", Offence: "money-laundering"})
	if err != nil || s.drafted.Purpose != casework.Investigate || s.drafted.LegalBasis != "national law" || s.drafted.Offence != "money-laundering" {
		t.Errorf("%+v, %v", s.drafted, err)
	}
	if v.Of == "" || len(v.Rendering) == 0 || v.Next == "" {
		t.Errorf("a draft without what a second officer reads: %+v", v)
	}
}

func TestErrorsOfStepsSayWhatToDo(t *testing.T) {
	for cause, code := range map[error]api.Code{
		disclose.ErrSameHand: api.Refused, disclose.ErrIncomplete: api.Invalid, disclose.ErrOrder: api.Refused, store.ErrNotFound: api.NotFound,
		replica.ErrNoQuorum: api.Unavailable,
	} {
		_, err := newDesk(&steps{fails: fmt.Errorf("step: %w", cause)}).Request(t.Context(), api.Call{}, api.DraftRequest{Lead: casework.LeadID{1}, Handling: "H1"})
		var e *api.Error
		if !errors.As(err, &e) || e.Code != code || e.Next == "" || !errors.Is(err, cause) {
			t.Errorf("%v is told as %v", cause, err)
		}
	}
	for name, p := range map[string]api.DraftRequest{"no such lead": {Lead: casework.LeadID{2}, Handling: "H1"}, "no such handling": {Lead: casework.LeadID{1}, Handling: "H9"}} {
		if _, err := newDesk(&steps{}).Request(t.Context(), api.Call{}, p); err == nil {
			t.Errorf("%s: drafted", name)
		}
	}
}

// A step that is decided and waits for a quorum is no failure.
func TestAStepThatWaitsForTheLedgerIsShown(t *testing.T) {
	s := &steps{pending: dossier.DoRequest, fails: replica.ErrNoQuorum}
	v, err := newDesk(s).Request(t.Context(), api.Call{}, api.DraftRequest{Lead: casework.LeadID{1}, Handling: "H1"})
	if err != nil || v.Next == "" {
		t.Errorf("%+v, %v", v, err)
	}
}

// What somebody has to do something about comes first; an auditor sees no value.
func TestDueIsOrderedAndHidesValuesFromAuditors(t *testing.T) {
	one := func(n byte, state dossier.State, due time.Time) store.Dossier {
		return store.Dossier{DossierHeader: store.DossierHeader{
			Request: casework.Request{ID: casework.RequestID{n}, From: "fr-fiu", To: "nl-police"}, Direction: dossier.In, State: state, Item: casework.ItemID{1}, Due: due,
		}}
	}
	d := newDesk(&steps{}, one(1, dossier.Closed, now), one(2, dossier.Received, now.Add(time.Hour)), one(3, dossier.Received, now.Add(-time.Hour)))
	due, err := d.Due(t.Context(), api.Call{Officer: casework.Officer{Role: casework.Supervisor}}, api.None{})
	if err != nil || len(due) != 3 {
		t.Fatalf("%d, %v", len(due), err)
	}
	for i, n := range []byte{3, 2, 1} {
		if due[i].Request.ID != (casework.RequestID{n}) || due[i].Peer != "fr-fiu" || due[i].Value == "" {
			t.Errorf("place %d: %s of %s", i+1, due[i].Request.ID, due[i].Peer)
		}
	}
	if !due[0].Overdue || due[1].Overdue || due[2].Overdue {
		t.Errorf("overdue: %t, %t, %t", due[0].Overdue, due[1].Overdue, due[2].Overdue)
	}
	seen, err := d.Due(t.Context(), api.Call{Officer: casework.Officer{Role: casework.Auditor}}, api.None{})
	if err != nil || seen[0].Value != "" || seen[0].Rendering != nil {
		t.Errorf("an auditor sees %+v, %v", seen, err)
	}
}
