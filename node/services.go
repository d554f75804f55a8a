package node

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Protocols that this package speaks itself.
const (
	raftProtocol   = "/crosscase/1/raft"
	ledgerProtocol = "/crosscase/1/ledger"
)

// cadence is the least time between two checkpoints that this node asks for while
// it leads: an officer's command waits for a handful of them.
const cadence = 20 * time.Millisecond

// patience is how long an officer's command waits for a quorum before it is told
// that there is none; what it began is kept and goes on by itself.
const patience = 10 * time.Second

// genesisFile holds the founder's genesis entry until it is in the ledger, and after.
const genesisFile = "genesis.entry"

// services are what a node in a network runs.
type services struct {
	network  Network
	replica  *replica.Replica
	match    *match.Service
	disclose *disclose.Service
}

// terms is the agreement in force.
func (s *services) terms() (a agreement.Agreement) {
	s.replica.View(func(st *state.State) { a = st.Agreement() })
	return a
}

// runNetwork waits until the node is in a network, and then runs its services.
func (n *Node) runNetwork(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case nw := <-n.begin:
		s, err := n.assemble(nw)
		if err != nil {
			return err
		}
		return n.runServices(ctx, s)
	}
}

func (n *Node) runServices(ctx context.Context, s *services) error {
	g, gctx := errgroup.WithContext(ctx)
	// The replica outlives matching and disclosure, whose last entries need it.
	rctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	var failed error
	go func() { // waited for by <-ended
		defer close(ended)
		failed = s.replica.Run(rctx)
	}()
	g.Go(func() error { return s.match.Run(gctx) })
	g.Go(func() error { return s.disclose.Run(gctx) })
	g.Go(func() error { return n.followMembers(gctx, s) })
	g.Go(func() error {
		select {
		case <-gctx.Done():
			return nil
		case <-ended:
			if failed == nil {
				failed = replica.ErrStopped
			}
			return failed
		}
	})
	n.mu.Lock()
	n.services = s
	n.mu.Unlock()
	err := g.Wait()
	stop()
	<-ended
	if err == nil {
		err = failed
	}
	return err
}

// assemble makes the services of a network; nothing of them runs yet.
func (n *Node) assemble(nw Network) (*services, error) {
	genesis, err := parseHash(nw.Genesis)
	if err != nil {
		return nil, fmt.Errorf("network: %s names no first entry: %w", networkFile, err)
	}
	s := &services{network: nw}
	n.mu.Lock()
	keys := n.keys
	n.mu.Unlock()
	cfg := replica.Config{
		Dir: filepath.Join(n.cfg.Dir, ledgerDir), Agency: n.cfg.Agency.ID, AgencyKey: keys.SignKey(), LogKey: keys.Log, Cosigner: keys.Cosigner,
		Network: nw.Name, Genesis: genesis, Listener: n.host.Listener(raftProtocol),
		Dial: func(ctx context.Context, to casework.AgencyID) (net.Conn, error) {
			return n.host.Dial(ctx, to, raftProtocol)
		},
		Caller: caller{n.host}, Logger: n.log, Cadence: cadence, Patience: patience,
	}
	if nw.Founder {
		raw, err := os.ReadFile(filepath.Join(n.cfg.Dir, genesisFile))
		if err != nil {
			return nil, fmt.Errorf("network: %w", err)
		}
		first, err := entry.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("network: %w", err)
		}
		if s.replica, err = replica.Found(cfg, first); err != nil {
			return nil, err
		}
	} else if s.replica, err = replica.Open(cfg); err != nil {
		return nil, err
	}
	n.host.Handle(ledgerProtocol, func(ctx context.Context, from casework.AgencyID, st peer.Stream) {
		n.serveLedger(ctx, s.replica, from, st)
	})
	if s.match, err = n.newMatch(s); err != nil {
		return nil, err
	}
	if s.disclose, err = n.newDisclose(s); err != nil {
		return nil, err
	}
	n.host.Handle(disclose.Protocol, func(ctx context.Context, from casework.AgencyID, st peer.Stream) {
		if err := s.disclose.Serve(ctx, from, st); err != nil {
			n.log.Info("casework stream ended", "peer", string(from), "err", err)
		}
	})
	n.admit(s)
	return s, nil
}

func (n *Node) newMatch(s *services) (*match.Service, error) {
	return match.New(match.Config{
		Agency: n.cfg.Agency.ID, Network: s.network.Name, Normaliser: identify.NormaliserVersion, Dir: filepath.Join(n.cfg.Dir, matchDir),
		Keys: func(epoch uint32) (match.Keys, error) {
			k, err := n.epoch(epoch)
			return match.Keys{Match: k.match, Audit: k.audit}, err
		},
		Store: n.store, Ledger: s.replica, Peers: n.host, Logger: n.log, Workers: n.cfg.Matching.Workers,
		Manual: n.cfg.Matching.Publish == "manual", Retry: n.cfg.Matching.Retry.Duration, OnLead: n.noteLead, OnProgress: n.progress.tell,
		Quota: func(_ context.Context, asker casework.AgencyID, _ entry.Query, at time.Time) error {
			return n.answerDay(s, asker, at)
		},
	})
}

// answerDay holds what a peer asked of this node today, the query at hand
// included, against this node's own bound. The count is the ledger's, as this
// node's own replica replayed it.
func (n *Node) answerDay(s *services, asker casework.AgencyID, at time.Time) error {
	most := n.cfg.Matching.AnswerDay
	if most == 0 {
		return nil
	}
	var asked uint64
	s.replica.View(func(st *state.State) { asked = st.Asked(asker, n.cfg.Agency.ID, "", at.UnixMilli()) })
	if asked > most {
		return fmt.Errorf("%d elements asked today by %s, more than the %d of matching.answer_day", asked, asker, most)
	}
	return nil
}

func (n *Node) newDisclose(s *services) (*disclose.Service, error) {
	k, err := n.epoch(firstEpoch)
	if err != nil {
		return nil, err
	}
	return disclose.New(disclose.Config{
		Network: s.network.Name, Agency: n.cfg.Agency.ID, Name: n.cfg.Agency.Name, Country: n.cfg.Agency.Country, Contact: n.cfg.Agency.Contact,
		AgencyKey: n.keys.SignKey(), Disclosure: k.disclosure, Hits: s.match,
		Oversight: n.overseer, Rules: n.rules, Store: n.store, Ledger: s.replica,
		Open: func(ctx context.Context, to casework.AgencyID) (io.ReadWriteCloser, error) {
			return n.host.Open(ctx, to, disclose.Protocol)
		},
		Hello: func(rw io.ReadWriter, dialled bool) error {
			h := n.hello(s)
			if dialled {
				return wire.Greet(rw, h)
			}
			return wire.Welcome(rw, h)
		},
		Logger: n.log, Retry: n.cfg.Matching.Retry.Duration, Now: time.Now,
	}), nil
}

// hello is the greeting of this node's streams.
func (n *Node) hello(s *services) wire.Hello {
	h := wire.Hello{Version: wire.Version, Network: s.network.Name, Normaliser: identify.NormaliserVersion}
	s.replica.View(func(st *state.State) { h.Epoch = st.Epoch() })
	return h
}

// followMembers lets in whom the ledger names, as it changes.
func (n *Node) followMembers(ctx context.Context, s *services) error {
	for {
		changed := s.replica.Changed()
		n.admit(s)
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// admit tells the host who may connect: the members, and before this node has
// seen the ledger those whom the invitation named.
func (n *Node) admit(s *services) {
	var members []peer.Member
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != n.cfg.Agency.ID {
				members = append(members, peer.Member{Agency: m.Agency, PeerID: m.PeerID, Addrs: m.Addrs})
			}
		}
		if own, ok := st.Member(n.cfg.Agency.ID); st.Size() > 0 && (!ok || !own.Active()) && ok {
			members = nil // expelled: nobody is to be talked to
		}
		if _, ok := st.Member(n.cfg.Agency.ID); !ok {
			for id, k := range s.network.Members {
				if _, listed := st.Member(id); !listed && id != n.cfg.Agency.ID {
					members = append(members, peer.Member{Agency: id, PeerID: k.PeerID, Addrs: k.Addrs})
				}
			}
		}
	})
	n.host.SetMembers(members)
}

// caller is the replica's way to other replicas.
type caller struct{ host *peer.Host }

// Call makes one call on a stream of its own.
func (c caller) Call(ctx context.Context, to casework.AgencyID, method string, request []byte) ([]byte, error) {
	st, err := c.host.Open(ctx, to, ledgerProtocol)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	stop := context.AfterFunc(ctx, func() { _ = st.Reset() }) // the read below fails then
	defer stop()
	if err := wire.Write(st, &wire.LedgerCall{Method: method, Request: request}); err != nil {
		return nil, err
	}
	reply, err := wire.Expect[wire.LedgerReply](st)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return reply.Answer, nil
}

// serveLedger answers one call of another replica.
func (n *Node) serveLedger(ctx context.Context, r *replica.Replica, from casework.AgencyID, st peer.Stream) {
	defer st.Close()
	call, err := wire.Expect[wire.LedgerCall](st)
	if err != nil {
		n.log.Info("ledger call unreadable", "peer", string(from), "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	answer, err := r.Serve(ctx, from, call.Method, call.Request)
	if err != nil {
		n.log.Info("ledger call refused", "peer", string(from), "method", call.Method, "err", err)
		_ = wire.Write(st, &wire.Refusal{Code: wire.CodeUnavailable}) // the caller notices either way
		return
	}
	_ = wire.Write(st, &wire.LedgerReply{Answer: answer}) // likewise
}
