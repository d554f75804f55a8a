package peer

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"

	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/core/transport"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	quicgo "github.com/quic-go/quic-go"
)

// Sockets opens what a host sends and receives by, for whole nodes on a network
// that is not the machine's.
type Sockets interface {
	ListenUDP(at *net.UDPAddr) (net.PacketConn, error)
	// Source is the address from which a destination is reached.
	Source(to *net.UDPAddr) (net.IP, error)
}

// newSwarm returns a swarm of QUIC, and TCP with Noise and yamux, that listens on the
// addresses of cfg. Its Close frees everything that it holds.
func newSwarm(cfg Config, key crypto.PrivKey, gate connmgr.ConnectionGater, limits network.ResourceManager) (_ *ownedSwarm, err error) {
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("node key: %w", err)
	}
	peers, err := pstoremem.NewPeerstore()
	if err != nil {
		return nil, fmt.Errorf("peer store: %w", err)
	}
	s := &ownedSwarm{}
	s.closers = append(s.closers, peers.Close, limits.Close)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := errors.Join(peers.AddPrivKey(id, key), peers.AddPubKey(id, key.GetPublic())); err != nil {
		return nil, fmt.Errorf("peer store: %w", err)
	}
	s.Swarm, err = swarm.NewSwarm(id, peers, eventbus.NewBus(),
		swarm.WithConnectionGater(gate), swarm.WithResourceManager(limits), swarm.WithDialTimeout(cfg.Dial),
		// A member's address is tried however many others failed.
		swarm.WithUDPBlackHoleSuccessCounter(nil), swarm.WithIPv6BlackHoleSuccessCounter(nil))
	if err != nil {
		return nil, fmt.Errorf("swarm: %w", err)
	}
	transports, err := s.transports(cfg.Sockets, key, gate, limits)
	if err != nil {
		return nil, err
	}
	for _, t := range transports {
		if err := s.AddTransport(t); err != nil {
			return nil, fmt.Errorf("transport: %w", err)
		}
	}
	var addrs []ma.Multiaddr
	for _, text := range cfg.Listen {
		a, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, fmt.Errorf("listen address %q: %w", text, err)
		}
		addrs = append(addrs, a)
	}
	if len(addrs) > 0 {
		if err := s.Listen(addrs...); err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
	}
	return s, nil
}

// An ownedSwarm closes what it was built from after itself.
type ownedSwarm struct {
	*swarm.Swarm
	closers []func() error
}

// Close ends all connections, then frees the sockets.
func (s *ownedSwarm) Close() error {
	var err error
	if s.Swarm != nil {
		err = s.Swarm.Close()
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i]())
	}
	return err
}

func (s *ownedSwarm) transports(own Sockets, key crypto.PrivKey, gate connmgr.ConnectionGater, limits network.ResourceManager) ([]transport.Transport, error) {
	sockets, err := quicSockets(own, key, limits)
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	s.closers = append(s.closers, sockets.Close)
	overQUIC, err := quic.NewTransport(key, sockets, nil, gate, limits)
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	if own != nil {
		return []transport.Transport{overQUIC}, nil
	}
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	security, err := noise.New(noise.ID, key, muxers)
	if err != nil {
		return nil, fmt.Errorf("noise: %w", err)
	}
	up, err := upgrader.New([]sec.SecureTransport{security}, muxers, nil, limits, gate)
	if err != nil {
		return nil, fmt.Errorf("upgrader: %w", err)
	}
	overTCP, err := tcp.NewTCPTransport(up, limits, nil)
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return []transport.Transport{overQUIC, overTCP}, nil
}

// quicSockets returns the manager of the UDP sockets. A connection counts against
// the limits from its first packet; its keys follow from the node key, so that a
// node that was started again can reset connections of before.
func quicSockets(own Sockets, key crypto.PrivKey, limits network.ResourceManager) (*quicreuse.ConnManager, error) {
	raw, err := key.Raw()
	if err != nil {
		return nil, err
	}
	var reset quicgo.StatelessResetKey
	var token quicgo.TokenGeneratorKey
	for info, out := range map[string][]byte{"crosscase quic stateless reset": reset[:], "crosscase quic token": token[:]} {
		derived, err := hkdf.Key(sha256.New, raw, nil, info, len(out))
		if err != nil {
			return nil, err
		}
		copy(out, derived)
	}
	options := []quicreuse.Option{
		quicreuse.ConnContext(func(ctx context.Context, client *quicgo.ClientInfo) (context.Context, error) {
			addr, err := quicreuse.ToQuicMultiaddr(client.RemoteAddr, quicgo.Version1)
			if err != nil {
				addr = nil // the limits decide without it
			}
			scope, err := limits.OpenConnection(network.DirInbound, false, addr)
			if err != nil {
				return ctx, err
			}
			ctx = network.WithConnManagementScope(ctx, scope)
			context.AfterFunc(ctx, scope.Done)
			return ctx, nil
		}),
		quicreuse.VerifySourceAddress(func(addr net.Addr) bool { return limits.VerifySourceAddress(addr) }),
	}
	if own != nil {
		options = append(options,
			quicreuse.OverrideListenUDP(func(_ string, at *net.UDPAddr) (net.PacketConn, error) { return own.ListenUDP(at) }),
			quicreuse.OverrideSourceIPSelector(func() (quicreuse.SourceIPSelector, error) { return sourceOf{own}, nil }))
	}
	return quicreuse.NewConnManager(reset, token, options...)
}

// A sourceOf asks sockets of a host's own for its address.
type sourceOf struct{ Sockets }

// PreferredSourceIPForDestination implements quicreuse.SourceIPSelector.
func (s sourceOf) PreferredSourceIPForDestination(to *net.UDPAddr) (net.IP, error) {
	return s.Source(to)
}
