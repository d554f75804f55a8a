package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// A Call is an authenticated command, as a handler receives it.
type Call struct {
	Command casework.Command
	Officer casework.Officer
	Emit    Emitter // tells the caller of progress; never nil in a handler
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
