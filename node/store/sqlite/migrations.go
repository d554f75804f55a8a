package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// SchemaVersion is the number of this build's schema. It rises with every change of the
// schema, or of what stands in a row.
const SchemaVersion int64 = 7

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
	{5, (*Store).deriveReach},
	{6, func(s *Store) error { return s.db.Exec(schema6) }},
	{7, func(s *Store) error { return s.db.Exec(schema7) }},
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
	outgoing, err := s.keysOf(string(messages))
	if err != nil {
		return err
	}
	for _, key := range outgoing {
		data, err := s.object(string(messages), key)
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

// deriveReach adds the match keys that are other forms, and how far each key may go.
// Other forms that came in as items of their own stay items.
func (s *Store) deriveReach() error {
	if err := s.db.Exec(schema5); err != nil {
		return err
	}
	var all []sharing.Standing
	err := s.query("SELECT DISTINCT visibility, why_not, category, consent FROM item", nil, func(st *sqlite3.Stmt) error {
		all = append(all, sharing.Standing{
			Visibility: casework.Visibility(st.ColumnText(0)), WhyNot: casework.WhyNot(st.ColumnText(1)),
			Category: casework.SubjectCategory(st.ColumnText(2)), Consent: st.ColumnBool(3),
		})
		return nil
	})
	if err != nil {
		return err
	}
	for _, st := range all {
		reach := reachOf(sharing.MayLeave(st))
		if reach == 0 {
			continue
		}
		if err := s.query("UPDATE item SET reach = ? WHERE visibility = ? AND why_not = ? AND category = ? AND consent = ?",
			[]any{reach, string(st.Visibility), string(st.WhyNot), string(st.Category), st.Consent}, nil); err != nil {
			return err
		}
	}
	return nil
}

// schema5 is what changed in schema 5.
const schema5 = `
ALTER TABLE item ADD COLUMN reach INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN stated INTEGER NOT NULL DEFAULT 1;
CREATE TABLE form (
	key INTEGER NOT NULL, item INTEGER NOT NULL,
	PRIMARY KEY (key, item)) WITHOUT ROWID;
CREATE INDEX form_item ON form(item);
DROP TRIGGER item_out;
CREATE TRIGGER item_out AFTER DELETE ON item WHEN old.stated = 1 BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'item' AND a = old.kind AND b = old.why_not;
END;
DROP TRIGGER item_changed;
CREATE TRIGGER item_changed AFTER UPDATE OF kind, why_not ON item WHEN old.stated = 1 AND (old.kind <> new.kind OR old.why_not <> new.why_not) BEGIN
	UPDATE tally SET n = n - 1 WHERE what = 'item' AND a = old.kind AND b = old.why_not;
	INSERT INTO tally VALUES('item', new.kind, new.why_not, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
`

// schema6 is what changed in schema 6; places state what they said of matching from
// then on.
const schema6 = `
CREATE TABLE loose (seq INTEGER PRIMARY KEY);
CREATE INDEX batch_item_seq ON batch_item(seq);
`

// schema7 puts ranges of numbers in the place of a row for each that was asked, is
// in a batch or was published. The tag of a published one is derived where it is needed.
const schema7 = `
CREATE INDEX item_silent ON item(seq) WHERE reach = 1;
ALTER TABLE own_item RENAME TO own_item_before;
ALTER TABLE asking RENAME TO asking_before;
ALTER TABLE batch_item RENAME TO batch_item_before;
CREATE TABLE own_item (
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, seq)) WITHOUT ROWID;
INSERT INTO own_item SELECT peer, epoch, min(seq), count(*) FROM (
	SELECT peer, epoch, seq, seq - row_number() OVER (PARTITION BY peer, epoch ORDER BY seq) AS island FROM own_item_before) GROUP BY peer, epoch, island;
CREATE TABLE output (
	n INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TRIGGER item_output AFTER DELETE ON item BEGIN
	DELETE FROM output WHERE n = old.seq / 60;
END;
CREATE TABLE asking (
	peer INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (peer, epoch, seq)) WITHOUT ROWID;
INSERT INTO asking SELECT peer, epoch, min(seq), count(*) FROM (
	SELECT peer, epoch, seq, seq - row_number() OVER (PARTITION BY peer, epoch ORDER BY seq) AS island FROM asking_before) GROUP BY peer, epoch, island;
CREATE TABLE batch_item (
	batch BLOB NOT NULL, pos INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (batch, pos)) WITHOUT ROWID;
INSERT INTO batch_item SELECT batch, min(pos), min(seq), count(*) FROM (
	SELECT batch, pos, seq, seq - pos AS apart, pos - row_number() OVER (PARTITION BY batch, seq - pos ORDER BY pos) AS island FROM batch_item_before) GROUP BY batch, apart, island;
DROP TABLE own_item_before;
DROP TABLE asking_before;
DROP TABLE batch_item_before;
CREATE INDEX batch_item_seq ON batch_item(seq);
`
