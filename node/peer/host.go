package peer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"

	"github.com/crosscase/crosscase/policy/casework"
)

// Errors that callers branch on.
var (
	// ErrNotMember means that the agency is not one of the members set.
	ErrNotMember = errors.New("not a member of the network")
	// ErrNotAdmitted means that the peer took the connection and closed it.
	ErrNotAdmitted = errors.New("the peer does not admit this node: it may not know yet that this agency is a member, or this agency was expelled")
	// ErrUnreachable means that no address of the peer answered.
	ErrUnreachable = errors.New("the peer cannot be reached")
	// ErrProtocol means that the peer does not offer what was asked for.
	ErrProtocol = errors.New("the peer does not take part in this exchange now")
	// ErrIdle means that nothing came, or could be sent, for too long.
	ErrIdle = errors.New("the peer is silent for too long")
	// ErrClosed means that the host was closed.
	ErrClosed = errors.New("the host is closed")
)

// A Tap sees the plaintext of every stream, as it is sent or received.
type Tap func(other casework.AgencyID, protocol string, sent bool, data []byte)

// Config is what a host is given.
type Config struct {
	Key    ed25519.PrivateKey // the node's identity
	Listen []string           // multiaddrs; none: the host only dials
	Logger *slog.Logger

	Idle       time.Duration // a stream without a byte for so long is closed; 2 minutes
	Dial       time.Duration // patience of a dial whose context has no deadline; 15 seconds
	MaxStreams int           // inbound, of one peer, of one protocol; 16
	Tap        Tap           // for those who check what leaves; may be nil

	// Sockets opens the UDP sockets; nil: the machine's. With sockets of its own a host
	// speaks QUIC only.
	Sockets Sockets
}

func (c Config) withDefaults() Config {
	if c.Idle == 0 {
		c.Idle = 2 * time.Minute
	}
	if c.Dial == 0 {
		c.Dial = 15 * time.Second
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = 16
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// A Host is this node among its peers.
type Host struct {
	cfg  Config
	net  *ownedSwarm
	mux  *multistream.MultistreamMuxer[protocol.ID]
	book *book

	ctx    context.Context // of handlers; ends with Close
	cancel context.CancelFunc

	limits network.ResourceManager

	mu      sync.Mutex
	closed  bool           // guarded by mu
	slots   slots          // guarded by mu
	streams sync.WaitGroup // handlers that run; added to under mu while open
	closing sync.Once
	err     error // of closing
}

// PeerID returns the text of the identity that a node key has.
func PeerID(key ed25519.PublicKey) (string, error) {
	public, err := crypto.UnmarshalEd25519PublicKey(key)
	if err != nil {
		return "", fmt.Errorf("node key: %w", err)
	}
	id, err := peer.IDFromPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("node key: %w", err)
	}
	return id.String(), nil
}

// New makes a host that listens and knows nobody yet. Close, or the end of Run,
// frees what it holds.
func New(cfg Config) (*Host, error) {
	cfg = cfg.withDefaults()
	key, err := crypto.UnmarshalEd25519PrivateKey(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("node key: %w", err)
	}
	limits, err := newLimits(cfg.MaxStreams)
	if err != nil {
		return nil, fmt.Errorf("resource limits: %w", err)
	}
	h := &Host{cfg: cfg, limits: limits, slots: newSlots(), book: newBook(), mux: multistream.NewMultistreamMuxer[protocol.ID]()}
	if h.net, err = newSwarm(cfg, key, gater{h.book}, limits); err != nil {
		return nil, fmt.Errorf("start the peer host: %w", err)
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.net.SetStreamHandler(h.serveStream)
	h.net.Notify(&network.NotifyBundle{ConnectedF: h.connected, DisconnectedF: h.disconnected})
	return h, nil
}

// connected closes what was admitted while the members changed, and keeps slots for
// where a member is.
func (h *Host) connected(_ network.Network, c network.Conn) {
	if _, ok := h.book.agency(c.RemotePeer()); !ok {
		_ = c.Close() // of no use to anybody
		return
	}
	h.provedAt(c.RemotePeer(), c.RemoteMultiaddr())
}

// disconnected forgets which protocols a peer speaks: it may be another build when
// it comes back.
func (h *Host) disconnected(n network.Network, c network.Conn) {
	if id := c.RemotePeer(); n.Connectedness(id) != network.Connected {
		_ = n.Peerstore().SetProtocols(id) // or a stream fails at its first read
	}
}

// Run keeps the host until the context ends, and closes it.
func (h *Host) Run(ctx context.Context) error {
	<-ctx.Done()
	return h.Close()
}

// Close ends all streams, then all connections, and waits for the handlers.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.mu.Lock()
		h.closed = true
		h.mu.Unlock()
		h.cancel()
		h.err = h.net.Close()
		h.streams.Wait()
	})
	if h.err != nil {
		return fmt.Errorf("close the peer host: %w", h.err)
	}
	return nil
}

// begin counts a handler in, unless the host is closed.
func (h *Host) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.streams.Add(1)
	return true
}

// PeerID is the identity that other members list for this node.
func (h *Host) PeerID() string { return h.net.LocalPeer().String() }

// Addrs lists where the host listens, as multiaddrs.
func (h *Host) Addrs() []string {
	var out []string
	addrs, err := h.net.InterfaceListenAddresses()
	if err != nil {
		h.cfg.Logger.Warn("own addresses cannot be listed", "error", err)
	}
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

// Connected reports whether there is a connection with an agency now.
func (h *Host) Connected(a casework.AgencyID) bool {
	l, ok := h.book.link(a)
	return ok && h.net.Connectedness(l.id) == network.Connected
}

// Bytes counts what was sent to and received from an agency in streams since the
// host was made; in some protocols, or in all where none is named.
func (h *Host) Bytes(a casework.AgencyID, protocols ...string) (sent, received uint64) {
	return h.book.bytes(a, protocols)
}
