package wire

import (
	"errors"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// Bounds of a query on the wire.
const (
	ElementSize  = 32   // bytes of a ristretto255 element
	ProofSize    = 64   // bytes of a proof: two scalars
	PartSize     = 4096 // elements in a part, the last one fewer
	MaxPartBytes = PartSize * ElementSize
	MaxParts     = 1024
)

// A QueryOpen begins or resumes the asking of a batch.
type QueryOpen struct {
	Receipt []byte           `cbor:"1,keyasint"`
	Batch   casework.BatchID `cbor:"2,keyasint"`
	Parts   []entry.Hash     `cbor:"3,keyasint"` // SHA-256 of each part's elements
	Set     uint64           `cbor:"4,keyasint"` // the answerer's set that the asker has; 0: none
}

// Type returns TypeQueryOpen.
func (*QueryOpen) Type() Type { return TypeQueryOpen }

func (m *QueryOpen) validate() error {
	if m.Batch.IsZero() {
		return errors.New("no batch")
	}
	return check(between("size of the receipt", uint64(len(m.Receipt)), 1, maxReceipt), between("parts", uint64(len(m.Parts)), 1, MaxParts),
		between("set", m.Set, 0, 1<<62))
}

// A QueryReady says which part is to be sent first: the first one that has not
// been answered.
type QueryReady struct {
	Next uint32 `cbor:"1,keyasint"`
}

// Type returns TypeQueryReady.
func (*QueryReady) Type() Type { return TypeQueryReady }

func (m *QueryReady) validate() error { return between("part", uint64(m.Next), 0, MaxParts) }

// A QueryPart is one part's blinded elements. Answers to all parts before
// Acknowledged are kept by the asker.
type QueryPart struct {
	Number       uint32 `cbor:"1,keyasint"`
	Acknowledged uint32 `cbor:"2,keyasint"`
	Elements     []byte `cbor:"3,keyasint"`
}

// Type returns TypeQueryPart.
func (*QueryPart) Type() Type { return TypeQueryPart }

func (m *QueryPart) validate() error {
	return check(between("part", uint64(m.Number), 0, MaxParts-1), between("acknowledged", uint64(m.Acknowledged), 0, MaxParts), elements(m.Elements))
}

// A QueryAnswer is one part's evaluated elements, with the batched proof
// (RFC 9497 section 2.2) that one and the published key made them all.
type QueryAnswer struct {
	Number    uint32          `cbor:"1,keyasint"`
	Evaluated []byte          `cbor:"2,keyasint"`
	Proof     [ProofSize]byte `cbor:"3,keyasint"`
}

// Type returns TypeQueryAnswer.
func (*QueryAnswer) Type() Type { return TypeQueryAnswer }

func (m *QueryAnswer) validate() error {
	return check(between("part", uint64(m.Number), 0, MaxParts-1), elements(m.Evaluated))
}

// A QueryDone says that all answers are kept; it is answered by the same.
type QueryDone struct {
	Parts uint32 `cbor:"1,keyasint"`
}

// Type returns TypeQueryDone.
func (*QueryDone) Type() Type { return TypeQueryDone }

func (m *QueryDone) validate() error { return between("parts", uint64(m.Parts), 1, MaxParts) }
