package sqlite

import (
	"context"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/policy/casework"
)

// Officer returns an officer by id.
func (s *Store) Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error) {
	return officers.Get(ctx, s, id.String())
}

// Officers lists officers, removed ones too, in the order in which they came.
func (s *Store) Officers(ctx context.Context) ([]casework.Officer, error) {
	return officers.List(ctx, s)
}

// Case returns a case by id.
func (s *Store) Case(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	return cases.Get(ctx, s, id.String())
}

// openCase refuses a case that is closed or unknown, with the lock held: nothing
// lands in a case between the check and its closing.
func (s *Store) openCase(id casework.CaseID) error {
	c, err := cases.get(s, id.String())
	if err == nil && !c.Closed.IsZero() {
		err = store.ErrClosed
	}
	return err
}

// Cases lists cases in the order in which they were opened.
func (s *Store) Cases(ctx context.Context) ([]casework.Case, error) {
	return cases.List(ctx, s)
}

// PutMeta keeps a small sealed value under a name.
func (s *Store) PutMeta(ctx context.Context, name string, value []byte) error {
	return values.Put(ctx, s, name, 0, value)
}

// Meta reads it.
func (s *Store) Meta(ctx context.Context, name string) ([]byte, error) {
	return values.Get(ctx, s, name)
}
