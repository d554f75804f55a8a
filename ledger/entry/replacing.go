package entry

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/policy/casework"
)

// An Identity names one raft log of a voter: a voter that lost its log draws another.
type Identity [16]byte

// String writes the identity as eight groups of four digits, to be read aloud.
func (i Identity) String() string {
	text := hex.EncodeToString(i[:])
	var groups []string
	for at := 0; at < len(text); at += 4 {
		groups = append(groups, text[at:at+4])
	}
	return strings.Join(groups, " ")
}

// IsZero reports whether the identity was never drawn.
func (i Identity) IsZero() bool { return i == Identity{} }

// ParseIdentity reads an identity as a person typed it, whatever the spaces, hyphens
// and case.
func ParseIdentity(text string) (Identity, error) {
	raw, err := hex.DecodeString(strings.NewReplacer(" ", "", "-", "").Replace(text))
	if err != nil || len(raw) != len(Identity{}) {
		return Identity{}, errors.New("an identity is eight groups of four digits 0 to 9 and letters a to f")
	}
	return Identity(raw), nil
}

// TypeVoterReplace is the type of a [VoterReplace].
const TypeVoterReplace Type = "voter.replace"

var _ = register[VoterReplace]()

// VoterReplace approves that a voter which lost its disk begins again with the raft
// log that it names, though not every other voter can say what it signed before. The
// one that completes the share decides it: the voter signs no checkpoint without it.
// It has no key: what was approved before a member went may be approved again.
type VoterReplace struct {
	Agency   casework.AgencyID `cbor:"1,keyasint"`
	Identity Identity          `cbor:"2,keyasint"`
}

func (*VoterReplace) Type() Type  { return TypeVoterReplace }
func (*VoterReplace) Key() string { return "" }
func (b *VoterReplace) Facts() string {
	return fmt.Sprintf("replaces the lost log of %s by %s", b.Agency, b.Identity)
}
func (*VoterReplace) Sealed() Sealed { return Sealed{} }
func (b *VoterReplace) validate() error {
	return check(agency("agency", b.Agency), present("identity", !b.Identity.IsZero()))
}
