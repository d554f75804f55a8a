// Package keylock has a mutex for each key, so that work on one dossier or peer
// does not wait for work on another. Waiting ends with the context.
//
// A caller holds a lock over its own store at most, never over the ledger, the
// network or bulk work.
package keylock

import (
	"context"
	"fmt"
	"sync"
)

// Locks are mutexes by key; the zero value has none held. A key that nobody holds
// or waits for takes no memory.
type Locks[K comparable] struct {
	mu  sync.Mutex
	all map[K]*lock // guarded by mu
}

type lock struct {
	held  chan struct{} // of capacity 1; full while the lock is held
	users int           // holder and waiters; guarded by Locks.mu
}

// Lock waits until nobody holds the key's lock, or the context ends. Waiters take
// turns in the order in which they came.
func (l *Locks[K]) Lock(ctx context.Context, key K) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	k := l.enter(key)
	select {
	case k.held <- struct{}{}:
		return l.unlocker(key, k), nil
	case <-ctx.Done():
		l.leave(key, k)
		return nil, fmt.Errorf("lock: %w", ctx.Err())
	}
}

// TryLock takes the key's lock if nobody holds it.
func (l *Locks[K]) TryLock(key K) (unlock func(), ok bool) {
	k := l.enter(key)
	select {
	case k.held <- struct{}{}:
		return l.unlocker(key, k), true
	default:
		l.leave(key, k)
		return nil, false
	}
}

func (l *Locks[K]) enter(key K) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.all[key]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		if l.all == nil {
			l.all = map[K]*lock{}
		}
		l.all[key] = k
	}
	k.users++
	return k
}

func (l *Locks[K]) leave(key K, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.all, key)
	}
}

func (l *Locks[K]) unlocker(key K, k *lock) func() {
	return sync.OnceFunc(func() {
		<-k.held
		l.leave(key, k)
	})
}
