package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// withExample holds a method to the example of its request.
type withExample struct {
	Definition
	serve  func(params []byte) error
	shapes func(t *testing.T) int
}

// example says that a method's request reads what testdata holds under its name.
func example[Request, View any](m Method[Request, View]) withExample {
	return withExample{m.Definition, func(params []byte) error {
		h := m.Handle(func(_ context.Context, _ Call, got Request) (View, error) {
			var none View
			back, err := json.Marshal(got)
			if err != nil {
				return none, err
			}
			var want, have any
			if err := errors.Join(json.Unmarshal(params, &want), json.Unmarshal(back, &have)); err != nil {
				return none, err
			}
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(have)
			if !bytes.Equal(a, b) {
				return none, errors.New("read as " + string(b))
			}
			return none, nil
		})
		_, err := h.Serve(context.Background(), Call{Command: casework.Command{Method: m.Name, Params: params}, Emit: func(Event) {}})
		return err
	}, shapes(m)}
}

var examples = []withExample{
	example(Status), example(CommandList), example(OfficerAdd), example(OfficerList), example(OfficerRemove),
	example(NetworkCreate), example(NetworkInvite), example(NetworkJoin), example(NetworkApprove), example(NetworkMembers), example(NetworkPolicy), example(NetworkReplace), example(NetworkExpel), example(NetworkRotate),
	example(AgreementShow), example(AgreementPropose), example(AgreementApprove),
	example(NetworkRecover), example(NetworkSign), example(NetworkSucceed),
	example(CaseNew), example(CaseList), example(CaseShow), example(CaseClose), example(CaseExport),
	example(CaseEdit), example(CaseStanding), example(Asked), example(Codes), example(CaseReopen), example(CaseItems), example(SourceList), example(SourceRemove),
	example(ItemShow), example(ItemWithdraw), example(ItemMove), example(ItemCorrect),
	example(ItemsAdd), example(Search), example(Publish), example(Ask), example(Inbox), example(Why), example(Dismiss), example(Resolve),
	example(Request), example(Approve), example(Refuse), example(Answer), example(Open), example(Use), example(Due), example(RequestBundle),
	example(CaseHold), example(CaseRelease), example(ItemHold), example(ItemRelease), example(HoldList), example(ItemPermit),
	example(ReportsAdd), example(ReportsList), example(ReportShow), example(ReportDecide),
}

// Every method has a role and an example, which a request of its type reads whole.
func TestEveryMethodHasRolesAndAnExample(t *testing.T) {
	have := map[string]withExample{}
	for _, e := range examples {
		have[e.Name] = e
	}
	seen := map[string]bool{}
	for _, d := range Definitions() {
		if seen[d.Name] {
			t.Errorf("two methods are called %s", d.Name)
		}
		seen[d.Name] = true
		if len(d.Roles) == 0 {
			t.Errorf("nobody may call %s", d.Name)
		}
		for _, r := range d.Roles {
			if !r.Valid() {
				t.Errorf("%s is for a role %q", d.Name, r)
			}
		}
		e, ok := have[d.Name]
		if !ok {
			t.Errorf("%s has no example", d.Name)
			continue
		}
		path := filepath.Join("testdata", "examples", d.Name+".json")
		params, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := e.serve(params); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := e.serve([]byte(`{"no such field":1}`)); err == nil {
			t.Errorf("%s reads a field that it does not have", d.Name)
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d methods found", len(seen))
	}
}

// An example without a method is one that was left behind.
func TestExamplesAreOfMethods(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		found := false
		for _, d := range Definitions() {
			found = found || d.Name == name
		}
		if !found {
			t.Errorf("%s is of no method", f)
		}
	}
}

func TestTableNeedsEveryMethodOnce(t *testing.T) {
	var all []Handler
	for _, d := range Definitions() {
		all = append(all, Handler{Definition: d})
	}
	if table, err := Table(all[:1], all[1:]); err != nil || len(table) != len(all) {
		t.Errorf("all: %d, %v", len(table), err)
	}
	if _, err := Table(all[1:]); err == nil || !strings.Contains(err.Error(), all[0].Name) {
		t.Errorf("one is missing: %v", err)
	}
	if _, err := Table(all, all[:1]); err == nil || !strings.Contains(err.Error(), all[0].Name) {
		t.Errorf("one is there twice: %v", err)
	}
}
