// Package control is the node's local door: an HTTP API on a Unix socket, and
// its client. Every call is one [casework.Command] signed by an officer's own
// key; the socket's file mode keeps other accounts of the machine out, the
// signature keeps out everybody who holds no key, and the officer's role decides
// which methods they may call.
//
//	officer's process                         node
//	POST /v1/call {command, signed}     -->   officer known and active? signature holds?
//	                                          this node, this network? within 2 minutes?
//	                                          nonce never seen? role may call the method?
//	{"event":...}\n {"event":...}\n     <--   progress, as it happens
//	{"result":...}\n or {"error":...}   <--   the end
//
// A command that is replayed, late, for another agency or under a removed key is
// refused before its parameters are read. A caller without a valid signature
// learns only that it was refused, not whether the officer exists. Errors for a
// person carry what happened and what to do next; no identifier is in them.
package control

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// MaxCall is the size of the largest call in bytes.
const MaxCall = 16 << 20

// MaxSkew is how far a command's time may be from the node's clock.
const MaxSkew = 2 * time.Minute

// A Code classifies an error for programs; its exit code follows from it.
type Code string

// Codes of errors.
const (
	Denied      Code = "denied"      // not authenticated, or the role may not
	Invalid     Code = "invalid"     // the call cannot be understood or lacks something
	NotFound    Code = "not_found"   // no such case, lead, request ...
	Refused     Code = "refused"     // policy, quota or a rule of the agreement says no
	Unavailable Code = "unavailable" // no quorum, peer or store; try again later
	Fault       Code = "fault"       // the node's own failure
)

// An Error tells a person what happened and what to do about it.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Next    string `json:"next,omitempty"`
	Err     error  `json:"-"`
}

func (e *Error) Error() string {
	if e.Next == "" {
		return e.Message
	}
	return e.Message + "; " + e.Next
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a code with a way out; a %w in the format is kept.
func Errorf(code Code, next, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Next: next, Err: err}
}

// A Call is an authenticated command, as a handler gets it.
type Call struct {
	Command casework.Command
	Officer casework.Officer
}

// Bind reads the call's parameters; unknown fields are an error.
func (c Call) Bind(params any) error {
	dec := json.NewDecoder(bytesReader(c.Command.Params))
	dec.DisallowUnknownFields()
	if err := dec.Decode(params); err != nil {
		return Errorf(Invalid, "use the crosscase of the node's version", "the parameters of %s cannot be read: %w", c.Command.Method, err)
	}
	return nil
}

// An Emitter sends progress to the caller while a handler works.
type Emitter func(event Event)

// An Event is a step of a long call.
type Event struct {
	Step    string  `json:"step"`              // "index", "blind", "ledger", "ask" ...
	Peer    string  `json:"peer,omitempty"`    // agency
	Done    uint64  `json:"done,omitempty"`    // of Total
	Total   uint64  `json:"total,omitempty"`   // 0: unknown
	Rate    float64 `json:"rate,omitempty"`    // a second
	Left    float64 `json:"left,omitempty"`    // seconds
	Message string  `json:"message,omitempty"` // for a person
}

// A Handler does what a method says and gives its result, which becomes JSON.
type Handler func(ctx context.Context, call Call, emit Emitter) (any, error)

// A Method is a handler with the roles that may call it. Without a role nobody may.
type Method struct {
	Roles  []casework.Role
	Handle Handler
}

// Directory is what the door needs to know of officers.
type Directory interface {
	// OfficerByKey gives the officer who holds a key; any error refuses the call.
	OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error)
	// UseNonce records a nonce until its command would be too old anyway, and
	// fails when it was used before, or may have been.
	UseNonce(ctx context.Context, id casework.OfficerID, nonce [16]byte, at time.Time) error
}

// ErrDenied is wrapped by every refusal at the door.
var ErrDenied = errors.New("refused")
