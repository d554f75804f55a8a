package match

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/keylock"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// The protocols that this package speaks.
const (
	TagsProtocol  = "/crosscase/2/tags"
	QueryProtocol = "/crosscase/2/query"
)

// A Ledger is what matching needs of the ledger.
type Ledger interface {
	Append(ctx context.Context, body entry.Body) (receipt.Receipt, error)
	Receipt(ctx context.Context, index uint64) (receipt.Receipt, error)
	Entry(index uint64) (entry.Entry, int64, error)
	View(func(*state.State))
	Policy() checkpoint.Policy
	Changed() <-chan struct{}
	Err() error
}

// Peers opens and serves streams with other members.
type Peers interface {
	Open(ctx context.Context, to casework.AgencyID, protocol string) (peer.Stream, error)
	Handle(protocol string, fn func(ctx context.Context, from casework.AgencyID, s peer.Stream))
}

// Keys are an agency's keys of one epoch.
type Keys struct {
	Match *oprf.PrivateKey
	Audit []*[32]byte // oldest first: the first covers what is kept, the last makes new blinds
}

// Config is what the service is given.
type Config struct {
	Agency     casework.AgencyID
	Network    string
	Normaliser uint32
	Dir        string // for sets and batches on their way; nothing in it but tags and blinded elements
	Keys       func(epoch uint32) (Keys, error)
	Store      Store
	Ledger     Ledger
	Peers      Peers
	Logger     *slog.Logger

	// Manual publishes when Publish says so, and not whenever something is new.
	Manual bool
	// MayPublish narrows what the agreement allows; nil narrows nothing.
	MayPublish func(to casework.AgencyID, k casework.Kind) bool
	// AnswerDay is the most elements that one asker is answered on a UTC day; 0 bounds
	// nothing. It is counted in the own store when the answer is made.
	AnswerDay uint64
	// OnLead is told each new lead, with the store's call behind it.
	OnLead func(ctx context.Context, l casework.Lead)
	// OnProgress is told how far an exchange has come; it must not block.
	OnProgress func(Progress)

	// RemoveEvery is the grid of times at which removals leave a published set; 1 hour.
	RemoveEvery time.Duration

	Workers  int           // evaluations side by side; 0: one for each core
	MaxTags  uint64        // in one peer's set; 2^24
	Retry    time.Duration // first pause after a failure; doubles up to RetryMax; 1 s
	RetryMax time.Duration // 5 minutes
	Now      func() time.Time
}

// A Service matches with all other members while Run runs.
type Service struct {
	cfg    Config
	bulk   chan struct{} // of capacity 1: the processor time of sets and large batches
	urgent chan struct{} // of capacity 1: that of small urgent batches

	publishing keylock.Locks[casework.AgencyID] // while a peer's next set is made
	choosing   keylock.Locks[uint32]            // by epoch; while some items of a batch are chosen
	records    keylock.Locks[casework.BatchID]  // while a batch's record is changed

	mu        sync.Mutex
	running   map[string]bool                  // guarded by mu: what was claimed
	exchanges map[casework.AgencyID]int        // guarded by mu: exchanges under way with a peer
	received  map[casework.AgencyID][]received // guarded by mu: sets to be looked up
	wakes     map[laneOf]*wakes                // guarded by mu
	wanted    map[casework.AgencyID]uint64     // guarded by mu: how often Publish named a peer
	suspects  map[casework.AgencyID]bool       // guarded by mu: peers whose copy of the own tags may be another
	published map[casework.AgencyID]uint64     // guarded by mu: which of these calls are done
}

// New makes a service. It answers and receives from the moment at which the peer
// host connects; it publishes and asks while Run runs.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Ledger == nil || cfg.Peers == nil || cfg.Keys == nil || cfg.Agency == "" || cfg.Network == "" {
		return nil, errors.New("match: store, ledger, peers, keys, agency and network are all needed")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxTags == 0 {
		cfg.MaxTags = 1 << 24
	}
	if cfg.RemoveEvery == 0 {
		cfg.RemoveEvery = time.Hour
	}
	if cfg.Retry == 0 {
		cfg.Retry = time.Second
	}
	if cfg.RetryMax == 0 {
		cfg.RetryMax = 5 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, d := range []string{"in", "out", "batches"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
	}
	s := &Service{
		cfg: cfg, bulk: make(chan struct{}, 1), urgent: make(chan struct{}, 1),
		running: map[string]bool{}, suspects: map[casework.AgencyID]bool{}, exchanges: map[casework.AgencyID]int{}, received: map[casework.AgencyID][]received{}, wakes: map[laneOf]*wakes{}, wanted: map[casework.AgencyID]uint64{}, published: map[casework.AgencyID]uint64{},
	}
	cfg.Peers.Handle(TagsProtocol, s.serveTags)
	cfg.Peers.Handle(QueryProtocol, s.serveQuery)
	return s, nil
}

// claim takes an exchange or a step, so that it runs once at a time. Nobody waits
// for a claim: who does not get it leaves the work to whoever has it.
func (s *Service) claim(what string) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[what] {
		return nil, false
	}
	s.running[what] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, what)
	}, true
}

// compute runs f, at most a part of work, when it is its turn. Small urgent batches
// have turns of their own and wait for no other work.
func (s *Service) compute(ctx context.Context, small bool, f func() error) error {
	turn := s.bulk
	if small {
		turn = s.urgent
	}
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-turn }()
	return f()
}

func (s *Service) options() oprf.Options { return oprf.Options{Workers: s.cfg.Workers} }
