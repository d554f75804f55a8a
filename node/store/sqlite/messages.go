package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// PutOutgoing stores a message that is to be sent, with its sealed bytes.
func (s *Store) PutOutgoing(ctx context.Context, o store.Outgoing, sealed []byte) error {
	return s.tx(ctx, func() error {
		if err := s.putPackage(outgoingPart, o.ID.String(), sealed); err != nil {
			return err
		}
		return s.putOutgoing(o)
	})
}

// SaveOutgoing stores how a message stands.
func (s *Store) SaveOutgoing(ctx context.Context, o store.Outgoing) error {
	return s.tx(ctx, func() error { return s.putOutgoing(o) })
}

func (s *Store) putOutgoing(o store.Outgoing) error {
	return messages.put(s, o.ID.String(), o.Created.UnixMilli(), o)
}

// Outgoing lists messages that were not acknowledged, oldest first.
func (s *Store) Outgoing(ctx context.Context) ([]store.Outgoing, error) {
	return messages.List(ctx, s)
}

// OutgoingSealed returns the sealed bytes of a message.
func (s *Store) OutgoingSealed(ctx context.Context, id casework.MessageID) (sealed []byte, err error) {
	err = s.read(ctx, func() error { sealed, err = s.pack(outgoingPart, id.String()); return err })
	return sealed, err
}

// DeleteOutgoing forgets a message that arrived.
func (s *Store) DeleteOutgoing(ctx context.Context, id casework.MessageID) error {
	return s.tx(ctx, func() error {
		if err := s.putPackage(outgoingPart, id.String(), nil); err != nil {
			return err
		}
		return messages.delete(s, id.String())
	})
}

// MarkSeen records that a message of a peer was taken in; it reports whether it
// had been before.
func (s *Store) MarkSeen(ctx context.Context, from casework.AgencyID, id casework.MessageID) (before bool, err error) {
	err = s.tx(ctx, func() error {
		_, err := seenMessages.get(s, string(from)+"|"+id.String())
		if err == nil {
			before = true
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return seenMessages.put(s, string(from)+"|"+id.String(), time.Now().UnixMilli(), raw{1})
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
