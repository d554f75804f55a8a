package state_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

// A tester is what tests and properties have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Error(...any)
}

// An agency is a party with its keys and the record that it shows.
type agency struct {
	id     casework.AgencyID
	key    ed25519.PrivateKey
	record entry.Member
	party  *ledgertest.Party           // cosigns
	epochs map[uint32]ledgertest.Party // keys that it drew

	node  ed25519.PrivateKey // of another agency, whose owner helps it
	match *oprf.PrivateKey
	log   string
}

// bytesOf returns throw-away bytes that are the same in every run.
func bytesOf(n int, what ...any) []byte {
	var out []byte
	for i := 0; len(out) < n; i++ {
		h := sha256.Sum256(fmt.Append(nil, append([]any{i}, what...)...))
		out = append(out, h[:]...)
	}
	return out[:n]
}

func newAgency(t tester, id casework.AgencyID, epoch uint32) *agency {
	t.Helper()
	p := ledgertest.NewParty(t, network, id)
	a := &agency{id: id, key: p.Key, record: p.Record, party: p, epochs: map[uint32]ledgertest.Party{}}
	a.epoch(t, epoch)
	return a
}

// epoch returns the record the keys of an epoch, the same each time.
func (a *agency) epoch(t tester, n uint32) {
	t.Helper()
	keys, ok := a.epochs[n]
	if !ok {
		a.party.Epoch(t, n)
		keys = *a.party
		a.epochs[n] = keys
	}
	a.record.Epoch, a.record.MatchKey, a.record.DisclosureKey = n, keys.Match.Public().Bytes(), keys.Disclosure.Public().Bytes()
}

func (a *agency) signed(t tester) entry.SignedMember {
	t.Helper()
	keys := a.party.Keys()
	keys.Agency = a.key
	for _, e := range a.epochs {
		if bytes.Equal(e.Match.Public().Bytes(), a.record.MatchKey) {
			keys.Match = e.Match
		}
	}
	if a.node != nil {
		keys.Node = a.node
	}
	if a.match != nil {
		keys.Match = a.match
	}
	if a.log != "" {
		keys.Log = a.log
	}
	s, err := entry.SignMember(a.record, keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A world is a ledger with two replicas, which must never differ.
type world struct {
	t        tester
	terms    agreement.Agreement
	replicas [2]*state.State
	agencies map[casework.AgencyID]*agency
	last     []byte // raw bytes of the newest entry that was tried
	accepted [][]byte
}

func newWorld(t tester) *world {
	return &world{t: t, terms: agreement.Default(network), replicas: [2]*state.State{state.New(), state.New()}, agencies: map[casework.AgencyID]*agency{}}
}

func (w *world) state() *state.State { return w.replicas[0] }

func (w *world) agency(id casework.AgencyID) *agency {
	w.t.Helper()
	a := w.agencies[id]
	if a == nil {
		a = newAgency(w.t, id, max(1, w.state().Epoch()))
		w.agencies[id] = a
	}
	return a
}

// next is the header that an honest agency writes.
func (w *world) next(id casework.AgencyID, at int64) entry.Header {
	seq, prev := w.state().Chain(id)
	return entry.Header{Network: network, Agency: id, Seq: seq + 1, Prev: prev, Time: at}
}

// tick logs a checkpoint that all voters cosigned at a time, if nothing can be
// appended at that time without, as an honest leader does.
func (w *world) tick(at int64) {
	w.t.Helper()
	if w.state().Size() == 0 || at <= w.state().Latest() {
		return
	}
	c := checkpoint.Checkpoint{Origin: network, Size: w.state().Size()}
	var lines [][]byte
	leader := w.agencies[w.state().Voters()[0]]
	for _, v := range w.state().Policy().Voters {
		for _, a := range w.agencies { // whoever made its record
			if a.party.Record.CosignerKey == v.CosignerKey {
				lines = append(lines, a.party.Cosign(w.t, c, time.UnixMilli(at)))
				if v.Agency == w.state().Voters()[0] {
					leader = a
				}
			}
		}
	}
	_ = w.logAs(w.next(leader.id, at), at, &entry.Clock{Note: checkpoint.Assemble(c, lines...)}, leader.key)
}

// log signs and applies a body as an honest agency would.
func (w *world) log(id casework.AgencyID, at int64, b entry.Body) error {
	w.t.Helper()
	w.tick(at)
	return w.logAs(w.next(id, at), at, b, w.agency(id).key)
}

func (w *world) logAs(h entry.Header, at int64, b entry.Body, key ed25519.PrivateKey) error {
	w.t.Helper()
	e, err := entry.Sign(h, b, key)
	if err != nil {
		w.t.Fatalf("%s: %v", b.Type(), err)
	}
	return w.apply(e.Raw(), at)
}

// apply brings raw bytes to both replicas, as raft does. It holds what must hold
// after every step: the replicas agree on the verdict and on every byte, and an
// entry that was refused changed none.
func (w *world) apply(raw []byte, at int64) error {
	w.t.Helper()
	w.last = raw
	before := w.state().Hash()
	var verdicts [2]error
	for i, s := range w.replicas {
		e, err := entry.Parse(raw)
		if err != nil {
			w.t.Fatal(err)
		}
		if checked := s.Check(e, at); state.Reason(checked) != state.Reason(s.Apply(e, at)) {
			w.t.Fatalf("%s: Check says %v, and Apply something else", e.Type, checked)
		} else {
			verdicts[i] = checked
		}
	}
	if state.Reason(verdicts[0]) != state.Reason(verdicts[1]) || w.replicas[0].Hash() != w.replicas[1].Hash() {
		w.t.Fatalf("the replicas differ: %v, %v", verdicts[0], verdicts[1])
	}
	if changed := w.state().Hash() != before; changed != (verdicts[0] == nil) {
		w.t.Fatalf("verdict %v, and changed %v", verdicts[0], changed)
	}
	if verdicts[0] == nil {
		w.accepted = append(w.accepted, entry.Leaf(at, raw))
	}
	return verdicts[0]
}

// restart replaces the second replica by one restored from the first's snapshot.
func (w *world) restart() {
	w.t.Helper()
	s, err := state.Restore(w.state().Bytes())
	if err != nil {
		w.t.Fatal(err)
	}
	if s.Hash() != w.state().Hash() {
		w.t.Fatal("a restored state is another one")
	}
	w.replicas[1] = s
}

// must fails the test if an entry is refused.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// found makes a network of the agencies.
func (w *world) found(at int64, ids ...casework.AgencyID) {
	w.t.Helper()
	w.must(w.log(ids[0], at, &entry.Genesis{Agreement: w.terms.Bytes(), Founder: w.agency(ids[0]).signed(w.t)}))
	for i, id := range ids[1:] {
		m := w.agency(id)
		w.must(w.log(ids[0], at, &entry.MemberPropose{Member: m.signed(w.t)}))
		for _, other := range ids[1 : 1+i] {
			if s, ok := w.state().Member(id); !ok || !s.Active() {
				w.must(w.log(other, at, &entry.MemberApprove{Agency: id, Record: m.record.Hash()}))
			}
		}
	}
}

func query(name string, count uint32, kind casework.Kind, epoch uint32, peers ...casework.AgencyID) *entry.Query {
	return &entry.Query{
		Batch: casework.BatchID(bytesOf(16, "batch", name)), Peers: peers, Epoch: epoch, Count: count, Kinds: map[casework.Kind]uint32{kind: count},
		PartSize: 4096, Commitment: entry.Hash{1}, Case: entry.Hash{2}, Officer: entry.Hash{3}, Justification: entry.Hash{4}, Detail: make([]byte, entry.SealedSize),
	}
}

func sha(b []byte) entry.Hash { return sha256.Sum256(b) }

// forged is an agency under a key that somebody else made for it.
func (w *world) forged(id casework.AgencyID, by string) *agency {
	w.t.Helper()
	name := id + " forged by " + casework.AgencyID(by)
	if a := w.agencies[name]; a != nil {
		return a
	}
	a := newAgency(w.t, id, max(1, w.state().Epoch()))
	a.key = ed25519.NewKeyFromSeed(bytesOf(32, "key made by", by, id))
	a.record.AgencyKey = a.key.Public().(ed25519.PublicKey)
	w.agencies[name] = a
	return a
}
