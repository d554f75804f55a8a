package disclose

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/crosscase/crosscase/node/keylock"
	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
	"github.com/crosscase/crosscase/policy/rules"
)

// Protocol is the peer protocol of casework messages.
const Protocol = "/crosscase/2/casework"

// Errors that callers branch on.
var (
	ErrOrder      = dossier.ErrOrder
	ErrSameHand   = errors.New("a second approval is a second officer's, with a key of their own")
	ErrIncomplete = errors.New("something is missing")
	ErrForged     = errors.New("the message is not what its sender logged")
)

// Ledger is what disclosure needs of the replica.
type Ledger interface {
	Append(ctx context.Context, body entry.Body) (receipt.Receipt, error)
	Receipt(ctx context.Context, index uint64) (receipt.Receipt, error)
	View(f func(*state.State))
	Policy() checkpoint.Policy
}

// Store is what disclosure needs of the case store.
type Store interface {
	Lead(ctx context.Context, id casework.LeadID) (casework.Lead, error)
	SaveLead(ctx context.Context, l casework.Lead) error
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	MatchItems(ctx context.Context, f store.MatchFilter) ([]store.MatchItem, error)

	Dossier(ctx context.Context, id casework.RequestID) (store.Dossier, error)
	SaveDossier(ctx context.Context, d store.Dossier) error
	Pending(ctx context.Context) ([]casework.RequestID, error)
	Expiring(ctx context.Context, at time.Time) ([]casework.RequestID, error)

	Outgoing(ctx context.Context) ([]store.Outgoing, error)
	OutgoingSealed(ctx context.Context, id casework.MessageID) ([]byte, error)
	PutOutgoing(ctx context.Context, o store.Outgoing, sealed []byte) error
	SaveOutgoing(ctx context.Context, o store.Outgoing) error
	DeleteOutgoing(ctx context.Context, id casework.MessageID) error
	WasSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (bool, error)
	MarkSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (before bool, err error)
}

// Hits is what disclosure needs of matching: to prove a hit, and to check a proof.
type Hits interface {
	// HitProof proves, for one request, that this agency was answered for a lead's item.
	HitProof(ctx context.Context, l casework.Lead, request casework.RequestID) ([32]byte, error)
	// VerifyHit returns the own item that a peer means and was answered for; of any
	// other, store.ErrNotFound.
	VerifyHit(ctx context.Context, from casework.AgencyID, epoch uint32, handle tagset.Tag, proof [32]byte, request casework.RequestID) (casework.ItemID, error)
}

// Config is what the service is given.
type Config struct {
	Network    string
	Agency     casework.AgencyID
	Name       string
	Country    string
	Contact    string
	AgencyKey  func() ed25519.PrivateKey          // behind the own record in the ledger now
	Disclosure func() ([]*seal.PrivateKey, error) // newest first: a message may have been sealed before a change
	Oversight  func() *seal.PublicKey             // of the own record now
	Rules      *rules.Rules
	Store      Store
	Ledger     Ledger
	Hits       Hits
	Open       func(ctx context.Context, to casework.AgencyID) (io.ReadWriteCloser, error)
	Hello      func(rw io.ReadWriter, dialled bool) error // the greeting of a stream
	Logger     *slog.Logger
	Retry      time.Duration // first pause before an absent peer is tried again
	Now        func() time.Time
}

// A Service handles the requests of one agency, ours and theirs.
type Service struct {
	cfg  Config
	more chan struct{} // of capacity 1: something is to be logged or sent

	dossiers keylock.Locks[casework.RequestID] // while a dossier is changed in the own store

	mu      sync.Mutex
	streams map[casework.AgencyID]int            // guarded by mu: streams of each peer that are being read
	logging map[casework.RequestID]chan struct{} // guarded by mu: dossiers whose step is on its way into the ledger; closed when it is noted
}

// New makes a service; Run drives it.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, more: make(chan struct{}, 1), streams: map[casework.AgencyID]int{}, logging: map[casework.RequestID]chan struct{}{}}
}

// An Act is an officer's command, which becomes part of the record.
type Act struct {
	Officer casework.Officer
	Command casework.Command
}

func (s *Service) wake() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// Run sends what is to be sent and finishes steps that a restart or a lost quorum
// cut off, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = s.cfg.Retry, mostPause, 2
	pauses.Reset()
	for {
		waits := s.finishPending(ctx)
		if s.deliver(ctx) {
			waits = true
		}
		if err := s.Expire(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.Warn("disclosures not erased", "err", err)
		}
		pause := idlePause
		if waits {
			pause = pauses.NextBackOff()
		} else {
			pauses.Reset()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.more:
		case <-time.After(pause):
		}
	}
}

const (
	mostPause = 5 * time.Minute // between two attempts at the same
	idlePause = time.Minute     // between two looks at what expires
)

// finishPending takes every decided step into the ledger; it reports whether one
// has to wait.
func (s *Service) finishPending(ctx context.Context) bool {
	pending, err := s.cfg.Store.Pending(ctx)
	if err != nil {
		s.cfg.Logger.Error("dossiers cannot be read", "err", err)
		return true
	}
	waits := false
	for _, id := range pending {
		if d, err := s.advance(ctx, id); err != nil && ctx.Err() == nil {
			waits = true
			s.cfg.Logger.Warn("disclosure step waits", "request", id.String(), "step", string(d.Pending), "err", err)
		}
	}
	return waits
}

// step takes a dossier to the state that a step leads to, if the step is due.
func (s *Service) step(d *store.Dossier, step dossier.Step, index uint64) error {
	next, err := dossier.Next(d.Direction.Party(), d.State, step)
	if err != nil {
		return err
	}
	d.State = next
	d.Steps = append(d.Steps, store.Step{At: s.cfg.Now().UTC(), State: next, Entry: index})
	return nil
}

// change changes a dossier of one direction, or of either, and stores it; on an error
// it stays as it is stored.
func (s *Service) change(ctx context.Context, id casework.RequestID, direction dossier.Direction, change func(*store.Dossier) error) (store.Dossier, error) {
	unlock, err := s.dossiers.Lock(ctx, id)
	if err != nil {
		return store.Dossier{}, err
	}
	defer unlock()
	d, err := s.cfg.Store.Dossier(ctx, id)
	if err == nil && direction != "" && d.Direction != direction {
		err = fmt.Errorf("request: %w", store.ErrNotFound)
	}
	if err != nil {
		return d, err
	}
	if err := change(&d); err != nil {
		return d, err
	}
	return d, s.cfg.Store.SaveDossier(ctx, d)
}

// member returns another agency's record.
func (s *Service) member(id casework.AgencyID) (m state.Member, err error) {
	s.cfg.Ledger.View(func(st *state.State) {
		var ok bool
		if m, ok = st.Member(id); !ok || !m.Active() {
			err = fmt.Errorf("%w: %s", state.ErrNotMember, id)
		}
	})
	return m, err
}
