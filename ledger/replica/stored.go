package replica

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// reread recomputes every hash from the leaves in the tiles and replays them, so
// that a node that starts without a quorum knows its members, and can tell that
// its disk changed a byte before it says anything to anybody. Raft replays them
// once more: only its own replay decides what comes next.
func (r *Replica) reread() error {
	note, size := r.tiles.Checkpoint()
	if size == 0 {
		return nil
	}
	root, err := r.tiles.RootAt(size)
	if err != nil {
		return err
	}
	dir := tiles.Dir(os.DirFS(filepath.Join(r.cfg.Dir, "tiles")))
	if err := tiles.NewReader(dir, size).Check(context.Background(), root); err != nil {
		return fmt.Errorf("%w: %w; restore the folder from a backup, or from another member's tiles", ErrAlarm, err)
	}
	s := state.New()
	var stored page
	for i := range size {
		leaf, err := stored.leaf(r.tiles, i)
		if err != nil {
			return err
		}
		at, raw, err := entry.SplitLeaf(leaf)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		e, err := entry.Parse(raw)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if i == 0 && e.Hash() != r.cfg.Genesis {
			return fmt.Errorf("%w: the first entry is not the one that the invitation named", ErrAlarm)
		}
		if err := s.Apply(e, at); err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrAlarm, i, err)
		}
	}
	r.stored = s
	if c, err := s.Policy().Verify(note); err == nil {
		r.certified = c // else the voters changed in between; raft's replay has it
	}
	return nil
}

// view is the state that is furthest; r.mu is held.
func (r *Replica) view() *state.State {
	if r.stored != nil {
		return r.stored
	}
	return r.state
}

// caughtUpWithStored forgets the stored state once raft's replay is as far; r.mu
// is held.
func (r *Replica) caughtUpWithStored() {
	if r.stored != nil && r.state.Size() >= r.stored.Size() {
		r.stored = nil
	}
}

// A page is the bundle of stored leaves that was read last.
type page struct {
	n      uint64
	leaves [][]byte
}

const pageSize = 256

func (p *page) leaf(t *tiles.Store, i uint64) ([]byte, error) {
	if n := i / pageSize; p.n != n || i%pageSize >= uint64(len(p.leaves)) {
		leaves, err := t.Bundle(n)
		if err != nil {
			return nil, err
		}
		if i%pageSize >= uint64(len(leaves)) {
			return nil, fmt.Errorf("entry %d is not stored", i)
		}
		p.n, p.leaves = n, leaves
	}
	return p.leaves[i%pageSize], nil
}

// segmentSize is that of the raft log's files in bytes: what a snapshot makes
// superfluous goes in such pieces. Tests make it small.
var segmentSize = 64 << 20

// watched is the raft log on disk. Raft itself goes on after an error of its log,
// as a follower that cannot follow; this replica stops and says so.
type watched struct {
	*wal.WAL
	fail func(error)
}

func (w *watched) check(err error) error {
	if err != nil {
		w.fail(fmt.Errorf("ledger: raft log: %w; see that the disk has space and is sound, and start the node again: nothing acknowledged is lost", err))
	}
	return err
}

// StoreLog is of raft.LogStore.
func (w *watched) StoreLog(l *raft.Log) error { return w.check(w.WAL.StoreLog(l)) }

// StoreLogs is of raft.LogStore.
func (w *watched) StoreLogs(l []*raft.Log) error { return w.check(w.WAL.StoreLogs(l)) }

// DeleteRange is of raft.LogStore.
func (w *watched) DeleteRange(from, to uint64) error { return w.check(w.WAL.DeleteRange(from, to)) }

// Set is of raft.StableStore.
func (w *watched) Set(k, v []byte) error { return w.check(w.WAL.Set(k, v)) }

// SetUint64 is of raft.StableStore.
func (w *watched) SetUint64(k []byte, v uint64) error { return w.check(w.WAL.SetUint64(k, v)) }
