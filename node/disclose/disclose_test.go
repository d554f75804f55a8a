package disclose_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/rules"
)

const network = "example.org/pilot"

// ledger is a log with one voter that every agency of a test shares.
type ledger struct {
	mu          sync.Mutex
	st          *state.State
	leaves      [][]byte
	hashes      []tlog.Hash
	log, cosign string
	down        bool // no quorum

	entered, gate chan struct{} // while there is a gate, appending waits for it
}

func (l *ledger) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func (l *ledger) append(as casework.AgencyID, key ed25519.PrivateKey, b entry.Body) (uint64, error) {
	if l.down {
		return 0, context.DeadlineExceeded
	}
	if b.Key() != "" {
		if i, ok := l.st.Find(as, b.Type(), b.Key()); ok {
			return i, nil
		}
	}
	seq, prev := l.st.Chain(as)
	now := time.Now().UnixMilli()
	e, err := entry.Sign(entry.Header{Network: network, Agency: as, Seq: seq + 1, Prev: prev, Time: now}, b, key)
	if err != nil {
		return 0, err
	}
	if err := l.st.Apply(e, now); err != nil {
		return 0, err
	}
	leaf := entry.Leaf(now, e.Raw())
	stored, err := tlog.StoredHashes(int64(len(l.leaves)), leaf, l)
	if err != nil {
		return 0, err
	}
	l.hashes, l.leaves = append(l.hashes, stored...), append(l.leaves, leaf)
	return uint64(len(l.leaves) - 1), nil
}

// seat is one agency's view of the ledger.
type seat struct {
	*ledger
	as  casework.AgencyID
	key ed25519.PrivateKey
}

func (s seat) Append(ctx context.Context, b entry.Body) (receipt.Receipt, error) {
	if s.gate != nil {
		select {
		case s.entered <- struct{}{}:
		default:
		}
		select {
		case <-s.gate:
		case <-ctx.Done():
			return receipt.Receipt{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.append(s.as, s.key, b)
	if err != nil {
		return receipt.Receipt{}, err
	}
	return s.prove(i)
}

func (s seat) Receipt(_ context.Context, i uint64) (receipt.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prove(i)
}

func (l *ledger) prove(i uint64) (receipt.Receipt, error) {
	size := int64(len(l.leaves))
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		return receipt.Receipt{}, err
	}
	c := checkpoint.Checkpoint{Origin: network, Size: uint64(size), Root: root}
	lines, err := checkpoint.Sign(c, l.log, l.cosign)
	if err != nil {
		return receipt.Receipt{}, err
	}
	p, err := tlog.ProveRecord(size, int64(i), l)
	return receipt.New(l.leaves[i], i, p, checkpoint.Assemble(c, lines)), err
}

func (s seat) View(f func(*state.State)) { s.mu.Lock(); defer s.mu.Unlock(); f(s.st) }
func (s seat) Policy() checkpoint.Policy { s.mu.Lock(); defer s.mu.Unlock(); return s.st.Policy() }

// hits proves with a secret that only who was answered has.
type hits struct {
	secret []byte
	store  *sqlite.Store
}

func (h hits) proof(id casework.RequestID) [32]byte {
	m := hmac.New(sha256.New, h.secret)
	m.Write(id[:])
	return [32]byte(m.Sum(nil))
}

func (h hits) HitProof(_ context.Context, _ casework.Lead, id casework.RequestID) ([32]byte, error) {
	return h.proof(id), nil
}

func (h hits) VerifyHit(ctx context.Context, from casework.AgencyID, epoch uint32, handle tagset.Tag, proof [32]byte, id casework.RequestID) (casework.ItemID, error) {
	if want := h.proof(id); !hmac.Equal(want[:], proof[:]) {
		return casework.ItemID{}, store.ErrNotFound
	}
	key, _, err := h.store.KeyByOwnTag(ctx, from, epoch, handle, 0)
	return key.ID, err
}

// agency is one side of a test.
type agency struct {
	*disclose.Service
	id         casework.AgencyID
	key        ed25519.PrivateKey
	disclosure *seal.PrivateKey
	store      *sqlite.Store
	seat       seat
	overseer   *seal.PrivateKey
	first, two disclose.Act
	now        time.Duration // how far its clock is ahead
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (a *agency) member(t *testing.T, l *ledger) entry.SignedMember {
	ls, lv, err := checkpoint.NewLogKey(network)
	if err != nil {
		t.Fatal(err)
	}
	cs, cv, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(network, a.id))
	if err != nil {
		t.Fatal(err)
	}
	if l.log == "" {
		l.log, l.cosign = ls, cs
	}
	match := must(oprf.GenerateKey())(t)
	m := entry.Member{
		Agency: a.id, Name: "Agency " + string(a.id), Country: "NL", AgencyKey: a.key.Public().(ed25519.PublicKey), PeerID: entry.PeerID(a.key.Public().(ed25519.PublicKey)),
		Addrs: []string{"/ip4/192.0.2.1/tcp/1"}, LogKey: lv, CosignerKey: cv, Epoch: 1, MatchKey: match.Public().Bytes(),
		DisclosureKey: a.disclosure.Public().Bytes(), Contact: "duty desk", Normaliser: casework.NormaliserVersion, Level: 1,
		Oversight: entry.Oversight{Name: "Authority", VerifyKey: a.key.Public().(ed25519.PublicKey), SealKey: a.overseer.Public().Bytes()},
	}
	return must(entry.SignMember(m, entry.MemberKeys{Agency: a.key, Node: a.key, Log: ls, Cosigner: cs, Match: match}))(t)
}

func officer(t *testing.T, a *agency, role casework.Role, method string) disclose.Act {
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := casework.NewCommand(network, a.id, pub, method, []byte(`{}`), time.Now())
	c.Signature = ed25519.Sign(priv, c.SigningBytes())
	return disclose.Act{Officer: casework.Officer{ID: casework.NewOfficerID(), Name: "O", Role: role, Key: pub, Added: time.Now()}, Command: c}
}

// world is two agencies with one identifier in common, which each published.
type world struct {
	t       *testing.T
	l       *ledger
	nl, be  *agency
	lead    casework.Lead
	tag     tagset.Tag
	offline bool
	terms   agreement.Agreement
}

func newWorld(t *testing.T, items ...casework.Evidence) *world {
	w := &world{t: t, l: &ledger{st: state.New()}, tag: tagset.Tag{7}}
	secret := []byte("y of the item")
	for i, id := range []casework.AgencyID{"nl-police", "be-police"} {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		a := &agency{id: id, key: key, disclosure: must(seal.GenerateKey())(t), overseer: must(seal.GenerateKey())(t)}
		a.seat = seat{w.l, id, key}
		a.store = must(sqlite.Create(t.TempDir(), &[32]byte{byte(i)}))(t)
		t.Cleanup(func() { _ = a.store.Close() })
		a.first, a.two = officer(t, a, casework.Investigator, "request"), officer(t, a, casework.Supervisor, "approve")
		m := a.member(t, w.l)
		w.terms = agreement.Default(network)
		w.terms.Voters = 1
		var body entry.Body = &entry.Genesis{Agreement: w.terms.Bytes(), Founder: m}
		as, asKey := a.id, a.key
		if i > 0 {
			body, as, asKey = &entry.MemberPropose{Member: m}, w.nl.id, w.nl.key
		}
		must(w.l.append(as, asKey, body))(t)
		if i == 0 {
			w.nl = a
		} else {
			w.be = a
		}
	}
	for _, a := range []*agency{w.nl, w.be} {
		other := w.be
		if a == w.be {
			other = w.nl
		}
		a.Service = disclose.New(disclose.Config{
			Network: network, Agency: a.id, Name: "Agency", Country: "NL", Contact: "duty desk", AgencyKey: func() ed25519.PrivateKey { return a.key },
			Disclosure: func() ([]*seal.PrivateKey, error) { return []*seal.PrivateKey{a.disclosure}, nil },
			Oversight:  a.overseer.Public, Rules: rules.Default(), Store: a.store, Ledger: a.seat, Hits: hits{secret, a.store},
			Open: func(ctx context.Context, _ casework.AgencyID) (io.ReadWriteCloser, error) {
				if w.offline {
					return nil, net.ErrClosed
				}
				here, there := net.Pipe()
				go func() {
					defer there.Close()
					_ = other.Serve(ctx, a.id, there)
				}()
				return here, nil
			},
			Hello:  func(io.ReadWriter, bool) error { return nil },
			Logger: slog.New(slog.DiscardHandler), Retry: time.Millisecond, Now: func() time.Time { return time.Now().Add(a.now) },
		})
	}
	for _, a := range []*agency{w.nl, w.be} {
		for _, c := range []casework.CaseID{sharedCase, neighbourCase, otherCase} {
			if err := a.store.PutCase(t.Context(), casework.Case{ID: c, Ref: c.String()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	shared := value("+442079460958")
	added := must(w.be.store.AddItems(t.Context(), sharedCase, []casework.Evidence{shared}))(t)
	must(w.be.store.AddItems(t.Context(), neighbourCase, items))(t)
	own := must(w.nl.store.AddItems(t.Context(), sharedCase, []casework.Evidence{shared}))(t)
	if err := w.be.store.PutOwnTags(t.Context(), w.nl.id, 1, []store.KeyTag{{Tag: w.tag, Seq: added[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	w.lead = casework.Lead{ID: casework.NewLeadID(), Peer: w.be.id, Item: own[0].ID, Kind: casework.Phone, Epoch: 1, Tag: w.tag, Found: time.Now(), State: casework.LeadNew}
	if _, _, err := w.nl.store.PutLead(t.Context(), w.lead); err != nil {
		t.Fatal(err)
	}
	return w
}

// The cases of either agency.
var sharedCase, neighbourCase, otherCase = casework.CaseID{1}, casework.CaseID{2}, casework.CaseID{3}

func value(phone string) casework.Evidence {
	return casework.Evidence{
		Identifier: casework.NewIdentifier(casework.Phone, phone), Confidence: 1, Visibility: casework.Shared, Category: casework.Suspect,
		Grading: casework.Grading{Scheme: "4x4", Source: "A", Info: "1"}, Handling: casework.Handling{Codes: "H1"},
		Seen: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Provenance: casework.Provenance{Source: "secret-name.csv", Record: "line 9", Original: phone},
	}
}

func request() casework.Request {
	return casework.Request{
		Wanted: []casework.Field{casework.FieldContact, casework.FieldDates, casework.FieldIdentifiers}, Purpose: casework.Investigate,
		Offence: "human-trafficking", LegalBasis: "Directive (EU) 2023/977", Facts: "f", Necessity: "n", Use: "intelligence", Urgency: casework.Urgent, Retention: 30,
	}
}

// sent drafts and approves a request, and waits until it was taken in.
func (w *world) sent(r casework.Request) casework.RequestID {
	w.t.Helper()
	d := must(w.nl.Draft(w.t.Context(), w.nl.first, w.lead.ID, r))(w.t)
	must(w.nl.approve(d.Request.ID))(w.t)
	w.run()
	return d.Request.ID
}

// approve approves what is drafted, as it is now.
func (a *agency) approve(id casework.RequestID) (store.Dossier, error) {
	d, err := a.store.Dossier(context.Background(), id)
	if err != nil {
		return d, err
	}
	return a.Approve(context.Background(), a.two, id, disclose.Digest(d))
}

// amend puts the world's terms into force.
func (w *world) amend() {
	w.t.Helper()
	w.terms.Version++
	for _, a := range []*agency{w.nl, w.be} {
		must(w.l.append(a.id, a.key, &entry.AgreementPropose{Agreement: w.terms.Bytes()}))(w.t)
	}
}

// run drives both sides until nothing is on its way.
func (w *world) run() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, a := range []*agency{w.nl, w.be} {
		wg.Go(func() { _ = a.Run(ctx) })
	}
	for {
		idle := true
		for _, a := range []*agency{w.nl, w.be} {
			// a step that stops being pending has queued its message before
			for _, d := range must(a.store.Dossiers(ctx))(w.t) {
				idle = idle && d.Pending == ""
			}
			idle = idle && len(must(a.store.Outgoing(ctx))(w.t)) == 0
		}
		if idle {
			break
		}
	}
	cancel()
	wg.Wait()
}

func (w *world) dossier(a *agency, id casework.RequestID) store.Dossier {
	w.t.Helper()
	return must(a.store.Dossier(w.t.Context(), id))(w.t)
}

// hand returns a message to an agency as if it came from another.
func (w *world) hand(to *agency, from casework.AgencyID, m wire.Casework) wire.Code {
	w.t.Helper()
	var in, out bytes.Buffer
	if err := wire.Write(&in, &m); err != nil {
		w.t.Fatal(err)
	}
	_ = to.Serve(w.t.Context(), from, struct {
		io.Reader
		io.Writer
	}{&in, &out})
	ack, err := wire.Expect[wire.CaseworkAck](&out)
	if err != nil {
		w.t.Fatal(err)
	}
	return ack.Code
}
