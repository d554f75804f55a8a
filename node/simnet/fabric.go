package simnet

import (
	"fmt"
	"net"
	"sync"

	sim "github.com/marcopolo/simnet"
)

// A Fabric carries the packets of all nodes of a test, at once and in order, and
// loses those of links that are cut. It is safe for concurrent use.
type Fabric struct {
	router sim.PerfectRouter

	mu    sync.Mutex
	cut   map[[2]string]bool // guarded by mu; from and to, by IP address
	hosts int                // guarded by mu
}

// NewFabric returns a network without hosts.
func NewFabric() *Fabric { return &Fabric{cut: map[[2]string]bool{}} }

// Host returns the sockets of one more machine, with an address of its own.
func (f *Fabric) Host() *Host {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts++
	return &Host{fabric: f, IP: net.IPv4(192, 0, 2, byte(f.hosts))}
}

// Cut loses every packet from one host to another from now on; the way back stays.
func (f *Fabric) Cut(from, to *Host) { f.set(from, to, true) }

// Mend lets packets from one host to another pass again.
func (f *Fabric) Mend(from, to *Host) { f.set(from, to, false) }

// Part cuts both directions between one host and others; Join mends them.
func (f *Fabric) Part(one *Host, others ...*Host) {
	for _, o := range others {
		f.Cut(one, o)
		f.Cut(o, one)
	}
}

// Join mends both directions between one host and others.
func (f *Fabric) Join(one *Host, others ...*Host) {
	for _, o := range others {
		f.Mend(one, o)
		f.Mend(o, one)
	}
}

func (f *Fabric) set(from, to *Host, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut[[2]string{from.IP.String(), to.IP.String()}] = cut
}

// RecvPacket implements sim.PacketReceiver: it passes a packet on, or loses it.
func (f *Fabric) RecvPacket(p *sim.Packet) {
	from, to := ipOf(p.From), ipOf(p.To)
	f.mu.Lock()
	lost := f.cut[[2]string{from, to}]
	f.mu.Unlock()
	if !lost {
		f.router.RecvPacket(p)
	}
}

func ipOf(a net.Addr) string {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.IP.String()
	}
	return a.String()
}

// A Host is one machine on a fabric. It implements [peer.Sockets].
type Host struct {
	IP net.IP // of the range reserved for documentation

	fabric *Fabric
	mu     sync.Mutex
	port   int // guarded by mu; given last
}

// Listen is the address that a node on this host listens on, as a multiaddr.
func (h *Host) Listen() string { return fmt.Sprintf("/ip4/%s/udp/7470/quic-v1", h.IP) }

// ListenUDP opens a socket on the host; port 0 takes a free one.
func (h *Host) ListenUDP(at *net.UDPAddr) (net.PacketConn, error) {
	addr := &net.UDPAddr{IP: h.IP, Port: at.Port}
	if addr.Port == 0 {
		h.mu.Lock()
		h.port++
		addr.Port = 40000 + h.port
		h.mu.Unlock()
	}
	c := sim.NewSimConn(addr)
	c.SetUpPacketReceiver(h.fabric)
	h.fabric.router.AddNode(addr, c)
	return &socket{SimConn: c, free: func() { h.fabric.router.RemoveNode(addr) }}, nil
}

// Source is the host's one address.
func (h *Host) Source(*net.UDPAddr) (net.IP, error) { return h.IP, nil }

// A socket leaves the fabric when it is closed.
type socket struct {
	*sim.SimConn
	once sync.Once
	free func()
}

func (s *socket) Close() error {
	s.once.Do(s.free)
	return s.SimConn.Close()
}
