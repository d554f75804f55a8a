package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/desk/asking"
	"github.com/crosscase/crosscase/node/desk/cases"
	"github.com/crosscase/crosscase/node/desk/members"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/retention"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/rules"
)

// A Node is one agency's node. New opens what it keeps; Run does everything else. Its
// fields do not change after New, but for those that say so.
type Node struct {
	cfg        config.Config
	version    string
	log        *slog.Logger
	sockets    peer.Sockets // nil: the machine's
	listener   net.Listener // nil: the socket in the folder
	tap        peer.Tap     // nil: none
	store      *sqlite.Store
	keys       *keyring.Ring
	rules      *rules.Rules
	sealsTo    *seal.PublicKey // of the oversight body in the settings
	membership *members.Membership
	progress   *asking.Progress
	running    *running
	questions  *asking.Desk              // likewise
	cases      *cases.Desk               // set by handlers
	retention  *retention.Service        // likewise
	at         atomic.Pointer[peer.Host] // set by Run before anything uses it, and by runNetwork
	members    *members.Desk             // likewise, by Run
	admission  admission                 // owned by assemble, and then by followMembers
}

// An Option changes by what means a node is reached.
type Option func(*Node)

// WithSockets lets the node speak with its peers over sockets that are not the
// machine's.
func WithSockets(s peer.Sockets) Option { return func(n *Node) { n.sockets = s } }

// WithListener lets officers call the node on a listener in place of the socket in
// its folder.
func WithListener(l net.Listener) Option { return func(n *Node) { n.listener = l } }

// WithTap shows the plaintext of every stream to a tap, for those who check what
// leaves the node.
func WithTap(t peer.Tap) Option { return func(n *Node) { n.tap = t } }

// New opens a node's folder.
func New(cfg config.Config, key keyring.StoreKey, version string, log *slog.Logger, options ...Option) (*Node, error) {
	n := &Node{cfg: cfg, version: version, log: log, progress: asking.NewProgress(), running: newRunning()}
	for _, o := range options {
		o(n)
	}
	oversight, err := n.oversight()
	if err != nil {
		return nil, err
	}
	if n.sealsTo, err = seal.ParsePublicKey(oversight.SealKey); err != nil {
		return nil, fmt.Errorf("oversight body: %w", err)
	}
	if n.rules, err = readRules(cfg); err != nil {
		return nil, err
	}
	if n.keys, err = keyring.OpenRing(filepath.Join(cfg.Dir, agencyKeys), key); err != nil {
		return nil, err
	}
	if n.membership, err = members.OpenMembership(cfg.Dir); err != nil {
		return nil, err
	}
	if n.store, err = sqlite.Open(filepath.Join(cfg.Dir, storeDir), key.Bytes()); err != nil {
		return nil, err
	}
	return n, nil
}

// readRules reads the agency's rules of disclosure, or the built-in ones.
func readRules(cfg config.Config) (*rules.Rules, error) {
	if cfg.Policy.Rules == "" {
		return rules.Default(), nil
	}
	text, err := os.ReadFile(cfg.Path(cfg.Policy.Rules))
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return rules.Parse(text)
}

// Run runs the node until the context ends, or it cannot go on.
func (n *Node) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, n.store.Close()) }()
	if err := n.openHost(n.keys.NodeKey()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.at.Load().Close()) }()
	handlers, err := n.handlers()
	if err != nil {
		return err
	}
	server := &control.Server{
		Socket: Socket(n.cfg.Dir), Listener: n.listener, Agency: n.cfg.Agency.ID, Network: n.networkName, Directory: n.store,
		Handlers: handlers, Logger: n.log, Now: time.Now,
		Keep: func(ctx context.Context, id casework.OfficerID, c casework.Command, whole bool) error {
			return n.store.KeepCommand(ctx, store.Keep(id, c, whole))
		},
	}
	n.log.Info("node is up", "agency", string(n.cfg.Agency.ID), "socket", Socket(n.cfg.Dir))
	return runStages(ctx, n.log, stage{"local API", server.Run}, stage{"network", n.runNetwork})
}

// networkName is what commands have to name.
func (n *Node) networkName() string { return n.membership.Network().Name }
