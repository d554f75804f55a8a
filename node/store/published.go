package store

import (
	"errors"
	"time"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Publication is how far one peer's copy of our tags has come.
type Publication struct {
	Peer       casework.AgencyID
	Epoch      uint32
	PeerKey    tagset.PeerKey `json:"-"`
	Number     uint64         // last set prepared; 0: none
	Acked      uint64         // last set that the peer acknowledged
	UpToSeq    int64          // items up to this number are in the prepared sets
	UpToChange int64          // and so are changes of items up to this one
	Count      uint64         // tags, padding included
	Prepared   []byte         // what matching has to remember of a prepared set

	// Resync is the number of the snapshot with which the peer is to begin again, where
	// this store, or the peer's, is older than what was published; 0: none.
	Resync uint64 `json:",omitempty"`
	// Leaving are tags that the peer is told to remove with the next batch of removals.
	Leaving      []tagset.Tag `json:",omitempty"`
	LeavingSince time.Time    `json:",omitzero"`
	// Spare are some of the padding tags that the peer has, to be removed with others.
	Spare []tagset.Tag `json:",omitempty"`
}

// A KeyTag is a tag of a match key of ours: our own, for a peer, or the peer's, learned by
// asking. Number 0 is padding, which our own sets have.
type KeyTag struct {
	Tag tagset.Tag
	Seq int64
}

// A PeerSet is what a peer published to us, as a whole.
type PeerSet struct {
	Peer       casework.AgencyID
	Epoch      uint32
	Key        tagset.PeerKey `json:"-"`
	Number     uint64
	Count      uint64
	Received   time.Time
	Commitment [32]byte
}

// ErrSequence means that a set is not the next one, or not of this epoch.
var ErrSequence = errors.New("not the next set of tags")

// A Change is an item whose part in matching changed after it had come in, as it
// stands now for one peer.
type Change struct {
	N         int64 // number of the change
	Item      MatchItem
	Published bool // the peer has a tag of it
	May       bool // it may be published to the peer now
}
