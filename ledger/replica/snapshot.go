package replica

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// A snapshot is all leaves and the newest certified note: whoever restores it
// replays them, and so trusts none of it.
//
//	"crosscase ledger 1\n", count (8 bytes), count times {length (4), leaf}, length (4), note
type snapshot struct {
	tiles *tiles.Store
	count uint64
	note  []byte
}

const snapshotMagic = "crosscase ledger 1\n"

// Snapshot notes what to write; leaves below count do not change any more.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	r := (*Replica)(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alarm != nil {
		return nil, r.alarm // what came after it was passed over
	}
	return &snapshot{tiles: r.tiles, count: r.state.Size(), note: r.certified.Note}, nil
}

func (s *snapshot) Release() {}

// Persist writes the snapshot.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	if err := s.write(sink); err != nil {
		return fmt.Errorf("ledger snapshot: %w", firstOf(err, sink.Cancel()))
	}
	return sink.Close()
}

func firstOf(err error, other error) error {
	if other != nil {
		return fmt.Errorf("%w (and %w)", err, other)
	}
	return err
}

func (s *snapshot) write(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<20)
	w.WriteString(snapshotMagic) // errors stay with the writer until Flush
	w.Write(binary.BigEndian.AppendUint64(nil, s.count))
	var stored page
	for i := range s.count {
		leaf, err := stored.leaf(s.tiles, i)
		if err != nil {
			return err
		}
		w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(leaf))))
		w.Write(leaf)
	}
	w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s.note))))
	w.Write(s.note)
	return w.Flush()
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
	magic := make([]byte, len(snapshotMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != snapshotMagic {
		return fmt.Errorf("it does not begin as one")
	}
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	block := func(max int) ([]byte, error) {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(length[:])
		if int64(n) > int64(max) {
			return nil, fmt.Errorf("a block of %d bytes", n)
		}
		data := make([]byte, n)
		_, err := io.ReadFull(in, data)
		return data, err
	}
	fresh := state.New()
	for i := range binary.BigEndian.Uint64(head[:]) {
		leaf, err := block(8 + entry.MaxSize)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		at, raw, err := entry.SplitLeaf(leaf)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		e, err := entry.Parse(raw)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		if i == 0 && e.Hash() != r.cfg.Genesis {
			return fmt.Errorf("%w: the first entry is not the one that the invitation named", ErrAlarm)
		}
		if err := fresh.Apply(e, at); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		if err := r.keep(i, leaf); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	note, err := block(1 << 20)
	if err != nil {
		return fmt.Errorf("note: %w", err)
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
	if len(note) > 0 {
		if err := r.applyCheckpoint(note); err != nil && r.Err() != nil {
			return err
		}
	}
	return nil
}
