package peer

import (
	"io"
	"net"
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
	target, err := manet.ToNetAddr(must(ma.NewMultiaddr(b.Addrs()[0]))(t))
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	var held []net.Conn
	var reading sync.WaitGroup
	defer func() {
		for _, c := range held {
			c.Close()
		}
		reading.Wait()
	}()
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
	if got, err := say(t, a, "bb", "hello"); err != nil || got != "aa hello" {
		t.Errorf("a member is kept out: %q, %v", got, err)
	}
	// A member that is one no more has no slots either.
	b.SetMembers(nil)
	if n := len(b.reserved); n != 0 {
		t.Errorf("%d addresses still have slots", n)
	}
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
