package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
)

// EtcdRun is what three members of etcd did with as many submitters, each of which
// puts as many bytes as an entry has under a key of its own through the JSON gateway of one member.
type EtcdRun struct {
	Submitters int     `json:"submitters"`
	PerSecond  float64 `json:"puts_per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
}

func (l Ledger) etcd(ctx context.Context, dir string, size int) (rows []EtcdRun, err error) {
	ctx, cancel := context.WithCancel(ctx)
	urls, err := freeURLs(6)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("bench: etcd: %w", err)
	}
	var cluster []string
	for i := range 3 {
		cluster = append(cluster, fmt.Sprintf("m%d=%s", i, urls[3+i]))
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for i := range 3 {
		c := exec.CommandContext(ctx, l.Etcd, "--name", fmt.Sprintf("m%d", i), "--data-dir", filepath.Join(dir, fmt.Sprint(i)), "--log-level", "error",
			"--listen-client-urls", urls[i], "--advertise-client-urls", urls[i], "--listen-peer-urls", urls[3+i],
			"--initial-advertise-peer-urls", urls[3+i], "--initial-cluster", strings.Join(cluster, ","), "--initial-cluster-state", "new")
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			return nil, fmt.Errorf("bench: etcd: %w", err)
		}
		running.Go(func() { _ = c.Wait() }) // it is killed
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}, Timeout: 30 * time.Second}
	put := func(key, value string) error {
		body, err := json.Marshal(map[string]string{"key": base64.StdEncoding.EncodeToString([]byte(key)), "value": base64.StdEncoding.EncodeToString([]byte(value))})
		if err != nil {
			return err
		}
		resp, err := client.Post(urls[0]+"/v3/kv/put", "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != http.StatusOK {
			err = errors.Join(err, errors.New(resp.Status))
		}
		return errors.Join(err, resp.Body.Close())
	}
	for begin := time.Now(); ; {
		if err = put("ready", "x"); err == nil {
			break
		}
		if time.Since(begin) > time.Minute {
			return nil, fmt.Errorf("bench: etcd does not answer: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	value := strings.Repeat("v", size)
	for _, n := range []int{1, 16, 256} {
		l.Tell("etcd, %d", n)
		took, perSecond, err := l.load(ctx, n, func(b entry.Body) error {
			return put(fmt.Sprint("key", b.(*entry.Erase).Count), value)
		})
		if err != nil {
			return nil, fmt.Errorf("bench: etcd: %w", err)
		}
		rows = append(rows, EtcdRun{n, perSecond, percentile(took, 50), percentile(took, 99)})
	}
	return rows, nil
}

// freeURLs are of ports that were free a moment ago: etcd takes no listener.
func freeURLs(n int) (urls []string, err error) {
	for range n {
		ln, lerr := net.Listen("tcp", "127.0.0.1:0")
		if lerr != nil {
			return nil, errors.Join(err, lerr)
		}
		defer func() { err = errors.Join(err, ln.Close()) }()
		urls = append(urls, "http://"+ln.Addr().String())
	}
	return urls, nil
}
