package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/casework"
)

// A newIdentity ends the services of a node that goes on under another node key: they
// are started again on a host that has it. The local API and the store stay.
type newIdentity struct{ key ed25519.PrivateKey }

func (*newIdentity) Error() string { return "the node goes on with another node key" }

// openHost starts a host under a node key, in place of the one before.
func (n *Node) openHost(key ed25519.PrivateKey) error {
	if before := n.at.Load(); before != nil {
		if err := before.Close(); err != nil {
			return err
		}
	}
	h, err := peer.New(peer.Config{Key: key, Listen: n.cfg.Listen.Addresses, Sockets: n.sockets, Tap: n.tap, Logger: n.log})
	if err != nil {
		return err
	}
	n.at.Store(h)
	return nil
}

// place is the node among its peers, whichever host it has now.
type place struct{ *Node }

func (p place) PeerID() string                     { return p.at.Load().PeerID() }
func (p place) Addrs() []string                    { return p.at.Load().Addrs() }
func (p place) Connected(a casework.AgencyID) bool { return p.at.Load().Connected(a) }
func (p place) Bytes(a casework.AgencyID, protocols ...string) (sent, received uint64) {
	return p.at.Load().Bytes(a, protocols...)
}

// own is the own record as the ledger has it; the zero value while it has none.
func (n *Node) own(s *services) (m entry.Member) {
	s.replica.View(func(st *state.State) {
		if own, ok := st.Member(n.cfg.Agency.ID); ok {
			m = own.Member
		}
	})
	return m
}

// tellingTime is how long a node that has a new node key waits for the others to
// learn it from the ledger, over the connections of the old one.
const tellingTime = 20 * time.Second

// lonelyTime is after how long without any connection a node tries the other of two
// node keys, when it does not know which one the ledger names.
const lonelyTime = time.Minute

// follow brings drawn keys into force once the ledger names them, and returns a
// *newIdentity once the node key is one of them and those who are connected know it.
func (n *Node) follow(ctx context.Context, s *services) error {
	if _, err := n.members.Follow(s.replica); err != nil {
		return err
	}
	own := n.own(s)
	if own.PeerID == "" || own.PeerID == s.host.PeerID() {
		return nil
	}
	key := n.keys.Secrets(own).Node
	if entry.PeerID(key.Public().(ed25519.PublicKey)) != own.PeerID {
		n.log.Error("the ledger names another node key than this node has: its keys were put back from an older copy, or somebody else changed them; see 'crosscase network rotate'")
		return nil
	}
	size, until := s.replica.Status().Entries, time.Now().Add(tellingTime)
	for time.Now().Before(until) && ctx.Err() == nil {
		behind := slices.DeleteFunc(n.others(s), func(a casework.AgencyID) bool {
			return !s.host.Connected(a) || s.replica.Has(ctx, a, size)
		})
		if len(behind) == 0 {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(tellingTime / 100):
		}
	}
	return &newIdentity{key}
}

func (n *Node) others(s *services) (out []casework.AgencyID) {
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			if m.Active() && m.Agency != n.cfg.Agency.ID {
				out = append(out, m.Agency)
			}
		}
	})
	return out
}

// lonely reports the node key to try next, where two may be the one that the ledger
// names and nobody has been connected under the present one since a time.
func (n *Node) lonely(s *services, since time.Time) error {
	next, waits := n.keys.NextNodeKey()
	if !waits || time.Since(since) < lonelyTime {
		return nil
	}
	if slices.ContainsFunc(n.others(s), s.host.Connected) {
		return nil
	}
	if entry.PeerID(next.Public().(ed25519.PublicKey)) == s.host.PeerID() {
		next = n.keys.NodeKey()
	}
	return &newIdentity{next}
}

// followMembers lets in whom the ledger names, as it changes, and brings own new keys
// into force.
func (n *Node) followMembers(ctx context.Context, s *services) error {
	began := time.Now()
	for {
		changed := s.replica.Changed()
		var over <-chan time.Time
		if until := n.admit(s); !until.IsZero() {
			over = time.After(time.Until(until))
		}
		if err := n.follow(ctx, s); err != nil {
			return err
		}
		var lonely <-chan time.Time
		if _, waits := n.keys.NextNodeKey(); waits {
			if err := n.lonely(s, began); err != nil {
				return err
			}
			lonely = time.After(lonelyTime / 4)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-over:
		case <-lonely:
		}
	}
}

// turnWithOthers gives the agency a match key of the next epoch once another member
// has one.
func (n *Node) turnWithOthers(ctx context.Context, s *services) error {
	for {
		changed := s.replica.Changed()
		var again <-chan time.Time
		if err := n.members.TurnWithOthers(ctx, s.replica); err != nil && ctx.Err() == nil {
			n.log.Warn("match key not changed yet, and others wait for it", "err", err)
			again = time.After(time.Minute)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-again:
		}
	}
}

// runNetwork waits until the node is in a network, and then runs its services; under a
// new node key it starts them again.
func (n *Node) runNetwork(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.membership.Entered():
	}
	for {
		s, err := n.assemble(n.membership.Network())
		if err != nil {
			return err
		}
		err = n.runServices(ctx, s)
		n.running.clear()
		var identity *newIdentity
		if ctx.Err() != nil || !errors.As(err, &identity) {
			return err
		}
		n.log.Info("node key changed; the node starts its services again")
		if err := n.openHost(identity.key); err != nil {
			return fmt.Errorf("new node key: %w", err)
		}
	}
}
