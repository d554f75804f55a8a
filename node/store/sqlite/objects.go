package sqlite

import (
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
