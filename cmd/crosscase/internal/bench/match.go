// Package bench measures crosscase as its users run it: whole nodes as processes
// of their own, over loopback, driven through their local sockets. A figure is what
// a command took from the outside, and correctness is checked in the same run.
package bench

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Match says what to measure: nodes with N identifiers each, of which a tenth is
// shared, and then, Updates times, an update of Update new ones at each.
type Match struct {
	Program string // the crosscase binary
	N       int
	Update  int
	Updates int
	Peers   int // nodes
	Tell    func(format string, args ...any)
}

// Exchange is what one exchange between all nodes took.
type Exchange struct {
	Seconds        float64 `json:"seconds"` // publishing and asking, until every node has its leads
	CPUSeconds     float64 `json:"cpu_seconds"`
	QueryBytes     uint64  `json:"query_bytes"`     // of one node to one peer: questions out, and answers back
	PublishedBytes uint64  `json:"published_bytes"` // of one node to one peer
}

// Matched is the result.
type Matched struct {
	N                 int      `json:"n"`
	Update            int      `json:"update"`
	Peers             int      `json:"-"`
	Initial           Exchange `json:"initial"`
	Delta             Exchange `json:"delta"` // the median by seconds
	QueryPerElement   float64  `json:"query_bytes_per_element"`
	PublishedPerElmnt float64  `json:"published_bytes_per_element"`
	PeakRSS           float64  `json:"peak_rss_mb"` // of the largest node
	StoreSeconds      float64  `json:"-"`
	Exact             bool     `json:"exact"`
	Hits              uint64   `json:"-"`
	Expected          uint64   `json:"-"`
}

const caseRef = "BENCH-1"

// Run measures.
func (m Match) Run(ctx context.Context) (r Matched, err error) {
	if m.N < 10 || m.N > 1<<22 || m.Update < 0 || m.Update > m.N || m.Peers < 2 || m.Peers > 9 || m.Updates < 1 || m.Updates > 99 {
		return r, fmt.Errorf("bench: 10 to 2^22 identifiers, 1 to 99 updates of no more, and 2 to 9 nodes")
	}
	dir, err := os.MkdirTemp("", "crosscase-bench-")
	if err != nil {
		return r, fmt.Errorf("bench: %w", err)
	}
	nodes, err := m.nodes(ctx, dir)
	defer func() {
		for _, a := range nodes {
			err = errors.Join(err, a.Stop())
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if err != nil {
		return r, err
	}
	r = Matched{N: m.N, Update: m.Update, Peers: m.Peers}
	began := time.Now()
	if err := m.each(ctx, nodes, func(ctx context.Context, i int, a *agency.Agency) error { return m.fill(ctx, a, i, 0, m.N) }); err != nil {
		return r, err
	}
	r.StoreSeconds = time.Since(began).Seconds()
	m.Tell("%d identifiers stored at each of %d nodes in %.1f s", m.N, m.Peers, r.StoreSeconds)
	shared := uint64(m.N / 10)
	pairs := uint64(m.Peers * (m.Peers - 1))
	// The nodes meet with their stores full: what they publish first is a snapshot.
	if r.Initial, err = m.exchange(ctx, nodes, func() error { return m.network(ctx, nodes) }); err != nil {
		return r, err
	}
	m.Tell("initial exchange: %.1f s, %.1f CPU s", r.Initial.Seconds, r.Initial.CPUSeconds)
	if m.Update > 0 {
		if r.Delta, err = m.updates(ctx, nodes); err != nil {
			return r, err
		}
		shared += uint64(m.Updates * (m.Update / 10))
	}
	r.QueryPerElement = float64(r.Initial.QueryBytes) / float64(m.N)
	r.PublishedPerElmnt = float64(r.Initial.PublishedBytes) / float64(m.N)
	r.Expected = shared * pairs
	for i, a := range nodes {
		hits, exact, err := m.check(ctx, a, i, nodes)
		if err != nil {
			return r, err
		}
		r.Hits += hits
		r.Exact = exact && (i == 0 || r.Exact)
		r.PeakRSS = max(r.PeakRSS, peakRSS(a.Pid()))
	}
	r.Exact = r.Exact && r.Hits == r.Expected
	return r, nil
}

// updates makes the updates, one after the other, and gives the median.
func (m Match) updates(ctx context.Context, nodes []*agency.Agency) (Exchange, error) {
	all := make([]Exchange, m.Updates)
	for round := range all {
		from := m.N + round*m.Update
		err := m.each(ctx, nodes, func(ctx context.Context, i int, a *agency.Agency) error {
			return m.fill(ctx, a, i, from, from+m.Update)
		})
		if err != nil {
			return Exchange{}, err
		}
		if all[round], err = m.exchange(ctx, nodes, func() error { return nil }); err != nil {
			return Exchange{}, err
		}
		m.Tell("update of %d: %.2f s, %.2f CPU s", m.Update, all[round].Seconds, all[round].CPUSeconds)
	}
	slices.SortFunc(all, func(a, b Exchange) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return all[len(all)/2], nil
}

// value is identifier i of a node. Each block of the sequence, what is there at first
// and each update, begins with what all nodes share: a tenth.
func (m Match) value(node, i int) string {
	block, start := m.N, 0
	if i >= m.N {
		block, start = m.Update, i-(i-m.N)%m.Update
	}
	if i-start < block/10 {
		node = 1 << 20 // everybody's
	}
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], uint64(node))
	binary.BigEndian.PutUint64(in[8:], uint64(i))
	sum := sha256.Sum256(append([]byte("crosscase bench "), in[:]...))
	return hex.EncodeToString(sum[:])
}

// fill stores identifiers at a node, through its socket.
func (m Match) fill(ctx context.Context, a *agency.Agency, node, from, to int) error {
	const batch = 5000
	for at := from; at < to; at += batch {
		var list []casework.Evidence
		p := api.ItemsAddRequest{Case: caseRef, Normaliser: identify.NormaliserVersion, Source: casework.Provenance{Source: "bench", Format: "list"}}
		for i := at; i < min(at+batch, to); i++ {
			list = append(list, casework.Evidence{Identifier: casework.NewIdentifier(casework.SHA256, m.value(node, i)), Visibility: casework.Shared, Confidence: 1, Provenance: casework.Provenance{Record: fmt.Sprint(i)}})
		}
		p.Items = api.Gather(list)
		if _, err := api.ItemsAdd.Call(ctx, a.As(a.Investigator), p); err != nil {
			return err
		}
	}
	return nil
}

func (m Match) each(ctx context.Context, nodes []*agency.Agency, f func(context.Context, int, *agency.Agency) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, a := range nodes {
		g.Go(func() error { return f(ctx, i, a) })
	}
	return g.Wait()
}

// exchange publishes and asks at every node, until all have their leads; what is
// done first counts.
func (m Match) exchange(ctx context.Context, nodes []*agency.Agency, first func() error) (Exchange, error) {
	var e Exchange
	before, _, err := asked(ctx, nodes[0])
	if err != nil {
		return e, err
	}
	cpu := 0.0
	for _, a := range nodes {
		cpu -= cpuSeconds(a.Pid())
	}
	began := time.Now()
	if err := first(); err != nil {
		return e, err
	}
	published := make([]uint64, len(nodes))
	if err := m.each(ctx, nodes, func(ctx context.Context, i int, a *agency.Agency) (err error) {
		published[i], err = publish(ctx, a)
		return err
	}); err != nil {
		return e, err
	}
	e.PublishedBytes = published[0]
	if err := m.each(ctx, nodes, func(ctx context.Context, _ int, a *agency.Agency) error {
		r, err := api.Ask.Call(ctx, a.As(a.Investigator), api.AskRequest{Case: caseRef})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(r.Peers, func(p api.AskedOf) bool { return p.Queued != "" }) {
			return nil
		}
		return a.UntilWithin(ctx, 30*time.Minute, "its answers", func(st api.StatusView) bool { return len(st.Queued) == 0 })
	}); err != nil {
		return e, err
	}
	e.Seconds = time.Since(began).Seconds()
	for _, a := range nodes {
		cpu += cpuSeconds(a.Pid())
	}
	e.CPUSeconds = cpu
	after, peers, err := asked(ctx, nodes[0])
	// A node asks each peer and answers it: half of what crossed is one question
	// with its answer.
	if peers > 0 {
		e.QueryBytes = (after - before) / 2 / peers
	}
	return e, err
}

// publish waits until every peer has taken a node's set, and gives the bytes of one.
func publish(ctx context.Context, a *agency.Agency) (bytes uint64, err error) {
	for {
		r, err := api.Publish.Call(ctx, a.As(a.Investigator), api.PublishRequest{})
		if err != nil {
			return 0, err
		}
		queued := false
		for _, p := range r.Peers {
			queued, bytes = queued || p.Queued != "", p.Bytes
		}
		if !queued {
			return bytes, nil
		}
		select { // the peers have only just met
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// asked is how many bytes of questions and answers a node exchanged, with how many peers.
func asked(ctx context.Context, a *agency.Agency) (bytes, peers uint64, err error) {
	st, err := api.Status.Call(ctx, a.As(a.Operator), api.None{})
	for _, p := range st.Peers {
		bytes += p.Queries
		peers++
	}
	return bytes, peers, err
}

// check checks a node's leads, value by value, against what is shared.
func (m Match) check(ctx context.Context, a *agency.Agency, node int, nodes []*agency.Agency) (hits uint64, exact bool, err error) {
	expected := map[string]bool{}
	for i := range m.N / 10 {
		expected[m.value(node, i)] = true
	}
	for i := range m.Updates * m.Update {
		if i%m.Update < m.Update/10 {
			expected[m.value(node, m.N+i)] = true
		}
	}
	leads, err := api.Inbox.Call(ctx, a.As(a.Investigator), api.InboxRequest{All: true})
	if err != nil {
		return 0, false, err
	}
	exact = len(leads) == len(expected)*(len(nodes)-1)
	for _, l := range leads {
		exact = exact && expected[l.Value]
	}
	return uint64(len(leads)), exact, nil
}

// nodes makes and starts the nodes, each with a case and alone.
func (m Match) nodes(ctx context.Context, dir string) (nodes []*agency.Agency, err error) {
	secret, err := audit.NewOversight("bench")
	if err != nil {
		return nil, err
	}
	public, err := secret.Public().Text()
	if err != nil {
		return nil, err
	}
	oversight := filepath.Join(dir, "oversight.pub")
	if err := os.WriteFile(oversight, public, 0o600); err != nil {
		return nil, err
	}
	for i := range m.Peers {
		a := &agency.Agency{ID: casework.AgencyID(fmt.Sprintf("node-%c", 'a'+i)), Name: "bench", Country: "NL", Dir: filepath.Join(dir, fmt.Sprint(i))}
		if err := a.Initialise(ctx, oversight); err != nil {
			return nodes, err
		}
		if err := a.Start(m.Program); err != nil {
			return nodes, err
		}
		nodes = append(nodes, a)
		if err := errors.Join(a.Ready(ctx), a.AddOfficers(ctx)); err != nil {
			return nodes, err
		}
	}
	for _, a := range nodes {
		p := api.CaseNewRequest{Ref: caseRef, Offence: "human-trafficking", Purpose: casework.Investigate, LegalBasis: "national law", Category: casework.Suspect}
		if _, err := api.CaseNew.Call(ctx, a.As(a.Investigator), p); err != nil {
			return nodes, err
		}
	}
	return nodes, nil
}

// network lets the nodes meet, with quotas that the measurement needs.
func (m Match) network(ctx context.Context, nodes []*agency.Agency) error {
	terms := agreement.Default("crosscase.example/bench")
	terms.Normaliser = identify.NormaliserVersion
	terms.MaxBatch, terms.Quotas = agreement.MaxBatch, []agreement.Quota{{PerDay: 1 << 30, PerPeerDay: 1 << 30}}
	text, err := terms.TOML()
	if err != nil {
		return err
	}
	first := nodes[0]
	if _, err := api.NetworkCreate.Call(ctx, first.As(first.Operator), api.NetworkCreateRequest{Name: terms.Network, Agreement: string(text)}); err != nil {
		return err
	}
	first.Network = terms.Network
	for i, a := range nodes[1:] {
		if err := a.Join(ctx, nodes[:i+1], func(*agency.Agency, api.ApprovalView) {}); err != nil {
			return err
		}
	}
	return nil
}
