package entry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscase/crosscase/crypto/canon"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Member is the public record of an agency in the network.
type Member struct {
	Agency        casework.AgencyID `cbor:"1,keyasint"`
	Name          string            `cbor:"2,keyasint"`
	Country       string            `cbor:"3,keyasint"`
	AgencyKey     []byte            `cbor:"4,keyasint"` // Ed25519, signs entries
	PeerID        string            `cbor:"5,keyasint"` // libp2p identity of its node
	Addrs         []string          `cbor:"6,keyasint"` // multiaddrs
	LogKey        string            `cbor:"7,keyasint"` // signed-note verifier of its checkpoints
	CosignerKey   string            `cbor:"8,keyasint"` // verifier of its cosignatures
	Epoch         uint32            `cbor:"9,keyasint"`
	MatchKey      []byte            `cbor:"10,keyasint"` // VOPRF public key, 32 bytes
	DisclosureKey []byte            `cbor:"11,keyasint"` // X-Wing public key
	Oversight     Oversight         `cbor:"12,keyasint"`
	Contact       string            `cbor:"13,keyasint,omitempty"`
	Normaliser    uint32            `cbor:"14,keyasint"`
	Level         uint32            `cbor:"15,keyasint"` // the highest feature level that its nodes know
}

// Oversight is the body that alone reads an agency's sealed details.
type Oversight struct {
	Name      string `cbor:"1,keyasint"`
	VerifyKey []byte `cbor:"2,keyasint"` // Ed25519
	SealKey   []byte `cbor:"3,keyasint"` // X-Wing public key
}

// Hash names the body's keys.
func (o Oversight) Hash() Hash { return sha256.Sum256(canon.Encode(o)) }

// Fingerprint is what the body and an agency compare over the phone.
func (o Oversight) Fingerprint() string { return Fingerprint(o.Hash()) }

// Bytes returns the record's canonical bytes.
func (m Member) Bytes() []byte { return canon.Encode(m) }

// Hash names this record.
func (m Member) Hash() Hash { return sha256.Sum256(m.Bytes()) }

// Fingerprint is what two people compare over the phone: see [Fingerprint].
func (m Member) Fingerprint() string { return Fingerprint(m.Hash()) }

// Fingerprint writes the first 160 bits of a hash as eight groups of four letters
// and digits, to be read aloud.
func Fingerprint(h Hash) string {
	text := base32.StdEncoding.EncodeToString(h[:20])
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, " ")
}

// SameFingerprint compares what a person typed with a fingerprint, whatever the
// spaces, hyphens and case.
func SameFingerprint(typed, want string) bool {
	plain := func(s string) string {
		return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	}
	return plain(typed) != "" && plain(typed) == plain(want)
}

// ErrFingerprint means that what a person typed is not the text of a fingerprint.
var ErrFingerprint = errors.New("not a fingerprint")

// CheckFingerprint says what is wrong with a fingerprint as a person typed it,
// before it is compared with any.
func CheckFingerprint(typed string) error {
	plain := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	if len(plain) != 32 || strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return fmt.Errorf("%w: it is eight groups of four letters A to Z and digits 2 to 7, and this has %d in all", ErrFingerprint, len(plain))
	}
	return nil
}

// A SignedMember is a record signed with the agency key in it, and with every other
// key of it that can sign or evaluate: proof that whoever made it holds them.
type SignedMember struct {
	Record    []byte `cbor:"1,keyasint"` // canonical bytes of a Member
	Signature []byte `cbor:"2,keyasint"`
	Proofs    Proofs `cbor:"3,keyasint"`
}

var memberDomain = []byte("crosscase/2 member record\x00")

// SignMember signs a record with the secrets of its keys.
func SignMember(m Member, keys MemberKeys) (SignedMember, error) {
	if err := m.validate(); err != nil {
		return SignedMember{}, fmt.Errorf("%w: member record: %w", ErrShape, err)
	}
	record := m.Bytes()
	proofs, err := keys.prove(record)
	if err != nil {
		return SignedMember{}, fmt.Errorf("member record: %w", err)
	}
	return SignedMember{Record: record, Signature: ed25519.Sign(keys.Agency, append(bytes.Clone(memberDomain), record...)), Proofs: proofs}, nil
}

// Open checks the signature and the proofs, and returns the record.
func (s SignedMember) Open() (Member, error) {
	m, err := s.Read()
	if err != nil {
		return Member{}, err
	}
	if err := m.validate(); err != nil {
		return Member{}, fmt.Errorf("%w: member record: %w", ErrShape, err)
	}
	if !sign.Verify(m.AgencyKey, append(bytes.Clone(memberDomain), s.Record...), s.Signature) {
		return Member{}, fmt.Errorf("%w: member record of %s", ErrSignature, m.Agency)
	}
	if err := s.Proofs.check(m, s.Record); err != nil {
		return Member{}, fmt.Errorf("member record: %w", err)
	}
	return m, nil
}

// Read returns the record without checking it: of one that was opened before, or to
// show what it claims.
func (s SignedMember) Read() (Member, error) {
	var m Member
	if err := decode(s.Record, &m); err != nil {
		return Member{}, fmt.Errorf("member record: %w", err)
	}
	return m, nil
}

// Bytes returns the canonical bytes of the signed record.
func (s SignedMember) Bytes() []byte { return canon.Encode(s) }

// ParseSignedMember reads them.
func ParseSignedMember(data []byte) (SignedMember, error) {
	var s SignedMember
	if len(data) > MaxSize {
		return s, fmt.Errorf("%w: member record of %d bytes", ErrFormat, len(data))
	}
	err := decode(data, &s)
	return s, err
}

func (m Member) validate() error {
	err := check(
		agency("agency", m.Agency),
		shown("name", m.Name, 1, 128),
		country(m.Country),
		sign.CheckKey(m.AgencyKey),
		between("number of addresses", len(m.Addrs), 1, 16),
		shown("log key", m.LogKey, 1, 512),
		shown("cosigner key", m.CosignerKey, 1, 512),
		present("epoch", m.Epoch > 0),
		shown("oversight name", m.Oversight.Name, 1, 128),
		shown("contact", m.Contact, 0, 256),
		present("normaliser version", m.Normaliser > 0),
		present("feature level", m.Level > 0),
	)
	if err != nil {
		return err
	}
	for _, a := range m.Addrs {
		if len(a) > 256 {
			return errors.New("an address of more than 256 bytes")
		}
		if err := CheckAddress(a); err != nil {
			return err
		}
	}
	return m.usable()
}

// usable parses every key by the code that uses it, so that none is admitted that
// cannot work and could not be replaced within its epoch.
func (m Member) usable() error {
	if _, err := nodeKey(m.PeerID); err != nil {
		return err
	}
	for _, key := range []string{m.LogKey, m.CosignerKey} {
		if _, err := noteKey(key); err != nil {
			return err
		}
	}
	if err := sign.CheckKey(m.Oversight.VerifyKey); err != nil {
		return fmt.Errorf("oversight verifying key: %w", err)
	}
	return check(matchKey(m.MatchKey), sealKey("disclosure key", m.DisclosureKey), sealKey("oversight seal key", m.Oversight.SealKey))
}

// country takes ISO 3166-1 alpha-2 codes, and EU and XK, by their form.
func country(c string) error {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return errors.New("country is two capital letters")
	}
	return nil
}
