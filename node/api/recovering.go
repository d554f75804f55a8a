package api

import "github.com/crosscase/crosscase/policy/casework"

// Methods that found the successor of a network whose voters are gone for good.
var (
	NetworkRecover = define[NetworkRecoverRequest, SeamView]("network.recover", ChangesNode, operator)
	NetworkSign    = define[NetworkSignRequest, SeamView]("network.sign", ChangesNode, operator)
	NetworkSucceed = define[NetworkSucceedRequest, JoinedView]("network.succeed", ChangesNode, operator)
)

// NetworkRecoverRequest names the successor.
type NetworkRecoverRequest struct {
	Name      string `json:"name"`
	Agreement string `json:"agreement,omitempty" text:"262144"` // TOML; empty: that of the network now
}

// NetworkSignRequest signs another survivor's seam.
type NetworkSignRequest struct {
	Seam        string `json:"seam" text:"65536"`
	Fingerprint string `json:"fingerprint"` // as heard from the survivor that made it
}

// NetworkSucceedRequest founds the successor with a seam that all of its signers signed.
type NetworkSucceedRequest struct {
	Seam string `json:"seam" text:"65536"`
}

// SeamView is a seam with the signatures that it has.
type SeamView struct {
	Seam        string              `json:"seam"`
	Fingerprint string              `json:"fingerprint"`
	Network     string              `json:"network"`
	Successor   string              `json:"successor"`
	Entries     uint64              `json:"entries"` // of the retired ledger
	Survivors   []casework.AgencyID `json:"survivors"`
	Lost        []casework.AgencyID `json:"lost,omitempty"`
	Unsigned    []casework.AgencyID `json:"unsigned,omitempty"` // survivors whose oversight body has not signed
}
