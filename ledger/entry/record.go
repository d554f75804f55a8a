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

// Bytes gives the record's canonical bytes.
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

// A SignedMember is a record signed with the agency key in it: proof that whoever
// proposes it holds that key.
type SignedMember struct {
	Record    []byte `cbor:"1,keyasint"` // canonical bytes of a Member
	Signature []byte `cbor:"2,keyasint"`
}

var memberDomain = []byte("crosscase/2 member record\x00")

// SignMember signs a record.
func SignMember(m Member, key ed25519.PrivateKey) (SignedMember, error) {
	if err := m.validate(); err != nil {
		return SignedMember{}, fmt.Errorf("%w: member record: %w", ErrShape, err)
	}
	record := m.Bytes()
	return SignedMember{Record: record, Signature: ed25519.Sign(key, append(bytes.Clone(memberDomain), record...))}, nil
}

// Open checks the signature and gives the record.
func (s SignedMember) Open() (Member, error) {
	var m Member
	if err := decode(s.Record, &m); err != nil {
		return Member{}, fmt.Errorf("member record: %w", err)
	}
	if err := m.validate(); err != nil {
		return Member{}, fmt.Errorf("%w: member record: %w", ErrShape, err)
	}
	if !sign.Verify(m.AgencyKey, append(bytes.Clone(memberDomain), s.Record...), s.Signature) {
		return Member{}, fmt.Errorf("%w: member record of %s", ErrSignature, m.Agency)
	}
	return m, nil
}

// Bytes gives the canonical bytes of the signed record.
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

const xWingPublicKeySize = 1216

func (m Member) validate() error {
	err := check(
		agency("agency", m.Agency),
		shown("name", m.Name, 1, 128),
		country(m.Country),
		sign.CheckKey(m.AgencyKey),
		shown("peer id", m.PeerID, 8, 128),
		between("number of addresses", len(m.Addrs), 1, 16),
		shown("log key", m.LogKey, 1, 512),
		shown("cosigner key", m.CosignerKey, 1, 512),
		present("epoch", m.Epoch > 0),
		between("length of match key", len(m.MatchKey), 32, 32),
		between("length of disclosure key", len(m.DisclosureKey), xWingPublicKeySize, xWingPublicKeySize),
		shown("oversight name", m.Oversight.Name, 1, 128),
		between("length of oversight verify key", len(m.Oversight.VerifyKey), ed25519.PublicKeySize, ed25519.PublicKeySize),
		between("length of oversight seal key", len(m.Oversight.SealKey), xWingPublicKeySize, xWingPublicKeySize),
		shown("contact", m.Contact, 0, 256),
		present("normaliser version", m.Normaliser > 0),
		present("feature level", m.Level > 0),
	)
	for _, a := range m.Addrs {
		if err == nil {
			err = shown("address", a, 1, 256)
		}
	}
	return err
}

// country takes ISO 3166-1 alpha-2 codes, and EU and XK, by their form.
func country(c string) error {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return errors.New("country is two capital letters")
	}
	return nil
}
