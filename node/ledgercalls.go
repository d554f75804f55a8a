package node

import (
	"context"
	"log/slog"
	"time"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// What replicas say to each other fits into the messages.
const (
	_ = uint(wire.MaxLedger - replica.MaxCall)
	_ = uint(wire.MaxLedgerAnswer - replica.MaxAnswer)
)

// LedgerCaller is a replica's way to other replicas over a host.
func LedgerCaller(h *peer.Host) replica.Caller { return caller{h} }

type caller struct{ host *peer.Host }

// Call makes one call on a stream of its own.
func (c caller) Call(ctx context.Context, to casework.AgencyID, method string, request []byte) ([]byte, error) {
	st, err := c.host.Open(ctx, to, ledgerProtocol)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	stop := context.AfterFunc(ctx, func() { _ = st.Reset() }) // the read below fails then
	defer stop()
	if err := wire.Write(st, &wire.LedgerCall{Method: method, Request: request}); err != nil {
		return nil, err
	}
	reply, err := wire.Expect[wire.LedgerReply](st)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return reply.Answer, nil
}

// ServeLedger lets a replica answer the calls of others that reach a host.
func ServeLedger(h *peer.Host, r *replica.Replica, log *slog.Logger) {
	h.Handle(ledgerProtocol, func(ctx context.Context, from casework.AgencyID, st peer.Stream) {
		serveLedger(ctx, r, log, from, st)
	})
}

// serveLedger answers one call of another replica.
func serveLedger(ctx context.Context, r *replica.Replica, log *slog.Logger, from casework.AgencyID, st peer.Stream) {
	defer st.Close()
	call, err := wire.Expect[wire.LedgerCall](st)
	if err != nil {
		log.Info("ledger call unreadable", "peer", string(from), "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	answer, err := r.Serve(ctx, from, call.Method, call.Request)
	if err != nil {
		log.Info("ledger call refused", "peer", string(from), "method", call.Method, "err", err)
		_ = wire.Write(st, &wire.Refusal{Code: wire.CodeUnavailable}) // the caller notices either way
		return
	}
	_ = wire.Write(st, &wire.LedgerReply{Answer: answer}) // likewise
}
