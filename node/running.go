package node

import (
	"context"
	"sync"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/peer"
)

// services are what a node in a network runs. They do not change.
type services struct {
	network  config.Network
	host     *peer.Host
	replica  *replica.Replica
	match    *match.Service
	disclose *disclose.Service
}

// running holds the services once they have started.
type running struct {
	started chan struct{} // closed when services is set for the first time
	once    sync.Once

	mu       sync.Mutex
	services *services // guarded by mu; nil before the node is in a network, and while its ledger is read
}

func newRunning() *running { return &running{started: make(chan struct{})} }

// set says which services run now.
func (r *running) set(s *services) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.services = s
	r.once.Do(func() { close(r.started) })
}

// clear says that they have ended.
func (r *running) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.services = nil
}

func (r *running) get() (*services, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.services, r.services != nil
}

// await waits until the services have started.
func (r *running) await(ctx context.Context) (*services, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-r.started:
	}
	s, _ := r.get()
	return s, nil
}

// inNetwork returns the services, or tells the officer how to get some.
func (n *Node) inNetwork() (*services, error) {
	if s, ok := n.running.get(); ok {
		return s, nil
	}
	if n.networkName() != "" {
		return nil, api.Errorf(api.Unavailable, "run the same command again in a moment; 'crosscase status' tells when it is ready", "this node has just started and is reading its ledger")
	}
	return nil, api.Errorf(api.Unavailable, "found one with 'crosscase network create', or join one with 'crosscase network join'", "this node is in no network")
}
