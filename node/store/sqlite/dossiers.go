package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// SaveDossier stores a dossier.
func (s *Store) SaveDossier(ctx context.Context, d store.Dossier) error {
	return s.put(ctx, "dossier", d.Request.ID.String(), d.Request.Created.UnixMilli(), d)
}

// Dossier gives a dossier.
func (s *Store) Dossier(ctx context.Context, id casework.RequestID) (store.Dossier, error) {
	var d store.Dossier
	return d, s.get(ctx, "dossier", id.String(), &d)
}

// Dossiers lists dossiers, oldest first.
func (s *Store) Dossiers(ctx context.Context) ([]store.Dossier, error) {
	return list[store.Dossier](ctx, s, "dossier")
}

// PutOutgoing stores a message that is to be sent.
func (s *Store) PutOutgoing(ctx context.Context, o store.Outgoing) error {
	return s.put(ctx, "outgoing", o.ID.String(), o.Created.UnixMilli(), o)
}

// Outgoing lists messages that were not acknowledged, oldest first.
func (s *Store) Outgoing(ctx context.Context) ([]store.Outgoing, error) {
	return list[store.Outgoing](ctx, s, "outgoing")
}

// DeleteOutgoing forgets a message that arrived.
func (s *Store) DeleteOutgoing(ctx context.Context, id casework.MessageID) error {
	return s.remove(ctx, "outgoing", id.String())
}

// MarkSeen records that a message of a peer was taken in; it reports whether it
// had been before.
func (s *Store) MarkSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (before bool, err error) {
	err = s.tx(ctx, func() error {
		_, err := s.object("seen", string(from)+"|"+id.String())
		if err == nil {
			before = true
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return s.putObject("seen", string(from)+"|"+id.String(), time.Now().UnixMilli(), []byte{1})
	})
	return before, err
}

// WasSeen reports whether a message of a peer was taken in.
func (s *Store) WasSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (seen bool, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT 1 FROM object WHERE kind = 'seen' AND key = ?", []any{string(from) + "|" + id.String()}, func(*sqlite3.Stmt) error {
			seen = true
			return nil
		})
	})
	return seen, err
}
