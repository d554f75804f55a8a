package casestore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/policy/casework"
)

// PutOfficer adds or changes an officer.
func (s *Store) PutOfficer(ctx context.Context, o casework.Officer) error {
	return s.put(ctx, "officer", o.ID.String(), o.Added.UnixMilli(), o)
}

// Officer gives an officer by id.
func (s *Store) Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error) {
	var o casework.Officer
	return o, s.get(ctx, "officer", id.String(), &o)
}

// Officers lists officers, removed ones too, in the order in which they came.
func (s *Store) Officers(ctx context.Context) ([]casework.Officer, error) {
	return list[casework.Officer](ctx, s, "officer")
}

// OfficerByKey gives the officer who holds a key; an active one before a removed one.
func (s *Store) OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error) {
	all, err := s.Officers(ctx)
	if err != nil {
		return casework.Officer{}, err
	}
	slices.SortStableFunc(all, func(a, b casework.Officer) int {
		switch {
		case a.Active() == b.Active():
			return 0
		case a.Active():
			return -1
		}
		return 1
	})
	for _, o := range all {
		if bytes.Equal(o.Key, key) {
			return o, nil
		}
	}
	return casework.Officer{}, fmt.Errorf("officer: %w", ErrNotFound)
}

// nonceLife is how long a nonce is remembered: longer than a command is fresh.
const nonceLife = 10 * time.Minute

// UseNonce records a nonce, and fails with ErrReplay when it was used before.
func (s *Store) UseNonce(ctx context.Context, id casework.OfficerID, nonce [16]byte, at time.Time) error {
	return s.tx(ctx, func() error {
		if err := s.query("DELETE FROM nonce WHERE at < ?", []any{time.Now().Add(-nonceLife).UnixMilli()}, nil); err != nil {
			return err
		}
		err := s.query("INSERT INTO nonce(officer, nonce, at) VALUES(?, ?, ?)", []any{id[:], nonce[:], at.UnixMilli()}, nil)
		if errors.Is(err, sqlite3.CONSTRAINT) {
			return ErrReplay
		}
		return err
	})
}

// PutCase adds or changes a case.
func (s *Store) PutCase(ctx context.Context, c casework.Case) error {
	return s.put(ctx, "case", c.ID.String(), c.Opened.UnixMilli(), c)
}

// Case gives a case by id.
func (s *Store) Case(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	var c casework.Case
	return c, s.get(ctx, "case", id.String(), &c)
}

// Cases lists cases in the order in which they were opened.
func (s *Store) Cases(ctx context.Context) ([]casework.Case, error) {
	return list[casework.Case](ctx, s, "case")
}

// CaseByRef gives a case by the agency's own reference, or by its id's text.
func (s *Store) CaseByRef(ctx context.Context, ref string) (casework.Case, error) {
	all, err := s.Cases(ctx)
	if err != nil {
		return casework.Case{}, err
	}
	for _, c := range all {
		if c.Ref == ref || c.ID.String() == ref {
			return c, nil
		}
	}
	return casework.Case{}, fmt.Errorf("case: %w", ErrNotFound)
}

// PutMeta keeps a small sealed value under a name.
func (s *Store) PutMeta(ctx context.Context, name string, value []byte) error {
	return s.tx(ctx, func() error { return s.putObject("value", name, 0, value) })
}

// Meta reads it.
func (s *Store) Meta(ctx context.Context, name string) ([]byte, error) {
	var v []byte
	err := s.read(ctx, func() (err error) { v, err = s.object("value", name); return err })
	return v, err
}
