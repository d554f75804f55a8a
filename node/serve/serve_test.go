package serve_test

import (
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/crosscase/crosscase/ledger/tiles/web"
	"github.com/crosscase/crosscase/node/serve"
)

var files = fstest.MapFS{
	"checkpoint":           {Data: []byte("example.org/pilot\n")},
	"tile/entries/000.p/3": {Data: []byte(strings.Repeat("entry", 1000))},
	"journal":              {Data: []byte("not for readers")},
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// run serves until the test ends, and returns the address.
func run(t *testing.T, s *serve.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener, s.Files, s.Logger = l, files, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func certificate(t *testing.T, key ed25519.PrivateKey) *tls.Certificate {
	t.Helper()
	c, err := web.Certificate(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

// TestAttackStranger: who proves no key that the ledger names reads nothing, whatever
// its certificate says; a member and a body do.
func TestAttackStranger(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	member, body, stranger := newKey(t), newKey(t), newKey(t)
	may := func(k ed25519.PublicKey) bool { return k.Equal(member.Public()) || k.Equal(body.Public()) }
	t.Run("", func(t *testing.T) {
		addr := run(t, &serve.Server{Certificate: certificate(t, newKey(t)), May: may})
		for name, c := range map[string]struct {
			key   ed25519.PrivateKey
			reads bool
		}{"member": {member, true}, "oversight body": {body, true}, "stranger": {stranger, false}, "nobody": {nil, false}} {
			client, err := web.Client(c.key, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if c.key == nil {
				client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // a client without a certificate
			}
			data, err := web.Source(client, "https://"+addr).ReadFile(t.Context(), "checkpoint")
			if (err == nil) != c.reads || c.reads && string(data) != string(files["checkpoint"].Data) {
				t.Errorf("%s: %q, %v", name, data, err)
			}
			client.CloseIdleConnections()
		}
	})
	if err := (&serve.Server{May: may}).Run(t.Context()); err == nil {
		t.Error("members only, and no TLS")
	}
}

// Open to anybody: nothing but the ledger's files, bundles compressed for who takes it.
func TestOpen(t *testing.T) {
	addr := run(t, &serve.Server{})
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	get := func(path, accepts string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if accepts != "" {
			req.Header.Set("Accept-Encoding", accepts)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	resp := get("/tile/entries/000.p/3", "br, gzip;q=0.5")
	if resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("Vary") != "Accept-Encoding" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%v", resp.Header)
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(z); err != nil || string(data) != string(files["tile/entries/000.p/3"].Data) {
		t.Errorf("%v: %d bytes", err, len(data))
	}
	if plain := get("/tile/entries/000.p/3", "gzip;q=0"); plain.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for who does not take it")
	}
	if c := get("/checkpoint", "gzip"); c.Header.Get("Content-Encoding") != "" || c.Header.Get("Cache-Control") != "no-store" || c.StatusCode != http.StatusOK {
		t.Errorf("%v", c.Header)
	}
	for _, path := range []string{"/journal", "/", "/tile/../journal", "/%2e%2e/journal"} {
		if got := get(path, ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

// TestAttackFlood: an address that asks too much is told to wait, and a reader of the
// layout waits and goes on.
func TestAttackFlood(t *testing.T) {
	addr := run(t, &serve.Server{})
	client := &http.Client{}
	defer client.CloseIdleConnections()
	refused := false
	for range 3000 {
		resp, err := client.Get("http://" + addr + "/checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "1" {
			refused = true
			break
		}
	}
	if !refused {
		t.Fatal("nobody was told to wait")
	}
	if _, err := web.Source(client, "http://"+addr).ReadFile(t.Context(), "checkpoint"); err != nil {
		t.Error(err)
	}
}
