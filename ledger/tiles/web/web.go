// Package web serves a ledger's tiles over HTTP, read only, and reads them from
// there, by the paths of C2SP tlog-tiles (https://c2sp.org/tlog-tiles).
//
//	reader   --GET /checkpoint----------------->   text/plain, never cached
//	         --GET /tile/<L>/<N>[.p/<W>]------->   immutable
//	         --GET /tile/entries/<N>[.p/<W>]--->   immutable
//
// Whoever may read gets every entry: commitments, counts and sealed details. Who
// may is for the caller to decide, in front of [Handler]. A server can withhold,
// or serve an old or false ledger: the reader checks all of it against signatures,
// and takes no file larger than [MaxFile] from it.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// MaxFile is the size in bytes of the largest file of a ledger: a full bundle of
// the largest entries.
const MaxFile = 256 * (2 + 8 + entry.MaxSize)

// ErrServer is wrapped when a server does not give what it should.
var ErrServer = errors.New("the ledger's server")

// layout is every path that a reader has a reason to ask for; nothing else in the
// folder, such as a file half written, goes out.
var layout = regexp.MustCompile(`^(checkpoint|tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/)*[0-9]{3}(\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$`)

// Handler serves the files of a ledger's folder.
func Handler(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet && req.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "read only", http.StatusMethodNotAllowed)
			return
		}
		path := strings.TrimPrefix(req.URL.Path, "/")
		if !layout.MatchString(path) {
			http.NotFound(w, req)
			return
		}
		data, err := fs.ReadFile(files, path)
		if errors.Is(err, fs.ErrNotExist) {
			http.NotFound(w, req)
			return
		}
		if err != nil {
			http.Error(w, "cannot be read", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if path == tiles.CheckpointName {
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h.Set("Cache-Control", "no-store")
		} else {
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if req.Method == http.MethodGet {
			_, _ = w.Write(data) // a reader that hangs up is nobody's error
		}
	})
}

// Source reads a ledger from a URL such as "https://ledger.example/" under which
// its files lie.
func Source(client *http.Client, base string) tiles.Source {
	return source{client, strings.TrimSuffix(base, "/") + "/"}
}

type source struct {
	client *http.Client
	base   string
}

// ReadFile is of tiles.Source.
func (s source) ReadFile(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s: %w", ErrServer, path, fs.ErrNotExist)
	default:
		return nil, fmt.Errorf("%w: %s: status %d", ErrServer, path, resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrServer, path, err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrServer, path, MaxFile)
	}
	return data, nil
}
