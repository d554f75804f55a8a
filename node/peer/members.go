package peer

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Member is an agency that may connect, with its node's identity and where to
// find it.
type Member struct {
	Agency casework.AgencyID
	PeerID string
	Addrs  []string // multiaddrs, of the ledger and of the own settings
}

// A link is a member that may connect now.
type link struct {
	agency casework.AgencyID
	id     peer.ID
	addrs  []ma.Multiaddr
}

type traffic struct{ sent, received atomic.Uint64 }

// A book says who is a member. It is safe for concurrent use.
type book struct {
	mu       sync.RWMutex
	agencies map[casework.AgencyID]link    // guarded by mu
	ids      map[peer.ID]casework.AgencyID // guarded by mu
	counters map[counted]*traffic          // guarded by mu
}

// counted is what bytes are counted for.
type counted struct {
	agency   casework.AgencyID
	protocol string
}

func newBook() *book {
	return &book{agencies: map[casework.AgencyID]link{}, ids: map[peer.ID]casework.AgencyID{}, counters: map[counted]*traffic{}}
}

func (b *book) agency(id peer.ID) (casework.AgencyID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	a, ok := b.ids[id]
	return a, ok
}

func (b *book) link(a casework.AgencyID) (link, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	l, ok := b.agencies[a]
	return l, ok
}

func (b *book) traffic(a casework.AgencyID, protocol string) *traffic {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.counters[counted{a, protocol}]
	if t == nil {
		t = new(traffic)
		b.counters[counted{a, protocol}] = t
	}
	return t
}

// bytes sums what was counted for an agency; in some protocols, or in all.
func (b *book) bytes(a casework.AgencyID, protocols []string) (sent, received uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for of, t := range b.counters {
		if of.agency == a && (len(protocols) == 0 || slices.Contains(protocols, of.protocol)) {
			sent, received = sent+t.sent.Load(), received+t.received.Load()
		}
	}
	return sent, received
}

// replace takes the new members over and returns the ids that are none any more.
func (b *book) replace(links []link) []peer.ID {
	agencies, ids := map[casework.AgencyID]link{}, map[peer.ID]casework.AgencyID{}
	for _, l := range links {
		agencies[l.agency] = l
		ids[l.id] = l.agency
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var gone []peer.ID
	for id := range maps.Keys(b.ids) {
		if ids[id] != b.ids[id] {
			gone = append(gone, id)
		}
	}
	b.agencies, b.ids = agencies, ids
	return gone
}

// SetMembers replaces who may connect. Connections of others are closed before
// it returns. A record without a usable identity is left out, and logged; so is an
// address that is none.
func (h *Host) SetMembers(members []Member) {
	var links []link
	for _, m := range members {
		id, err := peer.Decode(m.PeerID)
		if err != nil {
			h.cfg.Logger.Warn("member has no usable peer id", "agency", m.Agency, "error", err)
			continue
		}
		if id == h.net.LocalPeer() {
			continue
		}
		l := link{agency: m.Agency, id: id}
		for _, text := range m.Addrs {
			a, err := ma.NewMultiaddr(text)
			if err != nil {
				h.cfg.Logger.Warn("member has an address that is none", "agency", m.Agency, "error", err)
				continue
			}
			l.addrs = append(l.addrs, a)
		}
		links = append(links, l)
	}
	gone := h.book.replace(links)
	h.reserve(links)
	store := h.net.Peerstore()
	for _, l := range links {
		store.ClearAddrs(l.id)
		store.AddAddrs(l.id, l.addrs, peerstore.PermanentAddrTTL)
	}
	for _, id := range gone {
		store.ClearAddrs(id)
		if err := h.net.ClosePeer(id); err != nil {
			h.cfg.Logger.Info("closing connections of a former member", "error", err)
		}
	}
	for _, c := range h.net.Conns() {
		if _, ok := h.book.agency(c.RemotePeer()); !ok {
			_ = c.Close() // of no use to anybody
		}
	}
}

// A gater lets members through, by proved peer id, in both directions.
type gater struct{ book *book }

func (g gater) member(id peer.ID) bool {
	_, ok := g.book.agency(id)
	return ok
}

func (g gater) InterceptPeerDial(id peer.ID) bool                 { return g.member(id) }
func (g gater) InterceptAddrDial(id peer.ID, _ ma.Multiaddr) bool { return g.member(id) }
func (gater) InterceptAccept(network.ConnMultiaddrs) bool         { return true } // nobody is proved yet
func (g gater) InterceptSecured(_ network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	return g.member(id)
}
func (g gater) InterceptUpgraded(c network.Conn) (bool, control.DisconnectReason) {
	return g.member(c.RemotePeer()), 0
}

// newLimits bounds what one peer, and strangers together, can make the host hold.
func newLimits(maxStreams int) (network.ResourceManager, error) {
	const protocols = 8
	transient := rcmgr.ResourceLimits{Conns: 64, ConnsInbound: 48, Streams: 256, Memory: 64 << 20}
	partial := rcmgr.PartialLimitConfig{
		Transient:            transient,
		AllowlistedTransient: transient, // of members' addresses, once the others are taken
		PeerDefault: rcmgr.ResourceLimits{
			Conns: 8, ConnsInbound: 8, ConnsOutbound: 8, Memory: 256 << 20,
			Streams: rcmgr.LimitVal(2 * protocols * maxStreams), StreamsInbound: rcmgr.LimitVal(protocols * maxStreams), StreamsOutbound: rcmgr.LimitVal(protocols * maxStreams),
		},
	}
	limits := partial.Build(rcmgr.DefaultLimits.AutoScale())
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits), rcmgr.WithMetricsDisabled())
}
