package peer

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"
)

// negotiationTime is how long the two sides of a stream may take to agree upon its
// protocol.
const negotiationTime = 10 * time.Second

// newStream opens a stream of a protocol on the connection that there is. The first
// one of a protocol waits for the other side's consent; later ones on the same
// connection begin to speak at once and fail at their first read if it has none.
func (h *Host) newStream(ctx context.Context, id peer.ID, proto protocol.ID) (_ network.Stream, err error) {
	s, err := h.net.NewStream(network.WithNoDial(ctx, "dialled before"), id)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.ResetWithError(network.StreamProtocolNegotiationFailed)
		}
	}()
	peers := h.net.Peerstore()
	if spoken, err := peers.SupportsProtocols(id, proto); err == nil && len(spoken) > 0 {
		if err := s.SetProtocol(proto); err != nil {
			return nil, err
		}
		return &lazyStream{Stream: s, rw: multistream.NewMSSelect(s, proto)}, nil
	}
	stop := context.AfterFunc(ctx, func() { _ = s.ResetWithError(network.StreamProtocolNegotiationFailed) })
	defer stop()
	if err := s.SetDeadline(time.Now().Add(negotiationTime)); err != nil {
		return nil, err
	}
	if _, err := multistream.SelectOneOf([]protocol.ID{proto}, s); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return nil, err
	}
	if err := s.SetProtocol(proto); err != nil {
		return nil, err
	}
	_ = peers.AddProtocols(id, proto) // or the next stream waits, too
	return s, s.SetDeadline(time.Time{})
}

// serveStream agrees upon the protocol of a stream that the other side opened, and
// hands it to the protocol's handler.
func (h *Host) serveStream(s network.Stream) {
	if err := s.SetDeadline(time.Now().Add(negotiationTime)); err != nil {
		_ = s.Reset()
		return
	}
	proto, handle, err := h.mux.Negotiate(s)
	if err == nil {
		err = s.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = s.ResetWithError(network.StreamProtocolNegotiationFailed)
		return
	}
	if err := s.SetProtocol(proto); err != nil {
		_ = s.ResetWithError(network.StreamResourceLimitExceeded)
		return
	}
	_ = handle(proto, s) // handlers end their streams themselves
}

// setHandler lets fn serve the streams of a protocol.
func (h *Host) setHandler(proto protocol.ID, fn network.StreamHandler) {
	h.mux.AddHandler(proto, func(_ protocol.ID, rw io.ReadWriteCloser) error {
		fn(rw.(network.Stream))
		return nil
	})
}

// A lazyStream sends the name of its protocol with the first bytes.
type lazyStream struct {
	network.Stream
	rw multistream.LazyConn
}

func (s *lazyStream) Read(p []byte) (int, error)  { return s.rw.Read(p) }
func (s *lazyStream) Write(p []byte) (int, error) { return s.rw.Write(p) }

// Close waits for the other side's consent no longer than a negotiation may take.
func (s *lazyStream) Close() error {
	_ = s.Stream.SetReadDeadline(time.Now().Add(negotiationTime)) // fails on a closed stream only
	return s.rw.Close()
}

func (s *lazyStream) CloseWrite() error {
	if f, ok := s.rw.(interface{ Flush() error }); ok {
		_ = f.Flush() // if something is wrong, Read says so
	}
	return s.Stream.CloseWrite()
}
