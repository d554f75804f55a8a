package store

import (
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Batch is one query: what is asked of whom, and why.
type Batch struct {
	ID         casework.BatchID
	Created    time.Time
	Case       casework.CaseID
	Peers      []casework.AgencyID
	Epoch      uint32
	AuditKey   uint32 // which one of the epoch's made its blinds; 0: the first
	Count      uint32
	PartSize   uint32
	Kinds      map[casework.Kind]uint32
	PartHashes [][32]byte // of the blinded elements, once they are computed
	Body       []byte     // the query entry's body, ready to be logged
	Logged     bool
	Index      uint64 // of the query's entry, once logged
	Urgent     bool
	Done       bool   // every peer answered or refused
	Waits      string // why it has not gone out, for a person
}

// A Search is what NotAsked looked through to its end.
type Search struct {
	Filter MatchFilter
	To     Mark
}

// Progress is how far a batch is with one peer.
type Progress struct {
	Batch    casework.BatchID
	Peer     casework.AgencyID
	NextPart uint32
	Done     bool
	Refusal  string // its code
	Waits    string // why it has not been answered, for a person
	LookedUp uint32 // parts whose tags were looked up among the peer's
	Hits     uint32
	Set      uint64 // number of the peer's set that was looked through
	Updated  time.Time
}

// An AskedItem is the latest batch with which a peer was asked about an item.
type AskedItem struct {
	Batch    Batch
	Progress Progress
	LookedUp bool // its answer is there, and was looked up
}

// A BatchItem is an item at its position in a batch.
type BatchItem struct {
	Pos int
	MatchItem
}

// AnswerState is how far an asker's batch was answered.
type AnswerState struct {
	Asker    casework.AgencyID
	Batch    casework.BatchID
	Query    uint64 // ledger index
	Count    uint32
	NextPart uint32
	Done     bool
	At       time.Time
	Day      string // on which what is left of it was counted as answered
}
