package api

import (
	"github.com/crosscase/crosscase/policy/casework"
)

// The operator's methods on officers.
var (
	OfficerAdd    = define[OfficerAddRequest, casework.Officer]("officer.add", ChangesNode, operator)
	OfficerList   = define[None, []casework.Officer]("officer.list", Reads, supervisor, operator, auditor)
	OfficerRemove = define[OfficerRemoveRequest, casework.Officer]("officer.remove", ChangesNode, operator)
)

// OfficerAddRequest registers a key that its officer made.
type OfficerAddRequest struct {
	Name string        `json:"name"`
	Unit string        `json:"unit,omitempty" line:"100"`
	Role casework.Role `json:"role"`
	Key  string        `json:"key" line:"1000"` // "crosscase-officer:..." or an OpenSSH ed25519 line
}

// OfficerRemoveRequest ends an officer's right to act.
type OfficerRemoveRequest struct {
	Officer casework.OfficerID `json:"officer"`
}
