package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/node/intake/warninglist"
	"github.com/crosscase/crosscase/policy/casework"
)

// A node answers calls as a desk does, without a socket.
type node struct {
	desk *Desk
	fail error // of the next call that adds

	mu     sync.Mutex
	calls  int      // that added
	others []string // methods that were called beside it
}

func (n *node) Call(ctx context.Context, method string, params, result any, _ api.Emitter) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	js, err := json.Marshal(params)
	if err != nil {
		return err
	}
	var view any
	switch method {
	case api.ItemsAdd.Name:
		n.calls++
		if n.fail != nil {
			return n.fail
		}
		view, err = api.ItemsAdd.Handle(n.desk.Add).Serve(ctx, api.Call{Command: casework.Command{Params: js}})
	case api.ReportShow.Name:
		view = api.ReportView{ID: "rep_1", Source: "line", Record: "call 7", Caller: "020 7946 0958", Text: "He called from 020 7946 0959.", Country: "GB", Consent: true, State: "new"}
	case api.CaseShow.Name:
		view = api.CaseView{Case: casework.Case{Ref: "C-1", Region: "GB", Category: casework.Suspect}}
	}
	if method != api.ItemsAdd.Name {
		n.others = append(n.others, method)
	}
	if err != nil || result == nil {
		return err
	}
	if js, err = json.Marshal(view); err != nil {
		return err
	}
	return json.Unmarshal(js, result)
}

func newNode() (*node, *kept) {
	d, k, _ := newDesk()
	return &node{desk: d}, k
}

var defaults = intake.Defaults{Region: "GB", Visibility: casework.Shared}

// numbers is a source of so many numbers of a fictional range, a line each.
func numbers(n int) string {
	var b strings.Builder
	b.WriteString("phone\n")
	for i := range n {
		fmt.Fprintf(&b, "+447700900%03d\n", i)
	}
	return b.String()
}

func TestReaderBringsASourceInBatches(t *testing.T) {
	n, k := newNode()
	r := &Reader{Node: n, CaseRef: "C-1"}
	for _, fresh := range []int{1000, 0} {
		report, err := r.Read(t.Context(), "numbers.csv", strings.NewReader(numbers(1000)), defaults, intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if total := report.Totals(); total.New != fresh || total.Known != 1000-fresh {
			t.Errorf("%+v", total)
		}
	}
	if len(k.items) != 2000 || n.calls != 2 {
		t.Errorf("%d items in %d calls", len(k.items), n.calls)
	}
	if p := k.items[0].Provenance; p.Source != "numbers.csv" || p.Format == "" || len(p.SHA256) != 64 || p.Record == "" {
		t.Errorf("%+v", p)
	}
}

func TestReaderEndsWithWhatTheNodeSays(t *testing.T) {
	n, k := newNode()
	n.fail = api.Errorf(api.Refused, "", "the case is closed")
	r := &Reader{Node: n, CaseRef: "C-1"}
	if _, err := r.Read(t.Context(), "numbers.csv", strings.NewReader(numbers(10)), defaults, intake.Options{}); !errors.Is(err, n.fail) || len(k.items) != 0 {
		t.Errorf("%v, %d items", err, len(k.items))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n.fail = nil
	if _, err := r.Read(ctx, "numbers.csv", bytes.NewReader([]byte(numbers(10))), defaults, intake.Options{}); err == nil {
		t.Error("read to the end after its officer had gone")
	}
}

func TestAcceptedReportIsDecidedAfterItsItemsAreStored(t *testing.T) {
	n, k := newNode()
	r := &Reader{Node: n, CaseRef: "C-1"}
	report, err := r.Accept(t.Context(), "rep_1", intake.Defaults{Visibility: casework.Shared})
	if err != nil {
		t.Fatal(err)
	}
	if len(k.items) != 2 || report.Totals().New != 2 {
		t.Errorf("%d items, %+v", len(k.items), report.Totals())
	}
	if fmt.Sprint(n.others) != fmt.Sprint([]string{api.ReportShow.Name, api.ReportDecide.Name}) {
		t.Errorf("called %v", n.others)
	}
	n, _ = newNode()
	n.fail = api.Errorf(api.Unavailable, "", "the disk is full")
	if _, err := (&Reader{Node: n, CaseRef: "C-1"}).Accept(t.Context(), "rep_1", intake.Defaults{}); !errors.Is(err, n.fail) || len(n.others) != 1 {
		t.Errorf("%v, called %v", err, n.others)
	}
}

func TestDefaultsOfTheCase(t *testing.T) {
	n, _ := newNode()
	r := &Reader{Node: n, CaseRef: "C-1"}
	d, err := r.Defaults(t.Context(), intake.Defaults{})
	if err != nil || d.Region != "GB" || d.Category != casework.Suspect {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err = r.Defaults(t.Context(), intake.Defaults{Region: "FR", Category: casework.Victim}); err != nil || d.Region != "FR" || d.Category != casework.Victim {
		t.Errorf("what the officer says was replaced: %+v, %v", d, err)
	}
}

func TestTyped(t *testing.T) {
	asked := 0
	region := func() (string, error) { asked++; return "gb", nil }
	items, err := Typed([]string{"020 7946 0958", "+44 20 7946 0959", "020 7946 0960"}, Hint{RegionOf: region, Visibility: casework.Silent, Seen: at})
	if err != nil || len(items) != 3 || items[0].Identifier.Reveal() != "+442079460958" || items[0].Visibility != casework.Silent || !items[0].Seen.Equal(at) || asked != 1 {
		t.Fatalf("%+v, %v, asked %d times", items, err, asked)
	}
	shipped, err := warninglist.Load(warninglist.Shipped()...)
	if err != nil {
		t.Fatal(err)
	}
	items, err = Typed([]string{"+44 20 7946 0958"}, Hint{Warning: shipped})
	if err != nil || items[0].WhyNot != casework.OnWarningList {
		t.Errorf("a number of a fictional range: %+v, %v", items, err)
	}
	gone := errors.New("no node")
	for name, c := range map[string]struct {
		value string
		h     Hint
		want  error
	}{
		"no region":   {"020 7946 0958", Hint{RegionOf: func() (string, error) { return "", nil }}, nil},
		"no node":     {"020 7946 0958", Hint{RegionOf: func() (string, error) { return "", gone }}, gone},
		"no platform": {"transit_broker", Hint{Kind: "handle"}, nil},
		"no value":    {"", Hint{}, nil},
	} {
		_, err := Typed([]string{c.value}, c.h)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) || (c.want == nil && code(err) != api.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if c.value != "" && err != nil && strings.Contains(err.Error(), c.value) {
			t.Errorf("%s: the value is in the error: %v", name, err)
		}
	}
}
