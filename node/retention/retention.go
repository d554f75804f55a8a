// Package retention erases what an agency may not keep any longer, and tells the ledger
// that it did: how many items, never which.
//
// An item that is in no case any more is first taken back from the peers that have a tag
// of it, as a removal of that tag; only then is it erased here, with the forms that it was
// matched by, what peers' answers to it came to, and its leads. A number that an item had
// is not used again.
//
// Nothing here comes from a peer. A member that takes no set delays the erasure of what it
// has a tag of, and shows in the ledger as behind; one that was expelled does not.
package retention

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store is what retention needs of the case store.
type Store interface {
	EraseLoose(ctx context.Context, members []casework.AgencyID, after int64, limit int, outside func(keys []int64) error) (items int, last int64, err error)
	Erased(ctx context.Context) (uint64, error)
	ErasedLogged(ctx context.Context, n uint64) error
}

// Network is what a node in a network tells of an erasure.
type Network struct {
	Members []casework.AgencyID // the others
	Append  func(ctx context.Context, body entry.Body) (receipt.Receipt, error)
	Outputs func(keys []int64) error // erases what peers' answers to match keys came to
}

// A Service erases. Its fields are set before use.
type Service struct {
	Store   Store
	Network func() (Network, error) // an error while the node is in none
	Logger  *slog.Logger
	Every   time.Duration // between two sweeps
}

// part is how many items are erased in one transaction.
const part = 200

// Run sweeps until the context ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		if n, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("erasing waits", "error", err)
		} else if n > 0 {
			s.Logger.Info("items erased", "count", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.Every):
		}
	}
}

// Sweep erases what is in no case any more and at no peer, and tells the ledger. It
// returns how many items it erased.
func (s *Service) Sweep(ctx context.Context) (erased int, err error) {
	network, alone := s.Network()
	outside := func([]int64) error { return nil } // in no network nothing was asked
	if alone == nil {
		outside = network.Outputs
	}
	for after, more := int64(0), true; more; more = after > 0 {
		n, last, err := s.Store.EraseLoose(ctx, network.Members, after, part, outside)
		if err != nil {
			return erased, fmt.Errorf("erase: %w", err)
		}
		erased, after = erased+n, last
	}
	if alone != nil {
		return erased, nil
	}
	return erased, s.tell(ctx, network)
}

// tell appends what was erased and is not in the ledger yet; without a quorum it waits
// for the next sweep.
func (s *Service) tell(ctx context.Context, network Network) error {
	n, err := s.Store.Erased(ctx)
	if err != nil || n == 0 {
		return err
	}
	n = min(n, 1<<31)
	if _, err := network.Append(ctx, &entry.Erase{What: "item", Count: uint32(n), Reason: "retention"}); err != nil {
		return fmt.Errorf("tell the ledger of %d erased items: %w", n, err)
	}
	return s.Store.ErasedLogged(context.WithoutCancel(ctx), n)
}
