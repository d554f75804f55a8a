package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"

	"github.com/crosscase/crosscase/policy/casework"
)

// A Stream is one exchange with one peer.
type Stream interface {
	io.ReadWriteCloser
	CloseWrite() error
	Reset() error                  // ends both directions at once; the other side sees an error
	SetDeadline(t time.Time) error // replaces the idle time; the zero time brings it back
}

// Open begins an exchange with an agency.
func (h *Host) Open(ctx context.Context, to casework.AgencyID, proto string) (Stream, error) {
	s, err := h.open(ctx, to, proto)
	if err != nil {
		return nil, err
	}
	return h.wrap(s, to, proto, h.cfg.Idle), nil
}

func (h *Host) open(ctx context.Context, to casework.AgencyID, proto string) (network.Stream, error) {
	l, ok := h.book.link(to)
	if !ok {
		return nil, fmt.Errorf("open %s to %s: %w", proto, to, ErrNotMember)
	}
	if h.ctx.Err() != nil {
		return nil, fmt.Errorf("open %s to %s: %w", proto, to, ErrClosed)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.cfg.Dial)
		defer cancel()
	}
	known := h.net.Connectedness(l.id) == network.Connected
	if !known {
		// A member that was away for a while is wanted back at once.
		h.net.Backoff().Clear(l.id)
		if _, err := h.net.DialPeer(ctx, l.id); err != nil {
			if gated(err) {
				return nil, fmt.Errorf("open %s to %s: %w: %w", proto, to, ErrNotAdmitted, err)
			}
			return nil, fmt.Errorf("open %s to %s: %w: %w", proto, to, ErrUnreachable, err)
		}
	}
	s, err := h.newStream(ctx, l.id, protocol.ID(proto))
	if err == nil {
		return s, nil
	}
	var other multistream.ErrNotSupported[protocol.ID]
	switch {
	case errors.As(err, &other):
		return nil, fmt.Errorf("open %s to %s: %w", proto, to, ErrProtocol)
	case gated(err), !known && ctx.Err() == nil && h.net.Connectedness(l.id) != network.Connected:
		return nil, fmt.Errorf("open %s to %s: %w: %w", proto, to, ErrNotAdmitted, err)
	}
	return nil, fmt.Errorf("open %s to %s: %w: %w", proto, to, ErrUnreachable, err)
}

// gated reports whether the other side closed the connection because it does not
// admit this node.
func gated(err error) bool {
	var c *network.ConnError
	return errors.As(err, &c) && c.Remote && c.ErrorCode == network.ConnGated
}

// Handle serves an exchange: fn is called for each stream that a member opens,
// with the agency that the connection proved, and the stream ends when it
// returns. ctx ends with the host.
func (h *Host) Handle(proto string, fn func(ctx context.Context, from casework.AgencyID, s Stream)) {
	h.accept(proto, func(s network.Stream, from casework.AgencyID) {
		w := h.wrap(s, from, proto, h.cfg.Idle)
		defer w.finish()
		fn(h.ctx, from, w)
	})
}

// accept routes admitted streams of a protocol, at most MaxStreams of a peer at a time.
func (h *Host) accept(proto string, fn func(network.Stream, casework.AgencyID)) {
	var mu sync.Mutex
	open := map[casework.AgencyID]int{}
	enter := func(a casework.AgencyID) bool {
		mu.Lock()
		defer mu.Unlock()
		if open[a] >= h.cfg.MaxStreams {
			return false
		}
		open[a]++
		return true
	}
	leave := func(a casework.AgencyID) {
		mu.Lock()
		defer mu.Unlock()
		if open[a]--; open[a] == 0 {
			delete(open, a)
		}
	}
	h.setHandler(protocol.ID(proto), func(s network.Stream) {
		from, ok := h.book.agency(s.Conn().RemotePeer())
		if !ok {
			_ = s.ResetWithError(network.StreamGated) // a stranger is told nothing more
			return
		}
		if !enter(from) {
			h.cfg.Logger.Warn("too many streams of one peer", "agency", from, "protocol", proto)
			_ = s.ResetWithError(network.StreamResourceLimitExceeded)
			return
		}
		defer leave(from)
		if !h.begin() {
			_ = s.ResetWithError(network.StreamShutdown)
			return
		}
		defer h.streams.Done()
		fn(s, from)
	})
}

func (h *Host) wrap(s network.Stream, other casework.AgencyID, proto string, idle time.Duration) *stream {
	return &stream{Stream: s, other: other, proto: proto, idle: idle, count: h.book.traffic(other, proto), tap: h.cfg.Tap}
}

// A stream counts, taps, and ends when nothing happens.
type stream struct {
	network.Stream
	other casework.AgencyID
	proto string
	idle  time.Duration // 0: none
	count *traffic
	tap   Tap
	fixed atomic.Bool // the caller set a deadline of its own
}

func (s *stream) Read(p []byte) (int, error) {
	if s.idle > 0 && !s.fixed.Load() {
		_ = s.Stream.SetReadDeadline(time.Now().Add(s.idle)) // fails on a closed stream only, as Read will
	}
	n, err := s.Stream.Read(p)
	s.count.received.Add(uint64(n))
	if s.tap != nil && n > 0 {
		s.tap(s.other, s.proto, false, p[:n])
	}
	return n, s.explain(err)
}

func (s *stream) Write(p []byte) (int, error) {
	if s.idle > 0 && !s.fixed.Load() {
		_ = s.Stream.SetWriteDeadline(time.Now().Add(s.idle)) // as in Read
	}
	n, err := s.Stream.Write(p)
	s.count.sent.Add(uint64(n))
	if s.tap != nil && n > 0 {
		s.tap(s.other, s.proto, true, p[:n])
	}
	return n, s.explain(err)
}

func (s *stream) explain(err error) error {
	var timeout net.Error
	switch {
	case err == nil, s.idle == 0:
	case gated(err):
		return fmt.Errorf("%w: %w", ErrNotAdmitted, err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w: %w", ErrIdle, err)
	}
	return err
}

func (s *stream) SetDeadline(t time.Time) error {
	s.fixed.Store(!t.IsZero())
	return s.Stream.SetDeadline(t)
}

// finish ends a stream whose handler has returned. Close lets what was written
// arrive; a stream that was reset stays so.
func (s *stream) finish() {
	_ = s.Stream.Close()
}
