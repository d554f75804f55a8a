package entry

import (
	"crypto/sha256"
	"fmt"
)

// TypeAgreementPropose is the type of an [AgreementPropose].
const TypeAgreementPropose Type = "agreement.propose"

var _ = register[AgreementPropose]()

// AgreementPropose puts a new agreement to the members; proposing approves.
type AgreementPropose struct {
	Agreement []byte `cbor:"1,keyasint"`
}

func (*AgreementPropose) Type() Type      { return TypeAgreementPropose }
func (b *AgreementPropose) Key() string   { return Hash(sha256.Sum256(b.Agreement)).String() }
func (b *AgreementPropose) Facts() string { return fmt.Sprintf("proposes agreement %.8s", b.Key()) }
func (*AgreementPropose) Sealed() Sealed  { return Sealed{} }
func (b *AgreementPropose) validate() error {
	return present("agreement", len(b.Agreement) > 0)
}

// TypeAgreementApprove is the type of an [AgreementApprove].
const TypeAgreementApprove Type = "agreement.approve"

var _ = register[AgreementApprove]()

// AgreementApprove approves a proposed agreement; it takes force with the approval of
// the share of the members that the one in force names.
type AgreementApprove struct {
	Agreement Hash `cbor:"1,keyasint"`
}

func (*AgreementApprove) Type() Type      { return TypeAgreementApprove }
func (b *AgreementApprove) Key() string   { return b.Agreement.String() }
func (b *AgreementApprove) Facts() string { return fmt.Sprintf("approves agreement %.8s", b.Agreement) }
func (*AgreementApprove) Sealed() Sealed  { return Sealed{} }
func (b *AgreementApprove) validate() error {
	return present("agreement", !b.Agreement.IsZero())
}
