package replica

import (
	"errors"
	"sync"
	"time"
)

// errHangs means that the disk has not answered a write for longer than an election
// would take.
var errHangs = errors.New("this node's disk does not answer")

// A watchdog knows since when a write of the raft log is under way.
type watchdog struct {
	patience time.Duration

	mu    sync.Mutex
	since time.Time // guarded by mu; zero: none is
}

// write runs a write of the raft log. Raft makes one at a time.
func (w *watchdog) write(f func() error) error {
	w.set(time.Now())
	defer w.set(time.Time{})
	return f()
}

func (w *watchdog) set(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = t
}

// hangs is errHangs while a write takes too long.
func (w *watchdog) hangs() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.patience > 0 && !w.since.IsZero() && time.Since(w.since) > w.patience {
		return errHangs
	}
	return nil
}
