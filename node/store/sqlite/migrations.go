package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
)

// SchemaVersion is the number of this build's schema. It rises with every change of the
// schema, or of what stands in a row.
const SchemaVersion int64 = 4

// OldestSchema is the oldest that is brought up to SchemaVersion.
const OldestSchema int64 = 3

// A migration brings a store from the schema before to this one. It runs in one
// transaction with the change of the number: a store is of one schema or of the next.
type migration struct {
	to    int64
	apply func(*Store) error
}

// migrations are in order, one a number.
var migrations = []migration{
	{4, (*Store).separatePackages},
}

// migrate brings an older store up to SchemaVersion.
func (s *Store) migrate(version int64) error {
	for _, m := range migrations {
		if m.to <= version {
			continue
		}
		err := s.tx(context.Background(), func() error {
			if err := m.apply(s); err != nil {
				return err
			}
			return s.db.Exec(fmt.Sprintf("PRAGMA user_version = %d", m.to))
		})
		if err != nil {
			return fmt.Errorf("bring the store to schema %d: %w; nothing of this step was changed", m.to, err)
		}
	}
	return nil
}

// separatePackages takes what was disclosed, and the bytes of messages, out of the
// records that lists read.
func (s *Store) separatePackages() error {
	if err := s.db.Exec(schema4); err != nil {
		return err
	}
	dossiers, err := s.keysOf("dossier")
	if err != nil {
		return err
	}
	for _, key := range dossiers {
		data, err := s.object("dossier", key)
		if err != nil {
			return err
		}
		var d store.Dossier
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("dossier: %w: %w", store.ErrCorrupt, err)
		}
		var answer []byte
		if d.Answer != nil {
			if answer, err = json.Marshal(d.Answer); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
		}
		if err := s.putDossier(d, answer); err != nil {
			return err
		}
	}
	messages, err := s.keysOf("outgoing")
	if err != nil {
		return err
	}
	for _, key := range messages {
		data, err := s.object("outgoing", key)
		if err != nil {
			return err
		}
		var o struct {
			store.Outgoing
			Sealed []byte
		}
		if err := json.Unmarshal(data, &o); err != nil {
			return fmt.Errorf("outgoing message: %w: %w", store.ErrCorrupt, err)
		}
		if err := s.putPackage(outgoingPart, key, o.Sealed); err != nil {
			return err
		}
		if err := s.putOutgoing(o.Outgoing); err != nil {
			return err
		}
	}
	return s.query("DELETE FROM object WHERE kind = 'dossier'", nil, nil)
}

// schema4 is what was new in schema 4.
const schema4 = `
CREATE TABLE dossier (
	n INTEGER PRIMARY KEY,
	id BLOB NOT NULL UNIQUE,
	created INTEGER NOT NULL,
	pending INTEGER NOT NULL,
	delete_by INTEGER NOT NULL,
	data BLOB NOT NULL);
CREATE INDEX dossier_pending ON dossier(created) WHERE pending = 1;
CREATE INDEX dossier_delete_by ON dossier(delete_by) WHERE delete_by > 0;
CREATE TABLE package (
	n INTEGER PRIMARY KEY,
	part TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL,
	UNIQUE (part, key));
`

// keysOf lists the keys of a kind of object, with the lock held.
func (s *Store) keysOf(kind string) (out []string, err error) {
	err = s.query("SELECT key FROM object WHERE kind = ? ORDER BY sort, key", []any{kind}, func(st *sqlite3.Stmt) error {
		out = append(out, st.ColumnText(0))
		return nil
	})
	return out, err
}
