package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Ledger is one ledger that all parties share. It is safe for concurrent use; the
// fields are set before it is used.
type Ledger struct {
	Now      func() time.Time          // time.Now
	Rejected error                     // wraps every rejection, as a replica does
	Appended func(*Party, entry.Entry) // called after each entry, not under the lock

	t       TB
	network string
	parties map[casework.AgencyID]*Party

	mu      sync.Mutex // guards what follows
	state   *state.State
	leaves  [][]byte
	hashes  []tlog.Hash
	down    error // what appending and receipts come to instead
	changed chan struct{}
}

// New founds a network: the first party, which admits the others.
func New(t TB, terms agreement.Agreement, parties ...*Party) *Ledger {
	t.Helper()
	l := Empty(t, terms.Network)
	l.Found(terms, parties...)
	return l
}

// Empty is a ledger before its first entry.
func Empty(t TB, network string) *Ledger {
	return &Ledger{
		Now: time.Now, t: t, network: network, parties: map[casework.AgencyID]*Party{}, state: state.New(), changed: make(chan struct{}),
	}
}

// Found founds the network and admits the other parties.
func (l *Ledger) Found(terms agreement.Agreement, parties ...*Party) {
	l.t.Helper()
	for _, p := range parties {
		l.parties[p.ID] = p
	}
	for i, p := range parties {
		if i == 0 {
			l.Add(p, &entry.Genesis{Agreement: terms.Bytes(), Founder: p.Signed(l.t)})
			continue
		}
		l.Add(parties[0], &entry.MemberPropose{Member: p.Signed(l.t)})
		for _, other := range parties[1:i] {
			if m, ok := l.state.Member(p.ID); !ok || !m.Active() {
				l.Add(other, &entry.MemberApprove{Agency: p.ID, Record: p.Record.Hash()})
			}
		}
	}
}

// Add appends an entry that the rules must take, and returns its index.
func (l *Ledger) Add(p *Party, b entry.Body) uint64 {
	l.t.Helper()
	i, err := l.Append(p, b)
	if err != nil {
		l.t.Fatalf("%s logs %s: %v", p.ID, b.Type(), err)
	}
	return i
}

// Append appends an entry, as a replica does: a fact that is there already is at the
// index of the first.
func (l *Ledger) Append(p *Party, b entry.Body) (uint64, error) {
	l.mu.Lock()
	index, e, err := l.append(p, b)
	l.mu.Unlock()
	if err == nil && l.Appended != nil {
		l.Appended(p, e)
	}
	return index, err
}

func (l *Ledger) append(p *Party, b entry.Body) (uint64, entry.Entry, error) {
	if l.down != nil {
		return 0, entry.Entry{}, l.down
	}
	if key := b.Key(); key != "" {
		if i, ok := l.state.Find(p.ID, b.Type(), key); ok {
			return i, entry.Entry{}, nil
		}
	}
	now := l.Now()
	if b.Type() != entry.TypeClock && l.state.Size() > 0 && now.UnixMilli() > l.state.Latest() {
		if _, _, err := l.append(l.leader(), &entry.Clock{Note: l.note(now)}); err != nil {
			return 0, entry.Entry{}, err
		}
	}
	seq, prev := l.state.Chain(p.ID)
	e, err := entry.Sign(entry.Header{Network: l.network, Agency: p.ID, Seq: seq + 1, Prev: prev, Time: now.UnixMilli()}, b, p.Key)
	if err != nil {
		return 0, e, err
	}
	if e, err = entry.Parse(e.Raw()); err != nil { // as others have it
		return 0, e, err
	}
	at := max(now.UnixMilli(), l.state.Last())
	if err := l.state.Apply(e, at); err != nil {
		if l.Rejected != nil {
			err = fmt.Errorf("%w: %w", l.Rejected, err)
		}
		return 0, e, err
	}
	return l.keep(entry.Leaf(at, e.Raw())), e, nil
}

// Force appends an entry to the tree that the rules need not take, as voters that
// collude can.
func (l *Ledger) Force(e entry.Entry, at time.Time) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keep(entry.Leaf(at.UnixMilli(), e.Raw()))
}

func (l *Ledger) keep(leaf []byte) uint64 {
	index := uint64(len(l.leaves))
	stored, err := tlog.StoredHashes(int64(index), leaf, reader(l.hashes))
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	l.leaves, l.hashes = append(l.leaves, leaf), append(l.hashes, stored...)
	close(l.changed)
	l.changed = make(chan struct{})
	return index
}

// reader reads the stored hashes of a tree.
type reader []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (r reader) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = r[x]
	}
	return out, nil
}

// leader is the first voter.
func (l *Ledger) leader() *Party { return l.parties[l.state.Voters()[0]] }

// note is the checkpoint that all voters cosigned at a time.
func (l *Ledger) note(at time.Time) []byte {
	voters := l.state.Voters()
	by := make([]*Party, len(voters))
	for i, id := range voters {
		by[i] = l.parties[id]
	}
	return l.sign(at, by)
}

func (l *Ledger) sign(at time.Time, by []*Party) []byte {
	root, err := tlog.TreeHash(int64(len(l.leaves)), reader(l.hashes))
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	c := checkpoint.Checkpoint{Origin: l.network, Size: uint64(len(l.leaves)), Root: root}
	lines := make([][]byte, len(by))
	for i, p := range by {
		lines[i] = p.Cosign(l.t, c, at)
	}
	return checkpoint.Assemble(c, lines...)
}

// Note is a checkpoint of all there is, signed now by some, or by all voters.
func (l *Ledger) Note(by ...*Party) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(by) == 0 {
		return l.note(l.Now())
	}
	return l.sign(l.Now(), by)
}

// Receipt proves an entry against a checkpoint of all there is.
func (l *Ledger) Receipt(index uint64) (receipt.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return receipt.Receipt{}, l.down
	}
	p, err := tlog.ProveRecord(int64(len(l.leaves)), int64(index), reader(l.hashes))
	if err != nil {
		return receipt.Receipt{}, err
	}
	return receipt.New(l.leaves[index], index, p, l.note(l.Now())), nil
}

// Leaves lists what the tree holds.
func (l *Ledger) Leaves() [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.leaves)
}

// Entry is the entry at an index, and when it was appended.
func (l *Ledger) Entry(index uint64) (entry.Entry, int64, error) {
	l.mu.Lock()
	leaf := l.leaves[index]
	l.mu.Unlock()
	at, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		return entry.Entry{}, 0, err
	}
	e, err := entry.Parse(raw)
	return e, at, err
}

// Bodies lists what an agency logged of a type.
func (l *Ledger) Bodies(id casework.AgencyID, t entry.Type) []entry.Body {
	l.t.Helper()
	var out []entry.Body
	for i := range l.Leaves() {
		e, _, err := l.Entry(uint64(i))
		if err != nil {
			l.t.Fatalf("entry %d: %v", i, err)
		}
		if e.Agency == id && e.Type == t {
			out = append(out, e.Body)
		}
	}
	return out
}

// View shows the state. It must not be kept.
func (l *Ledger) View(f func(*state.State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l.state)
}

// Policy is what checkpoints are checked against now.
func (l *Ledger) Policy() checkpoint.Policy {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Policy()
}

// SetDown makes appending and receipts fail with an error, as without a quorum; nil
// ends it.
func (l *Ledger) SetDown(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = err
	close(l.changed)
	l.changed = make(chan struct{})
}

// A Seat is one party's view, with the methods that services need of a replica.
type Seat struct {
	*Ledger
	party *Party
}

// Seat is the view of a party.
func (l *Ledger) Seat(p *Party) Seat {
	l.parties[p.ID] = p
	return Seat{l, p}
}

// Append logs a fact in the party's name and returns its receipt.
func (s Seat) Append(_ context.Context, b entry.Body) (receipt.Receipt, error) {
	i, err := s.Ledger.Append(s.party, b)
	if err != nil {
		return receipt.Receipt{}, err
	}
	return s.Ledger.Receipt(i)
}

// Receipt proves an entry.
func (s Seat) Receipt(_ context.Context, index uint64) (receipt.Receipt, error) {
	return s.Ledger.Receipt(index)
}

// Changed is closed when there is another entry, or a quorum again.
func (s Seat) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Err is why the ledger stopped for good: never.
func (Seat) Err() error { return nil }
