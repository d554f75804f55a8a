// Package serve shows the ledger's tiles over HTTP to those who may read it.
//
//	reader --TLS, own key (members)--> is the key a member's, or an oversight body's?
//	       --GET /checkpoint, /tile/...--> the files of the ledger's folder (ledger/tiles/web)
//
// Entries hold commitments, counts and sealed details, and nothing that a member may not
// read; who else may is the setting. With "members" a reader proves a key that the ledger
// names: a member's node key or the verifying key of its oversight body; both sides'
// certificates are made from those keys, and no authority is trusted. With "open" anybody
// reads, over TLS where the settings name a certificate, else behind a proxy that ends it.
//
// A reader learns what is in the ledger, and what it does not: nothing else of the folder
// or the node goes out. One that asks too much is told to wait; reading is bounded in
// time and in connections.
package serve

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/crosscase/crosscase/ledger/tiles/web"
)

// A Server serves one ledger.
type Server struct {
	Listener    net.Listener                 // Run closes it
	Files       fs.FS                        // the ledger's folder
	Certificate *tls.Certificate             // nil: no TLS
	May         func(ed25519.PublicKey) bool // who may read, by the key of its certificate; nil: anybody
	Logger      *slog.Logger
}

// Bounds of one address. A copy of a ledger takes some four files for a thousand entries.
const (
	perSecond    = 200
	burst        = 1000
	maxAddresses = 4096
	maxIdle      = time.Minute
	maxRequest   = 2 * time.Minute
	maxHeader    = 16 << 10
	maxOpen      = 256 // connections
)

// Run serves until the context ends.
func (s *Server) Run(ctx context.Context) error {
	if s.May != nil && s.Certificate == nil {
		return errors.New("serve: readers are to be known by their keys, and there is no certificate")
	}
	server := &http.Server{
		Handler:           (&limiter{next: web.Handler(s.Files), of: map[string]*rate.Limiter{}}),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: maxRequest, WriteTimeout: maxRequest, IdleTimeout: maxIdle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug), // what readers do wrong
	}
	l := net.Listener(&bounded{Listener: s.Listener, room: make(chan struct{}, maxOpen)})
	if s.Certificate != nil {
		l = tls.NewListener(l, s.tls())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }() // waited for below
	select {
	case err := <-ended:
		return fmt.Errorf("serve the ledger: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := server.Shutdown(closing)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // a slow reader comes again
	}
	<-ended
	return err
}

// tls asks for a certificate where readers are to be known, and looks at nothing of it
// but the key, whose possession the handshake proves.
func (s *Server) tls() *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{*s.Certificate}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
	if s.May == nil {
		return c
	}
	c.ClientAuth = tls.RequireAnyClientCert
	c.SessionTicketsDisabled = true // who may read is looked at on every connection
	c.VerifyConnection = func(state tls.ConnectionState) error {
		key, err := web.KeyOf(state)
		if err != nil {
			return err
		}
		if !s.May(key) {
			return errors.New("no member of the network, nor an oversight body of one, has this key")
		}
		return nil
	}
	return c
}

// A limiter refuses addresses that ask too much. It is safe for concurrent use.
type limiter struct {
	next http.Handler

	mu sync.Mutex
	of map[string]*rate.Limiter // by address
}

// ServeHTTP implements http.Handler.
func (l *limiter) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	if !l.allow(host) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests: wait a second", http.StatusTooManyRequests)
		return
	}
	l.next.ServeHTTP(w, req)
}

func (l *limiter) allow(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.of[host]
	if bucket == nil {
		if len(l.of) >= maxAddresses {
			clear(l.of)
		}
		bucket = rate.NewLimiter(perSecond, burst)
		l.of[host] = bucket
	}
	return bucket.Allow()
}

// bounded holds back connections beyond what there is room for.
type bounded struct {
	net.Listener
	room chan struct{}
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	b.room <- struct{}{}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.room
		return nil, err
	}
	return &leaving{Conn: c, leave: sync.OnceFunc(func() { <-b.room })}, nil
}

type leaving struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (l *leaving) Close() error {
	defer l.leave()
	return l.Conn.Close()
}
