// Package receipt proves, offline, that an entry is in a certified ledger.
//
// A receipt is the entry's leaf and a C2SP tlog-proof (https://c2sp.org/tlog-proof):
// the leaf's index, its inclusion proof and a checkpoint. Whoever holds the
// network's policy, the keys of its voters, verifies it without asking anybody.
//
//	asker   --{receipt, ...}-->   answerer: is this entry in the ledger that a
//	                              majority signed? is the checkpoint fresh enough?
//
// Without a majority of voters' keys nobody can make one for an entry that is not
// in the ledger. A receipt does not say that it is used once, by whom, or for what:
// the entry inside says what it permits, and the receiver must compare that with
// what is asked, and remember what it answered. Freshness is the receiver's to
// judge by [checkpoint.Certified.Time].
package receipt

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
)

// MaxSize is the size of the largest receipt in bytes: an entry, a checkpoint,
// and a proof of a tree of 2^62 leaves.
const MaxSize = entry.MaxSize + checkpoint.MaxSize + 8<<10

// Errors that callers branch on; those of a checkpoint come through as they are.
var (
	ErrFormat    = errors.New("not a receipt")
	ErrInclusion = errors.New("the receipt does not prove that the entry is in the ledger")
	ErrIndex     = errors.New("the receipt's checkpoint is of a ledger that did not have the entry yet")
	ErrNetwork   = errors.New("the receipt's entry is of another network")
)

// A Receipt is an entry with the proof that it is logged.
type Receipt struct {
	Leaf  []byte `cbor:"1,keyasint"` // append time and entry, see entry.Leaf
	Proof []byte `cbor:"2,keyasint"` // tlog-proof text
}

var format = canon.NewFormat(canon.Limits{Size: MaxSize, Array: 16, Map: 16, Depth: 4})

// New makes a receipt from an inclusion proof and the certified note that it is for.
func New(leaf []byte, index uint64, inclusion tlog.RecordProof, note []byte) Receipt {
	p := proof.TLogProof{Index: index, Checkpoint: note}
	for _, h := range inclusion {
		p.Hashes = append(p.Hashes, h)
	}
	return Receipt{Leaf: leaf, Proof: p.Marshal()}
}

// Bytes returns the form in which a receipt travels.
func (r Receipt) Bytes() []byte { return canon.Encode(r) }

// Parse reads that form.
func Parse(data []byte) (Receipt, error) {
	var r Receipt
	if err := format.Decode(data, &r); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return r, nil
}

// A Verified receipt is an entry that is in the ledger, its place and time there,
// and the checkpoint that proves it.
type Verified struct {
	Entry     entry.Entry
	Index     uint64
	Appended  int64 // Unix milliseconds, by the leader
	Certified checkpoint.Certified
}

// Index reads the index that the receipt claims, without verifying anything.
func (r Receipt) Index() (uint64, error) {
	var p proof.TLogProof
	if err := p.Unmarshal(r.Proof); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p.Index, nil
}

// Verify checks everything that can be checked without a ledger: the checkpoint
// against the policy, the leaf's inclusion, and the form of the entry. It does not
// check the entry's signature: replicas did, before they accepted it.
func (r Receipt) Verify(policy checkpoint.Policy) (Verified, error) {
	if len(r.Leaf) > 8+entry.MaxSize || len(r.Proof) > MaxSize {
		return Verified{}, fmt.Errorf("%w: %d and %d bytes", ErrFormat, len(r.Leaf), len(r.Proof))
	}
	var p proof.TLogProof
	if err := p.Unmarshal(r.Proof); err != nil {
		return Verified{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !bytes.Equal(p.Marshal(), r.Proof) || p.ExtraData != nil {
		return Verified{}, fmt.Errorf("%w: the proof has another form", ErrFormat)
	}
	c, err := policy.Verify(p.Checkpoint)
	if err != nil {
		return Verified{}, err
	}
	if p.Index >= c.Size {
		return Verified{}, fmt.Errorf("%w: entry %d of a ledger of %d", ErrIndex, p.Index, c.Size)
	}
	var inclusion tlog.RecordProof
	for _, h := range p.Hashes {
		inclusion = append(inclusion, h)
	}
	if err := tlog.CheckRecord(inclusion, int64(c.Size), c.Root, int64(p.Index), tlog.RecordHash(r.Leaf)); err != nil {
		return Verified{}, fmt.Errorf("%w: entry %d", ErrInclusion, p.Index)
	}
	at, raw, err := entry.SplitLeaf(r.Leaf)
	if err != nil {
		return Verified{}, err
	}
	e, err := entry.Parse(raw)
	if err != nil {
		return Verified{}, err
	}
	if e.Network != policy.Origin {
		return Verified{}, fmt.Errorf("%w: entry %d", ErrNetwork, p.Index)
	}
	return Verified{Entry: e, Index: p.Index, Appended: at, Certified: c}, nil
}
