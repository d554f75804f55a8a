package match

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// The protocols that this package speaks.
const (
	TagsProtocol  = "/crosscase/1/tags"
	QueryProtocol = "/crosscase/1/query"
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

// A Store is what matching needs of the case store.
type Store interface {
	MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error)
	MatchItemsOf(ctx context.Context, ids []casework.ItemID) ([]store.MatchItem, error)
	MatchItemsBySeq(ctx context.Context, seqs []int64) ([]store.MatchItem, error)
	NotAsked(ctx context.Context, peers []casework.AgencyID, epoch uint32, f store.MatchFilter) ([]store.MatchItem, *store.Mark, error)
	CasesOfItem(ctx context.Context, id casework.ItemID) ([]casework.CaseID, error)

	Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error)
	SavePublication(ctx context.Context, p store.Publication) error
	PutOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []store.OwnTag) error
	OwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) iter.Seq2[tagset.Tag, error]
	RemoveOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32, tags []tagset.Tag) error
	Changes(ctx context.Context, p store.Publication, kinds []casework.Kind, limit int) ([]store.Change, error)
	Hits(ctx context.Context, peer casework.AgencyID, epoch uint32) ([]store.Hit, error)
	CountOwnTags(ctx context.Context, peer casework.AgencyID, epoch uint32) (uint64, error)
	ItemByOwnTag(ctx context.Context, peer casework.AgencyID, epoch uint32, tag tagset.Tag) (casework.ItemID, error)
	PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error)
	ApplyPeerTags(ctx context.Context, next store.PeerSet, snapshot bool, added, removed iter.Seq2[tagset.Tag, error]) ([]store.Hit, error)

	CreateBatch(ctx context.Context, b store.Batch, seqs []int64, ended *store.Search) error
	EndSearch(ctx context.Context, peers []casework.AgencyID, epoch uint32, ended store.Search) error
	DropBatch(ctx context.Context, id casework.BatchID) error
	SaveBatch(ctx context.Context, b store.Batch) error
	Batch(ctx context.Context, id casework.BatchID) (store.Batch, error)
	OpenBatches(ctx context.Context) ([]store.Batch, error)
	BatchItems(ctx context.Context, id casework.BatchID, from, limit int) ([]store.MatchItem, error)
	Progress(ctx context.Context, b casework.BatchID, p casework.AgencyID) (store.Progress, error)
	SaveProgress(ctx context.Context, p store.Progress) error
	PutAsked(ctx context.Context, p store.Progress, epoch uint32, tags []store.AskedTag) ([]store.Hit, error)

	Answer(ctx context.Context, asker casework.AgencyID, b casework.BatchID) (store.AnswerState, error)
	SaveAnswer(ctx context.Context, a store.AnswerState) error
	SaveReply(ctx context.Context, a store.AnswerState, part uint32, hash [32]byte, reply []byte, acked uint32) error
	Reply(ctx context.Context, asker casework.AgencyID, b casework.BatchID, part uint32) (hash [32]byte, reply []byte, err error)
	DropReplies(ctx context.Context, asker casework.AgencyID, b casework.BatchID) error

	MergeTags(ctx context.Context, peer casework.AgencyID, epoch uint32) error
	PutLeads(ctx context.Context, leads []casework.Lead) ([]casework.Lead, error)
}

// Keys are an agency's keys of one epoch.
type Keys struct {
	Match *oprf.PrivateKey
	Audit *[32]byte
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
	// Quota is the own, stricter count of what is answered; nil counts nothing. It
	// is called once for each batch, before anything is evaluated.
	Quota func(ctx context.Context, asker casework.AgencyID, q entry.Query, at time.Time) error
	// OnLead is told each new lead, with the store's call behind it.
	OnLead func(ctx context.Context, l casework.Lead)
	// OnProgress is told how far an exchange has come; it must not block.
	OnProgress func(Progress)

	Workers  int           // evaluations side by side; 0: one for each core
	MaxTags  uint64        // in one peer's set; 2^24
	Retry    time.Duration // first pause after a failure; doubles up to RetryMax; 1 s
	RetryMax time.Duration // 5 minutes
	Now      func() time.Time
}

// A Service matches with all other members while Run runs.
type Service struct {
	cfg    Config
	budget chan struct{} // one evaluation at a time: it uses all workers itself

	mu   sync.Mutex
	busy map[string]bool                     // guarded by mu: exchanges under way
	kick map[casework.AgencyID]chan struct{} // guarded by mu: wakes a peer's loop
	want map[casework.AgencyID]uint64        // guarded by mu: how often Publish named a peer
	met  map[casework.AgencyID]uint64        // guarded by mu: which of these calls are done
	made sync.Mutex                          // held while own tags are made and batches logged
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
	s := &Service{cfg: cfg, budget: make(chan struct{}, 1), busy: map[string]bool{}, kick: map[casework.AgencyID]chan struct{}{}, want: map[casework.AgencyID]uint64{}, met: map[casework.AgencyID]uint64{}}
	cfg.Peers.Handle(TagsProtocol, s.serveTags)
	cfg.Peers.Handle(QueryProtocol, s.serveQuery)
	return s, nil
}

// enter claims an exchange, so that it runs once at a time.
func (s *Service) enter(what string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[what] {
		return nil, false
	}
	s.busy[what] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, what)
	}, true
}

// compute takes the processor budget, in the order in which it is asked for.
func (s *Service) compute(ctx context.Context, f func() error) error {
	select {
	case s.budget <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.budget }()
	return f()
}

func (s *Service) options() oprf.Options { return oprf.Options{Workers: s.cfg.Workers} }
