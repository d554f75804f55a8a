package entry

import (
	"crypto/sha256"
	"fmt"

	"github.com/crosscase/crosscase/policy/casework"
)

// TypeGenesis is the type of a [Genesis].
const TypeGenesis Type = "genesis"

var _ = register[Genesis]()

// Genesis founds the network: its agreement and its first member. It is the
// first entry, and only the first.
type Genesis struct {
	Agreement []byte       `cbor:"1,keyasint"`
	Founder   SignedMember `cbor:"2,keyasint"`
}

func (*Genesis) Type() Type      { return TypeGenesis }
func (*Genesis) Key() string     { return "genesis" }
func (b *Genesis) Facts() string { return "founded by " + named(b.Founder) }
func (*Genesis) Sealed() Sealed  { return Sealed{} }
func (b *Genesis) validate() error {
	return check(present("agreement", len(b.Agreement) > 0), present("founder", len(b.Founder.Record) > 0))
}

// TypeMemberPropose is the type of a [MemberPropose].
const TypeMemberPropose Type = "member.propose"

var _ = register[MemberPropose]()

// MemberPropose puts an agency up for admission; proposing approves.
type MemberPropose struct {
	Member SignedMember `cbor:"1,keyasint"`
}

func (*MemberPropose) Type() Type      { return TypeMemberPropose }
func (b *MemberPropose) Key() string   { return Hash(sha256.Sum256(b.Member.Record)).String() }
func (b *MemberPropose) Facts() string { return "proposes " + named(b.Member) }
func (*MemberPropose) Sealed() Sealed  { return Sealed{} }
func (b *MemberPropose) validate() error {
	_, err := b.Member.Open()
	return err
}

// TypeMemberApprove is the type of a [MemberApprove].
const TypeMemberApprove Type = "member.approve"

var _ = register[MemberApprove]()

// MemberApprove approves one proposed record, and no other of that agency.
type MemberApprove struct {
	Agency casework.AgencyID `cbor:"1,keyasint"`
	Record Hash              `cbor:"2,keyasint"`
}

func (*MemberApprove) Type() Type    { return TypeMemberApprove }
func (b *MemberApprove) Key() string { return b.Record.String() }
func (b *MemberApprove) Facts() string {
	return fmt.Sprintf("approves %s, record %.8s", b.Agency, b.Record)
}
func (*MemberApprove) Sealed() Sealed { return Sealed{} }
func (b *MemberApprove) validate() error {
	return check(agency("agency", b.Agency), present("record", !b.Record.IsZero()))
}

// TypeMemberExpel is the type of a [MemberExpel].
const TypeMemberExpel Type = "member.expel"

var _ = register[MemberExpel]()

// MemberExpel asks that a member be expelled, or supports that. It has no key: what
// was said before a member went counts no more, and may be said again.
type MemberExpel struct {
	Agency casework.AgencyID `cbor:"1,keyasint"`
	Reason string            `cbor:"2,keyasint"` // a code
}

func (*MemberExpel) Type() Type      { return TypeMemberExpel }
func (*MemberExpel) Key() string     { return "" }
func (b *MemberExpel) Facts() string { return fmt.Sprintf("expels %s: %s", b.Agency, b.Reason) }
func (*MemberExpel) Sealed() Sealed  { return Sealed{} }
func (b *MemberExpel) validate() error {
	return check(agency("agency", b.Agency), code("reason", b.Reason))
}

// TypeMemberRotate is the type of a [MemberRotate].
const TypeMemberRotate Type = "member.rotate"

var _ = register[MemberRotate]()

// MemberRotate replaces the own record: new addresses, or the keys of a new epoch.
// It has no key: an agency may go back to a record that it had before.
type MemberRotate struct {
	Member SignedMember `cbor:"1,keyasint"`
}

func (*MemberRotate) Type() Type      { return TypeMemberRotate }
func (*MemberRotate) Key() string     { return "" }
func (b *MemberRotate) Facts() string { return "replaces the record of " + named(b.Member) }
func (*MemberRotate) Sealed() Sealed  { return Sealed{} }
func (b *MemberRotate) validate() error {
	_, err := b.Member.Open()
	return err
}

// named returns the agency of a signed record, as far as it can be read.
func named(s SignedMember) string {
	m, err := s.Read()
	if err != nil {
		return "a record that cannot be read"
	}
	return string(m.Agency)
}
