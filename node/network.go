package node

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/desk/members"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
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

// runServices runs what a network needs. The replica outlives matching and
// disclosure, whose last entries need it.
func (n *Node) runServices(ctx context.Context, s *services) error {
	work := stage{"matching and disclosure", func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return s.match.Run(ctx) })
		g.Go(func() error { return s.disclose.Run(ctx) })
		g.Go(func() error { return n.followMembers(ctx, s) })
		g.Go(func() error { return n.keepCases(ctx) })
		g.Go(func() error { return n.questions.RunStanding(ctx, n.log) })
		g.Go(func() error { return n.turnWithOthers(ctx, s) })
		return g.Wait()
	}}
	ledger := stage{"ledger", func(ctx context.Context) error {
		err := s.replica.Run(ctx)
		if err == nil && ctx.Err() == nil {
			return replica.ErrStopped
		}
		return err
	}}
	if err := n.store.SettleHolds(ctx); err != nil { // before anything is published or asked
		return err
	}
	n.running.set(s)
	served := stage{"ledger over HTTP", func(ctx context.Context) error { return n.serveTiles(ctx, s) }}
	return runStages(ctx, n.log, served, work, ledger)
}

// keepCases finishes what closing a case began before a restart, and then erases what is
// in no case any more.
func (n *Node) keepCases(ctx context.Context) error {
	if err := n.cases.Settle(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("cases: %w", err)
	}
	return n.retention.Run(ctx)
}

// assemble makes the services of a network; nothing of them runs yet.
func (n *Node) assemble(nw config.Network) (*services, error) {
	genesis, err := members.ParseHash(nw.Genesis)
	if err != nil {
		return nil, fmt.Errorf("network %s names no first entry: %w", nw.Name, err)
	}
	if nw.Retires != "" {
		if err := retire(n.cfg.Dir, nw.Retires); err != nil {
			return nil, err
		}
	}
	s := &services{network: nw, host: n.at.Load()}
	cfg := replica.Config{
		Dir: filepath.Join(n.cfg.Dir, ledgerDir), Agency: n.cfg.Agency.ID, Secrets: n.secrets,
		Network: nw.Name, Genesis: genesis, Listener: s.host.Listener(raftProtocol),
		Dial: func(ctx context.Context, to casework.AgencyID) (net.Conn, error) {
			return s.host.Dial(ctx, to, raftProtocol)
		},
		Caller: LedgerCaller(s.host), Logger: n.log, Cadence: cadence, Patience: patience,
		Fresh: !nw.Begun, Begun: n.membership.Begun,
		Peers: func() []casework.AgencyID { return slices.Sorted(maps.Keys(n.membership.Network().Members)) },
	}
	if nw.Founder {
		raw, err := os.ReadFile(filepath.Join(n.cfg.Dir, members.GenesisFile))
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
	ServeLedger(s.host, s.replica, n.log)
	if s.match, err = n.newMatch(s); err != nil {
		return nil, err
	}
	s.disclose = n.newDisclose(s)
	s.host.Handle(disclose.Protocol, func(ctx context.Context, from casework.AgencyID, st peer.Stream) {
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
			own, err := n.keys.MatchKey(epoch)
			if err != nil {
				return match.Keys{}, err
			}
			audit, err := n.keys.AuditKeys(epoch)
			return match.Keys{Match: own, Audit: audit}, err
		},
		Store: n.store, Ledger: s.replica, Peers: s.host, Logger: n.log, Workers: n.cfg.Matching.Workers,
		Manual: n.cfg.Matching.Publish == "manual", Retry: n.cfg.Matching.Retry.Duration, OnLead: n.logLead, OnProgress: n.progress.Report,
		AnswerDay: n.cfg.Matching.AnswerDay, RemoveEvery: n.cfg.Matching.RemoveEvery.Duration,
	})
}

// logLead logs a new lead; the inbox ranks it each time it is read.
func (n *Node) logLead(_ context.Context, l casework.Lead) {
	n.log.Debug("new lead", "lead", l.ID.String(), "peer", string(l.Peer), "kind", string(l.Kind))
}

func (n *Node) newDisclose(s *services) *disclose.Service {
	return disclose.New(disclose.Config{
		Network: s.network.Name, Agency: n.cfg.Agency.ID, Name: n.cfg.Agency.Name, Country: n.cfg.Agency.Country, Contact: n.cfg.Agency.Contact,
		AgencyKey: func() ed25519.PrivateKey { return n.keys.Secrets(n.own(s)).Agency }, Disclosure: n.keys.DisclosureKeys, Hits: s.match,
		Oversight: func() *seal.PublicKey { return n.overseer(s) }, Rules: n.rules, Store: n.store, Ledger: s.replica,
		Open: func(ctx context.Context, to casework.AgencyID) (io.ReadWriteCloser, error) {
			return s.host.Open(ctx, to, disclose.Protocol)
		},
		Hello: func(rw io.ReadWriter, dialled bool) error {
			h := n.hello(s)
			if dialled {
				return wire.Greet(rw, h)
			}
			return wire.Welcome(rw, h)
		},
		Logger: n.log, Retry: n.cfg.Matching.Retry.Duration, Now: time.Now,
	})
}

// secrets are what the replica signs with.
func (n *Node) secrets(own entry.Member) replica.Secrets {
	k := n.keys.Secrets(own)
	return replica.Secrets{Agency: k.Agency, Log: k.Log, Cosigner: k.Cosigner}
}

// overseer is the key that the own record names for its oversight body; the one in the
// settings before there is a record.
func (n *Node) overseer(s *services) *seal.PublicKey {
	if key, err := seal.ParsePublicKey(n.own(s).Oversight.SealKey); err == nil {
		return key
	}
	return n.sealsTo
}

// hello is the greeting of this node's streams.
func (n *Node) hello(s *services) wire.Hello {
	h := wire.Hello{Version: wire.Version, Network: s.network.Name, Normaliser: identify.NormaliserVersion}
	s.replica.View(func(st *state.State) { h.Epoch = st.Epoch() })
	return h
}
