package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles/web"
	"github.com/crosscase/crosscase/node/serve"
)

// serveTiles shows the ledger over HTTP, if the settings say so.
func (n *Node) serveTiles(ctx context.Context, s *services) error {
	set := n.cfg.Serve
	if set.Address == "" {
		<-ctx.Done()
		return nil
	}
	server := &serve.Server{Files: os.DirFS(LedgerTiles(n.cfg.Dir)), Logger: n.log}
	var certificate tls.Certificate
	var err error
	switch {
	case set.Readers != "open":
		server.Certificate, server.May = &certificate, func(key ed25519.PublicKey) bool { return mayRead(s, key) }
		certificate, err = web.Certificate(n.keys.NodeKey(), time.Now())
	case set.Certificate != "":
		server.Certificate = &certificate
		certificate, err = tls.LoadX509KeyPair(n.cfg.Path(set.Certificate), n.cfg.Path(set.Key))
	}
	if err != nil {
		return fmt.Errorf("serve the ledger: %w", err)
	}
	if server.Listener, err = net.Listen("tcp", set.Address); err != nil {
		return fmt.Errorf("serve the ledger: %w", err)
	}
	n.log.Info("the ledger is served", "addr", server.Listener.Addr().String(), "readers", set.Readers)
	return server.Run(ctx)
}

// mayRead reports whether a key is a member's node key, or its oversight body's.
func mayRead(s *services, key ed25519.PublicKey) (may bool) {
	id := entry.PeerID(key)
	s.replica.View(func(st *state.State) {
		for _, m := range st.Members() {
			may = may || m.Active() && (m.PeerID == id || bytes.Equal(m.Oversight.VerifyKey, key))
		}
	})
	return may
}
