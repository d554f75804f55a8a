package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/policy/casework"
)

// Officer gives an officer by id.
func (s *Store) Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error) {
	var o casework.Officer
	return o, s.get(ctx, "officer", id.String(), &o)
}

// Officers lists officers, removed ones too, in the order in which they came.
func (s *Store) Officers(ctx context.Context) ([]casework.Officer, error) {
	return list[casework.Officer](ctx, s, "officer")
}

// Case gives a case by id.
func (s *Store) Case(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	var c casework.Case
	return c, s.get(ctx, "case", id.String(), &c)
}

// openCase refuses a case that is closed or unknown, with the lock held: nothing
// lands in a case between the check and its closing.
func (s *Store) openCase(id casework.CaseID) error {
	data, err := s.object("case", id.String())
	if err != nil {
		return err
	}
	var c casework.Case
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("case: %w: %w", store.ErrCorrupt, err)
	}
	if !c.Closed.IsZero() {
		return store.ErrClosed
	}
	return nil
}

// Cases lists cases in the order in which they were opened.
func (s *Store) Cases(ctx context.Context) ([]casework.Case, error) {
	return list[casework.Case](ctx, s, "case")
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
