package entry

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/policy/casework"
)

// TypeRecover is the type of a [Recover].
const TypeRecover Type = "recover"

var _ = register[Recover]()

// Recover founds the successor of a network whose voters are gone for good. It is the
// first entry, in the place of a genesis, and holds the seam: where the ledger before
// ended, and who of its members, with their oversight bodies, says so.
type Recover struct {
	Agreement []byte       `cbor:"1,keyasint"`
	Founder   SignedMember `cbor:"2,keyasint"`
	Seam      Seam         `cbor:"3,keyasint"`
}

// A Seam retires a network at its last certified checkpoint and names its successor.
type Seam struct {
	Network   string            `cbor:"1,keyasint"` // that is retired
	Genesis   Hash              `cbor:"2,keyasint"` // of its first entry
	Note      []byte            `cbor:"3,keyasint"` // its last certified checkpoint
	Successor string            `cbor:"4,keyasint"`
	Founder   casework.AgencyID `cbor:"5,keyasint"` // of the successor
	Agreement Hash              `cbor:"6,keyasint"` // of the successor
	Survivors []Survivor        `cbor:"7,keyasint"` // by agency
	Bodies    []BodySignature   `cbor:"8,keyasint"` // by key
}

// A Survivor is a member of the retired network that signs the seam.
type Survivor struct {
	Agency    casework.AgencyID `cbor:"1,keyasint"`
	Key       []byte            `cbor:"2,keyasint"` // its agency key there
	Signature []byte            `cbor:"3,keyasint"`
}

// A BodySignature is that of an oversight body of a survivor, under its verifying key.
type BodySignature struct {
	Key       []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

// maxSigners bounds the survivors, and the oversight bodies, that one entry can name.
const maxSigners = 32

var (
	seamDomain = []byte("crosscase/2 seam\x00")
	seamFormat = canon.NewFormat(canon.Limits{Size: MaxSize, Array: maxSigners, Map: 16, Depth: 4})
)

// Bytes returns the seam's canonical bytes, with its signatures.
func (s Seam) Bytes() []byte { return canon.Encode(s) }

// ParseSeam reads what Bytes wrote. Signatures may be missing; those there hold.
func ParseSeam(data []byte) (Seam, error) {
	var s Seam
	if err := seamFormat.Decode(data, &s); err != nil {
		return Seam{}, fmt.Errorf("%w: seam: %w", ErrFormat, err)
	}
	if err := s.check(); err != nil {
		return Seam{}, fmt.Errorf("%w: seam: %w", ErrShape, err)
	}
	return s, nil
}

// statement is what is signed.
func (s Seam) statement() []byte {
	s.Survivors, s.Bodies = []Survivor{}, []BodySignature{}
	return append(bytes.Clone(seamDomain), s.Bytes()...)
}

// Fingerprint is what people who sign the same seam compare over the phone.
func (s Seam) Fingerprint() string { return Fingerprint(sha256.Sum256(s.statement())) }

// SignedBy returns the seam with the signature of a survivor, once.
func (s Seam) SignedBy(id casework.AgencyID, key ed25519.PrivateKey) Seam {
	s.Survivors = slices.DeleteFunc(slices.Clone(s.Survivors), func(v Survivor) bool { return v.Agency == id })
	s.Survivors = append(s.Survivors, Survivor{id, key.Public().(ed25519.PublicKey), ed25519.Sign(key, s.statement())})
	slices.SortFunc(s.Survivors, bySurvivor)
	return s
}

// SignedByBody returns the seam with the signature of an oversight body, once.
func (s Seam) SignedByBody(key ed25519.PrivateKey) Seam {
	public := key.Public().(ed25519.PublicKey)
	s.Bodies = slices.DeleteFunc(slices.Clone(s.Bodies), func(b BodySignature) bool { return bytes.Equal(b.Key, public) })
	s.Bodies = append(s.Bodies, BodySignature{public, ed25519.Sign(key, s.statement())})
	slices.SortFunc(s.Bodies, byBody)
	return s
}

func bySurvivor(a, b Survivor) int  { return cmp.Compare(a.Agency, b.Agency) }
func byBody(a, b BodySignature) int { return bytes.Compare(a.Key, b.Key) }

// check holds a seam that is being signed to its shape, and to the signatures in it.
func (s Seam) check() error {
	err := check(
		shown("retired network", s.Network, 1, 128), shown("successor", s.Successor, 1, 128), agency("founder", s.Founder),
		present("first entry of the retired network", !s.Genesis.IsZero()), present("agreement", !s.Agreement.IsZero()),
		between("size of the checkpoint", len(s.Note), 1, maxNote),
		between("number of survivors", len(s.Survivors), 0, maxSigners), between("number of oversight bodies", len(s.Bodies), 0, maxSigners),
	)
	if err != nil {
		return err
	}
	if s.Successor == s.Network {
		return errors.New("the successor has the name of the retired network")
	}
	if s.Survivors == nil || s.Bodies == nil {
		return errors.New("a list of signatures is missing")
	}
	statement := s.statement()
	for i, v := range s.Survivors {
		if err := check(agency("survivor", v.Agency), sign.CheckKey(v.Key)); err != nil {
			return err
		}
		if i > 0 && bySurvivor(s.Survivors[i-1], v) >= 0 {
			return errors.New("the survivors are not in order")
		}
		if !sign.Verify(v.Key, statement, v.Signature) {
			return fmt.Errorf("the signature of %s does not hold", v.Agency)
		}
	}
	for i, b := range s.Bodies {
		if err := sign.CheckKey(b.Key); err != nil {
			return err
		}
		if i > 0 && byBody(s.Bodies[i-1], b) >= 0 {
			return errors.New("the oversight bodies are not in order")
		}
		if !sign.Verify(b.Key, statement, b.Signature) {
			return errors.New("the signature of an oversight body does not hold")
		}
	}
	return nil
}

func (*Recover) Type() Type  { return TypeRecover }
func (*Recover) Key() string { return "genesis" }
func (b *Recover) Facts() string {
	return fmt.Sprintf("founded by %s as the successor of %s, by %d survivors and %d oversight bodies", named(b.Founder), b.Seam.Network, len(b.Seam.Survivors), len(b.Seam.Bodies))
}
func (*Recover) Sealed() Sealed { return Sealed{} }
func (b *Recover) validate() error {
	if err := check(present("agreement", len(b.Agreement) > 0), present("founder", len(b.Founder.Record) > 0), b.Seam.check()); err != nil {
		return err
	}
	if Hash(sha256.Sum256(b.Agreement)) != b.Seam.Agreement {
		return errors.New("the survivors signed another agreement")
	}
	if !slices.ContainsFunc(b.Seam.Survivors, func(v Survivor) bool { return v.Agency == b.Seam.Founder }) {
		return errors.New("the founder did not sign the seam")
	}
	return present("signature of an oversight body", len(b.Seam.Bodies) > 0)
}
