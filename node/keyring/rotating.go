package keyring

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
)

// Fresh says which keys of a member record are drawn anew. A match key comes with the
// other keys of its epoch.
type Fresh struct{ Match, Disclosure, Agency, Node, Log bool }

// A Next holds keys that were drawn for a record which the ledger may not have yet.
// Both the keys in force and these are kept until it shows which count. It has no
// printed form.
type Next struct {
	Record     []byte // canonical bytes of the signed record
	Node, Sign []byte // seeds; empty: the one in force stays
	Log        string // likewise, as the three that follow
	Cosigner   string
	LogKey     string // verifiers of these two
	Cosigns    string
	Epoch      uint32 // that Keys are of
	Keys       Epoch
	Began      int64 // Unix seconds; the epoch's, if it is new
}

// Format prints no key under any verb.
func (Next) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[next keys]") }

// Draw draws keys for a record that is to follow one of an epoch. Nothing is kept
// before Propose.
func (r *Ring) Draw(fresh Fresh, network string, own entry.Member, now int64) (Next, error) {
	n := Next{Epoch: own.Epoch, Keys: Epoch{}}
	if fresh.Node {
		n.Node = seed()
	}
	if fresh.Agency {
		n.Sign = seed()
	}
	var err error
	if fresh.Log {
		if n.Log, n.LogKey, err = checkpoint.NewLogKey(network); err != nil {
			return Next{}, fmt.Errorf("log key: %w", err)
		}
		if n.Cosigner, n.Cosigns, err = checkpoint.NewCosignerKey(checkpoint.CosignerName(network, own.Agency)); err != nil {
			return Next{}, fmt.Errorf("cosigner key: %w", err)
		}
	}
	switch {
	case fresh.Match:
		n.Epoch, n.Began = own.Epoch+1, now
		n.Keys, err = newEpoch()
	case fresh.Disclosure:
		r.mu.Lock()
		name := r.keys.Epochs[own.Epoch].next(Disclosure)
		r.mu.Unlock()
		n.Keys[name], err = newDisclosure()
	}
	return n, err
}

// newEpoch draws the keys of all purposes.
func newEpoch() (Epoch, error) {
	match, err := oprf.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("match key: %w", err)
	}
	disclosure, err := newDisclosure()
	if err != nil {
		return nil, err
	}
	return Epoch{Match: match.Bytes(), Disclosure: disclosure, Audit: seed()}, nil
}

func newDisclosure() ([]byte, error) {
	key, err := seal.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("disclosure key: %w", err)
	}
	b, err := key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("disclosure key: %w", err)
	}
	return b, nil
}

// seed draws 32 bytes.
func seed() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// A purpose may get further keys within an epoch. The first has the purpose's name,
// the others the name and their number, from 2 on.
func (p Purpose) nth(n int) Purpose {
	if n == 1 {
		return p
	}
	return p + " " + Purpose(strconv.Itoa(n))
}

// next is the name of the key that follows those that there are of a purpose.
func (e Epoch) next(p Purpose) Purpose { return p.nth(len(e.all(p)) + 1) }

// all lists the keys of a purpose, oldest first.
func (e Epoch) all(p Purpose) (keys [][]byte) {
	for n := 1; ; n++ {
		key, ok := e[p.nth(n)]
		if !ok {
			return keys
		}
		keys = append(keys, key)
	}
}

// MemberKeys are the secrets behind a record that Next would bring into force.
func (r *Ring) MemberKeys(n Next) (entry.MemberKeys, error) {
	r.mu.Lock()
	next := r.keys.with(n)
	r.mu.Unlock()
	match, err := oprf.ParsePrivateKey(next.Epochs[n.Epoch][Match])
	if err != nil {
		return entry.MemberKeys{}, fmt.Errorf("match key of epoch %d: %w", n.Epoch, err)
	}
	return entry.MemberKeys{Agency: next.SignKey(), Node: next.NodeKey(), Log: next.Log, Cosigner: next.Cosigner, Match: match}, nil
}

// NewestDisclosure is the public half of the disclosure key that a record names once
// Next is in force.
func (r *Ring) NewestDisclosure(n Next) ([]byte, error) {
	r.mu.Lock()
	all := r.keys.with(n).Epochs[n.Epoch].all(Disclosure)
	r.mu.Unlock()
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: epoch %d, %s", ErrNoKey, n.Epoch, Disclosure)
	}
	key, err := seal.ParsePrivateKey(all[len(all)-1])
	if err != nil {
		return nil, fmt.Errorf("disclosure key of epoch %d: %w", n.Epoch, err)
	}
	return key.Public().Bytes(), nil
}

// ErrPending means that keys were drawn for a record that the ledger may still take.
var ErrPending = errors.New("keys of an earlier rotation wait for the ledger")

// Propose keeps drawn keys beside those in force, before their record is logged.
func (r *Ring) Propose(n Next) error {
	return r.change(func(a *Agency) error {
		if a.Next != nil {
			return ErrPending
		}
		a.Next = &n
		return nil
	})
}

// Pending returns the keys that wait for the ledger.
func (r *Ring) Pending() (Next, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys.Next == nil {
		return Next{}, false
	}
	return *r.keys.Next, true
}

// Discard forgets drawn keys, whose record the ledger refused.
func (r *Ring) Discard() error {
	return r.change(func(a *Agency) error { a.Next = nil; return nil })
}

// Follow brings drawn keys into force if the own record in the ledger is the one that
// they were drawn for, and reports whether it did. Keys in force before stay where
// something may still be opened or proved with them.
func (r *Ring) Follow(own entry.Member) (followed bool, err error) {
	r.mu.Lock()
	waits := r.keys.Next != nil && r.keys.Next.isOf(own)
	r.mu.Unlock()
	if !waits {
		return false, nil
	}
	return true, r.change(func(a *Agency) error { *a = *a.with(*a.Next); return nil })
}

// isOf reports whether these keys are of a record.
func (n Next) isOf(m entry.Member) bool {
	s, err := entry.ParseSignedMember(n.Record)
	return err == nil && bytes.Equal(s.Record, m.Bytes())
}

// with returns the keys that are in force after Next.
func (a *Agency) with(n Next) *Agency {
	out := *a
	out.Next = nil
	if len(n.Node) > 0 {
		out.Node = n.Node
	}
	if len(n.Sign) > 0 {
		out.Sign = n.Sign
	}
	if n.Log != "" {
		out.Log, out.Cosigner = n.Log, n.Cosigner
	}
	out.Epochs = maps.Clone(a.Epochs)
	out.Epochs[n.Epoch] = maps.Clone(out.Epochs[n.Epoch])
	if out.Epochs[n.Epoch] == nil {
		out.Epochs[n.Epoch] = Epoch{}
	}
	maps.Copy(out.Epochs[n.Epoch], n.Keys)
	if n.Began != 0 {
		out.Began = maps.Clone(a.Began)
		if out.Began == nil {
			out.Began = map[uint32]int64{}
		}
		out.Began[n.Epoch] = n.Began
	}
	return &out
}

// Secrets are what a node signs with.
type Secrets struct {
	Agency, Node  ed25519.PrivateKey
	Log, Cosigner string // signed-note keys
}

// Secrets returns the secrets behind the own record as the ledger has it: those that
// wait, if they were drawn for that record, and else those in force.
func (r *Ring) Secrets(own entry.Member) Secrets {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.keys
	if a.Next != nil && a.Next.isOf(own) {
		a = a.with(*a.Next)
	}
	return Secrets{a.SignKey(), a.NodeKey(), a.Log, a.Cosigner}
}

// NextNodeKey is the identity that waits for the ledger, if one does.
func (r *Ring) NextNodeKey() (ed25519.PrivateKey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys.Next == nil || len(r.keys.Next.Node) == 0 {
		return nil, false
	}
	return ed25519.NewKeyFromSeed(r.keys.Next.Node), true
}

// Began is when the agency began an epoch, in Unix seconds; 0 for the first.
func (r *Ring) Began(epoch uint32) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys.Began[epoch]
}

// RenewAudit draws another audit key for an epoch. The ones before stay, for the
// batches that were blinded with them.
func (r *Ring) RenewAudit(epoch uint32) error {
	return r.change(func(a *Agency) error {
		e := maps.Clone(a.Epochs[epoch])
		if e == nil {
			return fmt.Errorf("%w: epoch %d", ErrNoKey, epoch)
		}
		e[e.next(Audit)] = seed()
		a.Epochs = maps.Clone(a.Epochs)
		a.Epochs[epoch] = e
		return nil
	})
}

// change keeps changed keys; they are on disk before they are used.
func (r *Ring) change(f func(*Agency) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.keys
	if err := f(&next); err != nil {
		return err
	}
	if err := next.Save(r.path, r.store); err != nil {
		return err
	}
	r.keys = &next
	return nil
}
