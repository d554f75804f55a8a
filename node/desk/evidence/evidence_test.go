package evidence

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var file = casework.Case{
	ID: casework.NewCaseID(), Ref: "C-1", Category: casework.Suspect, Grading: casework.Grading{Scheme: "4x4", Source: "B", Info: "2"},
	Handling: casework.Handling{Codes: "H1"},
}

// kept is a store of one case.
type kept struct {
	Store // what no test here calls
	items []casework.Evidence
	full  bool
}

func (k *kept) CaseByRef(_ context.Context, ref string) (casework.Case, error) {
	if ref != file.Ref {
		return casework.Case{}, store.ErrNotFound
	}
	return file, nil
}

func (k *kept) AddItems(_ context.Context, id casework.CaseID, items []casework.Evidence) ([]store.Added, error) {
	if k.full {
		return nil, store.ErrFull
	}
	if id != file.ID {
		return nil, errors.New("another case")
	}
	known := map[casework.IdentifierKey]bool{}
	for _, it := range k.items {
		known[it.Identifier.Key()] = true
	}
	var out []store.Added
	for _, it := range items {
		out = append(out, store.Added{ID: casework.NewItemID(), New: !known[it.Identifier.Key()], NewOccurrence: true})
		known[it.Identifier.Key()] = true
	}
	k.items = append(k.items, items...)
	return out, nil
}

func (k *kept) Find(context.Context, casework.Identifier) (casework.Item, []casework.Occurrence, error) {
	return casework.Item{}, nil, store.ErrNotFound
}

func newDesk() (*Desk, *kept, *int) {
	k, added := &kept{}, 0
	return &Desk{Store: k, Added: func() { added++ }, Now: func() time.Time { return at }}, k, &added
}

func phone(value string) casework.Evidence {
	return casework.Evidence{Identifier: casework.NewIdentifier(casework.Phone, value), Visibility: casework.Shared, Confidence: 1, Provenance: casework.Provenance{Record: "line 1"}}
}

func add(items ...casework.Evidence) api.ItemsAddRequest {
	return api.ItemsAddRequest{Case: "C-1", Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "list.csv", Tool: "t"}, Items: api.Gather(items)}
}

func code(err error) api.Code {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestAddCompletesWhatTheSourceLeavesOpen(t *testing.T) {
	d, k, added := newDesk()
	own := phone("+442079460959")
	own.Category, own.Handling, own.Provenance.Tool, own.Provenance.Captured = casework.Witness, casework.Handling{Codes: "H3", Text: "ask"}, "own tool", at.Add(-time.Hour)
	v, err := d.Add(t.Context(), api.Call{}, add(phone("+442079460958"), own))
	if err != nil || v.NewItems != 2 || v.NewOccurrences != 2 || *added != 1 {
		t.Fatalf("%+v, %v, told %d times", v, err, *added)
	}
	first, second := k.items[0], k.items[1]
	if first.Category != casework.Suspect || first.Grading != file.Grading || first.Handling.Codes != "H1" || first.Provenance.Tool != "t" || !first.Provenance.Imported.Equal(at) {
		t.Errorf("%+v", first)
	}
	if second.Category != casework.Witness || second.Handling.Codes != "H3" || second.Provenance.Tool != "own tool" || !second.Provenance.Captured.Equal(at.Add(-time.Hour)) {
		t.Errorf("what the source states was replaced: %+v", second)
	}
}

func TestAddKeepsOutWhatMayNotMatch(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*casework.Evidence)
		why    casework.WhyNot
	}{
		"nothing against it": {func(*casework.Evidence) {}, ""},
		"a guess":            {func(it *casework.Evidence) { it.Confidence = 0.1 }, casework.LowConfidence},
		"a victim's":         {func(it *casework.Evidence) { it.Category = casework.Victim }, casework.NoConsent},
		"with consent":       {func(it *casework.Evidence) { it.Category, it.Consent = casework.Victim, true }, ""},
		"on a list":          {func(it *casework.Evidence) { it.WhyNot = casework.OnWarningList }, casework.OnWarningList},
	} {
		d, k, _ := newDesk()
		it := phone("+442079460958")
		c.change(&it)
		if _, err := d.Add(t.Context(), api.Call{}, add(it)); err != nil || k.items[0].WhyNot != c.why {
			t.Errorf("%s: %v, %v", name, k.items, err)
		}
	}
}

func TestAddSaysWhatWasKnown(t *testing.T) {
	d, _, _ := newDesk()
	listed := phone("+442079460960")
	listed.WhyNot = casework.OnWarningList
	if _, err := d.Add(t.Context(), api.Call{}, add(phone("+442079460958"), listed)); err != nil {
		t.Fatal(err)
	}
	v, err := d.Add(t.Context(), api.Call{}, add(phone("+442079460958"), listed, phone("+442079460959")))
	if err != nil || v.NewItems != 1 || v.Known[casework.Phone] != 1 || len(v.Known) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAddRefuses(t *testing.T) {
	d, k, added := newDesk()
	other, stranger, none, long := add(phone("x")), add(phone("x")), phone(""), phone(string(make([]byte, 4097)))
	other.Normaliser++
	stranger.Case = "C-9"
	nothing := phone("x")
	nothing.Identifier = casework.NewIdentifier("no kind", "x")
	for name, c := range map[string]struct {
		p    api.ItemsAddRequest
		want api.Code
	}{
		"other normaliser": {other, api.Invalid}, "no such case": {stranger, api.NotFound}, "no value": {add(none), api.Invalid},
		"a value too long": {add(long), api.Invalid}, "no kind": {add(nothing), api.Invalid},
	} {
		if _, err := d.Add(t.Context(), api.Call{}, c.p); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.full = true
	if _, err := d.Add(t.Context(), api.Call{}, add(phone("x"))); code(err) != api.Unavailable || !errors.Is(err, store.ErrFull) {
		t.Errorf("a full disk: %v", err)
	}
	if len(k.items) != 0 || *added != 0 {
		t.Errorf("%d stored, told %d times", len(k.items), *added)
	}
}

func TestSearchOfWhatNobodyHolds(t *testing.T) {
	d, _, _ := newDesk()
	if _, err := d.Search(t.Context(), api.Call{}, api.SearchRequest{Kind: casework.Phone, Value: "+442079460958"}); code(err) != api.NotFound {
		t.Error(err)
	}
}
