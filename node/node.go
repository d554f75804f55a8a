package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/rules"
)

// A Node is one agency's node. New opens what it keeps; Run does everything else.
type Node struct {
	cfg       config.Config
	version   string
	sockets   peer.Sockets // nil: the machine's
	listener  net.Listener // nil: the socket in the folder
	log       *slog.Logger
	storeKey  keyring.StoreKey
	store     *sqlite.Store
	rules     *rules.Rules
	oversight audit.Public
	overseer  *seal.PublicKey
	host      *peer.Host   // set by Run before anything uses it
	begin     chan Network // a network that was founded or joined just now

	mu       sync.Mutex // guards what follows
	keys     *keyring.Agency
	network  Network   // that it founded or joined, maybe long ago; none yet if unnamed
	services *services // nil before the node is in a network, and while its ledger is read at a start
	founding bool      // a create or join is under way
	progress *watchers
}

// An Option changes by what means a node is reached.
type Option func(*Node)

// WithSockets lets the node speak with its peers over sockets that are not the
// machine's.
func WithSockets(s peer.Sockets) Option { return func(n *Node) { n.sockets = s } }

// WithListener lets officers call the node on a listener in place of the socket in
// its folder.
func WithListener(l net.Listener) Option { return func(n *Node) { n.listener = l } }

// New opens a node's folder.
func New(cfg config.Config, key keyring.StoreKey, version string, log *slog.Logger, options ...Option) (*Node, error) {
	oversight, err := readOversight(cfg.Path(cfg.Oversight.File))
	if err != nil {
		return nil, err
	}
	overseer, err := seal.ParsePublicKey(oversight.Oversight().SealKey)
	if err != nil {
		return nil, fmt.Errorf("oversight body: %w", err)
	}
	r := rules.Default()
	if cfg.Policy.Rules != "" {
		text, err := os.ReadFile(cfg.Path(cfg.Policy.Rules))
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		if r, err = rules.Parse(text); err != nil {
			return nil, err
		}
	}
	keys, err := keyring.OpenAgency(filepath.Join(cfg.Dir, agencyKeys), key)
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(filepath.Join(cfg.Dir, storeDir), key.Bytes())
	if err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, version: version, log: log, storeKey: key, store: store, rules: r, oversight: oversight, overseer: overseer,
		keys: keys, begin: make(chan Network, 1), progress: newWatchers(),
	}
	for _, o := range options {
		o(n)
	}
	return n, nil
}

// Run runs the node until the context ends, or it cannot go on.
func (n *Node) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, n.store.Close()) }()
	n.host, err = peer.New(peer.Config{Key: n.keys.NodeKey(), Listen: n.cfg.Listen.Addresses, Sockets: n.sockets, Logger: n.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.host.Close()) }()
	known, err := KnownNetwork(n.cfg.Dir)
	if err != nil {
		return err
	}
	if known.Name != "" {
		n.mu.Lock()
		n.network = known // before the socket opens: nobody founds a second one meanwhile
		n.mu.Unlock()
		n.begin <- known
	}
	handlers, err := n.handlers()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return (&control.Server{
			Socket: Socket(n.cfg.Dir), Listener: n.listener, Agency: n.cfg.Agency.ID, Network: n.networkName, Directory: n.store,
			Handlers: handlers, Logger: n.log, Now: time.Now,
		}).Run(ctx)
	})
	g.Go(func() error { return n.runNetwork(ctx) })
	n.log.Info("node is up", "agency", string(n.cfg.Agency.ID), "socket", Socket(n.cfg.Dir))
	return g.Wait()
}

// networkName is what commands have to name.
func (n *Node) networkName() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.network.Name
}

// epochKeys are the agency's keys of an epoch, ready for use.
type epochKeys struct {
	match      *oprf.PrivateKey
	disclosure *seal.PrivateKey
	audit      *[32]byte
}

func (n *Node) epoch(epoch uint32) (epochKeys, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, ok := n.keys.Epochs[epoch]
	if !ok {
		return epochKeys{}, fmt.Errorf("this node has no keys of epoch %d", epoch)
	}
	var out epochKeys
	var err error
	if out.match, err = oprf.ParsePrivateKey(e.Match); err != nil {
		return out, fmt.Errorf("match key: %w", err)
	}
	if out.disclosure, err = seal.ParsePrivateKey(e.Disclosure); err != nil {
		return out, fmt.Errorf("disclosure key: %w", err)
	}
	if len(e.Audit) != 32 {
		return out, fmt.Errorf("audit key of %d bytes", len(e.Audit))
	}
	out.audit = (*[32]byte)(e.Audit)
	return out, nil
}
