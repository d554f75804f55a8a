package peer

import (
	"context"
	"net"
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/crosscase/crosscase/policy/casework"
)

// An address is an agency, as a net.Addr.
type address casework.AgencyID

func (address) Network() string  { return "crosscase" }
func (a address) String() string { return string(a) }

// A conn is a stream as a net.Conn, without an idle time: whoever asked for one
// sets deadlines.
type conn struct {
	*stream
	local, remote address
	closed        func()
	once          sync.Once
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Close() error {
	defer c.once.Do(c.closed)
	return c.stream.Reset() // both directions: the other side is to notice at once
}

// Dial opens a stream as a net.Conn. Its RemoteAddr is the agency.
func (h *Host) Dial(ctx context.Context, to casework.AgencyID, proto string) (net.Conn, error) {
	s, err := h.open(ctx, to, proto)
	if err != nil {
		return nil, err
	}
	return &conn{stream: h.wrap(s, to, proto, 0), local: "self", remote: address(to), closed: func() {}}, nil
}

// Listener returns the streams of a protocol as connections. RemoteAddr of an
// accepted one is the agency that the connection proved.
func (h *Host) Listener(proto string) net.Listener {
	l := &listener{host: h, proto: proto, queue: make(chan *conn), done: make(chan struct{})}
	h.accept(proto, func(s network.Stream, from casework.AgencyID) {
		ended := make(chan struct{})
		c := &conn{stream: h.wrap(s, from, proto, 0), local: "self", remote: address(from), closed: func() { close(ended) }}
		select {
		case l.queue <- c:
		case <-l.done:
			_ = s.Reset() // nobody accepts any more
			return
		case <-h.ctx.Done():
			_ = s.Reset()
			return
		}
		select { // the stream counts until it is closed
		case <-ended:
		case <-h.ctx.Done():
		}
	})
	return l
}

type listener struct {
	host  *Host
	proto string
	queue chan *conn
	done  chan struct{}
	once  sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
	case <-l.host.ctx.Done():
	}
	return nil, net.ErrClosed
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.host.mux.RemoveHandler(protocol.ID(l.proto))
		close(l.done)
	})
	return nil
}

func (l *listener) Addr() net.Addr { return address("self") }
