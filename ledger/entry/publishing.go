package entry

import (
	"fmt"

	"github.com/crosscase/crosscase/policy/casework"
)

// TypeTagsPublished is the type of a [TagsPublished].
const TypeTagsPublished Type = "tags.published"

var _ = register[TagsPublished]()

// TagsPublished says that a set of tags, or a change of it, goes to one peer.
type TagsPublished struct {
	Peer       casework.AgencyID `cbor:"1,keyasint"`
	Epoch      uint32            `cbor:"2,keyasint"`
	Number     uint64            `cbor:"3,keyasint"` // 1 is the snapshot, later ones are deltas
	Added      uint32            `cbor:"4,keyasint"` // bucketed, as padded
	Removed    uint32            `cbor:"5,keyasint"`
	Bytes      uint64            `cbor:"6,keyasint"`
	Commitment Hash              `cbor:"7,keyasint"` // SHA-256 of the encoded stream
}

func (*TagsPublished) Type() Type { return TypeTagsPublished }
func (b *TagsPublished) Key() string {
	return fmt.Sprintf("%s/%d/%d", b.Peer, b.Epoch, b.Number)
}
func (b *TagsPublished) Facts() string {
	return fmt.Sprintf("to %s, set %d, %d added, %d bytes", b.Peer, b.Number, b.Added, b.Bytes)
}
func (*TagsPublished) Sealed() Sealed { return Sealed{} }
func (b *TagsPublished) validate() error {
	return check(agency("peer", b.Peer), present("epoch", b.Epoch > 0), present("number", b.Number > 0),
		present("size", b.Bytes > 0), present("commitment", !b.Commitment.IsZero()))
}

// TypeTagsAcknowledged is the type of a [TagsAcknowledged].
const TypeTagsAcknowledged Type = "tags.acknowledged"

var _ = register[TagsAcknowledged]()

// TagsAcknowledged says that a peer took over what was published to it.
type TagsAcknowledged struct {
	Publisher  casework.AgencyID `cbor:"1,keyasint"`
	Epoch      uint32            `cbor:"2,keyasint"`
	Number     uint64            `cbor:"3,keyasint"`
	Commitment Hash              `cbor:"4,keyasint"`
}

func (*TagsAcknowledged) Type() Type { return TypeTagsAcknowledged }
func (b *TagsAcknowledged) Key() string {
	return fmt.Sprintf("%s/%d/%d", b.Publisher, b.Epoch, b.Number)
}
func (b *TagsAcknowledged) Facts() string { return fmt.Sprintf("of %s, set %d", b.Publisher, b.Number) }
func (*TagsAcknowledged) Sealed() Sealed  { return Sealed{} }
func (b *TagsAcknowledged) validate() error {
	return check(agency("publisher", b.Publisher), present("epoch", b.Epoch > 0), present("number", b.Number > 0),
		present("commitment", !b.Commitment.IsZero()))
}
