// Package web serves a ledger's tiles over HTTP, read only, and reads them from
// there, by the paths of C2SP tlog-tiles (https://c2sp.org/tlog-tiles).
//
//	reader   --GET /checkpoint----------------->   text/plain, never cached
//	         --GET /tile/<L>/<N>[.p/<W>]------->   immutable
//	         --GET /tile/entries/<N>[.p/<W>]--->   immutable; gzip where the reader takes it
//
// Any web page may read too (CORS), without credentials.
//
// Whoever may read gets every entry: commitments, counts and sealed details. Who
// may is for the caller to decide, in front of [Handler]. A server can withhold,
// or serve an old or false ledger: the reader checks all of it against signatures,
// and takes no file larger than [MaxFile] from it.
package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

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
		h.Set("Access-Control-Allow-Origin", "*")
		if path == tiles.CheckpointName {
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h.Set("Cache-Control", "no-store")
		} else {
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if strings.HasPrefix(path, "tile/entries/") { // hashes do not compress
			h.Set("Vary", "Accept-Encoding")
			if takesGzip(req.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				data = compress(data)
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(data)))
		if req.Method == http.MethodGet {
			_, _ = w.Write(data) // a reader that hangs up is nobody's error
		}
	})
}

// takesGzip reports whether an Accept-Encoding header (RFC 9110 section 12.5.3) names
// gzip with another weight than zero.
func takesGzip(accepts string) bool {
	for one := range strings.SplitSeq(accepts, ",") {
		name, weight, weighted := strings.Cut(strings.TrimSpace(one), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		if !weighted {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return err == nil && q > 0
	}
	return false
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = z.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // a constant level, and memory
	}
	return b.Bytes()
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

// maxWaits is how often a reader waits for a server that is asked too much.
const maxWaits = 8

// ReadFile is of tiles.Source. Where the server says that it is asked too much, it waits
// as it says, some times.
func (s source) ReadFile(ctx context.Context, path string) ([]byte, error) {
	for waits := 0; ; waits++ {
		data, wait, err := s.read(ctx, path)
		if wait == 0 || waits == maxWaits {
			return data, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

// read reads a file, or returns how long to wait before the next attempt.
func (s source) read(ctx context.Context, path string) (data []byte, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrServer, err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, 0, fmt.Errorf("%w: %s: %w", ErrServer, path, fs.ErrNotExist)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		seconds, perr := strconv.Atoi(resp.Header.Get("Retry-After"))
		if perr != nil || seconds < 1 || seconds > 30 {
			seconds = 1
		}
		return nil, time.Duration(seconds) * time.Second, fmt.Errorf("%w: %s: it is asked too much (status %d)", ErrServer, path, resp.StatusCode)
	default:
		return nil, 0, fmt.Errorf("%w: %s: status %d", ErrServer, path, resp.StatusCode)
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, MaxFile+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s: %w", ErrServer, path, err)
	}
	if len(data) > MaxFile {
		return nil, 0, fmt.Errorf("%w: %s is larger than %d bytes", ErrServer, path, MaxFile)
	}
	return data, 0, nil
}
