package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/sharing"
)

// permittedColumn is how far all who disclosed an item permit it to go; a permission is
// sorted by it.
const permittedColumn = "(SELECT CASE g.sort WHEN 1 THEN 'silent' WHEN 2 THEN 'shared' END FROM object g WHERE g.kind = 'permission' AND g.key = 'item ' || item.seq)"

func permissionKey(seq int64) string { return fmt.Sprintf("item %d", seq) }

// Permission returns the permission for an item.
func (s *Store) Permission(ctx context.Context, id casework.ItemID) (store.Permission, error) {
	return permissions.Get(ctx, s, permissionKey(s.keys.itemSeq(id)))
}

// Permit records a permission; one that says local takes an earlier one back. Who has to
// give it is for the caller to know.
func (s *Store) Permit(ctx context.Context, p store.Permission) error {
	seq := s.keys.itemSeq(p.Item)
	return s.tx(ctx, func() error {
		_, err := s.itemNumbered(seq)
		if err != nil {
			return err
		}
		if p.Visibility == casework.Local {
			err = permissions.delete(s, permissionKey(seq))
		} else {
			err = permissions.put(s, permissionKey(seq), reachOf(p.Visibility), p)
		}
		if err != nil {
			return err
		}
		return s.itemChanged(seq)
	})
}

// voidPermission ends the permission for an item that was disclosed again under terms,
// with the lock held.
func (s *Store) voidPermission(seq int64, next sharing.Standing) error {
	if next.WhyNot != casework.UnderTerms {
		return nil
	}
	_, err := permissions.get(s, permissionKey(seq))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return permissions.delete(s, permissionKey(seq))
}
