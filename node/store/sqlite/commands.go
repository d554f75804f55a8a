package sqlite

import (
	"context"
	"encoding/hex"

	"github.com/crosscase/crosscase/node/store"
)

// KeepCommand keeps an officer's signed command.
func (s *Store) KeepCommand(ctx context.Context, c store.KeptCommand) error {
	return commands.Put(ctx, s, c.Officer.String()+" "+hex.EncodeToString(c.Act.Nonce[:]), c.Act.At, c)
}

// Commands lists the commands that were kept, in the order of their time.
func (s *Store) Commands(ctx context.Context) ([]store.KeptCommand, error) {
	return commands.List(ctx, s)
}
