package match

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "crosscase.example/test"

// A world is one ledger, kept in memory: real entries, a real tree, checkpoints
// that all voters signed.
type world struct {
	t  testing.TB
	mu sync.Mutex

	state    *state.State
	leaves   [][]byte
	hashes   []tlog.Hash
	note     []byte
	parties  map[casework.AgencyID]*party
	changed  chan struct{}
	down     bool // no quorum
	skew     time.Duration
	ahead    time.Duration // of the ledger's clock
	appended func(entry.Body)
}

func (w *world) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = w.hashes[x]
	}
	return out, nil
}

// log appends an entry of an agency; w.mu is held.
func (w *world) log(p *party, body entry.Body) (uint64, error) {
	if key := body.Key(); key != "" {
		if i, ok := w.state.Find(p.id, body.Type(), key); ok {
			return i, nil
		}
	}
	now := time.Now().Add(w.ahead).UnixMilli()
	if w.state.Size() > 0 && body.Type() != entry.TypeClock && now > w.state.Latest() {
		if _, err := w.log(p, &entry.Clock{Note: w.cosigned(time.UnixMilli(now))}); err != nil {
			return 0, err
		}
	}
	seq, prev := w.state.Chain(p.id)
	e, err := entry.Sign(entry.Header{Network: network, Agency: p.id, Seq: seq + 1, Prev: prev, Time: now}, body, p.key)
	if err != nil {
		return 0, err
	}
	index := w.state.Size()
	if err := w.state.Apply(e, max(now, w.state.Last())); err != nil {
		return 0, fmt.Errorf("%w: %w", replica.ErrRejected, err)
	}
	leaf := entry.Leaf(w.state.Last(), e.Raw())
	stored, err := tlog.StoredHashes(int64(index), leaf, w)
	if err != nil {
		return 0, err
	}
	w.leaves, w.hashes = append(w.leaves, leaf), append(w.hashes, stored...)
	if err := w.certify(); err != nil {
		return 0, err
	}
	close(w.changed)
	w.changed = make(chan struct{})
	return index, nil
}

// cosigned is a checkpoint of all there is, which all voters cosigned at a time.
func (w *world) cosigned(at time.Time) []byte {
	root := must(tlog.TreeHash(int64(len(w.leaves)), w))(w.t)
	c := checkpoint.Checkpoint{Origin: network, Size: uint64(len(w.leaves)), Root: root}
	var lines [][]byte
	for _, p := range w.parties {
		voter := ledgertest.Party{Log: p.logKey, Cosigner: p.cosigner, Record: p.record}
		lines = append(lines, voter.Cosign(w.t, c, at))
	}
	return checkpoint.Assemble(c, lines...)
}

func (w *world) certify() error {
	root, err := tlog.TreeHash(int64(len(w.leaves)), w)
	if err != nil {
		return err
	}
	c := checkpoint.Checkpoint{Origin: network, Size: uint64(len(w.leaves)), Root: root}
	var lines [][]byte
	for _, p := range w.parties {
		l, err := checkpoint.Sign(c, p.logKey, p.cosigner)
		if err != nil {
			return err
		}
		lines = append(lines, l)
	}
	w.note = checkpoint.Assemble(c, lines...)
	return nil
}

func (w *world) receipt(index uint64) (receipt.Receipt, error) {
	p, err := tlog.ProveRecord(int64(len(w.leaves)), int64(index), w)
	return receipt.New(w.leaves[index], index, p, w.note), err
}

// A party is one agency: its keys, its store, its host, its service.
type party struct {
	w        *world
	id       casework.AgencyID
	key      ed25519.PrivateKey
	node     ed25519.PrivateKey
	logKey   string
	cosigner string
	match    *oprf.PrivateKey
	audit    [32]byte
	overseer *seal.PrivateKey
	record   entry.Member

	dir, storeDir string
	storeKey      [32]byte
	store         *sqlite.Store
	host          *peer.Host
	service       *Service
	config        func(*Config)
	tap           peer.Tap
	stop          context.CancelFunc
	done          chan error
	leads         chan casework.Lead
}

// The party's side of the ledger.
func (p *party) Append(ctx context.Context, body entry.Body) (receipt.Receipt, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if p.w.down {
		return receipt.Receipt{}, replica.ErrNoQuorum
	}
	i, err := p.w.log(p, body)
	if err != nil {
		return receipt.Receipt{}, err
	}
	if p.w.appended != nil {
		p.w.appended(body)
	}
	return p.w.receipt(i)
}

func (p *party) Receipt(ctx context.Context, index uint64) (receipt.Receipt, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if p.w.down {
		return receipt.Receipt{}, replica.ErrNoQuorum
	}
	return p.w.receipt(index)
}

func (p *party) Entry(index uint64) (entry.Entry, int64, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	at, raw, err := entry.SplitLeaf(p.w.leaves[index])
	if err != nil {
		return entry.Entry{}, 0, err
	}
	e, err := entry.Parse(raw)
	return e, at, err
}

func (p *party) View(f func(*state.State)) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	f(p.w.state)
}

func (p *party) Policy() checkpoint.Policy {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.state.Policy()
}

func (p *party) Changed() <-chan struct{} {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.changed
}

func (p *party) Err() error { return nil }

func (w *world) setDown(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
	close(w.changed)
	w.changed = make(chan struct{})
}

// must ends the test on an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newWorld founds a network of agencies, whose stores are open and whose services
// have not been started.
func newWorld(t testing.TB, change func(*agreement.Agreement), ids ...casework.AgencyID) (*world, []*party) {
	t.Helper()
	w := &world{t: t, state: state.New(), parties: map[casework.AgencyID]*party{}, changed: make(chan struct{})}
	var out []*party
	for _, id := range ids {
		out = append(out, w.party(id))
	}
	terms := agreement.Default(network)
	terms.Quotas = []agreement.Quota{{PerDay: 1 << 20, PerPeerDay: 1 << 20}}
	if change != nil {
		change(&terms)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, p := range out {
		signed := must(p.signed())(t)
		if i == 0 {
			must(w.log(p, &entry.Genesis{Agreement: terms.Bytes(), Founder: signed}))(t)
			continue
		}
		must(w.log(out[0], &entry.MemberPropose{Member: signed}))(t)
		for _, other := range out[1:i] {
			if m, ok := w.state.Member(p.id); !ok || !m.Active() {
				must(w.log(other, &entry.MemberApprove{Agency: p.id, Record: entry.Hash(p.record.Hash())}))(t)
			}
		}
		if m, ok := w.state.Member(p.id); !ok || !m.Active() {
			t.Fatalf("%s was not admitted", p.id)
		}
	}
	return w, out
}

func (w *world) party(id casework.AgencyID) *party {
	t := w.t
	p := &party{w: w, id: id, dir: t.TempDir(), storeDir: t.TempDir(), leads: make(chan casework.Lead, 10000)}
	_, p.key, _ = ed25519.GenerateKey(nil)
	_, p.node, _ = ed25519.GenerateKey(nil)
	p.match = must(oprf.GenerateKey())(t)
	p.overseer = must(seal.GenerateKey())(t)
	disclosure := must(seal.GenerateKey())(t)
	p.audit, p.storeKey = newSalt(), newSalt()
	var logV, cosV string
	var err error
	if p.logKey, logV, err = checkpoint.NewLogKey(network); err != nil {
		t.Fatal(err)
	}
	if p.cosigner, cosV, err = checkpoint.NewCosignerKey(checkpoint.CosignerName(network, id)); err != nil {
		t.Fatal(err)
	}
	p.store = must(sqlite.Create(p.storeDir, &p.storeKey))(t)
	p.openHost("/ip4/127.0.0.1/tcp/0")
	p.record = entry.Member{
		Agency: id, Name: string(id), Country: "NL", AgencyKey: p.key.Public().(ed25519.PublicKey), PeerID: p.host.PeerID(), Addrs: p.host.Addrs(),
		LogKey: logV, CosignerKey: cosV, Epoch: 1, MatchKey: p.match.Public().Bytes(), DisclosureKey: disclosure.Public().Bytes(),
		Oversight: entry.Oversight{Name: "oversight of " + string(id), VerifyKey: p.key.Public().(ed25519.PublicKey), SealKey: p.overseer.Public().Bytes()}, Normaliser: casework.NormaliserVersion, Level: 1,
	}
	w.parties[id] = p
	t.Cleanup(func() {
		p.halt()
		if err := errors.Join(p.host.Close(), p.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// signed is the party's record as it shows it.
func (p *party) signed() (entry.SignedMember, error) {
	return entry.SignMember(p.record, entry.MemberKeys{Agency: p.key, Node: p.node, Log: p.logKey, Cosigner: p.cosigner, Match: p.match})
}

func (p *party) openHost(listen ...string) {
	p.host = must(peer.New(peer.Config{Key: p.node, Listen: listen, Dial: 3 * time.Second, Tap: func(a casework.AgencyID, proto string, sent bool, b []byte) {
		if p.tap != nil {
			p.tap(a, proto, sent, b)
		}
	}}))(p.w.t)
}

// meet lets the party's host know all others.
func (p *party) meet() {
	var members []peer.Member
	for _, o := range p.w.parties {
		if o != p {
			members = append(members, peer.Member{Agency: o.id, PeerID: o.record.PeerID, Addrs: o.record.Addrs})
		}
	}
	p.host.SetMembers(members)
}

// newService makes the party's service without running it.
func (p *party) newService() *Service {
	p.w.t.Helper()
	cfg := Config{
		Agency: p.id, Network: network, Normaliser: casework.NormaliserVersion, Dir: p.dir, Store: p.store, Ledger: p, Peers: p.host,
		Keys:  func(uint32) (Keys, error) { return Keys{Match: p.match, Audit: []*[32]byte{&p.audit}}, nil },
		Retry: 10 * time.Millisecond, RetryMax: 50 * time.Millisecond,
		OnLead: func(_ context.Context, l casework.Lead) { p.leads <- l },
	}
	if p.config != nil {
		p.config(&cfg)
	}
	p.service = must(New(cfg))(p.w.t)
	return p.service
}

// start runs the party's service.
func (p *party) start() {
	p.w.t.Helper()
	p.meet()
	p.newService()
	ctx, cancel := context.WithCancel(context.Background())
	p.stop, p.done = cancel, make(chan error, 1)
	s := p.service
	go func() { p.done <- s.Run(ctx) }()
}

func (p *party) halt() {
	if p.stop == nil {
		return
	}
	p.stop()
	if err := <-p.done; err != nil {
		p.w.t.Errorf("%s: %v", p.id, err)
	}
	p.stop = nil
}

// add puts values into the party's store, shared unless said otherwise.
func (p *party) add(visibility casework.Visibility, values ...string) []store.Added {
	p.w.t.Helper()
	if err := p.store.PutCase(p.w.t.Context(), casework.Case{ID: casework.CaseID{1}, Ref: "1"}); err != nil {
		p.w.t.Fatal(err)
	}
	var items []casework.Evidence
	for _, v := range values {
		items = append(items, casework.Evidence{
			Identifier: casework.NewIdentifier(casework.Email, v), Confidence: 1, Visibility: visibility, Category: casework.Suspect,
			Provenance: casework.Provenance{Source: "test", Record: v},
		})
	}
	return must(p.store.AddItems(p.w.t.Context(), casework.CaseID{1}, items))(p.w.t)
}

func (p *party) spec() Spec {
	return Spec{
		Justification: casework.Justification{
			Case: casework.CaseID{1}, CaseRef: "2026-1", Purpose: casework.Investigate, Offence: "child-abuse-material", Category: casework.Suspect,
			Aim: "identify", LegalBasis: "law", Officer: casework.NewOfficerID(), At: time.Now(),
		},
		Command: casework.NewCommand(network, p.id, p.key.Public().(ed25519.PublicKey), "ask", []byte("{}"), time.Now()),
	}
}

func (p *party) ask() []casework.BatchID {
	p.w.t.Helper()
	return must(p.service.Ask(p.w.t.Context(), p.spec()))(p.w.t)
}

// until waits for a condition, looked at again whenever the ledger or time moves.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(90 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			w.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// answered reports whether every peer of a batch has answered or refused.
func (p *party) answered(id casework.BatchID) bool {
	return must(p.store.Batch(p.w.t.Context(), id))(p.w.t).Done
}

func (p *party) waitAnswered(ids ...casework.BatchID) {
	p.w.t.Helper()
	for _, id := range ids {
		p.w.until("an answer to "+string(p.id), func() bool { return p.answered(id) })
	}
}

// waitPublished waits until a peer has the party's first set.
func (p *party) waitPublished(to casework.AgencyID) {
	p.w.t.Helper()
	p.w.until("the first set of "+string(p.id), func() bool { return must(p.store.Publication(p.w.t.Context(), to, 1))(p.w.t).Acked > 0 })
}

func (p *party) progress(id casework.BatchID, of casework.AgencyID) store.Progress {
	return must(p.store.Progress(p.w.t.Context(), id, of))(p.w.t)
}

// found lists the values of the party's leads with a peer, in order.
func (p *party) found(of casework.AgencyID) []string {
	p.w.t.Helper()
	var out []string
	for _, l := range must(p.store.Leads(p.w.t.Context()))(p.w.t) {
		if l.Peer == of {
			i, _, err := p.store.Item(p.w.t.Context(), l.Item)
			if err != nil {
				p.w.t.Fatal(err)
			}
			out = append(out, i.Identifier.Reveal())
		}
	}
	slices.Sort(out)
	return out
}

// entries lists the bodies of a type that an agency logged.
func (w *world) entries(a casework.AgencyID, typ entry.Type) []entry.Body {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []entry.Body
	for _, leaf := range w.leaves {
		_, raw, err := entry.SplitLeaf(leaf)
		if err != nil {
			w.t.Fatal(err)
		}
		if e := must(entry.Parse(raw))(w.t); e.Agency == a && e.Type == typ {
			out = append(out, e.Body)
		}
	}
	return out
}

func values(prefix string, from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("%s%05d@example.org", prefix, i))
	}
	return out
}
