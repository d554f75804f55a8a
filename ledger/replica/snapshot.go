package replica

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/hashicorp/raft"
	"golang.org/x/mod/sumdb/tlog"
)

// A snapshot says which leaves it stands for; they themselves are in the tiles, which
// are on disk before it is, and come from any member where a replica lacks them.
// Whoever restores it replays them, and so trusts none of it; what this replica replayed
// itself it keeps beside its snapshots.
//
//	"crosscase ledger 2\n", size (8 bytes), root (32), length (4), note
type snapshot struct {
	r    *Replica
	size uint64
	root tlog.Hash
	note []byte
	kept []byte // state of those leaves, to be kept beside
}

const snapshotMagic = "crosscase ledger 2\n"

// Snapshot notes what to write; leaves below size do not change any more.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	r := (*Replica)(f)
	r.mu.Lock()
	size, note, alarm, kept := r.state.Size(), r.certified.Note, r.alarm, r.state.Bytes()
	r.mu.Unlock()
	if alarm != nil {
		return nil, alarm // what came after it was passed over
	}
	root, err := r.tiles.RootAt(size)
	if err != nil {
		return nil, fmt.Errorf("ledger snapshot: %w", err)
	}
	return &snapshot{r, size, root, note, kept}, nil
}

func (s *snapshot) Release() {}

// Persist writes the snapshot once the tiles on disk hold what it stands for: raft
// drops the log after it.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	err := s.stored()
	if err == nil {
		err = s.r.keepState(keptState{s.size, s.root, s.kept})
	}
	if err == nil {
		_, err = sink.Write(s.encode())
	}
	if err != nil {
		return fmt.Errorf("ledger snapshot: %w", firstOf(err, sink.Cancel()))
	}
	return sink.Close()
}

// stored waits until the tiles are published as far; without a quorum they are not,
// and raft tries again later.
func (s *snapshot) stored() error {
	patience := time.NewTimer(10 * s.r.cfg.Heartbeat)
	defer patience.Stop()
	for {
		if _, published := s.r.tiles.Checkpoint(); published >= s.size {
			return nil
		}
		select {
		case <-time.After(publishEvery):
		case <-patience.C:
			return fmt.Errorf("%d entries are not all certified yet", s.size)
		case <-s.r.ended:
			return ErrStopped
		}
	}
}

func (s *snapshot) encode() []byte {
	out := binary.BigEndian.AppendUint64([]byte(snapshotMagic), s.size)
	out = binary.BigEndian.AppendUint32(append(out, s.root[:]...), uint32(len(s.note)))
	return append(out, s.note...)
}

// decodeSnapshot reads what encode wrote.
func decodeSnapshot(in io.Reader) (*snapshot, error) {
	var head [len(snapshotMagic) + 8 + tlog.HashSize + 4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:len(snapshotMagic)]) != snapshotMagic {
		return nil, fmt.Errorf("it does not begin as one")
	}
	at := head[len(snapshotMagic):]
	s := &snapshot{size: binary.BigEndian.Uint64(at), root: tlog.Hash(at[8 : 8+tlog.HashSize])}
	n := binary.BigEndian.Uint32(at[8+tlog.HashSize:])
	if n > checkpoint.MaxSize {
		return nil, fmt.Errorf("a note of %d bytes", n)
	}
	s.note = make([]byte, n)
	_, err := io.ReadFull(in, s.note)
	return s, err
}

func firstOf(err error, other error) error {
	if other != nil {
		return fmt.Errorf("%w (and %w)", err, other)
	}
	return err
}

// Restore replays a snapshot: at a start, or when this replica is far behind.
func (f *fsm) Restore(from io.ReadCloser) error {
	defer from.Close()
	r := (*Replica)(f)
	if err := r.restore(bufio.NewReaderSize(from, 1<<20)); err != nil {
		err = fmt.Errorf("ledger snapshot: %w", err)
		r.fail(err)
		return err
	}
	return nil
}

func (r *Replica) restore(in io.Reader) error {
	s, err := decodeSnapshot(in)
	if err != nil {
		return err
	}
	defer r.leaves.feed()()
	fresh, err := r.replay(s)
	if err != nil {
		return err
	}
	r.mu.Lock()
	if have := r.state.Size(); fresh.Size() < have {
		r.mu.Unlock()
		return fmt.Errorf("%w: it has %d entries, and this replica applied %d", ErrAlarm, fresh.Size(), have)
	}
	r.state = fresh
	r.caughtUpWithStored()
	r.wake()
	r.mu.Unlock()
	if len(s.note) > 0 {
		if err := r.applyCheckpoint(s.note); err != nil && r.Err() != nil {
			return err
		}
	}
	return nil
}

// replay is the state of the leaves that a snapshot stands for: those in the tiles,
// and the rest from the first member whose leaves hash to its root.
func (r *Replica) replay(s *snapshot) (*state.State, error) {
	r.mu.Lock()
	stored := r.stored
	r.mu.Unlock()
	if s.size <= r.tiles.Size() {
		root, err := r.tiles.RootAt(s.size)
		if err != nil {
			return nil, err
		}
		if root != s.root {
			return nil, fmt.Errorf("%w: its root of %d entries is another than that of the leaves", ErrAlarm, s.size)
		}
		if stored != nil && stored.Size() == s.size {
			return stored, nil // replayed at the start
		}
		return r.replayFrom(s, "")
	}
	ids, _ := r.others()
	if r.cfg.Peers != nil {
		ids = append(ids, r.cfg.Peers()...)
	}
	err := errors.New("nobody is known who has its leaves")
	for _, id := range ids {
		if id == r.cfg.Agency {
			continue
		}
		fresh, ferr := r.replayFrom(s, id)
		if ferr == nil {
			return fresh, nil
		}
		err = fmt.Errorf("leaves of %s: %w", id, errors.Join(ferr, r.tiles.Rewind()))
	}
	return nil, err
}

// replayFrom replays the leaves in the tiles, after those of a kept state, and those that
// a member sends.
func (r *Replica) replayFrom(s *snapshot, from casework.AgencyID) (*state.State, error) {
	most := min(s.size, r.tiles.Size())
	fresh, err := r.stateUpTo(most)
	if err != nil {
		return nil, err
	}
	if err := r.applyStored(fresh, most); err != nil {
		return nil, err
	}
	for fresh.Size() < s.size {
		leaves, err := r.fetch(from, fresh.Size())
		if err != nil {
			return nil, err
		}
		leaves = leaves[:min(uint64(len(leaves)), s.size-fresh.Size())]
		if err := r.applyLeaves(fresh, leaves); err != nil {
			return nil, err
		}
		if err := r.tiles.Append(leaves...); err != nil {
			return nil, err
		}
	}
	root, err := r.tiles.RootAt(s.size)
	if err == nil && root != s.root {
		err = fmt.Errorf("they do not hash to the snapshot's root of %d", s.size)
	}
	return fresh, err
}

// fetch asks a member for the leaves from an index on.
func (r *Replica) fetch(from casework.AgencyID, index uint64) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*r.cfg.Heartbeat)
	defer cancel()
	answer, err := r.cfg.Caller.Call(ctx, from, methodLeaves, binary.BigEndian.AppendUint64(nil, index))
	if err != nil {
		return nil, err
	}
	leaves, err := readLeaves(answer)
	if err == nil && len(leaves) == 0 {
		err = fmt.Errorf("it has no leaf %d", index)
	}
	return leaves, err
}
