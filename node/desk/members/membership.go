package members

import (
	"maps"
	"slices"
	"sync"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Membership is which network a node is in, and the one moment in which it enters
// one. It is safe for concurrent use.
type Membership struct {
	dir     string
	entered chan config.Network // holds one network, once

	mu       sync.Mutex
	network  config.Network // guarded by mu; none yet if unnamed
	next     config.Network // guarded by mu: that the node enters at its next start; unnamed: the same
	entering bool           // guarded by mu: a create or join is under way
}

// OpenMembership reads which network the node in dir is in.
func OpenMembership(dir string) (*Membership, error) {
	network, err := config.ReadNetwork(dir)
	if err != nil {
		return nil, err
	}
	m := &Membership{dir: dir, entered: make(chan config.Network, 1), network: network}
	if network.Name != "" {
		m.entered <- network
	}
	return m, nil
}

// Entered receives the network once the node is in one.
func (m *Membership) Entered() <-chan config.Network { return m.entered }

// Network returns the network that the node is in; the zero value is none.
func (m *Membership) Network() config.Network {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.network
}

// claim begins to enter a network; the caller releases it.
func (m *Membership) claim() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.network.Name != "" || m.entering {
		return api.Errorf(api.Refused, "make another node with 'crosscase init' for another network", "this node is in a network already")
	}
	m.entering = true
	return nil
}

func (m *Membership) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entering = false
}

// enter keeps the network for which the caller holds the claim, and lets the node
// start what it runs in it.
func (m *Membership) enter(n config.Network) error {
	if err := n.Write(m.dir); err != nil {
		return err
	}
	m.mu.Lock()
	m.network = n
	m.mu.Unlock()
	m.entered <- n
	return nil
}

// Begun keeps that the replica of the network has run: from now on an empty ledger
// folder is one that was lost.
func (m *Membership) Begun() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.network
	n.Begun = true
	return m.keep(n)
}

// KeepMembers keeps how the members are reached beside the ledger, for a node whose
// ledger folder is lost.
func (m *Membership) KeepMembers(known map[casework.AgencyID]config.Location) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	same := func(a, b config.Location) bool { return a.PeerID == b.PeerID && slices.Equal(a.Addrs, b.Addrs) }
	if len(known) == 0 || maps.EqualFunc(known, m.network.Members, same) {
		return nil
	}
	n := m.network
	n.Members = known
	return m.keep(n)
}

// keep replaces the network; m.mu is held.
func (m *Membership) keep(n config.Network) error {
	if m.next.Name != "" {
		return nil // the folder is the successor's already
	}
	if err := n.Write(m.dir); err != nil {
		return err
	}
	m.network = n
	return nil
}

// succeed keeps the successor of the network that the node is in, which it enters at
// its next start. Until then it stays where it is, and keeps nothing more of that.
func (m *Membership) succeed(retired string, n config.Network) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.network.Name != retired {
		return api.Errorf(api.Refused, "see 'crosscase status'", "this node is not in the network %q", retired)
	}
	if err := n.Write(m.dir); err != nil {
		return err
	}
	m.next = n
	return nil
}

// upcoming is the network that the node enters at its next start; the one that it is
// in, unless that was succeeded.
func (m *Membership) upcoming() config.Network {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next.Name != "" {
		return m.next
	}
	return m.network
}
