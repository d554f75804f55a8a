package replica

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// Commands of the raft log, by their first byte.
const (
	commandEntry      = 1 // append time (Unix ms, 8 bytes), raw entry
	commandCheckpoint = 2 // certified note
)

func encodeEntry(at int64, raw []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{commandEntry}, uint64(at)), raw...)
}

func encodeCheckpoint(note []byte) []byte { return append([]byte{commandCheckpoint}, note...) }

// fsm is the side of a Replica that raft drives. Its methods are called by raft's
// own goroutine, one at a time.
type fsm Replica

// Apply takes one committed command.
func (f *fsm) Apply(l *raft.Log) any { return f.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch takes committed commands in order.
func (f *fsm) ApplyBatch(logs []*raft.Log) []any {
	r := (*Replica)(f)
	out := make([]any, len(logs))
	for i := 0; i < len(logs); i++ {
		l := logs[i]
		if l.Type != raft.LogCommand || len(l.Data) == 0 {
			continue
		}
		switch l.Data[0] {
		case commandEntry:
			n := 1
			for i+n < len(logs) && logs[i+n].Type == raft.LogCommand && len(logs[i+n].Data) > 0 && logs[i+n].Data[0] == commandEntry {
				n++
			}
			r.applyEntries(logs[i:i+n], out[i:i+n])
			i += n - 1
		case commandCheckpoint:
			out[i] = r.applyCheckpoint(l.Data[1:])
		default:
			out[i] = fmt.Errorf("ledger: unknown command %d", l.Data[0])
		}
	}
	return out
}

// applyEntries applies a run of entries, and tells everybody who waits once.
func (r *Replica) applyEntries(logs []*raft.Log, out []any) {
	defer r.leaves.feed()()
	for i, l := range logs {
		out[i] = r.applyEntry(l.Data[1:])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.caughtUpWithStored()
	r.wake()
}

func (r *Replica) applyEntry(leaf []byte) settled {
	at, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		return settled{err: err}
	}
	e, err := r.parse(raw)
	if err != nil {
		return settled{err: err}
	}
	r.mu.Lock()
	if r.alarm != nil {
		r.mu.Unlock()
		return settled{err: r.alarm}
	}
	index := r.state.Size()
	if index == 0 && e.Hash() != r.cfg.Genesis {
		r.mu.Unlock()
		err := fmt.Errorf("%w: the first entry is not the one that the invitation named", ErrAlarm)
		r.fail(err)
		return settled{err: err}
	}
	err = r.state.Check(e, at) // it is applied once its leaf is stored: who sees it reads it
	r.mu.Unlock()
	if errors.Is(err, state.ErrUpgrade) { // no verdict: what others accept is not known here
		r.fail(err)
		return settled{err: err}
	}
	if err != nil {
		return settled{err: err}
	}
	if err := r.keep(index, leaf); err != nil {
		r.fail(err)
		return settled{err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.state.Apply(e, at); err != nil { // only this goroutine changes it
		err = fmt.Errorf("%w: entry %d applies no more: %w", ErrDamaged, index, err)
		r.failHeld(err)
		return settled{err: err}
	}
	if e.Agency == r.cfg.Agency {
		r.ownAt(e, index)
	}
	return settled{index: index}
}

// ownAt notes where an own entry stands; r.mu is held.
func (r *Replica) ownAt(e entry.Entry, index uint64) {
	if len(r.own) > 4096 {
		clear(r.own) // old ones are found by the agency's chain
	}
	r.own[e.Hash()] = index
}

// keep stores a leaf, or compares it with what is stored already: after a restart
// raft replays what the tiles may hold.
func (r *Replica) keep(index uint64, leaf []byte) error {
	size := r.tiles.Size()
	if index > size {
		return fmt.Errorf("ledger: entry %d comes after %d", index, size)
	}
	if index == size {
		return r.tiles.Append(leaf)
	}
	have, err := r.page.leaf(r.tiles, index)
	if err != nil {
		return err
	}
	if string(have) != string(leaf) {
		return r.evidence(fmt.Sprintf("entry %d of the raft log is not the one in the tiles", index), leaf, have)
	}
	return nil
}

// applyCheckpoint takes a note that the leader calls certified, after verifying it.
func (r *Replica) applyCheckpoint(note []byte) error {
	r.mu.Lock()
	policy, size, newest := r.state.Policy(), r.state.Size(), r.certified
	r.mu.Unlock()
	if text, err := checkpoint.Parse(note); err == nil && text.Size < newest.Size {
		return fmt.Errorf("ledger: a checkpoint of %d after one of %d", text.Size, newest.Size) // replayed, after a restart
	}
	c, err := r.verify(policy, note)
	if err != nil {
		// The voters may have changed since it was made; the leader makes another.
		return err
	}
	if c.Size > size {
		// It follows in the log all entries that it covers, and a majority has them.
		err := fmt.Errorf("%w: a majority certified %d entries, and this node's log gave it %d: its disk lost or changed some; %s", ErrDamaged, c.Size, size, wayBack)
		r.fail(err)
		return err
	}
	if c.Size == newest.Size && c.Time.Before(newest.Time) {
		return fmt.Errorf("ledger: a checkpoint of %d, older than the one there is", c.Size)
	}
	root, err := r.tiles.RootAt(c.Size)
	if err != nil {
		r.fail(err)
		return err
	}
	if root != c.Root {
		err := r.evidence(fmt.Sprintf("a majority signed another root than this node's own at size %d", c.Size), note, newest.Note)
		r.fail(err)
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.certified, r.certifiedSince = c, time.Now()
	r.sawSigned(c.Checkpoint, note, c.Cosigners...)
	r.wake()
	return nil
}

// publishEvery is the least time between two checkpoints in the tiles on disk.
const publishEvery = 50 * time.Millisecond

// publish writes the tiles of the newest certified checkpoint to disk, aside from
// raft: until it is done the raft log has what they hold.
func (r *Replica) publish(ctx context.Context) error {
	for last := false; ; {
		changed := r.Changed()
		c := r.Certified()
		note, published := r.tiles.Checkpoint()
		if c.Size > published || c.Size == published && c.Size > 0 && !c.Time.Before(r.published) && !bytes.Equal(c.Note, note) {
			if err := r.tiles.Publish(c.Checkpoint, c.Note); err != nil {
				r.fail(err)
				return nil
			}
			r.published = c.Time
			continue
		}
		if last {
			return nil
		}
		select { // readers can wait a little; the voters' disks have other work
		case <-ctx.Done():
		case <-time.After(publishEvery):
		}
		select {
		case <-ctx.Done():
			last = true
		case <-changed:
		}
	}
}

// evidence keeps what contradicts itself, and gives the alarm.
func (r *Replica) evidence(what string, seen, own []byte) error {
	dir := filepath.Join(r.cfg.Dir, "evidence")
	alarm := fmt.Errorf("%w: %s; the evidence is in %s: stop, and tell the oversight body", ErrAlarm, what, dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w (and it could not be kept: %w)", alarm, err)
	}
	for name, data := range map[string][]byte{"what.txt": []byte(what + "\n"), "seen": seen, "own": own} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("%w (and it could not be kept: %w)", alarm, err)
		}
	}
	return alarm
}
