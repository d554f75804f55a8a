package api

import (
	"fmt"
)

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
