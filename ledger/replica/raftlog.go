package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// segmentSize is that of the raft log's files in bytes: what a snapshot makes
// superfluous goes in such pieces. Tests make it small.
var segmentSize = 64 << 20

// errChanged means that the disk gave other bytes than were written to it.
var errChanged = errors.New("the disk returns other bytes than were stored")

// watched is the raft log on disk. Raft itself goes on after an error of its log,
// as a follower that cannot follow; this replica stops and says so. raft-wal does
// not notice a changed byte, which would make this replica reject what the others
// accept: each command is stored with a checksum, and checked against it when it is
// read.
type watched struct {
	*wal.WAL
	fail func(error)
	disk *watchdog
	slow func() // before each write, in tests; nil otherwise
}

func (w *watched) store(logs []*raft.Log) error {
	if w.slow != nil {
		w.slow()
	}
	return w.WAL.StoreLogs(logs)
}

func (w *watched) check(err error) error {
	if err != nil {
		w.fail(fmt.Errorf("ledger: raft log: %w; see that the disk has space and is sound, and start the node again: nothing acknowledged is lost", err))
	}
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum covers what raft and this replica go by.
func sum(l *raft.Log) []byte {
	head := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{byte(l.Type)}, l.Index), l.Term)
	return binary.BigEndian.AppendUint32(nil, crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, l.Data))
}

// StoreLog is of raft.LogStore.
func (w *watched) StoreLog(l *raft.Log) error { return w.StoreLogs([]*raft.Log{l}) }

// StoreLogs is of raft.LogStore. Raft goes on using its own copies.
func (w *watched) StoreLogs(logs []*raft.Log) error {
	summed := make([]raft.Log, len(logs))
	out := make([]*raft.Log, len(logs))
	for i, l := range logs {
		summed[i] = *l
		summed[i].Extensions = sum(l)
		out[i] = &summed[i]
	}
	return w.check(w.disk.write(func() error { return w.store(out) }))
}

// GetLog is of raft.LogStore.
func (w *watched) GetLog(index uint64, l *raft.Log) error {
	err := w.get(index, l)
	if errors.Is(err, errChanged) {
		w.fail(err)
	}
	return err // raft asks for what is not there, too
}

func (w *watched) get(index uint64, l *raft.Log) error {
	if err := w.WAL.GetLog(index, l); err != nil {
		return err
	}
	if l.Index != index || string(l.Extensions) != string(sum(l)) {
		return fmt.Errorf("ledger: raft log: command %d: %w; %s", index, errChanged, wayBack)
	}
	l.Extensions = nil
	return nil
}

// reread reads all of the log once, so that a damaged one is told before raft
// goes by it.
func (w *watched) reread() error {
	first, err := w.FirstIndex()
	if err != nil {
		return err
	}
	last, err := w.LastIndex()
	if err != nil {
		return err
	}
	for i := first; i > 0 && i <= last; i++ {
		var l raft.Log
		if err := w.get(i, &l); err != nil {
			return err
		}
	}
	return nil
}

// DeleteRange is of raft.LogStore.
func (w *watched) DeleteRange(from, to uint64) error { return w.check(w.WAL.DeleteRange(from, to)) }

// Set is of raft.StableStore.
func (w *watched) Set(k, v []byte) error { return w.check(w.WAL.Set(k, v)) }

// SetUint64 is of raft.StableStore.
func (w *watched) SetUint64(k []byte, v uint64) error { return w.check(w.WAL.SetUint64(k, v)) }
