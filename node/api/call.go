package api

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/crosscase/crosscase/policy/casework"
)

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

func bytesReader(b []byte) io.Reader {
	if len(bytes.TrimSpace(b)) == 0 {
		return bytes.NewReader([]byte("{}"))
	}
	return bytes.NewReader(b)
}
