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

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/rules"
)

// Protocol is the peer protocol of casework messages.
const Protocol = "/crosscase/1/casework"

// Errors that callers branch on.
var (
	ErrOrder      = errors.New("the step is not due")
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

// Hits is what disclosure needs of matching: to prove a hit, and to check a proof.
type Hits interface {
	// HitProof proves, for one request, that this agency was answered for a lead's item.
	HitProof(ctx context.Context, l casework.Lead, request casework.RequestID) ([32]byte, error)
	// VerifyHit gives the own item that a peer means and was answered for.
	VerifyHit(ctx context.Context, from casework.AgencyID, epoch uint32, handle tagset.Tag, proof [32]byte, request casework.RequestID) (casework.ItemID, error)
}

// Config is what the service is given.
type Config struct {
	Network    string
	Agency     casework.AgencyID
	Name       string
	Country    string
	Contact    string
	AgencyKey  ed25519.PrivateKey
	Disclosure *seal.PrivateKey // of the epoch
	Oversight  *seal.PublicKey
	Rules      *rules.Rules
	Store      *sqlite.Store
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
	mu   sync.Mutex    // one step of one dossier at a time
	kick chan struct{} // something is to be sent

	reading sync.Mutex                // guards streams
	streams map[casework.AgencyID]int // streams of each peer that are being read
}

// New makes a service; Run drives it.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, kick: make(chan struct{}, 1), streams: map[casework.AgencyID]int{}}
}

// An Act is an officer's command, which becomes part of the record.
type Act struct {
	Officer casework.Officer
	Command casework.Command
}

func (s *Service) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run sends what is to be sent and finishes steps that a restart or a lost quorum
// cut off, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	pause := s.cfg.Retry
	for {
		waits := s.finishPending(ctx)
		if s.deliver(ctx) {
			waits = true
		}
		if err := s.Expire(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.Warn("disclosures not erased", "err", err)
		}
		if !waits {
			pause = s.cfg.Retry
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.kick:
			pause = s.cfg.Retry
		case <-timer.C:
			if waits {
				pause = min(2*pause, 5*time.Minute)
			} else {
				pause = min(2*pause, time.Minute)
			}
		}
		timer.Stop()
	}
}

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
		s.mu.Lock()
		d, err := s.cfg.Store.Dossier(ctx, id)
		if err == nil && d.Pending != "" {
			err = s.advance(ctx, &d)
		}
		s.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			waits = true
			s.cfg.Logger.Warn("disclosure step waits", "request", id.String(), "step", d.Pending, "err", err)
		}
	}
	return waits
}

// step notes a state that a dossier reached.
func (s *Service) step(d *store.Dossier, state string, index uint64) {
	d.State = state
	d.Steps = append(d.Steps, store.Step{At: s.cfg.Now().UTC(), State: state, Entry: index})
}

// dossier gives a dossier of one direction.
func (s *Service) dossier(ctx context.Context, id casework.RequestID, direction string) (store.Dossier, error) {
	d, err := s.cfg.Store.Dossier(ctx, id)
	if err == nil && direction != "" && d.Direction != direction {
		err = fmt.Errorf("request: %w", store.ErrNotFound)
	}
	return d, err
}

// member gives another agency's record.
func (s *Service) member(id casework.AgencyID) (m state.Member, err error) {
	s.cfg.Ledger.View(func(st *state.State) {
		var ok bool
		if m, ok = st.Member(id); !ok || !m.Active() {
			err = fmt.Errorf("%w: %s", state.ErrNotMember, id)
		}
	})
	return m, err
}
