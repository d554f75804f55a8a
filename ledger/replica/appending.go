package replica

import (
	"context"
	"errors"
	"sync"
)

var errFed = errors.New("raft feeds this replica")

// An appending is the right to append leaves, of raft or of what this replica follows.
// Raft does not wait for the network: it ends a refill that has the right.
type appending struct {
	held sync.Mutex // by who appends

	mu     sync.Mutex              // guards what follows, for moments
	feeds  int                     // calls of raft that append, or are about to
	cancel context.CancelCauseFunc // ends the refill that appends; nil: none does
}

// feed takes the right for raft, and returns how it is given back.
func (a *appending) feed() (done func()) {
	a.mu.Lock()
	a.feeds++
	if a.cancel != nil {
		a.cancel(errFed)
	}
	a.mu.Unlock()
	a.held.Lock()
	return func() {
		a.held.Unlock()
		a.mu.Lock()
		a.feeds--
		a.mu.Unlock()
	}
}

// refill takes the right for a refill, which raft ends by the context that it
// returns; done gives it back.
func (a *appending) refill(ctx context.Context) (_ context.Context, done func(), err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	a.mu.Lock()
	if a.feeds > 0 {
		a.mu.Unlock()
		cancel(errFed)
		return nil, nil, errFed
	}
	a.cancel = cancel
	a.mu.Unlock()
	a.held.Lock()
	return ctx, func() {
		a.mu.Lock()
		a.cancel = nil
		a.mu.Unlock()
		a.held.Unlock()
		cancel(nil)
	}, nil
}

// take takes the right for leaves that are at hand, and returns how it is given back.
func (a *appending) take() (done func()) {
	a.held.Lock()
	return a.held.Unlock
}
