package sharing

import (
	"slices"

	"github.com/crosscase/crosscase/policy/casework"
)

// An Audience is which kinds an agency matches with which other members. The zero
// Audience is nobody.
type Audience struct {
	// Agreed lists the kinds that the members' agreement lets the agency match with a peer.
	Agreed func(peer casework.AgencyID) []casework.Kind
	// Narrow is the agency's own rule, which can only take from that what is published;
	// nil takes nothing.
	Narrow func(peer casework.AgencyID, k casework.Kind) bool
}

// Ask lists the kinds that a peer may be asked about.
func (a Audience) Ask(peer casework.AgencyID) []casework.Kind {
	if a.Agreed == nil {
		return nil
	}
	return a.Agreed(peer)
}

// Publish lists the kinds of which a peer may have tags.
func (a Audience) Publish(peer casework.AgencyID) []casework.Kind {
	kinds := a.Ask(peer)
	if a.Narrow == nil {
		return kinds
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k casework.Kind) bool { return !a.Narrow(peer, k) })
}
