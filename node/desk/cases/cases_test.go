package cases

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kept is a store of cases, and of items that all lie in the first case.
type kept struct {
	cases []casework.Case
	items int

	restated, failAt, changed, again int
}

func (k *kept) CaseByRef(_ context.Context, ref string) (casework.Case, error) {
	for _, c := range k.cases {
		if c.Ref == ref || c.ID.String() == ref {
			return c, nil
		}
	}
	return casework.Case{}, store.ErrNotFound
}

func (k *kept) PutCase(_ context.Context, c casework.Case) error {
	for i := range k.cases {
		if k.cases[i].ID == c.ID {
			k.cases[i] = c
			return nil
		}
	}
	k.cases = append(k.cases, c)
	return nil
}

func (k *kept) Cases(context.Context) ([]casework.Case, error) { return k.cases, nil }

func (k *kept) Counts(context.Context, casework.CaseID) (byKind, keptOut map[string]uint64, err error) {
	return map[string]uint64{"phone": uint64(k.items), "email": 1}, nil, nil
}

func (k *kept) CountLeadsOfCase(context.Context, casework.CaseID, casework.AgencyID) (int, error) {
	return 3, nil
}

func (k *kept) item(n int64) casework.Item {
	return casework.Item{ID: casework.ItemID{byte(n >> 8), byte(n)}, Identifier: casework.NewIdentifier(casework.Phone, fmt.Sprintf("+4477009%05d", n))}
}

func (k *kept) ItemsOfCase(_ context.Context, _ casework.CaseID, after int64, limit int) (items []casework.Item, last int64, err error) {
	for n := after + 1; n <= int64(k.items) && len(items) < limit; n++ {
		items, last = append(items, k.item(n)), n
	}
	return items, last, nil
}

// Item is in the first case at two places, and in another case.
func (k *kept) Item(_ context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error) {
	in := func(c casework.CaseID, record string) casework.Occurrence {
		return casework.Occurrence{Item: id, Case: c, Handling: casework.Handling{Codes: "H1"}, Provenance: casework.Provenance{Record: record, Tool: "t"}}
	}
	return casework.Item{ID: id}, []casework.Occurrence{in(k.cases[0].ID, "line 1"), in(k.cases[0].ID, "line 2"), in(casework.NewCaseID(), "line 3")}, nil
}

// OccurrencesOfCase are three places of two sources, on one page.
func (k *kept) OccurrencesOfCase(_ context.Context, id casework.CaseID, after int64, _ int) (places []casework.Occurrence, last int64, err error) {
	if after > 0 {
		return nil, after, nil
	}
	for i, name := range []string{"a.csv", "a.csv", "b.csv"} {
		o := casework.Occurrence{Case: id, Provenance: casework.Provenance{Source: name, SHA256: name, Imported: at.Add(time.Duration(i) * time.Hour)}}
		if i == 0 {
			o.Withdrawn = &casework.Withdrawal{At: at}
		}
		places = append(places, o)
	}
	return places, 3, nil
}

func (k *kept) LeadsOfCase(context.Context, casework.CaseID) ([]casework.Lead, error) {
	return []casework.Lead{{State: casework.LeadNew}, {State: casework.LeadRequested}, {State: casework.LeadWithdrawn, Before: casework.LeadRequested}}, nil
}

// MatchCount is of open cases alone.
func (k *kept) MatchCount(_ context.Context, f store.MatchFilter) (uint64, error) {
	for _, c := range k.cases {
		if c.ID == f.Case && !c.Closed.IsZero() {
			return 1, nil
		}
	}
	return uint64(k.items), nil
}

// RestateCase does an item a call, and fails at one of them if that is set.
func (k *kept) RestateCase(_ context.Context, _ casework.CaseID, after int64, _ int) (last int64, err error) {
	if after+1 == int64(k.failAt) {
		return 0, store.ErrFull
	}
	if k.restated++; after+1 >= int64(k.items) {
		return 0, nil
	}
	return after + 1, nil
}

func (k *kept) RemoveSource(_ context.Context, _ casework.CaseID, source string, _ int64, _ int) (removed int, last int64, err error) {
	if source == "src_none" {
		return 0, 0, nil
	}
	return 2, 0, nil
}

func (k *kept) Loose(context.Context) (int, error) { return 1, nil }

func newDesk() (*Desk, *kept) {
	k := &kept{}
	return &Desk{
		Store: k, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return at },
		Ledger:  func() (Ledger, error) { return nil, errors.New("in no network") },
		Changed: func() { k.changed++ }, Again: func() { k.again++ }, Erase: func(context.Context) (int, error) { return 1, nil },
		Standing: func(context.Context, casework.CaseID) (*api.StandingView, error) { return nil, nil },
	}, k
}

func code(err error) api.Code {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestCaseIsOpenedShownAndClosedOnce(t *testing.T) {
	d, _ := newDesk()
	p := api.CaseNewRequest{Ref: " C-1 ", Region: "nl", Grading: "B2", Handling: "H1", Purpose: casework.Investigate, Category: casework.Suspect}
	c, err := d.New(t.Context(), api.Call{}, p)
	if err != nil || c.Ref != "C-1" || c.Region != "NL" || c.Grading.Source != "B" || !c.Opened.Equal(at) {
		t.Fatalf("%+v, %v", c, err)
	}
	if v, err := d.Show(t.Context(), api.Call{}, api.CaseShowRequest{Case: "C-1"}); err != nil || v.Case.ID != c.ID || v.ByKind != nil {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := d.Show(t.Context(), api.Call{}, api.CaseShowRequest{Case: "C-1", Holds: true}); err != nil || v.Items != 1 || v.Leads != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	closed, err := d.Close(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"})
	if err != nil || !closed.Case.Closed.Equal(at) {
		t.Fatalf("%+v, %v", closed, err)
	}
	d.Now = func() time.Time { return at.Add(time.Hour) }
	if again, err := d.Close(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"}); err != nil || !again.Case.Closed.Equal(at) {
		t.Errorf("closed again, it has another date: %+v, %v", again, err)
	}
}

func TestCasesAreRefused(t *testing.T) {
	d, k := newDesk()
	if _, err := d.New(t.Context(), api.Call{}, api.CaseNewRequest{Ref: "C-1"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		p    api.CaseNewRequest
		want api.Code
	}{
		"no reference": {api.CaseNewRequest{Ref: "  "}, api.Invalid}, "there already": {api.CaseNewRequest{Ref: "C-1"}, api.Refused},
		"no grading": {api.CaseNewRequest{Ref: "C-2", Grading: "Z9"}, api.Invalid}, "no handling code": {api.CaseNewRequest{Ref: "C-2", Handling: "H9"}, api.Invalid},
		"no purpose": {api.CaseNewRequest{Ref: "C-2", Purpose: "curiosity"}, api.Invalid}, "no category": {api.CaseNewRequest{Ref: "C-2", Category: "x"}, api.Invalid},
	} {
		if _, err := d.New(t.Context(), api.Call{}, c.p); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(k.cases) != 1 {
		t.Errorf("%d cases", len(k.cases))
	}
	if _, err := d.Show(t.Context(), api.Call{}, api.CaseShowRequest{Case: "C-9"}); code(err) != api.NotFound {
		t.Errorf("no such case: %v", err)
	}
	if _, err := d.Export(t.Context(), api.Call{}, api.CaseExportRequest{Case: "C-9"}); code(err) != api.NotFound {
		t.Errorf("no such case: %v", err)
	}
}

func TestExportPagesThroughTheCaseAlone(t *testing.T) {
	d, k := newDesk()
	if _, err := d.New(t.Context(), api.Call{}, api.CaseNewRequest{Ref: "C-1"}); err != nil {
		t.Fatal(err)
	}
	for _, items := range []int{0, 1, exportPage, exportPage + 1} {
		k.items = items
		total, p := 0, api.CaseExportRequest{Case: "C-1"}
		for pages := 1; ; pages++ {
			v, err := d.Export(t.Context(), api.Call{}, p)
			if err != nil || pages > 3 {
				t.Fatalf("page %d: %v", pages, err)
			}
			list, err := v.Items.List()
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range list {
				if it.Provenance.Record == "line 3" || it.Handling.Codes != "H1" || it.Identifier.IsZero() {
					t.Fatalf("%+v", it)
				}
			}
			total += len(list)
			if p.After = v.Next; p.After == 0 {
				break
			}
		}
		if total != 2*items {
			t.Errorf("%d places of %d items", total, items)
		}
	}
}

// Closing goes through all that a case holds and says what stays; opening it again does
// the same. What a fault cut off is finished later.
func TestClosingIsFinished(t *testing.T) {
	d, k := newDesk()
	if _, err := d.New(t.Context(), api.Call{}, api.CaseNewRequest{Ref: "C-1"}); err != nil {
		t.Fatal(err)
	}
	k.items, k.failAt = 5, 4
	if _, err := d.Close(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"}); code(err) != api.Unavailable {
		t.Fatalf("a full disk: %v", err)
	}
	if c := k.cases[0]; c.Closed.IsZero() || !c.Unsettled {
		t.Errorf("after the fault: %+v", c)
	}
	k.restated, k.failAt = 0, 0
	if err := d.Settle(t.Context()); err != nil || k.restated != 5 || k.cases[0].Unsettled {
		t.Errorf("%d items settled, %+v, %v", k.restated, k.cases[0], err)
	}
	v, err := d.Reopen(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"})
	if err != nil || !v.Case.Closed.IsZero() || v.Before != 1 || v.After != 5 || v.Requested != 2 || k.again != 1 || k.changed != 1 {
		t.Errorf("%+v, %v, looked again %d times", v, err, k.again)
	}
}

// Codes that no case may state are refused with the nearest right one.
func TestWrongCodesNameTheNearest(t *testing.T) {
	d, _ := newDesk()
	for _, c := range []struct {
		p    api.CaseNewRequest
		next string
	}{
		{api.CaseNewRequest{Ref: "C-1", Offence: "trafficking"}, "'human-trafficking'"},
		{api.CaseNewRequest{Ref: "C-1", LegalBasis: "Directive 2023/977"}, "'Directive (EU) 2023/977'"},
		{api.CaseNewRequest{Ref: "C-1", Region: "UK"}, "'GB'"}, {api.CaseNewRequest{Ref: "C-1", Region: "NLD"}, "'NL'"},
		{api.CaseNewRequest{Ref: "C-1", Region: "Holland"}, "such as NL"},
	} {
		_, err := d.New(t.Context(), api.Call{}, c.p)
		var e *api.Error
		if !errors.As(err, &e) || e.Code != api.Invalid || !strings.Contains(e.Next, c.next) {
			t.Errorf("%+v: %v", c.p, err)
		}
	}
	lists, err := d.Codes(t.Context(), api.Call{}, api.CodesRequest{List: "offence"})
	if err != nil || len(lists) != 1 || !slices.Contains(lists[0].Codes, "human-trafficking") {
		t.Errorf("%+v, %v", lists, err)
	}
	if _, err := d.Codes(t.Context(), api.Call{}, api.CodesRequest{List: "offense"}); code(err) != api.NotFound || !strings.Contains(err.Error(), "offense") {
		t.Errorf("%v", err)
	}
	if c, err := d.Edit(t.Context(), api.Call{}, api.CaseEditRequest{Case: "C-1"}); code(err) != api.NotFound {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestACaseIsEdited(t *testing.T) {
	d, _ := newDesk()
	c, err := d.New(t.Context(), api.Call{}, api.CaseNewRequest{Ref: "C-1", Title: "Rooms", Handling: "H1"})
	if err != nil || len(c.Unstated()) != 4 {
		t.Fatalf("%v not stated, %v", c.Unstated(), err)
	}
	c, err = d.Edit(t.Context(), api.Call{}, api.CaseEditRequest{Case: "C-1", Offence: "human-trafficking", Grading: "B2", LegalBasis: "national law", Category: casework.Suspect})
	if err != nil || c.Title != "Rooms" || c.Handling.Codes != "H1" || c.Grading.String() != "B2" || len(c.Unstated()) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := d.Edit(t.Context(), api.Call{}, api.CaseEditRequest{Case: "C-1", Offence: "burglary"}); code(err) != api.Invalid {
		t.Errorf("%v", err)
	}
}

func TestSources(t *testing.T) {
	d, _ := newDesk()
	if _, err := d.New(t.Context(), api.Call{}, api.CaseNewRequest{Ref: "C-1"}); err != nil {
		t.Fatal(err)
	}
	sources, err := d.Sources(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"})
	if err != nil || len(sources) != 2 || sources[0].Name != "b.csv" || sources[1].Places != 2 || sources[1].Withdrawn != 1 {
		t.Fatalf("%+v, %v", sources, err)
	}
	for _, c := range []struct {
		p    api.SourceRemoveRequest
		want api.Code
	}{
		{api.SourceRemoveRequest{Case: "C-1", Source: sources[0].ID}, api.Invalid}, {api.SourceRemoveRequest{Case: "C-1", Source: "src_none", Reason: "x"}, api.NotFound},
		{api.SourceRemoveRequest{Case: "C-1", Source: sources[0].ID, Reason: "x"}, ""},
	} {
		if v, err := d.RemoveSource(t.Context(), api.Call{}, c.p); code(err) != c.want || err == nil && (v.Places != 2 || v.Erased != 1 || v.Loose != 1) {
			t.Errorf("%+v: %+v, %v", c.p, v, err)
		}
	}
}
