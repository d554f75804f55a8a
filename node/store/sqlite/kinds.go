package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// A kind of stored objects, all of one type, by its name in the table. A name is never
// given to another type: a change of the type that an older object does not decode into
// is a migration.
type kind[T any] string

// The kinds. Open batches are looked through often, and those that are done only by
// name: they are kept apart.
const (
	officers     kind[casework.Officer]  = "officer"
	cases        kind[casework.Case]     = "case"
	commands     kind[store.KeptCommand] = "command"
	openBatches  kind[store.Batch]       = "batch"
	doneBatches  kind[store.Batch]       = "batch done"
	progresses   kind[store.Progress]    = "progress" // by batch and peer
	answers      kind[store.AnswerState] = "answer"   // by asker and batch
	publications kind[storedPublication] = "publication"
	peerSets     kind[storedPeerSet]     = "peerset"
	messages     kind[store.Outgoing]    = "outgoing" // their sealed bytes are packages
	reports      kind[store.Report]      = "report"
	holds        kind[store.Hold]        = "hold"       // by what they are on
	standings    kind[store.Standing]    = "standing"   // by case
	permissions  kind[store.Permission]  = "permission" // by item
	provenances  kind[commonFacts]       = "provenance"
	seenMessages kind[raw]               = "seen"      // by sender and message
	reportKeys   kind[raw]               = "reportkey" // ids of reports, by what they are folded by
	values       kind[raw]               = "value"     // small values by name
	checks       kind[raw]               = "meta"
)

// raw is an object that is kept as it is, and not as JSON.
type raw []byte

// put stores an object, with the lock held.
func (k kind[T]) put(s *Store, key string, sort int64, v T) error {
	data, ok := any(v).(raw)
	if !ok {
		var err error
		if data, err = json.Marshal(v); err != nil {
			return fmt.Errorf("%s: %w", string(k), err)
		}
	}
	return s.putObject(string(k), key, sort, data)
}

// get reads an object, with the lock held.
func (k kind[T]) get(s *Store, key string) (T, error) {
	data, err := s.object(string(k), key)
	if err != nil {
		var none T
		return none, err
	}
	return k.decode(data)
}

func (k kind[T]) decode(data []byte) (v T, err error) {
	if r, ok := any(&v).(*raw); ok {
		*r = data
		return v, nil
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w: %w", string(k), store.ErrCorrupt, err)
	}
	return v, nil
}

// delete removes an object, with the lock held; one that is not there is no error.
func (k kind[T]) delete(s *Store, key string) error {
	return s.query("DELETE FROM object WHERE kind = ? AND key = ?", []any{string(k), key}, nil)
}

// Put stores an object in a transaction of its own.
func (k kind[T]) Put(ctx context.Context, s *Store, key string, sort int64, v T) error {
	return s.tx(ctx, func() error { return k.put(s, key, sort, v) })
}

// Get reads an object, or fails with ErrNotFound.
func (k kind[T]) Get(ctx context.Context, s *Store, key string) (v T, err error) {
	err = s.read(ctx, func() error { v, err = k.get(s, key); return err })
	return v, err
}

// List reads all objects of the kind, in their order.
func (k kind[T]) List(ctx context.Context, s *Store) (out []T, err error) {
	err = s.read(ctx, func() error {
		return s.query("SELECT key, data FROM object WHERE kind = ? ORDER BY sort, key", []any{string(k)}, func(st *sqlite3.Stmt) error {
			data, err := s.keys.open(string(k)+"|"+st.ColumnText(0), st.ColumnRawBlob(1))
			if err != nil {
				return err
			}
			v, err := k.decode(data)
			out = append(out, v)
			return err
		})
	})
	return out, err
}
