package peer

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// A stranger that opens as many connections as the host takes from strangers, and
// proves nothing on any, does not keep members out.
func TestAttackHalfOpenConnections(t *testing.T) {
	a, b := newHost(t, nil, overTCP), newHost(t, nil, overTCP)
	serveEcho(b)
	a.SetMembers([]Member{member("bb", b)})
	b.SetMembers([]Member{member("aa", a)})
	fill(t, b)
	if got, err := say(t, a, "bb", "hello"); err != nil || got != "aa hello" {
		t.Errorf("a member is kept out: %q, %v", got, err)
	}
	// A member that is one no more has no slots either.
	b.SetMembers(nil)
	if got := b.withSlots(); len(got) != 0 {
		t.Errorf("%v still have slots", got)
	}
}

// A member whose record has a name gets its slots by proving its identity where the
// host dials it, also while strangers hold all that they can; the name alone has none.
func TestAttackHalfOpenConnectionsAndName(t *testing.T) {
	a, b := newHost(t, nil, overTCP), newHost(t, nil, overTCP)
	serveEcho(a)
	serveEcho(b)
	a.SetMembers([]Member{member("bb", b)})
	_, port, _ := strings.Cut(a.Addrs()[0], "/tcp/")
	named := Member{Agency: "aa", PeerID: a.PeerID(), Addrs: []string{"/dns4/localhost/tcp/" + port}}
	b.SetMembers([]Member{named})
	fill(t, b)
	if got := b.withSlots(); len(got) != 0 {
		t.Fatalf("%v have slots, and nobody proved anything", got)
	}
	if got, err := say(t, b, "aa", "hello"); err != nil || got != "bb hello" {
		t.Fatalf("the host cannot dial a member: %q, %v", got, err)
	}
	if got := b.withSlots(); !slices.Equal(got, []string{"/ip4/127.0.0.1"}) {
		t.Fatalf("%v have slots", got)
	}
	if err := errors.Join(a.net.ClosePeer(b.net.LocalPeer()), b.net.ClosePeer(a.net.LocalPeer())); err != nil {
		t.Fatal(err)
	}
	if got, err := say(t, a, "bb", "hello"); err != nil || got != "aa hello" {
		t.Errorf("a member is kept out: %q, %v", got, err)
	}
	b.SetMembers([]Member{named}) // as at each change of another's record
	if got := b.withSlots(); !slices.Equal(got, []string{"/ip4/127.0.0.1"}) {
		t.Errorf("%v have slots", got)
	}
	b.SetMembers(nil)
	if got := b.withSlots(); len(got) != 0 {
		t.Errorf("%v still have slots", got)
	}
}

// A member that comes from ever new addresses has slots for the newest few, and
// whoever is no member for none.
func TestAttackSlotsForManyAddresses(t *testing.T) {
	a, b := newHost(t, nil, overTCP), newHost(t, nil, overTCP)
	b.SetMembers([]Member{{Agency: "aa", PeerID: a.PeerID(), Addrs: []string{"/dns4/aa.example/tcp/4001", "/ip4/192.0.2.200/tcp/4001"}}})
	for i := range 100 {
		b.provedAt(a.net.LocalPeer(), must(ma.NewMultiaddr(fmt.Sprintf("/ip4/192.0.2.%d/tcp/1", i)))(t))
	}
	b.provedAt(a.net.LocalPeer(), must(ma.NewMultiaddr("/ip4/192.0.2.98/udp/9/quic-v1"))(t))
	b.provedAt(a.net.LocalPeer(), must(ma.NewMultiaddr("/ip4/192.0.2.200/tcp/9"))(t))
	b.provedAt(b.net.LocalPeer(), must(ma.NewMultiaddr("/ip4/192.0.2.150/tcp/9"))(t))
	b.provedAt(a.net.LocalPeer(), must(ma.NewMultiaddr("/dns4/aa.example/tcp/9"))(t))
	if got := b.withSlots(); !slices.Equal(got, []string{"/ip4/192.0.2.200", "/ip4/192.0.2.98", "/ip4/192.0.2.99"}) {
		t.Errorf("%v have slots", got)
	}
}

// withSlots lists the addresses that have slots.
func (h *Host) withSlots() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.slots.reserved))
}

// fill opens connections to a host from another address, until it takes no more, and
// holds them while the test runs.
func fill(t *testing.T, b *Host) {
	t.Helper()
	target, err := manet.ToNetAddr(must(ma.NewMultiaddr(b.Addrs()[0]))(t))
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	var held []net.Conn
	var reading sync.WaitGroup
	t.Cleanup(func() {
		for _, c := range held {
			c.Close()
		}
		reading.Wait()
	})
	full := make(chan struct{}, 1)
	for range 96 {
		c, err := dialer.DialContext(t.Context(), "tcp", target.String())
		if err != nil {
			t.Skip("this machine has no second address of its own: ", err)
		}
		held = append(held, c)
		reading.Go(func() {
			if _, err := io.Copy(io.Discard, c); err == nil || !isClosed(err) {
				select {
				case full <- struct{}{}: // the host closed it: there was no slot left
				default:
				}
			}
		})
	}
	<-full
}

func isClosed(err error) bool {
	e, ok := err.(*net.OpError)
	return ok && e.Err == net.ErrClosed
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
