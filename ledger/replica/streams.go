package replica

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/policy/casework"
)

// streams is raft's way to the others: connections on which both ends are proved.
// Raft itself authenticates nobody, and believes the name that a call bears. So
// each member that connects gets a lane of its own, a transport of raft's that
// hears this member alone, and a call goes on to raft only if it bears the name
// that its lane's connections proved, and if that member votes (see votes).
type streams struct {
	*raft.NetworkTransport // for calls to others; its accepting side only sorts into lanes
	r                      *Replica
	log                    hclog.Logger
	calls                  chan raft.RPC
	done                   chan struct{}
	work                   sync.WaitGroup // pumps of lanes, and vetting
	once                   sync.Once

	mu        sync.Mutex // guards what follows
	lanes     map[casework.AgencyID]*lane
	vetting   map[casework.AgencyID]bool
	heartbeat func(raft.RPC)
	closed    bool
}

// callTimeout is how long one call of raft to another replica may take.
const callTimeout = 10 * time.Second

func newStreams(r *Replica, log hclog.Logger) *streams {
	s := &streams{
		r: r, log: log, calls: make(chan raft.RPC), done: make(chan struct{}),
		lanes: map[casework.AgencyID]*lane{}, vetting: map[casework.AgencyID]bool{},
	}
	s.NetworkTransport = raft.NewNetworkTransportWithLogger(outside{s}, 3, callTimeout, log)
	return s
}

// Consumer returns the calls that raft is to answer.
func (s *streams) Consumer() <-chan raft.RPC { return s.calls }

// SetHeartbeatHandler is for heartbeats, which overtake other calls.
func (s *streams) SetHeartbeatHandler(f func(raft.RPC)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heartbeat = f
}

// RequestVote is of raft.Transport. A replica whose log is not back where it was
// before it was lost is no candidate.
func (s *streams) RequestVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	if s.r.belowFloor(args.LastLogTerm, args.LastLogIndex) {
		return errFloor
	}
	return s.NetworkTransport.RequestVote(id, target, args, resp)
}

// RequestPreVote is of raft.WithPreVote; see RequestVote.
func (s *streams) RequestPreVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	if s.r.belowFloor(args.LastLogTerm, args.LastLogIndex) {
		return errFloor
	}
	return s.NetworkTransport.RequestPreVote(id, target, args, resp)
}

var errFloor = errors.New("this replica's log is not yet where it was before it was lost")

// belowFloor reports whether a log that ends at a term and index lacks what this
// replica may have acknowledged before it lost its own.
func (r *Replica) belowFloor(term, index uint64) bool {
	own := r.signed.known()
	return term < own.Term || term == own.Term && index < own.Index
}

// Close stops accepting, then the lanes, and waits for both.
func (s *streams) Close() error {
	var err error
	s.once.Do(func() {
		close(s.done)
		err = s.NetworkTransport.Close()
		s.mu.Lock()
		s.closed = true
		for _, l := range s.lanes {
			_ = l.trans.Close() // a lane is only memory
		}
		s.mu.Unlock()
		s.work.Wait()
	})
	return err
}

// outside is where all connections come from and go to.
type outside struct{ s *streams }

// Accept sorts connections into lanes, and gives an error when there will be no
// more. Who does not vote has no reason to open one, and is not heard.
func (o outside) Accept() (net.Conn, error) {
	for {
		c, err := o.s.r.cfg.Listener.Accept()
		if err != nil {
			return nil, err
		}
		o.s.admit(c, casework.AgencyID(c.RemoteAddr().String()))
	}
}

// Close stops accepting.
func (o outside) Close() error { return o.s.r.cfg.Listener.Close() }

// Addr is the own address: the agency's id.
func (o outside) Addr() net.Addr { return address(o.s.r.cfg.Agency) }

// Dial connects to a member by its id.
func (o outside) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if casework.AgencyID(to) == o.s.r.cfg.Agency {
		return nil, fmt.Errorf("raft: %s dials itself", to)
	}
	c, err := o.s.r.cfg.Dial(ctx, casework.AgencyID(to))
	if err != nil {
		return nil, err
	}
	return measureAnswers(c), nil
}

func (s *streams) admit(c net.Conn, from casework.AgencyID) {
	switch {
	case !s.r.known(from):
	case s.r.votes(from):
		s.route(c, from)
		return
	case s.beginVetting(from):
		go func() { // waited for by Close
			defer s.endVetting(from)
			if s.r.vouched(from) {
				s.route(c, from)
				return
			}
			s.refuse(c, from)
		}()
		return
	}
	s.refuse(c, from)
}

func (s *streams) refuse(c net.Conn, from casework.AgencyID) {
	s.r.cfg.Logger.Warn("raft stream refused", "agency", string(from))
	c.Close()
}

// beginVetting lets one connection of a member be looked into at a time.
func (s *streams) beginVetting(id casework.AgencyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.vetting[id] {
		return false
	}
	s.vetting[id] = true
	s.work.Add(1)
	return true
}

func (s *streams) endVetting(id casework.AgencyID) {
	s.mu.Lock()
	delete(s.vetting, id)
	s.mu.Unlock()
	s.work.Done()
}

// route hands a connection to its member's lane.
func (s *streams) route(c net.Conn, from casework.AgencyID) {
	l := s.lane(from)
	if l == nil {
		c.Close()
		return
	}
	select {
	case l.conns <- c:
	case <-s.done:
		c.Close()
	}
}

func (s *streams) lane(from casework.AgencyID) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lanes[from]; l != nil || s.closed {
		return l
	}
	l := &lane{s: s, from: from, conns: make(chan net.Conn), turn: make(chan struct{}, 1)}
	l.trans = raft.NewNetworkTransportWithLogger(l, 0, callTimeout, s.log)
	l.trans.SetHeartbeatHandler(l.heartbeat)
	s.lanes[from] = l
	s.work.Go(l.pump)
	return l
}

// A lane hears one member.
type lane struct {
	s     *streams
	from  casework.AgencyID
	conns chan net.Conn
	turn  chan struct{} // held by the connection whose large call is in memory
	trans *raft.NetworkTransport

	mu   sync.Mutex
	open []net.Conn // oldest first; guarded by mu
}

// maxConns is how many connections of one member are open at a time. Raft opens a
// few; a member that comes back after a broken network may leave some behind.
const maxConns = 16

// Accept is of raft.StreamLayer.
func (l *lane) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		m := measureCalls(c, l.turn, l.s.done)
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.open) == maxConns {
			l.open[0].Close()
			l.open = l.open[1:]
		}
		l.open = append(l.open, m)
		return m, nil
	case <-l.s.done:
		return nil, net.ErrClosed
	}
}

// Close is of raft.StreamLayer.
func (l *lane) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		c.Close()
	}
	l.open = nil
	return nil
}

// Addr is of raft.StreamLayer.
func (l *lane) Addr() net.Addr { return address(l.s.r.cfg.Agency) }

// Dial is of raft.StreamLayer. A lane only listens.
func (l *lane) Dial(raft.ServerAddress, time.Duration) (net.Conn, error) {
	return nil, net.ErrClosed
}

// pump hands on what its member may call.
func (l *lane) pump() {
	for {
		select {
		case rpc := <-l.trans.Consumer():
			if !l.permits(rpc) {
				continue
			}
			select {
			case l.s.calls <- rpc:
			case <-l.s.done:
				return
			}
		case <-l.s.done:
			return
		}
	}
}

func (l *lane) heartbeat(rpc raft.RPC) {
	if !l.permits(rpc) {
		return
	}
	l.s.mu.Lock()
	f := l.s.heartbeat
	l.s.mu.Unlock()
	if f == nil { // raft is not there yet
		rpc.Respond(nil, errRaftCall)
		return
	}
	f(rpc)
}

// errRaftCall is all that a member is told.
var errRaftCall = fmt.Errorf("the call is not permitted")

// permits answers a call that its sender may not make, and says whether it may.
func (l *lane) permits(rpc raft.RPC) bool {
	why := ""
	if call, ok := rpc.Command.(raft.WithRPCHeader); !ok {
		why = "it bears no name"
	} else if h := call.GetRPCHeader(); casework.AgencyID(h.ID) != l.from || casework.AgencyID(h.Addr) != l.from {
		why = "it bears another member's name"
	} else if !l.s.r.mayLead(l.from) {
		why = "it has no vote"
	} else if term, index, asks := candidate(rpc.Command); asks && l.s.r.belowFloor(term, index) {
		why = "its log lacks what this replica may have acknowledged before it lost its own"
	}
	if why == "" {
		return true
	}
	l.s.r.cfg.Logger.Warn("raft call refused", "agency", string(l.from), "why", why)
	rpc.Respond(nil, errRaftCall)
	return false
}

// candidate is where the log of whoever asks for a vote ends.
func candidate(call any) (term, index uint64, asks bool) {
	switch c := call.(type) {
	case *raft.RequestVoteRequest:
		return c.LastLogTerm, c.LastLogIndex, true
	case *raft.RequestPreVoteRequest:
		return c.LastLogTerm, c.LastLogIndex, true
	}
	return 0, 0, false
}

type address casework.AgencyID

func (address) Network() string  { return "crosscase" }
func (a address) String() string { return string(a) }
