package asking

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// kept is a store of some cases, one officer and one batch that fr-fiu answered.
type kept struct {
	Store    // the rest is not called
	cases    map[string]casework.Case
	officer  casework.Officer
	item     casework.Item
	standing *store.Standing
}

func (k *kept) CaseByRef(_ context.Context, ref string) (casework.Case, error) {
	if c, ok := k.cases[ref]; ok {
		return c, nil
	}
	return casework.Case{}, store.ErrNotFound
}

func (k *kept) Case(context.Context, casework.CaseID) (casework.Case, error) {
	return k.cases["C-1"], nil
}

func (k *kept) Officer(context.Context, casework.OfficerID) (casework.Officer, error) {
	return k.officer, nil
}

func (k *kept) Batch(_ context.Context, id casework.BatchID) (store.Batch, error) {
	return store.Batch{ID: id, Created: now, Peers: []casework.AgencyID{"fr-fiu"}, Count: 2, Index: 7}, nil
}

func (k *kept) Progress(context.Context, casework.BatchID, casework.AgencyID) (store.Progress, error) {
	return store.Progress{NextPart: 1, LookedUp: 1, Done: true, Hits: 1}, nil
}

func (k *kept) OpenBatches(context.Context) ([]store.Batch, error) { return nil, nil }

func (k *kept) LeadsSince(context.Context, time.Time) ([]casework.Lead, error) {
	return []casework.Lead{{State: casework.LeadNew}, {State: casework.LeadDismissed}}, nil
}

func (k *kept) Item(context.Context, casework.ItemID) (casework.Item, []casework.Occurrence, error) {
	return k.item, nil, nil
}

func (k *kept) PutStanding(_ context.Context, o store.Standing) error {
	k.standing = &o
	return nil
}

func (k *kept) Standing(context.Context, casework.CaseID) (store.Standing, error) {
	if k.standing == nil {
		return store.Standing{}, store.ErrNotFound
	}
	return *k.standing, nil
}

func (k *kept) Standings(context.Context) ([]store.Standing, error) {
	if k.standing == nil {
		return nil, nil
	}
	return []store.Standing{*k.standing}, nil
}

// asked notes what is asked, and answers as it is told.
type asked struct {
	specs   []match.Spec
	batches []casework.BatchID
	err     error
}

func (a *asked) Ask(_ context.Context, s match.Spec) ([]casework.BatchID, error) {
	a.specs = append(a.specs, s)
	return a.batches, a.err
}

func (*asked) Publish(...casework.AgencyID) {}

// taken counts the items that were stored.
type taken int

func (n *taken) Take(_ context.Context, _ casework.Case, _ uint32, _ casework.Provenance, items api.Items) (out []store.Added, err error) {
	for i := range items.Each {
		*n++
		out = append(out, store.Added{ID: casework.ItemID{byte(i + 1)}, New: i > 0})
	}
	return out, nil
}

type views struct{}

func (views) Views(_ context.Context, leads []casework.Lead) ([]api.LeadView, error) {
	return make([]api.LeadView, len(leads)), nil
}

// A fixture is a desk in a network, and what its fakes note.
type fixture struct {
	*Desk
	kept  *kept
	asked *asked
	taken *taken
}

func newFixture(t *testing.T, others ...casework.AgencyID) *fixture {
	t.Helper()
	own := ledgertest.NewParty(t, network, "nl-police")
	parties := []*ledgertest.Party{own}
	for _, id := range others {
		parties = append(parties, ledgertest.NewParty(t, network, id))
	}
	terms := agreement.Default(network)
	terms.MaxBatch = 2
	ledger := ledgertest.New(t, terms, parties...).Seat(own)
	whole := casework.Case{
		ID: casework.CaseID{1}, Ref: "C-1", Purpose: casework.Investigate, Offence: "human-trafficking", LegalBasis: "national law", Category: casework.Suspect,
	}
	silent, closed, abroad := whole, whole, whole
	silent.LegalBasis, closed.Closed, abroad.Offence = "", now, "parking"
	b := &fixture{
		kept: &kept{
			cases:   map[string]casework.Case{"C-1": whole, "no basis": silent, "closed": closed, "not agreed": abroad},
			officer: casework.Officer{ID: casework.OfficerID{1}, Name: "Sample", Role: casework.Investigator},
		},
		asked: &asked{batches: []casework.BatchID{{1}}}, taken: new(taken),
	}
	b.Desk = &Desk{
		Agency: own.ID, Store: b.kept, Evidence: b.taken, Leads: views{}, Progress: NewProgress(), Wake: make(chan struct{}, 1),
		Network: func() (Network, error) { return Network{Ledger: ledger, Match: b.asked}, nil }, Now: func() time.Time { return now },
	}
	return b
}

func values(n int) api.Items {
	var list []casework.Evidence
	for i := range n {
		list = append(list, casework.Evidence{Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+44113496%04d", i)), Visibility: casework.Shared})
	}
	return api.Gather(list)
}

// refused fails unless an error has a code and says what to do.
func refused(t *testing.T, what string, err error, code api.Code, next string) {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) || e.Code != code || e.Next == "" || !strings.Contains(e.Next, next) {
		t.Errorf("%s: %v, want %s and %q", what, err, code, next)
	}
}

func TestAskBringsWhatWasAnswered(t *testing.T) {
	b := newFixture(t, "fr-fiu")
	v, err := b.Ask(t.Context(), api.Call{Officer: b.kept.officer}, api.AskRequest{Case: "C-1", Items: values(2), Reason: "r", Urgent: true})
	if err != nil || v.Count != 2 || v.Known != 1 || v.Entry != 7 || len(v.Peers) != 1 || v.Peers[0].Hits != 1 || len(v.Leads) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	s := b.asked.specs[0]
	if len(s.Items) != 2 || !s.Urgent || len(s.Peers) != 1 || s.Justification.LegalBasis != "national law" || s.Justification.Officer != b.kept.officer.ID {
		t.Errorf("asked as %+v", s)
	}
}

// What may not be asked is refused before anything is stored or asked.
func TestAskRefusesBeforeItStores(t *testing.T) {
	for name, c := range map[string]struct {
		ask  api.AskRequest
		code api.Code
		next string
	}{
		"an unknown case":               {api.AskRequest{Case: "C-9"}, api.NotFound, "case list"},
		"an unknown peer":               {api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{"be-police"}}, api.NotFound, "network members"},
		"the own agency":                {api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{"nl-police"}}, api.NotFound, "network members"},
		"no legal basis":                {api.AskRequest{Case: "no basis"}, api.Refused, "--legal-basis"},
		"an aim that there is not":      {api.AskRequest{Case: "C-1", Aim: "browse"}, api.Invalid, "--help"},
		"an offence that is not agreed": {api.AskRequest{Case: "not agreed"}, api.Refused, "agreement"},
		"a basis that is not agreed":    {api.AskRequest{Case: "C-1", LegalBasis: "a hunch"}, api.Refused, "agreement"},
		"more than a query may have":    {api.AskRequest{Case: "C-1", Items: values(3)}, api.Refused, "several questions"},
	} {
		b := newFixture(t, "fr-fiu")
		if len(c.ask.Items.Each) == 0 {
			c.ask.Items = values(1)
		}
		_, err := b.Ask(t.Context(), api.Call{}, c.ask)
		refused(t, name, err, c.code, c.next)
		if len(b.asked.specs) > 0 || *b.taken > 0 {
			t.Errorf("%s: %d asked, %d stored", name, len(b.asked.specs), *b.taken)
		}
	}
	_, err := newFixture(t).Ask(t.Context(), api.Call{}, api.AskRequest{Case: "C-1"})
	refused(t, "the only member", err, api.Unavailable, "network invite")
}

func TestErrorsOfMatchingSayWhatToDo(t *testing.T) {
	for cause, code := range map[error]api.Code{
		match.ErrNothing: api.Refused, match.ErrTooLarge: api.Refused, match.ErrSilent: api.Refused, entry.ErrTooLong: api.Refused,
		match.ErrNoPeer: api.Refused, match.ErrAgreement: api.Refused, match.ErrStopped: api.Fault, replica.ErrNoQuorum: api.Unavailable, state.ErrQuota: api.Refused,
	} {
		b := newFixture(t, "fr-fiu")
		b.asked.batches, b.asked.err = nil, fmt.Errorf("asking: %w", cause)
		_, err := b.Ask(t.Context(), api.Call{}, api.AskRequest{Case: "C-1", Items: values(1)})
		refused(t, cause.Error(), err, code, "")
		if !errors.Is(err, cause) {
			t.Errorf("%v hides its cause: %v", err, cause)
		}
	}
	b := newFixture(t, "fr-fiu")
	b.asked.batches, b.asked.err = nil, match.ErrNothing
	b.kept.item.WhyNot = casework.OnWarningList
	_, err := b.Ask(t.Context(), api.Call{}, api.AskRequest{Case: "C-1", Items: values(1)})
	refused(t, "an item on a warning list", err, api.Refused, "crosscase search")
	if v, err := b.Ask(t.Context(), api.Call{}, api.AskRequest{Case: "C-1"}); err != nil || v.Count != 0 {
		t.Errorf("a case of which all was asked: %+v, %v", v, err)
	}
}

func TestStandingOrders(t *testing.T) {
	for name, c := range map[string]struct {
		set  api.CaseStandingRequest
		code api.Code
		next string
	}{
		"a closed case":      {api.CaseStandingRequest{Case: "closed", Until: now.Add(time.Hour)}, api.Refused, "case reopen"},
		"an end in the past": {api.CaseStandingRequest{Case: "C-1", Until: now}, api.Invalid, "--until"},
		"for too long":       {api.CaseStandingRequest{Case: "C-1", Until: now.Add(casework.MaxStanding + time.Second)}, api.Invalid, "another order"},
		"not agreed":         {api.CaseStandingRequest{Case: "not agreed", Until: now.Add(time.Hour)}, api.Refused, "agreement"},
		"none to stop":       {api.CaseStandingRequest{Case: "C-1", Stop: true}, api.NotFound, "case show"},
	} {
		b := newFixture(t, "fr-fiu")
		_, err := b.Standing(t.Context(), api.Call{}, c.set)
		refused(t, name, err, c.code, c.next)
		if b.kept.standing != nil {
			t.Errorf("%s: an order was kept", name)
		}
	}
	for name, c := range map[string]struct {
		change func(*fixture)
		asked  uint64
		waits  string
	}{
		"it is asked":           {func(*fixture) {}, 2, ""},
		"the officer left":      {func(b *fixture) { b.kept.officer.Removed = now }, 0, "not active"},
		"the quota is used":     {func(b *fixture) { b.asked.batches, b.asked.err = nil, state.ErrQuota }, 0, "quota"},
		"no quorum":             {func(b *fixture) { b.asked.batches, b.asked.err = nil, replica.ErrNoQuorum }, 0, "quorum"},
		"nothing is left":       {func(b *fixture) { b.asked.batches, b.asked.err = nil, match.ErrNothing }, 0, ""},
		"terms do not cover it": {func(b *fixture) { b.kept.standing.Justification.Offence = "parking" }, 0, "does not cover"},
	} {
		b := newFixture(t, "fr-fiu")
		if v, err := b.Standing(t.Context(), api.Call{Officer: b.kept.officer}, api.CaseStandingRequest{Case: "C-1", Until: now.Add(time.Hour)}); err != nil || !v.Active || v.By != "Sample" {
			t.Fatalf("set: %+v, %v", v, err)
		}
		c.change(b)
		if err := b.askStanding(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if o := b.kept.standing; o.Asked != c.asked || (c.waits == "") != (o.Waits == "") || !strings.Contains(o.Waits, c.waits) {
			t.Errorf("%s: %d asked, waits for %q", name, o.Asked, o.Waits)
		}
	}
}
