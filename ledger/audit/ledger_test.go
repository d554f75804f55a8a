package audit_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func random(n int) []byte { b := make([]byte, n); rand.Read(b); return b }

// A party is an agency with all its keys and its oversight body's file.
type party struct {
	*ledgertest.Party
	id     casework.AgencyID
	key    ed25519.PrivateKey
	secret audit.Secret
	member entry.SignedMember
}

func newParty(t testing.TB, id casework.AgencyID, level uint32) *party {
	t.Helper()
	p := &party{Party: ledgertest.NewParty(t, network, id), id: id}
	p.key = p.Key
	var err error
	if p.secret, err = audit.NewOversight("Inspectorate of " + string(id)); err != nil {
		t.Fatal(err)
	}
	p.Record.Oversight, p.Record.Level = p.secret.Public().Oversight(), level
	p.member = p.Signed(t)
	return p
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A ledger is built entry by entry, each of which the rules take.
type ledger struct {
	t       testing.TB
	dir     string
	store   *tiles.Store
	state   *state.State
	at      time.Time
	nl, fr  *party
	genesis string
}

func newLedger(t testing.TB) *ledger {
	t.Helper()
	return foundLedger(t, agreement.Level)
}

// foundLedger founds a ledger of members whose nodes know a feature level.
func foundLedger(t testing.TB, level uint32) *ledger {
	t.Helper()
	return foundLedgerIn(t, t.TempDir(), level)
}

func newLedgerIn(t testing.TB, dir string) *ledger {
	t.Helper()
	return foundLedgerIn(t, dir, agreement.Level)
}

func foundLedgerIn(t testing.TB, dir string, level uint32) *ledger {
	t.Helper()
	l := &ledger{t: t, dir: dir, state: state.New(), at: start, nl: newParty(t, "nl-police", level), fr: newParty(t, "fr-fiu", level)}
	var err error
	if l.store, err = tiles.Open(l.dir); err != nil {
		t.Fatal(err)
	}
	l.add(l.nl, &entry.Genesis{Agreement: agreement.Default(network).Bytes(), Founder: l.nl.member})
	l.genesis = entry.Fingerprint(l.state.Genesis())
	l.add(l.nl, &entry.MemberPropose{Member: l.fr.member})
	return l
}

// add appends an entry and gives its index.
func (l *ledger) add(p *party, b entry.Body) uint64 {
	l.t.Helper()
	l.at = l.at.Add(time.Second)
	if l.state.Size() > 0 && b.Type() != entry.TypeClock && l.at.UnixMilli() > l.state.Latest() {
		size, root := l.store.Root()
		c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
		l.add(l.nl, &entry.Clock{Note: checkpoint.Assemble(c, l.nl.Cosign(l.t, c, l.at), l.fr.Cosign(l.t, c, l.at))})
	}
	seq, prev := l.state.Chain(p.id)
	e, err := entry.Sign(entry.Header{Network: network, Agency: p.id, Seq: seq + 1, Prev: prev, Time: l.at.UnixMilli()}, b, p.key)
	if err != nil {
		l.t.Fatal(err)
	}
	// as a reader has it: what is signed is what is parsed
	if e, err = entry.Parse(e.Raw()); err != nil {
		l.t.Fatal(err)
	}
	if err := l.state.Apply(e, l.at.UnixMilli()); err != nil {
		l.t.Fatal(b.Type(), err)
	}
	return l.append(e)
}

// append puts an entry into the tiles, whether the rules take it or not.
func (l *ledger) append(e entry.Entry) uint64 {
	l.t.Helper()
	index := l.store.Size()
	if err := l.store.Append(entry.Leaf(l.at.UnixMilli(), e.Raw())); err != nil {
		l.t.Fatal(err)
	}
	return index
}

// certify publishes a checkpoint that some parties signed.
func (l *ledger) certify(by ...*party) {
	l.t.Helper()
	size, root := l.store.Root()
	c := checkpoint.Checkpoint{Origin: network, Size: size, Root: root}
	var lines [][]byte
	for _, p := range by {
		signed, err := checkpoint.Sign(c, p.Log, p.Cosigner)
		if err != nil {
			l.t.Fatal(err)
		}
		lines = append(lines, signed)
	}
	if err := l.store.Publish(c, checkpoint.Assemble(c, lines...)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *ledger) verify(o audit.Options) audit.Report {
	l.t.Helper()
	r, err := audit.Verify(l.t.Context(), tiles.Dir(os.DirFS(l.dir)), o)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// all is what an overseer of both agencies knows.
func (l *ledger) all() audit.Options {
	return audit.Options{Genesis: l.genesis, Secrets: []audit.Secret{l.nl.secret, l.fr.secret}, At: l.at}
}

// An officer has a pseudonym and a key.
type officer struct {
	id  casework.OfficerID
	key ed25519.PrivateKey
}

func newOfficer(t testing.TB) officer { return officer{casework.NewOfficerID(), newKey(t)} }

func (o officer) command(agency casework.AgencyID, method, params string) casework.Act {
	c := casework.NewCommand(network, agency, o.key.Public().(ed25519.PublicKey), method, []byte(params), start)
	c.Signature = ed25519.Sign(o.key, c.SigningBytes())
	return c.Act()
}

// sealed seals a detail after a test changed it, with commitments to what it said.
func (l *ledger) sealed(p *party, d *entry.OversightDetail, change func(*entry.OversightDetail)) ([]byte, map[string]entry.Hash) {
	l.t.Helper()
	commits := map[string]entry.Hash{}
	d.Salts = map[string][32]byte{}
	commit := func(what string, value []byte) {
		salt := [32]byte(random(32))
		d.Salts[what], commits[what] = salt, entry.Commit(&salt, what, value)
	}
	if change != nil {
		change(d)
	}
	commit("officer", d.Officer[:])
	if d.Justification != nil {
		commit("case", d.Justification.Case[:])
		commit("justification", entry.JustificationBytes(*d.Justification))
	} else {
		commit("approver", d.Approver[:])
	}
	return l.seal(p, *d), commits
}

func (l *ledger) seal(p *party, d entry.OversightDetail) []byte {
	l.t.Helper()
	out, err := d.Seal(p.secret.Key().Public(), network)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

// query makes a justified query of nl-police.
func (l *ledger) query(change func(*entry.OversightDetail)) *entry.Query {
	l.t.Helper()
	o := newOfficer(l.t)
	d := &entry.OversightDetail{Officer: o.id, Command: o.command(l.nl.id, "ask", `{"case":"2026-1"}`), Justification: &casework.Justification{
		Case: casework.NewCaseID(), CaseRef: "2026-1", Purpose: casework.Investigate, Offence: "human-trafficking",
		LegalBasis: "national law", Officer: o.id, At: start,
	}}
	sealed, c := l.sealed(l.nl, d, change)
	return &entry.Query{
		Batch: casework.NewBatchID(), Peers: []casework.AgencyID{l.fr.id}, Epoch: 1, Count: 3,
		Kinds: map[casework.Kind]uint32{casework.Phone: 3}, PartSize: 1024, Commitment: entry.Hash(random(32)),
		Case: c["case"], Officer: c["officer"], Justification: c["justification"], Detail: sealed,
	}
}

// naming are the parameters of a command that names a request.
func naming(id casework.RequestID) string { return `{"request":"` + id.String() + `"}` }

// twoOfficers is the detail of an act that needs two.
func (l *ledger) twoOfficers(p *party, method string, id casework.RequestID, change func(*entry.OversightDetail)) ([]byte, map[string]entry.Hash) {
	l.t.Helper()
	a, b := newOfficer(l.t), newOfficer(l.t)
	second := b.command(p.id, "approve", naming(id))
	return l.sealed(p, &entry.OversightDetail{Officer: a.id, Command: a.command(p.id, method, naming(id)), Second: &second, Approver: b.id}, change)
}

func (l *ledger) request(change func(*entry.OversightDetail)) *entry.Request {
	l.t.Helper()
	id := casework.NewRequestID()
	sealed, c := l.twoOfficers(l.nl, "request", id, change)
	return &entry.Request{
		Request: id, To: l.fr.id, Hash: entry.Hash(random(32)), Urgency: casework.Urgent,
		Due: l.at.Add(time.Second + casework.Urgent.Limit()).UnixMilli(), Officer: c["officer"], Approver: c["approver"], Detail: sealed,
	}
}

func (l *ledger) decision(r *entry.Request, change func(*entry.OversightDetail)) *entry.Decision {
	l.t.Helper()
	sealed, c := l.twoOfficers(l.fr, "answer", r.Request, change)
	return &entry.Decision{
		Request: r.Request, Asker: l.nl.id, Outcome: casework.Full, Hash: entry.Hash(random(32)),
		Officer: c["officer"], Approver: c["approver"], Detail: sealed,
	}
}

// report makes a report of a week of nl-police.
func (l *ledger) report(hits, says uint32) *entry.Report {
	l.t.Helper()
	until := l.at.UnixMilli()
	return &entry.Report{
		From: until - entry.ReportPeriod.Milliseconds(), Until: until, Hits: says,
		Detail: l.seal(l.nl, entry.OversightDetail{Hits: map[string]uint32{string(l.fr.id): hits}}),
	}
}

// story is one lead from the question to the use of what was disclosed.
func (l *ledger) story() {
	l.t.Helper()
	q := l.query(nil)
	l.add(l.fr, &entry.Answer{Batch: q.Batch, Asker: l.nl.id, Query: l.add(l.nl, q), Count: q.Count})
	r := l.request(nil)
	l.add(l.nl, r)
	l.add(l.fr, l.decision(r, nil))
	disclosure, hash := casework.NewDisclosureID(), entry.Hash(random(32))
	l.add(l.fr, &entry.Delivery{
		Request: r.Request, Disclosure: disclosure, To: l.nl.id, Outcome: casework.Full, Hash: hash, Bytes: 65536,
		DeleteBy: l.at.AddDate(1, 0, 0).UnixMilli(),
	})
	l.add(l.nl, &entry.Receipt{Request: r.Request, Disclosure: disclosure, Hash: hash})
	l.add(l.nl, l.report(34, 30))
	l.add(l.nl, &entry.Use{Request: r.Request, To: l.fr.id, Outcome: "useful", Hash: entry.Hash(random(32))})
}
