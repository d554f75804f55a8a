package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
)

// putObject stores a sealed record, with the lock held.
func (s *Store) putObject(kind, key string, sort int64, data []byte) error {
	return s.query(`INSERT INTO object(kind, key, sort, data) VALUES(?, ?, ?, ?)
		ON CONFLICT(kind, key) DO UPDATE SET sort = excluded.sort, data = excluded.data`,
		[]any{kind, key, sort, s.keys.seal(kind+"|"+key, data)}, nil)
}

// object reads a sealed record, with the lock held.
func (s *Store) object(kind, key string) ([]byte, error) {
	var sealed []byte
	err := s.query("SELECT data FROM object WHERE kind = ? AND key = ?", []any{kind, key}, func(st *sqlite3.Stmt) error {
		sealed = st.ColumnBlob(0, nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, fmt.Errorf("%s: %w", kind, store.ErrNotFound)
	}
	return s.keys.open(kind+"|"+key, sealed)
}

// put stores a record as JSON.
func (s *Store) put(ctx context.Context, kind, key string, sort int64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return s.tx(ctx, func() error { return s.putObject(kind, key, sort, data) })
}

// get reads a record.
func (s *Store) get(ctx context.Context, kind, key string, v any) error {
	return s.read(ctx, func() error {
		data, err := s.object(kind, key)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, v); err != nil {
			return fmt.Errorf("%s: %w: %w", kind, store.ErrCorrupt, err)
		}
		return nil
	})
}

// list reads all records of a kind, in their order.
func list[T any](ctx context.Context, s *Store, kind string) ([]T, error) {
	var out []T
	err := s.read(ctx, func() error {
		return s.query("SELECT key, data FROM object WHERE kind = ? ORDER BY sort, key", []any{kind}, func(st *sqlite3.Stmt) error {
			data, err := s.keys.open(kind+"|"+st.ColumnText(0), st.ColumnRawBlob(1))
			if err != nil {
				return err
			}
			var v T
			if err := json.Unmarshal(data, &v); err != nil {
				return fmt.Errorf("%s: %w: %w", kind, store.ErrCorrupt, err)
			}
			out = append(out, v)
			return nil
		})
	})
	return out, err
}

func (s *Store) remove(ctx context.Context, kind, key string) error {
	return s.tx(ctx, func() error {
		return s.query("DELETE FROM object WHERE kind = ? AND key = ?", []any{kind, key}, nil)
	})
}
