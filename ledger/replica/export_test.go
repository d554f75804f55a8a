package replica

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"

	"github.com/crosscase/crosscase/policy/casework"
)

func init() { segmentSize = 16 << 10 } // so that compacting drops whole files

// Restored is the raft index of the newest snapshot taken or replayed; 0 is none.
func (r *Replica) Restored() uint64 {
	n, _ := strconv.ParseUint(r.raft.Stats()["last_snapshot_index"], 10, 64)
	return n
}

// Voting is how many vote in raft's own configuration, as this replica has it.
func (r *Replica) Voting() (n int) {
	<-r.started
	for _, s := range r.raft.GetConfiguration().Configuration().Servers {
		if s.Suffrage == raft.Voter {
			n++
		}
	}
	return n
}

// Started is closed when this replica takes part.
func (r *Replica) Started() <-chan struct{} { return r.started }

// Unchecked is how many leaves the start did not hash again.
func (r *Replica) Unchecked() uint64 { return r.unchecked }

// Servers is how many take part in raft, as this replica has its configuration.
func (r *Replica) Servers() int { return len(r.raft.GetConfiguration().Configuration().Servers) }

// Term is raft's term.
func (r *Replica) Term() uint64 { return r.raft.CurrentTerm() }

// LastLog is the index of the newest command in raft's log.
func (r *Replica) LastLog() uint64 { return r.raft.LastIndex() }

// LetLead hands leadership to another voter.
func (r *Replica) LetLead(id casework.AgencyID) error {
	return r.raft.LeadershipTransferToServer(raft.ServerID(id), raft.ServerAddress(id)).Error()
}

// RestoreFirst restores a snapshot of the first n entries, as one that a leader sends.
func (r *Replica) RestoreFirst(n uint64) error {
	root, err := r.tiles.RootAt(n)
	if err != nil {
		return err
	}
	return (*fsm)(r).Restore(io.NopCloser(bytes.NewReader((&snapshot{size: n, root: root}).encode())))
}

// Compact takes a snapshot now and drops the log before it.
func (r *Replica) Compact() error {
	c := r.raft.ReloadableConfig()
	c.TrailingLogs = 1
	if err := r.raft.ReloadConfig(c); err != nil {
		return err
	}
	return r.raft.Snapshot().Error()
}

// FirstLog is the index of the oldest command that raft still has.
func FirstLog(dir string) (uint64, error) {
	w, err := wal.Open(filepath.Join(dir, "raft"))
	if err != nil {
		return 0, err
	}
	defer w.Close()
	return w.FirstIndex()
}

// What the raft log cannot store stops the replica.
func TestLogErrorStops(t *testing.T) {
	w, err := wal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	s := &watched{WAL: w, disk: &watchdog{}, fail: func(err error) { failed = err }}
	if err := s.StoreLogs([]*raft.Log{{Index: 1, AppendedAt: time.Now()}}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	w.Close()
	if err := s.StoreLogs([]*raft.Log{{Index: 2}}); err == nil || failed == nil {
		t.Error("a log that is closed took an entry")
	}
	if fmt.Sprint(failed) == "" {
		t.Error("nothing says what to do")
	}
}

// PutBack puts an older journal in the place of one as an image of a disk does: the
// file is the same one.
func PutBack(path string, older []byte) error {
	rec, _, ok := parseRecord(older)
	if !ok {
		return fmt.Errorf("%s is no journal", path)
	}
	j := &journal{path: path, rec: rec}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.change(func(*record) {})
}

// CommitStamped commits an entry with any append time, as a leader can that wrote its
// own program, and returns what applying it came to.
func (r *Replica) CommitStamped(at int64, raw []byte) error {
	f := r.raft.Apply(encodeEntry(at, raw), r.cfg.Patience)
	if err := f.Error(); err != nil {
		return err
	}
	return f.Response().(settled).err
}

// SlowDisk makes f run before each write of the raft log of a replica that does not
// run yet.
func (r *Replica) SlowDisk(f func()) { r.slowDisk = f }

// CompareClock compares this node's clock with the others' now.
func (r *Replica) CompareClock(ctx context.Context) { r.compareClock(ctx) }

// AheadOfMost is aheadOfMost.
var AheadOfMost = aheadOfMost
