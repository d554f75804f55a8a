package api

import "github.com/crosscase/crosscase/policy/casework"

// NetworkReplace approves that a voter whose disk is lost begins again.
var NetworkReplace = define[NetworkReplaceRequest, ReplacementView]("network.replace", ChangesNode, operator)

// NetworkReplaceRequest names the voter and the raft log with which it begins.
type NetworkReplaceRequest struct {
	Agency   casework.AgencyID `json:"agency"`
	Identity string            `json:"identity"` // as its operator reads it from its status
}

// ReplacementView is how far a replacement came.
type ReplacementView struct {
	Agency    casework.AgencyID `json:"agency"`
	Identity  string            `json:"identity"`
	Approvals int               `json:"approvals"`
	Needed    int               `json:"needed"`
	Replaced  bool              `json:"replaced"`
}
