package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/node/store"
)

// What the own key makes of a match key is kept for the epoch of that key, so that a
// further peer's tag costs a hash in place of curve operations. Outputs lie by number,
// many to a row that fills a page and is sealed as one. A row goes, by a trigger, with
// the first of its match keys that is erased: what the others lose is computed again.

// outputsARow is how many outputs a row holds; the trigger item_output names it too.
const outputsARow = 60

// noOutput stands where there is none: an output is never zero.
var noOutput [oprf.OutputSize]byte

func outputPlace(epoch uint32, row int64) string { return fmt.Sprintf("output|%d|%d", epoch, row) }

// Outputs returns the kept outputs of match keys of an epoch, and which there are.
func (s *Store) Outputs(ctx context.Context, epoch uint32, seqs []int64) (outputs []byte, has []bool, err error) {
	outputs, has = make([]byte, len(seqs)*oprf.OutputSize), make([]bool, len(seqs))
	err = s.read(ctx, func() error {
		at := int64(-1)
		var row []byte
		for i, seq := range seqs {
			if seq/outputsARow != at {
				at = seq / outputsARow
				if row, err = s.outputRow(epoch, at); err != nil {
					return err
				}
			}
			if row == nil {
				continue
			}
			from := seq % outputsARow * oprf.OutputSize
			out := outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize]
			copy(out, row[from:])
			has[i] = [oprf.OutputSize]byte(out) != noOutput
		}
		return nil
	})
	return outputs, has, err
}

// outputRow opens a row, or returns nil, with the lock held.
func (s *Store) outputRow(epoch uint32, n int64) (row []byte, err error) {
	err = s.query("SELECT data FROM output WHERE n = ? AND epoch = ?", []any{n, epoch}, func(st *sqlite3.Stmt) error {
		if row, err = s.keys.open(outputPlace(epoch, n), st.ColumnRawBlob(0)); err == nil && len(row) != outputsARow*oprf.OutputSize {
			err = fmt.Errorf("%w: outputs of %d bytes", store.ErrCorrupt, len(row))
		}
		return err
	})
	return row, err
}

// KeepOutputs keeps the outputs of match keys, ascending, for an epoch, and forgets those
// of any other epoch. Of a key that was erased meanwhile nothing is kept.
func (s *Store) KeepOutputs(ctx context.Context, epoch uint32, seqs []int64, outputs []byte) error {
	if len(outputs) != len(seqs)*oprf.OutputSize {
		return fmt.Errorf("outputs: %d bytes for %d keys", len(outputs), len(seqs))
	}
	if len(seqs) == 0 {
		return nil
	}
	return s.tx(ctx, func() error {
		if err := s.forgetOutputs(epoch); err != nil {
			return err
		}
		there, err := s.numbersBetween(seqs[0], seqs[len(seqs)-1])
		if err != nil {
			return err
		}
		for from := 0; from < len(seqs); {
			n := seqs[from] / outputsARow
			row, err := s.outputRow(epoch, n)
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				return err
			}
			if row == nil {
				row = make([]byte, outputsARow*oprf.OutputSize)
			}
			for ; from < len(seqs) && seqs[from]/outputsARow == n; from++ {
				if there[seqs[from]] {
					copy(row[seqs[from]%outputsARow*oprf.OutputSize:], outputs[from*oprf.OutputSize:(from+1)*oprf.OutputSize])
				}
			}
			if err := s.query("INSERT INTO output(n, epoch, data) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data, epoch = excluded.epoch",
				[]any{n, epoch, s.keys.seal(outputPlace(epoch, n), row)}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetOutputs deletes the kept outputs of all epochs but one.
func (s *Store) ForgetOutputs(ctx context.Context, but uint32) error {
	return s.tx(ctx, func() error { return s.forgetOutputs(but) })
}

// forgetOutputs does it, with the lock held. All that are kept are of one epoch.
func (s *Store) forgetOutputs(but uint32) error {
	other := false
	err := s.query("SELECT epoch FROM output LIMIT 1", nil, func(st *sqlite3.Stmt) error { other = st.ColumnInt64(0) != int64(but); return nil })
	if err != nil || !other {
		return err
	}
	return s.query("DELETE FROM output", nil, nil)
}

// numbersBetween returns the match keys that there are between two numbers, with the
// lock held.
func (s *Store) numbersBetween(first, last int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := s.query("SELECT seq FROM item WHERE seq >= ? AND seq <= ?", []any{first, last}, func(st *sqlite3.Stmt) error {
		out[st.ColumnInt64(0)] = true
		return nil
	})
	return out, err
}
