package replica

import (
	"context"
	"time"

	"github.com/hashicorp/raft"
)

// late waits for the lines of voters that signed after the quorum that certified a
// checkpoint, and commits them with it: a client that pins any one voter can follow
// then, while the voter is reachable. It is of the certify goroutine.
//
// Entries go first: while checkpoints follow one another a round is stopped by the next
// one, and its note is committed only when the ledger has been at rest for a cadence.
type late struct {
	r      *Replica
	cancel context.CancelFunc
	done   chan struct{} // closed when the round has ended
}

// wait goes on with a round aside.
func (l *late) wait(ctx context.Context, s *signing) {
	if s.waits == 0 {
		s.end()
		if len(s.lines) == l.r.linesCertified(s) {
			return
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, s.cancel)
	done := make(chan struct{})
	l.cancel, l.done = cancel, done
	go func() { // stop waits for it
		defer close(done)
		defer stop()
		l.gather(ctx, s)
	}()
}

// stop ends the round that is under way, if there is one.
func (l *late) stop() {
	if l.cancel != nil {
		l.cancel()
		<-l.done
		l.cancel = nil
	}
}

// gather takes the answers that are left, and commits the fuller note.
func (l *late) gather(ctx context.Context, s *signing) {
	defer s.end()
	rest := time.NewTimer(l.r.cfg.Cadence)
	defer rest.Stop()
	for s.waits > 0 {
		if err := s.next(); err != nil && ctx.Err() == nil {
			l.r.cfg.Logger.Debug("no lines of a voter in the checkpoint", "err", err)
		}
	}
	select {
	case <-ctx.Done():
		return
	case <-rest.C:
	}
	if len(s.lines) <= l.r.linesCertified(s) || l.r.raft.State() != raft.Leader {
		return
	}
	got, err := s.note()
	if err == nil {
		err = l.r.commitNote(got.Note)
	}
	if err != nil && ctx.Err() == nil {
		l.r.cfg.Logger.Debug("a fuller checkpoint was not committed", "err", err)
	}
}

// linesCertified is of how many voters the certified note has lines, if it is of the
// round's checkpoint; else all, since there is a newer one.
func (r *Replica) linesCertified(s *signing) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.certified.Checkpoint != s.c {
		return len(s.policy.Voters)
	}
	return len(r.certified.Cosigners)
}
