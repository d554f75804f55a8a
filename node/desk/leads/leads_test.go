package leads

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// kept is a store of one case and some leads, each on an item of its own.
type kept struct {
	Store // the rest is not called
	leads []casework.Lead
	saved []casework.Lead
	byID  error // of a look-up by the letters of an id
}

func (k *kept) Leads(context.Context) ([]casework.Lead, error) {
	return append([]casework.Lead(nil), k.leads...), nil
}

func (k *kept) Lead(_ context.Context, id casework.LeadID) (casework.Lead, error) {
	for _, l := range k.leads {
		if l.ID == id {
			return l, nil
		}
	}
	return casework.Lead{}, store.ErrNotFound
}

func (k *kept) SaveLead(_ context.Context, l casework.Lead) error {
	k.saved = append(k.saved, l)
	return nil
}

func (k *kept) LeadsByPrefix(_ context.Context, prefix string) (out []casework.LeadID, err error) {
	for _, l := range k.leads {
		if len(prefix) <= len(l.ID.String()) && l.ID.String()[:len(prefix)] == prefix {
			out = append(out, l.ID)
		}
	}
	return out, k.byID
}

func (k *kept) CaseByRef(_ context.Context, ref string) (casework.Case, error) {
	if ref != "C-1" {
		return casework.Case{}, store.ErrNotFound
	}
	return k.Case(context.Background(), casework.CaseID{1})
}

func (k *kept) Case(_ context.Context, id casework.CaseID) (casework.Case, error) {
	return casework.Case{ID: id, Ref: fmt.Sprintf("C-%d", id[0]), Offence: "human-trafficking"}, nil
}

func (k *kept) ItemAlone(_ context.Context, id casework.ItemID) (casework.Item, error) {
	return casework.Item{ID: id, Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+44113496%04d", id[0]))}, nil
}

func (k *kept) CountLeadsOfCase(context.Context, casework.CaseID, casework.AgencyID) (int, error) {
	return 1, nil
}
func (k *kept) CountLeadsOfItem(context.Context, casework.ItemID) (int, error) { return 1, nil }
func (k *kept) CountPlaces(context.Context, casework.ItemID) (int, error)      { return 1, nil }
func (k *kept) CaseSize(context.Context, casework.CaseID) (int, error)         { return 10, nil }

func lead(n byte, peer casework.AgencyID, state casework.LeadState) casework.Lead {
	return casework.Lead{
		ID: casework.LeadID{n}, Item: casework.ItemID{n}, Peer: peer, Kind: casework.Phone, Cases: []casework.CaseID{{1 + n%2}},
		Found: now.AddDate(0, 0, -int(n)), State: state,
	}
}

func newDesk(k *kept) *Desk {
	return &Desk{Store: k, Ledger: func() (Ledger, error) { return nil, errors.New("in no network") }, Now: func() time.Time { return now }}
}

// refused fails unless an error has a code and, where wanted, says what to do.
func refused(t *testing.T, what string, err error, code api.Code, next bool) {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) || e.Code != code || (e.Next != "") != next {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestInboxShowsWhatIsAskedFor(t *testing.T) {
	k := &kept{leads: []casework.Lead{
		lead(1, "fr-fiu", casework.LeadNew), lead(2, "fr-fiu", casework.LeadRequested), lead(3, "gb-hotline", casework.LeadNew),
		lead(4, "fr-fiu", casework.LeadDismissed), lead(5, "gb-hotline", casework.LeadWithdrawn), lead(6, "fr-fiu", casework.LeadNew),
	}}
	for name, c := range map[string]struct {
		ask  api.InboxRequest
		want int
	}{
		"what is open":     {api.InboxRequest{}, 4},
		"what is new":      {api.InboxRequest{New: true}, 3},
		"all":              {api.InboxRequest{All: true}, 6},
		"of a peer":        {api.InboxRequest{Peer: "gb-hotline"}, 1},
		"of a case":        {api.InboxRequest{Case: "C-1"}, 2},
		"of a kind":        {api.InboxRequest{Kind: casework.Email}, 0},
		"since a day":      {api.InboxRequest{Since: now.AddDate(0, 0, -2)}, 2},
		"the best two":     {api.InboxRequest{Limit: 2}, 2},
		"more than it has": {api.InboxRequest{Limit: 20}, 4},
	} {
		views, err := newDesk(k).Inbox(t.Context(), api.Call{}, c.ask)
		if err != nil || len(views) != c.want {
			t.Errorf("%s: %d leads, %v, want %d", name, len(views), err, c.want)
		}
		for i, v := range views {
			if v.Value == "" || len(v.CaseRefs) != 1 {
				t.Errorf("%s: a lead without its value or case: %+v", name, v)
			}
			if i > 0 && v.Lead.Score > views[i-1].Lead.Score {
				t.Errorf("%s: a better lead stands below", name)
			}
		}
	}
	_, err := newDesk(k).Inbox(t.Context(), api.Call{}, api.InboxRequest{Limit: -1})
	refused(t, "a negative limit", err, api.Invalid, true)
	_, err = newDesk(k).Inbox(t.Context(), api.Call{}, api.InboxRequest{Case: "C-9"})
	refused(t, "an unknown case", err, api.NotFound, true)
}

func TestDismissChangesAllOrNone(t *testing.T) {
	one, two, gone := casework.LeadID{1}, casework.LeadID{2}, casework.LeadID{4}
	for name, c := range map[string]struct {
		ask  api.DismissRequest
		code api.Code // "": it is carried out
		next bool
		to   casework.LeadState
	}{
		"two":                       {api.DismissRequest{Leads: []casework.LeadID{one, two}, Reason: "known"}, "", false, casework.LeadDismissed},
		"taken back":                {api.DismissRequest{Leads: []casework.LeadID{gone}, Undo: true}, "", false, casework.LeadNew},
		"no reason":                 {api.DismissRequest{Leads: []casework.LeadID{one}, Reason: " "}, api.Invalid, false, ""},
		"no lead":                   {api.DismissRequest{Reason: "known"}, api.Invalid, true, ""},
		"an unknown one after one":  {api.DismissRequest{Leads: []casework.LeadID{one, {9}}, Reason: "known"}, api.NotFound, true, ""},
		"a dismissed one after one": {api.DismissRequest{Leads: []casework.LeadID{one, gone}, Reason: "known"}, api.Refused, true, ""},
		"a new one taken back":      {api.DismissRequest{Leads: []casework.LeadID{one}, Undo: true}, api.Refused, true, ""},
	} {
		k := &kept{leads: []casework.Lead{
			lead(1, "fr-fiu", casework.LeadNew), lead(2, "fr-fiu", casework.LeadNew), lead(4, "fr-fiu", casework.LeadDismissed),
		}}
		_, err := newDesk(k).Dismiss(t.Context(), api.Call{}, c.ask)
		if c.code != "" {
			refused(t, name, err, c.code, c.next)
			if len(k.saved) > 0 {
				t.Errorf("%s: %d leads were changed", name, len(k.saved))
			}
			continue
		}
		if err != nil || len(k.saved) != len(c.ask.Leads) {
			t.Errorf("%s: %d saved, %v", name, len(k.saved), err)
		}
		for _, l := range k.saved {
			if l.State != c.to || l.Reason != c.ask.Reason {
				t.Errorf("%s: %s, %q", name, l.State, l.Reason)
			}
		}
	}
}

func TestResolveFindsOneID(t *testing.T) {
	k := &kept{leads: []casework.Lead{lead(1, "fr-fiu", casework.LeadNew), lead(0x91, "fr-fiu", casework.LeadNew)}}
	whole := k.leads[0].ID.String()
	if v, err := newDesk(k).Resolve(t.Context(), api.Call{}, api.ResolveRequest{Prefix: whole}); err != nil || v.ID != whole {
		t.Errorf("%q, %v", v.ID, err)
	}
	_, err := newDesk(k).Resolve(t.Context(), api.Call{}, api.ResolveRequest{Prefix: "l"})
	refused(t, "several", err, api.Invalid, true)
	_, err = newDesk(&kept{}).Resolve(t.Context(), api.Call{}, api.ResolveRequest{Prefix: whole})
	refused(t, "none", err, api.NotFound, true)
	_, err = newDesk(&kept{byID: fmt.Errorf("%w: letters", casework.ErrID)}).Resolve(t.Context(), api.Call{}, api.ResolveRequest{Prefix: whole})
	refused(t, "no id", err, api.Invalid, true)
	_, err = newDesk(k).Why(t.Context(), api.Call{}, api.WhyRequest{Lead: casework.LeadID{9}})
	refused(t, "the reason of an unknown lead", err, api.NotFound, true)
}
