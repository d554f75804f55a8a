package wire

import (
	"errors"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
)

const maxReceipt = receipt.MaxSize

// Bounds of published sets.
const (
	MaxTagsPart  = 64 << 10 // bytes of an encoded set in one message
	MaxTagsBytes = 1 << 30  // of an encoded set
)

// A TagsHave says which set of the publisher's the receiver has, so that a side whose
// store is older than the other's notices; number 0 is none.
type TagsHave struct {
	Epoch      uint32     `cbor:"1,keyasint"`
	Number     uint64     `cbor:"2,keyasint"`
	Commitment entry.Hash `cbor:"3,keyasint"`
}

// Type returns TypeTagsHave.
func (*TagsHave) Type() Type { return TypeTagsHave }

func (m *TagsHave) validate() error {
	return check(between("epoch", uint64(m.Epoch), 1, 1<<32-1), between("number", m.Number, 0, 1<<62))
}

// A TagsOffer says which set comes, with the receipt of its entry.
type TagsOffer struct {
	Receipt    []byte         `cbor:"1,keyasint"`
	Epoch      uint32         `cbor:"2,keyasint"`
	Number     uint64         `cbor:"3,keyasint"`
	Bytes      uint64         `cbor:"4,keyasint"` // of the encoded set
	Count      uint64         `cbor:"5,keyasint"` // tags in a snapshot; added and removed in a delta
	Key        tagset.PeerKey `cbor:"6,keyasint"`
	Commitment entry.Hash     `cbor:"7,keyasint"` // SHA-256 of the encoded set
	Snapshot   bool           `cbor:"8,keyasint"` // the whole set; otherwise a change of the one before
}

// Type returns TypeTagsOffer.
func (*TagsOffer) Type() Type { return TypeTagsOffer }

func (m *TagsOffer) validate() error {
	if m.Commitment.IsZero() {
		return errors.New("no commitment")
	}
	if m.Number == 1 && !m.Snapshot {
		return errors.New("the first set is no snapshot")
	}
	return check(between("size of the receipt", uint64(len(m.Receipt)), 1, maxReceipt), between("epoch", uint64(m.Epoch), 1, 1<<32-1),
		between("number", m.Number, 1, 1<<62), between("bytes", m.Bytes, 1, MaxTagsBytes), between("count", m.Count, 0, tagset.MaxCount))
}

// TagsResume says from which byte on the set is wanted; all of its bytes, where
// the set is there already.
type TagsResume struct {
	Offset uint64 `cbor:"1,keyasint"`
}

// Type returns TypeTagsResume.
func (*TagsResume) Type() Type { return TypeTagsResume }

func (m *TagsResume) validate() error { return between("offset", m.Offset, 0, MaxTagsBytes) }

// A TagsPart is a piece of the encoded set.
type TagsPart struct {
	Offset uint64 `cbor:"1,keyasint"`
	Data   []byte `cbor:"2,keyasint"`
}

// Type returns TypeTagsPart.
func (*TagsPart) Type() Type { return TypeTagsPart }

func (m *TagsPart) validate() error {
	return check(between("offset", m.Offset, 0, MaxTagsBytes), between("bytes", uint64(len(m.Data)), 1, MaxTagsPart))
}

// A TagsAck says that all bytes before an offset are kept, and when Done, that
// the whole was verified and taken over.
type TagsAck struct {
	Offset uint64 `cbor:"1,keyasint"`
	Done   bool   `cbor:"2,keyasint"`
}

// Type returns TypeTagsAck.
func (*TagsAck) Type() Type { return TypeTagsAck }

func (m *TagsAck) validate() error { return between("offset", m.Offset, 0, MaxTagsBytes) }
