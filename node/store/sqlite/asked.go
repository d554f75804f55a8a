package sqlite

import (
	"context"
	"errors"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// AskedOfItem returns the latest batch with which a peer was asked about an item in an
// epoch, or nil.
func (s *Store) AskedOfItem(ctx context.Context, item casework.ItemID, peer casework.AgencyID, epoch uint32) (latest *store.AskedItem, err error) {
	type at struct {
		batch casework.BatchID
		pos   uint32
	}
	var asked []at
	err = s.read(ctx, func() error {
		keys, err := s.keysOfItem(s.keys.itemSeq(item))
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := s.query("SELECT batch, pos + ? - seq FROM batch_item WHERE seq <= ? AND seq + n > ?", []any{key, key, key}, func(st *sqlite3.Stmt) error {
				asked = append(asked, at{casework.BatchID(st.ColumnBlob(0, nil)), uint32(st.ColumnInt64(1))})
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		b, err := s.Batch(ctx, a.batch)
		if errors.Is(err, store.ErrNotFound) {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, err
		}
		if b.Epoch != epoch || !slices.Contains(b.Peers, peer) || latest != nil && b.Created.Before(latest.Batch.Created) {
			continue
		}
		p, err := s.Progress(ctx, a.batch, peer)
		if err != nil {
			return nil, err
		}
		latest = &store.AskedItem{Batch: b, Progress: p, LookedUp: b.PartSize > 0 && a.pos/b.PartSize < p.LookedUp}
	}
	return latest, nil
}

// HasTagOf reports whether a peer has a tag of an own item in an epoch.
func (s *Store) HasTagOf(ctx context.Context, item casework.ItemID, peer casework.AgencyID, epoch uint32) (yes bool, err error) {
	n, err := s.peerNumber(ctx, peer)
	if err != nil {
		return false, err
	}
	err = s.read(ctx, func() error {
		yes, err = s.isPublished(s.keys.itemSeq(item), []publishedSet{{n, epoch}})
		return err
	})
	return yes, err
}
