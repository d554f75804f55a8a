package sqlite

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// nonceLife is how long a nonce is remembered: longer than a command is fresh.
const nonceLife = 10 * time.Minute

// access is what every command is checked against before it begins. It is held in
// memory, so that a command is checked while another one stores.
type access struct {
	officers cached[casework.Officer]
	cases    cached[casework.Case]

	mu     sync.Mutex // guards what follows
	known  time.Time  // nonces of commands that were signed before are not known
	ahead  time.Time  // the latest time of a command that was dated ahead, as stored
	nonces map[usedNonce]time.Time
	swept  time.Time
}

// cached is a list as it is stored, read again after each change.
type cached[T any] struct {
	mu   sync.Mutex // guards what follows; taken before the store's
	all  []T        // nobody changes it
	read bool
}

func (k *cached[T]) list(read func() ([]T, error)) ([]T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.read {
		all, err := read()
		if err != nil {
			return nil, err
		}
		k.all, k.read = all, true
	}
	return k.all, nil
}

// changed is called after a change was stored. A list that was read before is
// forgotten, also one that was read while it was being stored.
func (k *cached[T]) changed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all, k.read = nil, false
}

type usedNonce struct {
	officer casework.OfficerID
	nonce   [16]byte
}

// PutOfficer adds or changes an officer.
func (s *Store) PutOfficer(ctx context.Context, o casework.Officer) error {
	defer s.access.officers.changed()
	return officers.Put(ctx, s, o.ID.String(), o.Added.UnixMilli(), o)
}

// OfficerByKey returns the officer who holds a key; an active one before a removed one.
func (s *Store) OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error) {
	all, err := s.access.officers.list(func() ([]casework.Officer, error) { return s.Officers(ctx) })
	if err != nil {
		return casework.Officer{}, err
	}
	found, ok := casework.Officer{}, false
	for _, o := range all {
		if bytes.Equal(o.Key, key) && (!ok || o.Active() && !found.Active()) {
			found, ok = o, true
		}
	}
	if !ok {
		return casework.Officer{}, fmt.Errorf("officer: %w", store.ErrNotFound)
	}
	return found, nil
}

// PutCase adds or changes a case.
func (s *Store) PutCase(ctx context.Context, c casework.Case) error {
	defer s.access.cases.changed()
	return cases.Put(ctx, s, c.ID.String(), c.Opened.UnixMilli(), c)
}

// CaseByRef returns a case by the agency's own reference, or by its id's text.
func (s *Store) CaseByRef(ctx context.Context, ref string) (casework.Case, error) {
	all, err := s.access.cases.list(func() ([]casework.Case, error) { return s.Cases(ctx) })
	if err != nil {
		return casework.Case{}, err
	}
	for _, c := range all {
		if c.Ref == ref || c.ID.String() == ref {
			return c, nil
		}
	}
	return casework.Case{}, fmt.Errorf("case: %w", store.ErrNotFound)
}

// aheadOf names the stored time of the command that was dated furthest ahead.
const aheadOf = "commands dated ahead"

// openAccess is called when the store is opened. What was signed before, or up to the
// time of a command that was dated ahead of the clock, may have been used.
func (s *Store) openAccess() error {
	s.access.known = time.Now().Truncate(time.Millisecond) // commands tell milliseconds
	s.access.nonces = map[usedNonce]time.Time{}
	text, err := values.get(s, aheadOf)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = s.access.ahead.UnmarshalText(text)
	}
	if !s.access.ahead.Before(s.access.known) {
		s.access.known = s.access.ahead.Add(time.Millisecond)
	}
	return err
}

// UseNonce remembers a nonce of a command that was signed at a time. It fails with
// ErrReplay when the nonce was used before, and when it may have been: nonces are
// known from the opening of the store on.
func (s *Store) UseNonce(ctx context.Context, id casework.OfficerID, nonce [16]byte, at time.Time) error {
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	if at.Before(s.access.known) {
		return fmt.Errorf("%w, or before this node was started", store.ErrReplay)
	}
	now := time.Now()
	if now.Sub(s.access.swept) > nonceLife {
		for n, used := range s.access.nonces {
			if now.Sub(used) > nonceLife {
				delete(s.access.nonces, n)
			}
		}
		s.access.swept = now
	}
	key := usedNonce{id, nonce}
	if _, ok := s.access.nonces[key]; ok {
		return store.ErrReplay
	}
	if at.After(now) && at.After(s.access.ahead) { // or a restart would forget it while it is fresh
		text, err := at.MarshalText()
		if err == nil {
			err = s.PutMeta(ctx, aheadOf, text)
		}
		if err != nil {
			return err
		}
		s.access.ahead = at
	}
	s.access.nonces[key] = now
	return nil
}
