package store

import "github.com/crosscase/crosscase/policy/casework"

// A KeptCommand is an officer's signed command as a node keeps it. Its signature holds
// whether its parameters are kept or not; with them and the salt, what it said can be
// shown.
type KeptCommand struct {
	Officer casework.OfficerID
	Act     casework.Act
	Salt    [32]byte
	Params  []byte `json:",omitempty"`
}

// Keep returns what is kept of a command: all of it, or its act alone.
func Keep(officer casework.OfficerID, c casework.Command, whole bool) KeptCommand {
	k := KeptCommand{Officer: officer, Act: c.Act()}
	if whole {
		k.Salt, k.Params = c.Salt, c.Params
	}
	return k
}
