package replica

import (
	"time"

	"github.com/hashicorp/raft"
)

// AppendEntriesPipeline is of raft.Transport.
func (s *streams) AppendEntriesPipeline(id raft.ServerID, target raft.ServerAddress) (raft.AppendPipeline, error) {
	if err := s.r.disk.hangs(); err != nil {
		return nil, err
	}
	p, err := s.NetworkTransport.AppendEntriesPipeline(id, target)
	if err != nil {
		return nil, err
	}
	return &quiet{AppendPipeline: p, s: s}, nil
}

// AppendEntries is of raft.Transport. A leader whose disk does not answer sends
// nothing, heartbeats neither, so that the others elect one whose disk does.
func (s *streams) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	if err := s.r.disk.hangs(); err != nil {
		return err
	}
	return s.NetworkTransport.AppendEntries(id, target, args, resp)
}

// A quiet pipeline leaves out most calls that tell its follower nothing new. Raft sends
// the index of its newest commit every CommitTimeout, whether it changed or not; that
// the leader lives is told by heartbeats, which go another way. A call that is left out
// has no answer, as if it were still on its way. It has one sender, raft's.
type quiet struct {
	raft.AppendPipeline
	s    *streams
	sent bool
	term uint64
	next uint64 // the index that the follower was sent entries up to
	told uint64 // the commit that it was told of
	last time.Time
}

// quietFor is how long nothing is sent: a follower that was started anew has forgotten
// what was committed, and a connection that broke is noticed by sending.
const quietFor = 250 * time.Millisecond

// AppendEntries is of raft.AppendPipeline.
func (q *quiet) AppendEntries(args *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) (raft.AppendFuture, error) {
	if err := q.s.r.disk.hangs(); err != nil {
		return nil, err
	}
	if len(args.Entries) == 0 && q.sent && args.Term == q.term && args.PrevLogEntry == q.next && args.LeaderCommitIndex == q.told &&
		time.Since(q.last) < min(quietFor, q.s.r.cfg.Heartbeat/4) {
		return nil, nil // raft reads the answers from the consumer alone
	}
	q.last = time.Now()
	q.sent, q.term, q.next, q.told = true, args.Term, args.PrevLogEntry+uint64(len(args.Entries)), args.LeaderCommitIndex
	// Raft stops reading answers when a follower refuses one, and a send that waits for
	// room behind it would then wait for ever, at shutdown too.
	defer time.AfterFunc(callTimeout, func() { _ = q.Close() }).Stop()
	return q.AppendPipeline.AppendEntries(args, resp)
}
