package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ncruces/go-sqlite3"
)

// Which match keys were asked of a peer, and which were published to it, is kept in
// ranges of numbers that neither overlap nor touch: what comes in together is asked and
// published together, and a row for each would cost as much as its curve operations.

// A ranges table has columns peer, epoch, seq and n: the first number and how many.
type ranges string

const (
	asking  ranges = "asking"   // in a batch for a peer
	ownKeys ranges = "own_item" // of which a peer has a tag
)

// has is the condition that a column's number is in a peer's and an epoch's ranges,
// which are its parameters.
func (r ranges) has(column string) string {
	return fmt.Sprintf("coalesce((SELECT r.seq + r.n > %s FROM %s r WHERE r.peer = ? AND r.epoch = ? AND r.seq <= %s ORDER BY r.seq DESC LIMIT 1), 0)", column, r, column)
}

// runsOf covers numbers exactly, in order. It sorts them.
func runsOf(seqs []int64) (out []span) {
	slices.Sort(seqs)
	for _, seq := range seqs {
		if n := len(out); n > 0 && seq <= out[n-1].last+1 {
			out[n-1].last = seq
		} else {
			out = append(out, span{seq, seq})
		}
	}
	return out
}

// touching lists the ranges that share a number with a span, or would with one more on
// either side, the last first, with the lock held.
func (s *Store) touching(r ranges, peer int64, epoch uint32, with span) (out []span, err error) {
	done := errors.New("no more")
	err = s.query("SELECT seq, n FROM "+string(r)+" WHERE peer = ? AND epoch = ? AND seq <= ? ORDER BY seq DESC", []any{peer, epoch, with.last + 1}, func(st *sqlite3.Stmt) error {
		have := span{st.ColumnInt64(0), st.ColumnInt64(0) + st.ColumnInt64(1) - 1}
		if have.last < with.first-1 {
			return done
		}
		out = append(out, have)
		return nil
	})
	if errors.Is(err, done) {
		err = nil
	}
	return out, err
}

// replace puts some ranges in the place of others, with the lock held.
func (s *Store) replace(r ranges, peer int64, epoch uint32, old, next []span) error {
	for _, o := range old {
		if err := s.query("DELETE FROM "+string(r)+" WHERE peer = ? AND epoch = ? AND seq = ?", []any{peer, epoch, o.first}, nil); err != nil {
			return err
		}
	}
	for _, n := range next {
		if err := s.query("INSERT INTO "+string(r)+"(peer, epoch, seq, n) VALUES(?, ?, ?, ?)", []any{peer, epoch, n.first, n.last - n.first + 1}, nil); err != nil {
			return err
		}
	}
	return nil
}

// include takes numbers into a peer's ranges, with the lock held. It sorts them.
func (s *Store) include(r ranges, peer int64, epoch uint32, seqs []int64) error {
	for _, add := range runsOf(seqs) {
		touched, err := s.touching(r, peer, epoch, add)
		if err != nil {
			return err
		}
		if len(touched) == 1 && touched[0].first <= add.first && add.last <= touched[0].last {
			continue
		}
		for _, have := range touched {
			add = span{min(add.first, have.first), max(add.last, have.last)}
		}
		if err := s.replace(r, peer, epoch, touched, []span{add}); err != nil {
			return err
		}
	}
	return nil
}

// exclude takes numbers out of a peer's ranges, with the lock held. It sorts them.
func (s *Store) exclude(r ranges, peer int64, epoch uint32, seqs []int64) error {
	for _, out := range runsOf(seqs) {
		touched, err := s.touching(r, peer, epoch, out)
		if err != nil {
			return err
		}
		var left []span
		for _, have := range touched {
			if have.first < out.first {
				left = append(left, span{have.first, min(have.last, out.first-1)})
			}
			if have.last > out.last {
				left = append(left, span{max(have.first, out.last+1), have.last})
			}
		}
		if err := s.replace(r, peer, epoch, touched, left); err != nil {
			return err
		}
	}
	return nil
}

// A placed span is match keys that follow one another in a batch, from a position on.
type placed struct {
	pos   int
	first int64
	n     int
}

// positionsOf puts match keys at the positions from one on.
func positionsOf(at int, seqs []int64) (out []placed) {
	for i, seq := range seqs {
		if n := len(out); n > 0 && seq == out[n-1].first+int64(out[n-1].n) {
			out[n-1].n++
		} else {
			out = append(out, placed{at + i, seq, 1})
		}
	}
	return out
}
