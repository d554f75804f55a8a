package api

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/policy/casework"
)

// A leaf is one text of a request that a test can set, with what its field says of it.
type leaf struct {
	name  string
	bound bound
	set   func(text string)
}

// leaves lists the texts of a request, one of each list.
func leaves(name string, b bound, v reflect.Value) (out []leaf) {
	if checksItself[v.Type()] {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return []leaf{{name, b, v.SetString}}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return leaves(name, b, v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			return leaves(name+" 1", b, v.Index(0))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out = append(out, leaves(below(name, f), b.of(f.Tag), v.Field(i))...)
			}
		}
	}
	return out
}

// sent counts what would go to a node.
type sent struct{ calls int }

func (s *sent) Call(context.Context, string, any, any, Emitter) error {
	s.calls++
	return nil
}

// shapes tries each text of a method's request with shapes that no command may have,
// in the officer's process and at the node.
func shapes[Request, View any](m Method[Request, View]) func(t *testing.T) int {
	return func(t *testing.T) int {
		var request Request
		all := leaves("", bound{most: maxLine, list: maxList}, reflect.ValueOf(&request).Elem())
		serve := m.Handle(func(context.Context, Call, Request) (view View, err error) { return view, nil })
		try := func(l leaf, what, text string, want string) {
			l.set(text)
			defer l.set("")
			var node sent
			_, err := m.Call(t.Context(), &node, request)
			params, jsonErr := json.Marshal(request)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			_, atNode := serve.Serve(t.Context(), Call{Command: casework.Command{Method: m.Name, Params: params}, Emit: func(Event) {}})
			if want == "" {
				if err != nil || node.calls != 1 || atNode != nil {
					t.Errorf("%s: %s with %s is refused: %v, %v", m.Name, l.name, what, err, atNode)
				}
				return
			}
			if what != "no UTF-8" { // which JSON replaces
				refusedAs(t, m.Name+" at the node: "+l.name+" with "+what, atNode, l.name, want)
			}
			refusedAs(t, m.Name+": "+l.name+" with "+what, err, l.name, want)
			if node.calls != 0 {
				t.Errorf("%s: %s with %s was sent", m.Name, l.name, what)
			}
		}
		for _, l := range all {
			try(l, "as much as it may have", strings.Repeat("x", l.bound.most), "")
			try(l, "a byte more", strings.Repeat("x", l.bound.most+1), "more than")
			if l.bound.foreign {
				continue
			}
			try(l, "no UTF-8", "a\xffb", "UTF-8")
			try(l, "an escape sequence", "a\x1b[31mb", "control character")
			try(l, "a turned direction", "a\u202eb", "control character")
			if l.bound.breaks {
				try(l, "a line break", "a\r\n\tb", "")
			} else {
				try(l, "a line break", "a\nb", "line break")
				try(l, "a line separator", "a\u2028b", "line break")
			}
		}
		return len(all)
	}
}

// refusedAs checks that an error names the field and the reason, and not the text.
func refusedAs(t *testing.T, what string, err error, name, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != Invalid || e.Next == "" || !strings.Contains(e.Message, name) || !strings.Contains(e.Message, want) {
		t.Errorf("%s: %v, want one that says %q", what, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "xxxx") {
		t.Errorf("%s: the text is in the error", what)
	}
}

// No text of any command goes to a node, or is carried out there, in a shape that the
// ledger, the store or another agency would never take.
func TestEveryTextOfEveryCommandIsBounded(t *testing.T) {
	texts := 0
	for _, e := range examples {
		texts += e.shapes(t)
	}
	if texts < 60 {
		t.Errorf("only %d texts were found", texts)
	}
}

func TestListsAreBounded(t *testing.T) {
	for name, request := range map[string]any{
		"peers":      AskRequest{Peers: make([]casework.AgencyID, maxList+1)},
		"wanted":     DraftRequest{Wanted: make([]casework.Field, 8)},
		"conditions": AnswerRequest{Conditions: make([]string, 33)},
		"reports":    ReportsAddRequest{Reports: make([]Report, 5001)},
	} {
		refusedAs(t, name, checkShape(request), name, "more than")
	}
	if err := checkShape(struct {
		Bytes map[string][]byte `json:"bytes" line:"3"`
	}{map[string][]byte{"a": {1, 2, 3, 4}}}); err == nil {
		t.Error("four bytes where three may be")
	}
}

func TestParametersAreUTF8(t *testing.T) {
	serve := CaseShow.Handle(func(context.Context, Call, CaseShowRequest) (view CaseView, err error) { return view, nil })
	_, err := serve.Serve(t.Context(), Call{Command: casework.Command{Method: "case.show", Params: []byte("{\"case\":\"a\xff\"}")}})
	refusedAs(t, "case.show", err, "parameters", "UTF-8")
}
