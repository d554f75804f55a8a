package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Method is one command of the local API, with the types of its request and view.
type Method[Request, View any] struct{ Definition }

// A Definition is what a method is without its types.
type Definition struct {
	Name   string
	Effect Effect
	Roles  []casework.Role // that may call it; without one nobody may
}

// An Effect says what a command changes.
type Effect int

// Effects. The signed command of whatever changes a case is kept, so that the
// oversight body can prove later who did it; the zero value is that one. Where a
// command brings identifiers its parameters are not kept: what is erased from a case
// must not lie on in a command.
const (
	ChangesCase Effect = iota // a case, or what belongs to one
	BringsItems               // a case, by identifiers that the command holds
	ChangesNode               // officers and membership
	Reads                     // nothing
)

// Roles of those who may call a method.
const (
	investigator = casework.Investigator
	supervisor   = casework.Supervisor
	operator     = casework.Operator
	auditor      = casework.Auditor
)

// definitions lists what define was called with; it does not change after initialization.
var definitions []Definition

// define makes a method and adds it to the list of all.
func define[Request, View any](name string, effect Effect, roles ...casework.Role) Method[Request, View] {
	d := Definition{Name: name, Effect: effect, Roles: roles}
	definitions = append(definitions, d)
	return Method[Request, View]{d}
}

// Definitions lists all methods by name.
func Definitions() []Definition {
	all := slices.Clone(definitions)
	slices.SortFunc(all, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// None is the request of a method that needs nothing, or the view of one that
// returns nothing.
type None struct{}

// A Caller carries a call to a node and its result back.
type Caller interface {
	// Call sends one command, hands each event to emit, which may be nil, and reads
	// the result into result. Its errors are *Error.
	Call(ctx context.Context, method string, params, result any, emit Emitter) error
}

// Call calls the method at a node.
func (m Method[Request, View]) Call(ctx context.Context, c Caller, request Request) (View, error) {
	return m.Follow(ctx, c, request, nil)
}

// Follow calls the method at a node and hands its progress to emit.
func (m Method[Request, View]) Follow(ctx context.Context, c Caller, request Request, emit Emitter) (View, error) {
	var view View
	if err := checkShape(request); err != nil {
		return view, err
	}
	err := c.Call(ctx, m.Name, request, &view, emit)
	return view, err
}

// A Handler carries out one command.
type Handler struct {
	Definition
	bind func(call Call) (Bound, error)
}

// A Bound is a command whose request was read and has a shape that can be carried out.
type Bound func(ctx context.Context) (any, error)

// Handle binds the method to the function that carries it out.
func (m Method[Request, View]) Handle(f func(ctx context.Context, call Call, request Request) (View, error)) Handler {
	return Handler{m.Definition, func(call Call) (Bound, error) {
		var request Request
		if err := call.read(&request); err != nil {
			return nil, err
		}
		if err := checkShape(request); err != nil {
			return nil, err
		}
		return func(ctx context.Context) (any, error) { return f(ctx, call, request) }, nil
	}}
}

// Bind reads the call's request and checks its shape. What it returns carries the
// command out.
func (h Handler) Bind(call Call) (Bound, error) { return h.bind(call) }

// Serve binds the call, carries the command out and returns its view.
func (h Handler) Serve(ctx context.Context, call Call) (any, error) {
	run, err := h.bind(call)
	if err != nil {
		return nil, err
	}
	return run(ctx)
}

// read reads the call's request; a field that it does not have is an error, and so is
// text that is not UTF-8, which JSON would quietly replace.
func (c Call) read(request any) error {
	params := c.Command.Params
	if !utf8.Valid(params) {
		return Errorf(Invalid, "write texts as UTF-8", "the parameters of %s are not UTF-8", c.Command.Method)
	}
	if len(bytes.TrimSpace(params)) == 0 {
		params = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.DisallowUnknownFields()
	if err := dec.Decode(request); err != nil {
		return Errorf(Invalid, "use the crosscase of the node's version", "the parameters of %s cannot be read: %w", c.Command.Method, err)
	}
	return nil
}

// Handlers are the commands that a node carries out, by name.
type Handlers map[string]Handler

// Table puts the handlers of several desks together. One that is there twice, and a
// command that has none, are errors.
func Table(desks ...[]Handler) (Handlers, error) {
	all := Handlers{}
	for _, desk := range desks {
		for _, h := range desk {
			if _, twice := all[h.Name]; twice {
				return nil, fmt.Errorf("local API: two handlers of %s", h.Name)
			}
			all[h.Name] = h
		}
	}
	for _, c := range definitions {
		if _, ok := all[c.Name]; !ok {
			return nil, fmt.Errorf("local API: no handler of %s", c.Name)
		}
	}
	return all, nil
}
