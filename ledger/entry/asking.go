package entry

import (
	"fmt"

	"github.com/crosscase/crosscase/policy/casework"
)

// MaxBatch is the most elements that one query may have.
const MaxBatch = 1 << 20

// MaxPeers is the most peers that one query may name.
const MaxPeers = 64

// TypeQuery is the type of a [Query].
const TypeQuery Type = "query"

var _ = register[Query]()

// Query says that a batch of blinded elements is about to be asked.
type Query struct {
	Batch         casework.BatchID         `cbor:"1,keyasint"`
	Peers         []casework.AgencyID      `cbor:"2,keyasint"` // ascending
	Epoch         uint32                   `cbor:"3,keyasint"`
	Count         uint32                   `cbor:"4,keyasint"`
	Kinds         map[casework.Kind]uint32 `cbor:"5,keyasint"` // counts, adding up to Count
	PartSize      uint32                   `cbor:"6,keyasint"`
	Commitment    Hash                     `cbor:"7,keyasint"` // see BatchCommitment
	Case          Hash                     `cbor:"8,keyasint"` // salted commitments
	Officer       Hash                     `cbor:"9,keyasint"`
	Justification Hash                     `cbor:"10,keyasint"`
	Urgent        bool                     `cbor:"11,keyasint,omitempty"`
	Detail        []byte                   `cbor:"12,keyasint"` // OversightDetail, to the own oversight body
}

func (*Query) Type() Type    { return TypeQuery }
func (b *Query) Key() string { return b.Batch.String() }
func (b *Query) Facts() string {
	return fmt.Sprintf("%s: %d elements of %v", b.Batch, b.Count, b.Peers)
}
func (b *Query) Sealed() Sealed {
	return Sealed{
		Detail: b.Detail, Commits: map[string]Hash{"case": b.Case, "officer": b.Officer, "justification": b.Justification},
		Methods: []string{"ask", casework.StandingMethod}, Justified: true,
	}
}
func (b *Query) validate() error {
	err := check(
		present("batch", !b.Batch.IsZero()), present("epoch", b.Epoch > 0),
		between("number of peers", len(b.Peers), 1, MaxPeers),
		between("count", int(b.Count), 1, MaxBatch), between("part size", int(b.PartSize), 1, 1<<16),
		present("commitment", !b.Commitment.IsZero()), present("commitment to the case", !b.Case.IsZero()),
		present("commitment to the officer", !b.Officer.IsZero()), present("commitment to the justification", !b.Justification.IsZero()),
		sealed(b.Detail),
	)
	if err != nil {
		return err
	}
	for i, p := range b.Peers {
		if err := agency("peer", p); err != nil {
			return err
		}
		if i > 0 && b.Peers[i-1] >= p {
			return fmt.Errorf("peers are not ascending")
		}
	}
	var sum uint64
	for k, n := range b.Kinds {
		if !k.Valid() || n == 0 {
			return fmt.Errorf("kind %q with count %d", k, n)
		}
		sum += uint64(n)
	}
	if sum != uint64(b.Count) {
		return fmt.Errorf("the kinds add up to %d, not %d", sum, b.Count)
	}
	return nil
}

// TypeAnswer is the type of an [Answer].
const TypeAnswer Type = "answer"

var _ = register[Answer]()

// Answer says that a batch is about to be answered, or is refused.
type Answer struct {
	Batch   casework.BatchID  `cbor:"1,keyasint"`
	Asker   casework.AgencyID `cbor:"2,keyasint"`
	Query   uint64            `cbor:"3,keyasint"` // index of the query's entry
	Count   uint32            `cbor:"4,keyasint"` // elements evaluated; 0 when refused
	Refusal string            `cbor:"5,keyasint,omitempty"`
}

func (*Answer) Type() Type    { return TypeAnswer }
func (b *Answer) Key() string { return b.Batch.String() }
func (b *Answer) Facts() string {
	if b.Refusal != "" {
		return fmt.Sprintf("%s of %s: refused, %s", b.Batch, b.Asker, b.Refusal)
	}
	return fmt.Sprintf("%s of %s: %d elements", b.Batch, b.Asker, b.Count)
}
func (*Answer) Sealed() Sealed { return Sealed{} }
func (b *Answer) validate() error {
	if (b.Refusal == "") != (b.Count > 0) {
		return fmt.Errorf("an answer has a count, a refusal none")
	}
	if b.Refusal != "" {
		if err := code("refusal", b.Refusal); err != nil {
			return err
		}
	}
	return check(present("batch", !b.Batch.IsZero()), agency("asker", b.Asker), between("count", int(b.Count), 0, MaxBatch))
}
