package cases

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
}

func (k *kept) CaseByRef(_ context.Context, ref string) (casework.Case, error) {
	for _, c := range k.cases {
		if c.Ref == ref {
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

func newDesk() (*Desk, *kept) {
	k := &kept{}
	return &Desk{Store: k, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return at }}, k
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
	if err != nil || !closed.Closed.Equal(at) {
		t.Fatalf("%+v, %v", closed, err)
	}
	d.Now = func() time.Time { return at.Add(time.Hour) }
	if again, err := d.Close(t.Context(), api.Call{}, api.CaseCloseRequest{Case: "C-1"}); err != nil || !again.Closed.Equal(at) {
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
