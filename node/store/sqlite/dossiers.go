package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// storedDossier is a header as it is sealed in its row. The sums tell whether a part
// of the package changed since it was written.
type storedDossier struct {
	store.DossierHeader
	AnswerSum, SealedSum []byte
}

// Parts of packages.
const (
	answerPart   = "answer"
	sealedPart   = "sealed"
	outgoingPart = "outgoing"
)

// SaveDossier stores a dossier. What did not change of its package is not written again.
func (s *Store) SaveDossier(ctx context.Context, d store.Dossier) error {
	var answer []byte
	if d.Answer != nil {
		var err error
		if answer, err = json.Marshal(d.Answer); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return s.tx(ctx, func() error { return s.putDossier(d, answer) })
}

func (s *Store) putDossier(d store.Dossier, answer []byte) error {
	key := d.Request.ID.String()
	have, err := s.dossierHeader(d.Request.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	next := storedDossier{DossierHeader: d.DossierHeader}
	for _, part := range []struct {
		name      string
		data      []byte
		have, sum *[]byte
	}{{answerPart, answer, &have.AnswerSum, &next.AnswerSum}, {sealedPart, d.Sealed, &have.SealedSum, &next.SealedSum}} {
		if len(part.data) > 0 {
			sum := sha256.Sum256(part.data)
			*part.sum = sum[:]
		}
		if bytes.Equal(*part.have, *part.sum) {
			continue
		}
		if err := s.putPackage(part.name, key, part.data); err != nil {
			return fmt.Errorf("package: %w", err)
		}
	}
	data, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("dossier: %w", err)
	}
	var deleteBy int64 // while there is something to delete
	if !d.DeleteBy.IsZero() && (len(answer) > 0 || len(d.Sealed) > 0) {
		deleteBy = d.DeleteBy.UnixMilli()
	}
	id := d.Request.ID
	return s.query(`INSERT INTO dossier(id, created, pending, delete_by, data) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET pending = excluded.pending, delete_by = excluded.delete_by, data = excluded.data`,
		[]any{id[:], d.Request.Created.UnixMilli(), d.Pending != "", deleteBy, s.keys.seal("dossier|"+key, data)}, nil)
}

// dossierHeader reads a header, with the lock held.
func (s *Store) dossierHeader(id casework.RequestID) (d storedDossier, err error) {
	found := false
	err = s.query("SELECT id, data FROM dossier WHERE id = ?", []any{id[:]}, func(st *sqlite3.Stmt) (err error) {
		d, err = s.openDossier(st)
		found = true
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("dossier: %w", store.ErrNotFound)
	}
	return d, err
}

func (s *Store) openDossier(st *sqlite3.Stmt) (d storedDossier, err error) {
	id := casework.RequestID(st.ColumnBlob(0, nil))
	data, err := s.keys.open("dossier|"+id.String(), st.ColumnRawBlob(1))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("dossier: %w: %w", store.ErrCorrupt, err)
	}
	return d, nil
}

// Dossier returns a dossier with its package.
func (s *Store) Dossier(ctx context.Context, id casework.RequestID) (d store.Dossier, err error) {
	err = s.read(ctx, func() error {
		header, err := s.dossierHeader(id)
		if err != nil {
			return err
		}
		d.DossierHeader = header.DossierHeader
		if len(header.SealedSum) > 0 {
			if d.Sealed, err = s.pack(sealedPart, id.String()); err != nil {
				return err
			}
		}
		if len(header.AnswerSum) == 0 {
			return nil
		}
		answer, err := s.pack(answerPart, id.String())
		if err != nil {
			return err
		}
		if err := json.Unmarshal(answer, &d.Answer); err != nil {
			return fmt.Errorf("answer: %w: %w", store.ErrCorrupt, err)
		}
		return nil
	})
	return d, err
}

// Dossiers lists the headers of dossiers, oldest first.
func (s *Store) Dossiers(ctx context.Context) (out []store.DossierHeader, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT id, data FROM dossier ORDER BY created, n", nil, func(st *sqlite3.Stmt) error {
			d, err := s.openDossier(st)
			out = append(out, d.DossierHeader)
			return err
		})
	})
	return out, err
}

// Pending lists dossiers with a step that is decided and not in the ledger yet, oldest
// first.
func (s *Store) Pending(ctx context.Context) ([]casework.RequestID, error) {
	return s.requests(ctx, "SELECT id FROM dossier WHERE pending = 1 ORDER BY created, n")
}

// Expiring lists dossiers that hold, at a time, a package whose delete-by date has come.
func (s *Store) Expiring(ctx context.Context, at time.Time) ([]casework.RequestID, error) {
	return s.requests(ctx, "SELECT id FROM dossier WHERE delete_by > 0 AND delete_by <= ? ORDER BY delete_by, n", at.UnixMilli())
}

func (s *Store) requests(ctx context.Context, sql string, args ...any) (out []casework.RequestID, err error) {
	err = s.read(ctx, func() error {
		return s.query(sql, args, func(st *sqlite3.Stmt) error {
			out = append(out, casework.RequestID(st.ColumnBlob(0, nil)))
			return nil
		})
	})
	return out, err
}

// putPackage stores a large value, or deletes it when it is empty, with the lock held.
func (s *Store) putPackage(part, key string, data []byte) error {
	if len(data) == 0 {
		return s.query("DELETE FROM package WHERE part = ? AND key = ?", []any{part, key}, nil)
	}
	return s.query("INSERT INTO package(part, key, data) VALUES(?, ?, ?) ON CONFLICT(part, key) DO UPDATE SET data = excluded.data",
		[]any{part, key, s.keys.seal("package|"+part+"|"+key, data)}, nil)
}

// pack reads a large value, with the lock held.
func (s *Store) pack(part, key string) (data []byte, err error) {
	err = s.query("SELECT data FROM package WHERE part = ? AND key = ?", []any{part, key}, func(st *sqlite3.Stmt) error {
		data, err = s.keys.open("package|"+part+"|"+key, st.ColumnRawBlob(0))
		return err
	})
	if err == nil && data == nil {
		err = fmt.Errorf("package: %w", store.ErrNotFound)
	}
	return data, err
}
