package state

import (
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// A Member is an agency's record in force, with how it came and went.
type Member struct {
	Record       entry.SignedMember `cbor:"1,keyasint"`
	Admitted     uint64             `cbor:"2,keyasint"` // index of the entry that admitted it
	Expelled     uint64             `cbor:"3,keyasint"` // index of the entry that expelled it; 0: it is a member
	Former       []FormerKey        `cbor:"4,keyasint,omitempty"`
	Bodies       []entry.Hash       `cbor:"5,keyasint,omitempty"` // keys of its oversight body that it named before, oldest first
	entry.Member `cbor:"-"`
}

// A FormerKey is an agency key that an agency changed, and the index of the entry from
// which on it counts no more.
type FormerKey struct {
	Key   []byte `cbor:"1,keyasint"`
	Until uint64 `cbor:"2,keyasint"`
}

// KeyAt is the agency key that was in force when an entry was logged.
func (m Member) KeyAt(index uint64) []byte {
	for _, f := range m.Former { // in the order in which they were changed
		if index <= f.Until {
			return f.Key
		}
	}
	return m.AgencyKey
}

// Active reports whether the agency is a member now.
func (m Member) Active() bool { return m.Expelled == 0 }

// A Proposal is a record with which an agency wants to join. There may be several
// of one agency: anybody can make a key and a record, so the first to come must
// not keep the right one out. Members tell them apart by fingerprint.
type Proposal struct {
	Record    entry.SignedMember  `cbor:"1,keyasint"`
	Index     uint64              `cbor:"2,keyasint"`
	Approvals []casework.AgencyID `cbor:"3,keyasint"`
	Agency    casework.AgencyID   `cbor:"4,keyasint"`
	By        casework.AgencyID   `cbor:"5,keyasint"` // who proposed it
}

// Chain is where an agency's entries stand.
type Chain struct {
	Seq  uint64     `cbor:"1,keyasint"`
	Prev entry.Hash `cbor:"2,keyasint"`
}

// A Query is what the ledger knows of a batch that is open.
type Query struct {
	Index      uint64                       `cbor:"1,keyasint"`
	Agency     casework.AgencyID            `cbor:"2,keyasint"`
	Peers      []casework.AgencyID          `cbor:"3,keyasint"`
	Epoch      uint32                       `cbor:"4,keyasint"`
	Count      uint32                       `cbor:"5,keyasint"`
	PartSize   uint32                       `cbor:"6,keyasint"`
	Commitment entry.Hash                   `cbor:"7,keyasint"`
	At         int64                        `cbor:"8,keyasint"`
	Answered   map[casework.AgencyID]uint64 `cbor:"9,keyasint,omitempty"` // or refused: by whom, at which index
}

// A Request is how far a request for disclosure came.
type Request struct {
	Index      uint64                `cbor:"1,keyasint"`
	From       casework.AgencyID     `cbor:"2,keyasint"`
	To         casework.AgencyID     `cbor:"3,keyasint"`
	Hash       entry.Hash            `cbor:"4,keyasint"`
	At         int64                 `cbor:"5,keyasint"`
	Due        int64                 `cbor:"6,keyasint"`
	Decision   uint64                `cbor:"7,keyasint"` // indexes of later steps; 0: not yet
	Outcome    casework.Outcome      `cbor:"8,keyasint"`
	Told       entry.Hash            `cbor:"9,keyasint"` // hash of the decision's message
	Delivery   uint64                `cbor:"10,keyasint"`
	Disclosure casework.DisclosureID `cbor:"11,keyasint"`
	Package    entry.Hash            `cbor:"12,keyasint"`
	Receipt    uint64                `cbor:"13,keyasint"`
	Use        uint64                `cbor:"14,keyasint"`
	Stage      dossier.State         `cbor:"15,keyasint"`
}

// content is everything that replicas must agree on, in a form that has one encoding.
type content struct {
	Network   string                                    `cbor:"1,keyasint"`
	Genesis   entry.Hash                                `cbor:"2,keyasint"`
	Size      uint64                                    `cbor:"3,keyasint"`
	Last      int64                                     `cbor:"4,keyasint"` // append time of the newest entry
	Agreement []byte                                    `cbor:"5,keyasint"`
	Members   []Member                                  `cbor:"6,keyasint"` // in order of admission
	Proposals map[entry.Hash]Proposal                   `cbor:"7,keyasint"` // by record
	Expels    map[casework.AgencyID][]casework.AgencyID `cbor:"8,keyasint"`
	Drafts    map[entry.Hash]Draft                      `cbor:"9,keyasint"`
	Chains    map[casework.AgencyID]Chain               `cbor:"10,keyasint"`
	Keys      keySet                                    `cbor:"11,keyasint"` // of agency, type and key, to index
	Queries   map[casework.BatchID]Query                `cbor:"12,keyasint"`
	Requests  map[casework.RequestID]Request            `cbor:"13,keyasint"`
	Published map[string]Publication                    `cbor:"14,keyasint"` // by publisher, peer and epoch
	Day       int64                                     `cbor:"15,keyasint"` // UTC day of Asked and Logged
	Asked     map[string]uint64                         `cbor:"16,keyasint"` // see quota.go
	Reported  map[casework.AgencyID]int64               `cbor:"17,keyasint"` // end of the last report
	Logged    map[casework.AgencyID]Volume              `cbor:"18,keyasint"` // on Day
	Clock     int64                                     `cbor:"19,keyasint"` // see clock.go
	Replacing map[casework.AgencyID]Replacing           `cbor:"20,keyasint"` // by voter
	Replaced  map[casework.AgencyID]Replacement         `cbor:"21,keyasint"` // the newest of each voter
}

// A Draft is a proposed agreement.
type Draft struct {
	Text      []byte              `cbor:"1,keyasint"`
	Approvals []casework.AgencyID `cbor:"2,keyasint"`
	By        casework.AgencyID   `cbor:"3,keyasint"` // who drafted it
}

// A Publication is the newest set that one member published to another.
type Publication struct {
	Number     uint64     `cbor:"1,keyasint"`
	Commitment entry.Hash `cbor:"2,keyasint"`
	Bytes      uint64     `cbor:"3,keyasint"`
	Index      uint64     `cbor:"4,keyasint"`
	Acked      uint64     `cbor:"5,keyasint"` // newest number that the peer acknowledged

	Open []entry.Hash `cbor:"6,keyasint,omitempty"` // commitments of the numbers after Acked
}

// A State is the ledger replayed up to some size. The zero value is not usable:
// see New and Restore. It is not safe for concurrent use.
type State struct {
	c         content
	agreement agreement.Agreement
	known     uint32 // feature level
}

// New is the state before the first entry.
func New() *State { return NewKnowing(agreement.Level) }

// NewKnowing is the state of a build that knows no feature level above one.
func NewKnowing(level uint32) *State {
	return &State{known: level, c: content{
		Proposals: map[entry.Hash]Proposal{}, Expels: map[casework.AgencyID][]casework.AgencyID{},
		Drafts: map[entry.Hash]Draft{}, Chains: map[casework.AgencyID]Chain{}, Keys: keySet{},
		Queries: map[casework.BatchID]Query{}, Requests: map[casework.RequestID]Request{},
		Published: map[string]Publication{}, Asked: map[string]uint64{},
		Reported: map[casework.AgencyID]int64{}, Logged: map[casework.AgencyID]Volume{},
		Replacing: map[casework.AgencyID]Replacing{}, Replaced: map[casework.AgencyID]Replacement{},
	}}
}

// Network is the network's name; empty before the first entry.
func (s *State) Network() string { return s.c.Network }

// Genesis is the hash of the first entry.
func (s *State) Genesis() entry.Hash { return s.c.Genesis }

// Size is how many entries were accepted.
func (s *State) Size() uint64 { return s.c.Size }

// Last is the append time of the newest entry, in Unix milliseconds.
func (s *State) Last() int64 { return s.c.Last }

// Agreement is the one in force.
func (s *State) Agreement() agreement.Agreement { return s.agreement }

// Epoch is the network's epoch: the newest that all members have keys for.
func (s *State) Epoch() uint32 {
	var epoch uint32
	for _, m := range s.c.Members {
		if m.Active() && (epoch == 0 || m.Epoch < epoch) {
			epoch = m.Epoch
		}
	}
	return epoch
}

// Members lists all that ever were members, in order of admission.
func (s *State) Members() []Member { return slices.Clone(s.c.Members) }

// Member returns an agency's record, also when it was expelled since.
func (s *State) Member(id casework.AgencyID) (Member, bool) {
	if i := s.member(id); i >= 0 {
		return s.c.Members[i], true
	}
	return Member{}, false
}

func (s *State) member(id casework.AgencyID) int {
	return slices.IndexFunc(s.c.Members, func(m Member) bool { return m.Agency == id })
}

// active is a member's position, or an error.
func (s *State) active(id casework.AgencyID) (int, error) {
	i := s.member(id)
	if i < 0 {
		return 0, fmt.Errorf("%w: %s", ErrNotMember, id)
	}
	if !s.c.Members[i].Active() {
		return 0, fmt.Errorf("%w: %s", ErrExpelled, id)
	}
	return i, nil
}

// Count is the number of members now.
func (s *State) Count() int {
	n := 0
	for _, m := range s.c.Members {
		if m.Active() {
			n++
		}
	}
	return n
}

// JoinNeeds is how many approvals a join needs now.
func (s *State) JoinNeeds() int { return s.agreement.JoinShare.Of(s.Count()) }

// ExpelNeeds is how many others must want a member gone. In a network of two nobody
// can be expelled: one of two is no majority.
func (s *State) ExpelNeeds() int { return s.agreement.ExpelShare.Of(s.Count()) }

// AmendNeeds is how many members must approve another agreement.
func (s *State) AmendNeeds() int { return s.agreement.AmendShare.Of(s.Count()) }

// KnownLevel is the highest feature level that the nodes of all members know.
func (s *State) KnownLevel() uint32 {
	var level uint32
	for _, m := range s.c.Members {
		if m.Active() && (level == 0 || m.Level < level) {
			level = m.Level
		}
	}
	return level
}

// Voters lists the members whose signatures count: the first of those present.
func (s *State) Voters() []casework.AgencyID {
	var ids []casework.AgencyID
	for _, m := range s.c.Members {
		if m.Active() && len(ids) < int(s.agreement.Voters) {
			ids = append(ids, m.Agency)
		}
	}
	return ids
}

// Policy is what a checkpoint of this ledger is checked against now.
func (s *State) Policy() checkpoint.Policy {
	p := checkpoint.Policy{Origin: s.c.Network, Needed: int(s.agreement.Witnesses)}
	for _, id := range s.Voters() {
		m, _ := s.Member(id)
		p.Voters = append(p.Voters, checkpoint.Voter{Agency: id, LogKey: m.LogKey, CosignerKey: m.CosignerKey})
	}
	return p
}

// Chain is where an agency's entries stand: its last seq, and the hash that its
// next entry must name.
func (s *State) Chain(id casework.AgencyID) (seq uint64, prev entry.Hash) {
	c := s.c.Chains[id]
	return c.Seq, c.Prev
}

// Find returns the index of the entry of an agency, type and key.
func (s *State) Find(id casework.AgencyID, t entry.Type, key string) (uint64, bool) {
	i, ok := s.c.Keys[keyOf(id, t, key)]
	return i, ok
}

// Query returns what is known of a batch that a peer has yet to answer or refuse; a
// batch that all of them did is forgotten. The caller must not change it.
func (s *State) Query(id casework.BatchID) (Query, bool) {
	q, ok := s.c.Queries[id]
	return q, ok
}

// Request returns how far a request came.
func (s *State) Request(id casework.RequestID) (Request, bool) {
	r, ok := s.c.Requests[id]
	return r, ok
}

// Requests lists all requests by id. The caller must not change it.
func (s *State) Requests() map[casework.RequestID]Request { return s.c.Requests }

// Publication returns the newest set that one member published to another.
func (s *State) Publication(publisher, peer casework.AgencyID, epoch uint32) (Publication, bool) {
	p, ok := s.c.Published[publication(publisher, peer, epoch)]
	return p, ok
}

func publication(publisher, peer casework.AgencyID, epoch uint32) string {
	return fmt.Sprintf("%s|%s|%d", publisher, peer, epoch)
}
