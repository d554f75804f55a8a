package replica

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// Errors that callers branch on.
var (
	// ErrNoQuorum means that no majority of voters answered in time. The entry may
	// or may not be in the ledger later; appending it again is harmless.
	ErrNoQuorum = errors.New("no quorum: too few voters of the ledger answer")
	// ErrRejected means that the ledger took the entry not; the reason is beside it.
	ErrRejected = errors.New("the ledger rejects the entry")
	// ErrAlarm means that the ledger was seen to be tampered with.
	ErrAlarm = errors.New("ALARM: the ledger's copies differ")
	// ErrBehind means that this replica's folder is older than what it signed.
	ErrBehind = errors.New("this node's copy of the ledger is older than what it signed")
	// ErrDamaged means that the disk holds other bytes than this replica wrote to it.
	ErrDamaged = errors.New("this node's copy of the ledger is damaged")
	// ErrSpace means that this node's disk is nearly full.
	ErrSpace = errors.New("too little space is free on the disk of this node's ledger: free some, and it goes on by itself")
	// ErrStopped means that the replica does not run.
	ErrStopped = errors.New("the ledger's replica has stopped")
	// ErrDenied is the answer to a call that its caller may not make.
	ErrDenied = errors.New("the call is not permitted")
)

// wayBack is what an operator can do about a copy that is damaged or lost. An older
// copy put in its place would make this node sign what contradicts what it signed.
const wayBack = "see that the disk is sound, take the ledger folder away and start the node again: it refills from the other members, and votes again once every other voter has told it what it signed"

// A Caller calls another member's replica; the connection proves both identities.
type Caller interface {
	Call(ctx context.Context, to casework.AgencyID, method string, request []byte) ([]byte, error)
}

// Secrets are what a replica signs with. Its record in the ledger says with which: an
// agency changes its keys by an entry, and from then on that record counts.
type Secrets struct {
	Agency        ed25519.PrivateKey
	Log, Cosigner string // signed-note keys
}

// Fixed are secrets that do not change.
func Fixed(s Secrets) func(entry.Member) Secrets { return func(entry.Member) Secrets { return s } }

// secrets are those behind the own record in a state; r.mu is held.
func (r *Replica) secrets(st *state.State) Secrets {
	m, _ := st.Member(r.cfg.Agency)
	return r.cfg.Secrets(m.Member)
}

// signing returns the secrets behind the own record, as far as this replica has got.
func (r *Replica) signing() Secrets {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.secrets(r.view())
}

// Config is what a replica is given.
type Config struct {
	Dir     string // for the raft log, snapshots, tiles, and what was signed
	Agency  casework.AgencyID
	Secrets func(own entry.Member) Secrets // behind the own record; the zero record is of before there is one
	Network string
	Genesis entry.Hash // of the first entry; a ledger with another is refused

	// Fresh says that this agency never ran a replica of this network before. Only
	// then an empty folder is a beginning; otherwise it is a lost one. Begun makes
	// durable, outside of the folder, that it is not fresh from now on; Run calls it
	// where Fresh is set, before anything is signed or voted. It may be nil.
	Fresh bool
	Begun func() error
	// Peers lists whom to ask for the ledger while this replica has no entry; may be nil.
	Peers func() []casework.AgencyID

	// Raft streams: RemoteAddr().String() of an accepted connection is the agency
	// that the connection proved.
	Listener net.Listener
	Dial     func(ctx context.Context, to casework.AgencyID) (net.Conn, error)
	Caller   Caller
	Logger   *slog.Logger

	Now  func() time.Time                 // the node's clock; time.Now
	Free func(dir string) (uint64, error) // bytes that are free on its disk; what the system says

	// Times; zero values are sound for a network of continents.
	Heartbeat time.Duration // 1 s; elections take as long
	Cadence   time.Duration // 100 ms between checkpoints
	Refresh   time.Duration // 60 s between checkpoints when idle, and between looks at those of others
	Patience  time.Duration // 30 s for an append whose context has no deadline
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Free == nil {
		c.Free = freeSpace
	}
	for _, d := range []struct {
		v  *time.Duration
		or time.Duration
	}{{&c.Heartbeat, time.Second}, {&c.Cadence, 100 * time.Millisecond}, {&c.Refresh, time.Minute}, {&c.Patience, 30 * time.Second}} {
		if *d.v <= 0 {
			*d.v = d.or
		}
	}
	return c
}

// Methods of calls between replicas.
const (
	methodSubmit = "submit" // an entry's raw bytes; gives its index
	methodCosign = "cosign" // a checkpoint to sign; gives signature lines
	methodSize   = "size"   // how many entries the replica applied
	methodNote   = "note"   // the newest certified checkpoint, for the newest that the other has
	methodVotes  = "votes"  // whether an agency has a vote; gives 0 or 1
	methodHello  = "hello"  // a start; gives what was known of the caller
	methodFollow = "follow" // what a follower has; gives who leads, and the newest certified checkpoint
	methodLeaves = "leaves" // an index; gives the leaves from there on
	methodTime   = "time"   // gives the replica's clock
)
