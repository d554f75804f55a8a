package replica_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

// A mesh connects replicas in one process; a cut agency reaches nobody.
type mesh struct {
	mu    sync.Mutex
	nodes map[casework.AgencyID]*party
	cut   map[casework.AgencyID]bool
}

func newMesh() *mesh {
	return &mesh{nodes: map[casework.AgencyID]*party{}, cut: map[casework.AgencyID]bool{}}
}

// party is an agency: its keys, its folder, and its replica while it runs.
type party struct {
	mesh   *mesh
	id     casework.AgencyID
	dir    string
	key    ed25519.PrivateKey
	member entry.SignedMember
	log    string
	cosign string

	after    func(method string) error                  // of each call that was answered; may lose the answer
	instead  atomic.Pointer[func(method string) []byte] // answers a call in the place of whom it is for; nil does not
	refresh  time.Duration
	ahead    atomic.Int64                                   // of its clock, in milliseconds
	tamper   func(to casework.AgencyID, data []byte) []byte // changes what it sends over raft's streams; may be nil
	hangs    atomic.Bool                                    // its calls to others to submit do not return before their context ends
	full     atomic.Bool                                    // its disk
	slow     func()                                         // runs before each write of its raft log
	begun    bool                                           // it ran before
	voters   uint32                                         // of the network that it founds; 0: as many as usual
	said     said                                           // what it logged
	replica  *replica.Replica
	listener *streamListener
	cancel   context.CancelFunc
	done     chan error
}

func (m *mesh) party(t testing.TB, id casework.AgencyID) *party {
	t.Helper()
	keys := ledgertest.NewParty(t, network, id)
	return &party{
		mesh: m, id: id, dir: filepath.Join(t.TempDir(), string(id)), key: keys.Key, log: keys.Log, cosign: keys.Cosigner, member: keys.Signed(t),
	}
}

func (p *party) config(genesis entry.Hash) replica.Config {
	return replica.Config{
		Dir: p.dir, Agency: p.id, Secrets: replica.Fixed(replica.Secrets{Agency: p.key, Log: p.log, Cosigner: p.cosign}), Network: network, Genesis: genesis,
		Now: func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load()) * time.Millisecond) },
		Free: func(string) (uint64, error) {
			if p.full.Load() {
				return 1 << 20, nil
			}
			return 1 << 40, nil
		},
		Fresh: !p.begun, Peers: p.mesh.everybody, Listener: p.listener, Dial: p.dial, Caller: p, Logger: slog.New(slog.NewTextHandler(&p.said, nil)),
		Heartbeat: 150 * time.Millisecond, Cadence: 2 * time.Millisecond, Refresh: cmp.Or(p.refresh, time.Hour), Patience: 30 * time.Second,
	}
}

// start runs the replica; genesis founds the network and may be nil.
func (p *party) start(t testing.TB, hash entry.Hash, genesis *entry.Entry) {
	t.Helper()
	p.listener = newListener(p.id)
	var err error
	if genesis != nil {
		p.replica, err = replica.Found(p.config(hash), *genesis)
	} else {
		p.replica, err = replica.Open(p.config(hash))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.begun = true
	if p.slow != nil {
		p.replica.SlowDisk(p.slow)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.done = cancel, make(chan error, 1)
	r := p.replica
	go func() { p.done <- r.Run(ctx) }()
	p.mesh.mu.Lock()
	p.mesh.nodes[p.id] = p
	p.mesh.mu.Unlock()
	t.Cleanup(func() { p.stop(t) })
}

// said keeps what a replica logs.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// times counts how often a replica logged a message.
func (s *said) times(message string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Count(s.text.Bytes(), []byte(message))
}

func (p *party) stop(t testing.TB) {
	t.Helper()
	p.mesh.mu.Lock()
	delete(p.mesh.nodes, p.id)
	p.mesh.mu.Unlock()
	if p.cancel == nil {
		return
	}
	p.cancel()
	if err := <-p.done; err != nil && !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("%s: %v", p.id, err)
	}
	p.cancel = nil
}

// A streamListener is the net.Listener of one run's raft streams.
type streamListener struct {
	id     casework.AgencyID
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newListener(id casework.AgencyID) *streamListener {
	return &streamListener{id: id, accept: make(chan net.Conn), closed: make(chan struct{})}
}

func (d *streamListener) Accept() (net.Conn, error) {
	select {
	case c := <-d.accept:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *streamListener) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

func (d *streamListener) Addr() net.Addr { return name(d.id) }

type name casework.AgencyID

func (name) Network() string  { return "mesh" }
func (n name) String() string { return string(n) }

type named struct {
	net.Conn
	remote casework.AgencyID
}

func (n named) RemoteAddr() net.Addr { return name(n.remote) }

// everybody lists whose replicas run.
func (m *mesh) everybody() []casework.AgencyID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.nodes))
}

var errCut = errors.New("unreachable")

func (m *mesh) reach(from, to casework.AgencyID) (*party, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.nodes[to]
	if !ok || m.cut[from] || m.cut[to] {
		return nil, errCut
	}
	return p, nil
}

func (p *party) dial(ctx context.Context, to casework.AgencyID) (net.Conn, error) {
	other, err := p.mesh.reach(p.id, to)
	if err != nil {
		return nil, err
	}
	a, b := net.Pipe()
	select {
	case other.listener.accept <- named{b, p.id}:
		return cuttable{named{a, to}, p, to}, nil
	case <-other.listener.closed:
		return nil, errCut
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// cuttable fails once an end of it is cut off.
type cuttable struct {
	net.Conn
	from *party
	to   casework.AgencyID
}

func (c cuttable) Write(b []byte) (int, error) {
	if _, err := c.from.mesh.reach(c.from.id, c.to); err != nil {
		c.Conn.Close()
		return 0, err
	}
	if c.from.tamper != nil {
		if _, err := c.Conn.Write(c.from.tamper(c.to, b)); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// answers lets a function answer the calls of a party.
func (p *party) answers(instead func(method string) []byte) { p.instead.Store(&instead) }

// Call is the replica.Caller.
func (p *party) Call(ctx context.Context, to casework.AgencyID, method string, request []byte) ([]byte, error) {
	other, err := p.mesh.reach(p.id, to)
	if err != nil {
		return nil, err
	}
	if method == "submit" && p.hangs.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if instead := p.instead.Load(); instead != nil {
		if answer := (*instead)(method); answer != nil {
			return answer, nil
		}
	}
	answer, err := other.replica.Serve(ctx, p.id, method, request)
	if p.after != nil && err == nil {
		err = p.after(method)
	}
	return answer, err
}

// cutOff cuts an agency off, or joins it again.
func (m *mesh) cutOff(id casework.AgencyID, off bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut[id] = off
}

// genesis is the first entry of a network that a party founds.
func (p *party) genesis(t testing.TB) entry.Entry {
	t.Helper()
	terms := agreement.Default(network)
	terms.Voters = cmp.Or(p.voters, terms.Voters)
	e, err := entry.Sign(entry.Header{Network: network, Agency: p.id, Seq: 1, Time: time.Now().UnixMilli()},
		&entry.Genesis{Agreement: terms.Bytes(), Founder: p.member}, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// found makes a network of running members.
func found(t testing.TB, ids ...casework.AgencyID) (*mesh, []*party) {
	t.Helper()
	m := newMesh()
	first := m.party(t, ids[0])
	g := first.genesis(t)
	first.start(t, g.Hash(), &g)
	parties := admit(t, m, first, ids[1:]...)
	promoted(t, parties)
	return m, parties
}

// promoted waits until raft counts all voters of the ledger: a little after they are
// members. Until then fewer of them may be away.
func promoted(t testing.TB, parties []*party) {
	t.Helper()
	voters := 0
	parties[0].replica.View(func(s *state.State) { voters = len(s.Voters()) })
	deadline := time.After(90 * time.Second)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for parties[0].replica.Voting() < voters {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("raft counts %d voters of %d", parties[0].replica.Voting(), voters)
		}
	}
}

// admit makes members of agencies, in the network that a first one founded and leads.
func admit(t testing.TB, m *mesh, first *party, ids ...casework.AgencyID) []*party {
	t.Helper()
	first.until(t, func(s *state.State) bool { return s.Size() > 0 })
	hash := first.genesisHash(t)
	parties := []*party{first}
	for _, id := range ids {
		p := m.party(t, id)
		p.start(t, hash, nil)
		needed := 0
		first.replica.View(func(s *state.State) { needed = s.JoinNeeds() })
		first.add(t, &entry.MemberPropose{Member: p.member}, false)
		record, err := p.member.Open()
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range parties[1:needed] {
			other.add(t, &entry.MemberApprove{Agency: id, Record: record.Hash()}, false)
		}
		parties = append(parties, p)
		for _, q := range parties { // everybody has seen the newcomer
			q.until(t, func(s *state.State) bool { m, ok := s.Member(id); return ok && m.Active() })
		}
	}
	return parties
}

// add appends a body and checks its receipt.
func (p *party) add(t testing.TB, b entry.Body, duplicate bool) uint64 {
	t.Helper()
	rec, err := p.replica.Append(t.Context(), b)
	if err != nil {
		t.Fatalf("%s appends %s: %v", p.id, b.Type(), err)
	}
	v, err := rec.Verify(p.replica.Policy())
	if err != nil {
		t.Fatal(err)
	}
	if !duplicate && v.Entry.Agency != p.id {
		t.Fatalf("a receipt for an entry of %s", v.Entry.Agency)
	}
	return v.Index
}

// whileLeading does something that fails unless the party leads. On a busy machine
// leadership moves; then it is brought back, and the thing done again.
func (p *party) whileLeading(t testing.TB, f func() error) error {
	t.Helper()
	moved := func(err error) bool {
		return errors.Is(err, replica.ErrDenied) || errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrLeadershipLost)
	}
	err := f()
	for deadline := time.Now().Add(60 * time.Second); moved(err) && time.Now().Before(deadline); err = f() {
		p.mesh.mu.Lock()
		nodes := slices.Collect(maps.Values(p.mesh.nodes))
		p.mesh.mu.Unlock()
		for _, other := range nodes {
			changed := other.replica.Changed()
			if other != p && other.replica.LetLead(p.id) == nil {
				select {
				case <-changed:
				case <-time.After(time.Second):
				}
			}
		}
	}
	return err
}

// until waits for the party's own view of the ledger.
func (p *party) until(t testing.TB, ok func(*state.State) bool) {
	t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		changed := p.replica.Changed()
		var done bool
		p.replica.View(func(s *state.State) { done = ok(s) })
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s never saw it: %+v, %v", p.id, p.replica.Status(), p.replica.Err())
		}
	}
}

// submission is a call that submits entries.
func submission(entries ...entry.Entry) (out []byte) {
	for _, e := range entries {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(e.Raw()))), e.Raw()...)
	}
	return out
}

func erase(n int) *entry.Erase {
	return &entry.Erase{What: "item", Count: uint32(n + 1), Reason: "retention"}
}
