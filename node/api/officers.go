package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// OfficerAdd registers a key that its officer made.
type OfficerAdd struct {
	Name string        `json:"name"`
	Unit string        `json:"unit,omitempty"`
	Role casework.Role `json:"role"`
	Key  string        `json:"key"` // "crosscase-officer:..." or an OpenSSH ed25519 line
}

// OfficerRemove ends an officer's right to act.
type OfficerRemove struct {
	Officer casework.OfficerID `json:"officer"`
}
