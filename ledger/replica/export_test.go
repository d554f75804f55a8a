package replica

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

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
	s := &watched{WAL: w, fail: func(err error) { failed = err }}
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
