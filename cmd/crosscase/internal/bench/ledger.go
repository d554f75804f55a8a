package bench

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Ledger says what to measure of the ledger: three replicas on this machine that
// talk over libp2p, as agencies' nodes do, and whose agencies append small entries.
type Ledger struct {
	Seconds float64       // for each row
	Cadence time.Duration // least time between two checkpoints
	Etcd    string        // path of etcd's binary; "": not measured
	Tell    func(format string, args ...any)
}

// LedgerRun is one row: so many submitters at the leader's agency, or at another's.
type LedgerRun struct {
	At         string  `json:"at"`
	Submitters int     `json:"submitters"`
	PerSecond  float64 `json:"entries_per_second"` // that wait for the commit
	Receipts   float64 `json:"receipts_per_second"`
	CommitP50  float64 `json:"commit_p50_ms"`
	CommitP99  float64 `json:"commit_p99_ms"`
	ReceiptP50 float64 `json:"receipt_p50_ms"`
	ReceiptP99 float64 `json:"receipt_p99_ms"`
}

// LedgerResult is what a run of Ledger measured.
type LedgerResult struct {
	FsyncP50 float64     `json:"fsync_p50_ms"`
	FsyncP99 float64     `json:"fsync_p99_ms"`
	Bytes    int         `json:"entry_bytes"`
	Etcd     []EtcdRun   `json:"etcd"`
	Runs     []LedgerRun `json:"runs"`
}

var ledgerAgencies = []casework.AgencyID{"aa-one" + padding, "bb-two" + padding, "cc-six" + padding}

const padding = "-of-the-longest-name-allow"

// ledgerNetwork is as long as a name may be, as are the agencies': no entry that may be
// logged any number of times is larger than these then.
var ledgerNetwork = "bench.example/" + strings.Repeat("ledger", 19)

// A bencher is one agency with its host and its replica.
type bencher struct {
	id      casework.AgencyID
	key     ed25519.PrivateKey
	member  entry.SignedMember
	record  entry.Member
	host    *peer.Host
	cfg     replica.Config
	replica *replica.Replica
}

// Run measures in a folder of its own, which it removes.
func (l Ledger) Run(ctx context.Context) (result LedgerResult, err error) {
	dir, err := os.MkdirTemp("", "crosscase-bench-ledger-*")
	if err != nil {
		return result, fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	result.Etcd = []EtcdRun{}
	if result.Bytes, err = entryBytes(); err != nil {
		return result, fmt.Errorf("bench: %w", err)
	}
	l.Tell("fsync")
	if result.FsyncP50, result.FsyncP99, err = fsyncs(dir, 500, 300); err != nil {
		return result, fmt.Errorf("bench: fsync: %w", err)
	}
	if l.Etcd != "" {
		if result.Etcd, err = l.etcd(ctx, filepath.Join(dir, "etcd"), result.Bytes); err != nil {
			return result, err
		}
	}
	all, stop, err := l.found(ctx, dir)
	if err != nil {
		return result, errors.Join(fmt.Errorf("bench: %w", err), stop())
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, at := range []string{"leader", "follower"} {
		for _, n := range []int{1, 16, 256} {
			l.Tell("%d at the %s", n, at)
			row, err := l.row(ctx, all, at, n)
			if err != nil {
				return result, err
			}
			result.Runs = append(result.Runs, row)
		}
	}
	return result, nil
}

// fact is what is appended, again and again.
func fact(n uint32) *entry.Erase {
	return &entry.Erase{What: "item", Count: n, Reason: strings.Repeat("r", 64)}
}

// entryBytes is the size of an entry of a fact.
func entryBytes() (int, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	e, err := entry.Sign(entry.Header{Network: ledgerNetwork, Agency: ledgerAgencies[0], Seq: 1 << 16, Prev: entry.Hash{1}, Time: time.Now().UnixMilli()}, fact(1<<16), key)
	return len(e.Raw()), err
}

// fsyncs times writes of a size, each made durable.
func fsyncs(dir string, size, n int) (p50, p99 float64, err error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var took []time.Duration
	for range n {
		begin := time.Now()
		if _, err := f.Write(make([]byte, size)); err != nil {
			return 0, 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(begin))
	}
	return percentile(took, 50), percentile(took, 99), nil
}

// percentile is in milliseconds; 0 of nothing.
func percentile(took []time.Duration, p int) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*p/100)].Seconds() * 1000
}

// row measures commits and then receipts.
func (l Ledger) row(ctx context.Context, all []*bencher, at string, n int) (LedgerRun, error) {
	row := LedgerRun{At: at, Submitters: n}
	leader := all[0].replica.Status().Leader
	i := slices.IndexFunc(all, func(b *bencher) bool { return (b.id == leader) == (at == "leader") })
	if i < 0 {
		return row, fmt.Errorf("bench: %q leads", leader)
	}
	r := all[i].replica
	commits, perSecond, err := l.load(ctx, n, func(body entry.Body) error {
		_, err := r.Log(ctx, body)
		return err
	})
	if err != nil {
		return row, fmt.Errorf("bench: commit: %w", err)
	}
	receipts, receiptsPerSecond, err := l.load(ctx, n, func(body entry.Body) error {
		_, err := r.Append(ctx, body)
		return err
	})
	if err != nil {
		return row, fmt.Errorf("bench: receipt: %w", err)
	}
	row.PerSecond, row.Receipts = perSecond, receiptsPerSecond
	row.CommitP50, row.CommitP99 = percentile(commits, 50), percentile(commits, 99)
	row.ReceiptP50, row.ReceiptP99 = percentile(receipts, 50), percentile(receipts, 99)
	return row, nil
}

// load lets n submitters each do one thing after the other for as long as a row takes.
func (l Ledger) load(ctx context.Context, n int, do func(entry.Body) error) (took []time.Duration, perSecond float64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var count atomic.Uint32
	var g sync.WaitGroup
	begin := time.Now()
	for range n {
		g.Go(func() {
			var own []time.Duration
			for ctx.Err() == nil && time.Since(begin).Seconds() < l.Seconds {
				at := time.Now()
				if err := do(fact(count.Add(1))); err != nil {
					cancel(err)
					return
				}
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	g.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, 0, err
	}
	return took, float64(len(took)) / time.Since(begin).Seconds(), nil
}

// found makes a network of three voters; stop ends them.
func (l Ledger) found(ctx context.Context, dir string) (all []*bencher, stop func() error, err error) {
	rctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	var mu sync.Mutex
	var failed error
	stop = func() error {
		cancel()
		running.Wait()
		for _, b := range all {
			failed = errors.Join(failed, b.host.Close())
		}
		return failed
	}
	for _, id := range ledgerAgencies {
		b, err := l.bencher(dir, id)
		if err != nil {
			return all, stop, err
		}
		all = append(all, b)
	}
	for _, b := range all {
		var others []peer.Member
		for _, o := range all {
			if o != b {
				others = append(others, peer.Member{Agency: o.id, PeerID: o.record.PeerID, Addrs: o.record.Addrs})
			}
		}
		b.host.SetMembers(others)
	}
	terms := agreement.Default(ledgerNetwork)
	terms.EntriesPerDay, terms.BytesPerDay = 1<<30, 1<<40
	terms.Normaliser = identify.NormaliserVersion
	genesis, err := entry.Sign(entry.Header{Network: ledgerNetwork, Agency: all[0].id, Seq: 1, Time: time.Now().UnixMilli()},
		&entry.Genesis{Agreement: terms.Bytes(), Founder: all[0].member}, all[0].key)
	if err != nil {
		return all, stop, err
	}
	for i, b := range all {
		b.cfg.Genesis = genesis.Hash()
		if i == 0 {
			b.replica, err = replica.Found(b.cfg, genesis)
		} else {
			b.replica, err = replica.Open(b.cfg)
		}
		if err != nil {
			return all, stop, err
		}
		node.ServeLedger(b.host, b.replica, b.cfg.Logger)
		running.Go(func() {
			err := b.replica.Run(rctx)
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
		if err := join(ctx, all[:i+1]); err != nil {
			return all, stop, err
		}
	}
	return all, stop, nil
}

// join admits the last of some members, and waits until it votes.
func join(ctx context.Context, all []*bencher) error {
	last := all[len(all)-1]
	if len(all) > 1 {
		if _, err := all[0].replica.Append(ctx, &entry.MemberPropose{Member: last.member}); err != nil {
			return err
		}
		for _, b := range all[1 : len(all)-1] {
			var active bool
			b.replica.View(func(s *state.State) { _, active = s.Member(last.id) })
			if active {
				break
			}
			if _, err := b.replica.Append(ctx, &entry.MemberApprove{Agency: last.id, Record: last.record.Hash()}); err != nil && !errors.Is(err, replica.ErrRejected) {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for { // once its signature is in a checkpoint it replicates; appending makes checkpoints
		changed := last.replica.Changed()
		if s := last.replica.Status(); s.Entries > 0 && len(s.Voters) == len(all) && s.Leader != "" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s does not join: %w", last.id, ctx.Err())
		}
	}
}

// bencher makes an agency with its host.
func (l Ledger) bencher(dir string, id casework.AgencyID) (*bencher, error) {
	b := &bencher{id: id}
	var err error
	if _, b.key, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	_, nodeKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if b.host, err = peer.New(peer.Config{Key: nodeKey, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Logger: log, MaxStreams: 512}); err != nil {
		return nil, err
	}
	logKey, logVerifier, err := checkpoint.NewLogKey(ledgerNetwork)
	if err != nil {
		return nil, err
	}
	cosigner, cosignerVerifier, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(ledgerNetwork, id))
	if err != nil {
		return nil, err
	}
	var match *oprf.PrivateKey
	if b.record, match, err = benchRecord(b, logVerifier, cosignerVerifier); err != nil {
		return nil, err
	}
	keys := entry.MemberKeys{Agency: b.key, Node: nodeKey, Log: logKey, Cosigner: cosigner, Match: match}
	if b.member, err = entry.SignMember(b.record, keys); err != nil {
		return nil, err
	}
	b.cfg = replica.Config{
		Dir: filepath.Join(dir, string(id)), Agency: id, Secrets: replica.Fixed(replica.Secrets{Agency: b.key, Log: logKey, Cosigner: cosigner}), Network: ledgerNetwork, Fresh: true,
		Listener: b.host.Listener("/crosscase/bench/raft"),
		Dial: func(ctx context.Context, to casework.AgencyID) (net.Conn, error) {
			return b.host.Dial(ctx, to, "/crosscase/bench/raft")
		},
		Caller: node.LedgerCaller(b.host), Logger: log, Cadence: l.Cadence,
	}
	return b, nil
}
