package sqlite

import (
	"context"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// PutStanding stores a case's standing order, in the place of the one before.
func (s *Store) PutStanding(ctx context.Context, o store.Standing) error {
	return standings.Put(ctx, s, o.Case.String(), o.Set.UnixMilli(), o)
}

// Standing returns a case's standing order, or ErrNotFound.
func (s *Store) Standing(ctx context.Context, id casework.CaseID) (store.Standing, error) {
	return standings.Get(ctx, s, id.String())
}

// Standings lists the standing orders in the order in which they were set.
func (s *Store) Standings(ctx context.Context) ([]store.Standing, error) {
	return standings.List(ctx, s)
}

// BatchesOfCase lists the queries that were asked for a case, oldest first.
func (s *Store) BatchesOfCase(ctx context.Context, id casework.CaseID) (out []store.Batch, err error) {
	for _, kind := range []kind[store.Batch]{doneBatches, openBatches} {
		all, err := kind.List(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, b := range all {
			if b.Case == id {
				out = append(out, b)
			}
		}
	}
	return out, nil
}
