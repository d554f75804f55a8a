package entry

import (
	"fmt"
	"slices"
)

// erasable is what an erasure may be of.
var erasable = []string{"disclosure", "item", "match-set"}

// TypeErase is the type of an [Erase].
const TypeErase Type = "erase"

var _ = register[Erase]()

// Erase says that something was deleted, and never what it held.
type Erase struct {
	What   string `cbor:"1,keyasint"` // one of erasable
	Count  uint32 `cbor:"2,keyasint"`
	Reason string `cbor:"3,keyasint"` // a code: "delete-by", "consent", "retention"
}

func (*Erase) Type() Type      { return TypeErase }
func (*Erase) Key() string     { return "" }
func (b *Erase) Facts() string { return fmt.Sprintf("%d %s: %s", b.Count, b.What, b.Reason) }
func (*Erase) Sealed() Sealed  { return Sealed{} }
func (b *Erase) validate() error {
	if !slices.Contains(erasable, b.What) {
		return fmt.Errorf("what was erased is none of %v", erasable)
	}
	return check(present("count", b.Count > 0), code("reason", b.Reason))
}
