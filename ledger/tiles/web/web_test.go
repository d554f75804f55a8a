package web_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/ledger/tiles/web"
)

func served(t *testing.T, n int) (*httptest.Server, string, tlog.Hash) {
	t.Helper()
	dir := t.TempDir()
	s, err := tiles.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := s.Append(fmt.Appendf(nil, "leaf %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	size, root := s.Root()
	c := checkpoint.Checkpoint{Origin: "example.org/pilot", Size: size, Root: root}
	if err := s.Publish(c, []byte(c.Text()+"\n— x AAAA\n")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web.Handler(os.DirFS(dir)))
	t.Cleanup(server.Close)
	return server, dir, root
}

func TestALedgerIsCheckedOverHTTP(t *testing.T) {
	server, _, root := served(t, 301)
	src := web.Source(server.Client(), server.URL)
	note, err := tiles.Checkpoint(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := checkpoint.Parse(note); err != nil || c.Size != 301 || c.Root != root {
		t.Errorf("%+v, %v", c, err)
	}
	if err := tiles.NewReader(src, 301).Check(t.Context(), root); err != nil {
		t.Error(err)
	}
	root[0] ^= 1
	if err := tiles.NewReader(src, 301).Check(t.Context(), root); !errors.Is(err, tiles.ErrTile) {
		t.Errorf("another root: %v", err)
	}
	// the partial tile of an older size went when the tile filled
	if err := tiles.NewReader(src, 200).Check(t.Context(), root); !errors.Is(err, tiles.ErrTile) {
		t.Errorf("an older size with a wrong root: %v", err)
	}
}

func TestOnlyTheLayoutGoesOut(t *testing.T) {
	server, dir, _ := served(t, 3)
	for _, name := range []string{"tile/0/.new-1", "secret", "tile/entries/extra"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]int{
		"/checkpoint": 200, "/tile/0/000.p/3": 200, "/tile/entries/000.p/3": 200, "/tile/0/000": 404, "/tile/0/000.p/0": 404,
		"/tile/0/.new-1": 404, "/secret": 404, "/tile/entries/extra": 404, "/": 404, "/tile/": 404, "/tile/0/": 404,
		"/tile/0/..%2f..%2fsecret": 404, "/tile/64/000": 404, "/tile/0/000.p/256": 404, "/tile/0/1000": 404,
	} {
		resp, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
		if cache := resp.Header.Get("Cache-Control"); want == 200 && (path == "/checkpoint") != (cache == "no-store") {
			t.Errorf("%s: cached %q", path, cache)
		}
	}
	resp, err := server.Client().Post(server.URL+"/checkpoint", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestAServerThatMisbehaves(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		missing bool
	}{
		"endless": {handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, zeros{}, web.MaxFile+10) }},
		"fault":   {handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		"nothing": {handler: http.NotFound, missing: true},
	} {
		server := httptest.NewServer(c.handler)
		_, err := web.Source(server.Client(), server.URL).ReadFile(t.Context(), "checkpoint")
		if !errors.Is(err, web.ErrServer) || errors.Is(err, fs.ErrNotExist) != c.missing {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
