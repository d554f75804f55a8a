package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/entry"
)

// ErrKeys is wrapped by every failure to read an oversight body's keys.
var ErrKeys = errors.New("not the keys of an oversight body")

const (
	publicVersion = "crosscase-oversight/1"
	secretVersion = "crosscase-oversight-secret/1"
	maxKeys       = 64 << 10
)

// Public is what agencies need to know of their oversight body.
type Public struct {
	Version   string `json:"version"`
	Name      string `json:"name"`
	VerifyKey []byte `json:"verify_key"` // Ed25519
	SealKey   []byte `json:"seal_key"`   // X-Wing
}

// A Secret opens what is sealed to the body. It has no printed form.
type Secret struct {
	name string
	sign []byte // Ed25519 seed
	key  *seal.PrivateKey

	joined bool // of two shares
}

// Format prints no key under any verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[oversight key]") }

// NewOversight draws the keys of an oversight body.
func NewOversight(name string) (Secret, error) {
	if name == "" || len(name) > 128 {
		return Secret{}, fmt.Errorf("%w: a name has 1 to 128 bytes", ErrKeys)
	}
	key, err := seal.GenerateKey()
	if err != nil {
		return Secret{}, fmt.Errorf("oversight key: %w", err)
	}
	s := Secret{name: name, sign: make([]byte, ed25519.SeedSize), key: key}
	rand.Read(s.sign)
	return s, nil
}

// Public returns what agencies need to know.
func (s Secret) Public() Public {
	return Public{
		Version: publicVersion, Name: s.name, SealKey: s.key.Public().Bytes(),
		VerifyKey: ed25519.NewKeyFromSeed(s.sign).Public().(ed25519.PublicKey),
	}
}

// Signer is the key by which the body is known: it signs, and proves who reads.
func (s Secret) Signer() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s.sign) }

// Key opens what is sealed to the body.
func (s Secret) Key() *seal.PrivateKey { return s.key }

type secretFile struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	Sign    []byte `json:"sign_seed"`
	Seal    []byte `json:"seal_seed"`
}

// Text returns the secret's file, to be kept by the body alone.
func (s Secret) Text() ([]byte, error) {
	seed, err := s.key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("oversight key: %w", err)
	}
	text, err := json.MarshalIndent(secretFile{secretVersion, s.name, s.sign, seed}, "", "  ")
	return append(text, '\n'), err
}

// ParseSecret reads what Text wrote.
func ParseSecret(data []byte) (Secret, error) {
	var f secretFile
	if p, err := ParsePublic(data); err == nil {
		return Secret{}, fmt.Errorf("%w: this is the public file of %q, for the agencies; the secret one lies beside it, without .pub", ErrKeys, p.Name)
	}
	if err := read(data, &f); err != nil {
		return Secret{}, err
	}
	if f.Version != secretVersion || f.Name == "" || len(f.Sign) != ed25519.SeedSize {
		return Secret{}, fmt.Errorf("%w: version %q", ErrKeys, f.Version)
	}
	key, err := seal.ParsePrivateKey(f.Seal)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return Secret{name: f.Name, sign: f.Sign, key: key}, nil
}

// Text returns the public file.
func (p Public) Text() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	return append(text, '\n'), err
}

// ParsePublic reads what Text wrote.
func ParsePublic(data []byte) (Public, error) {
	var p Public
	if err := read(data, &p); err != nil {
		return Public{}, err
	}
	switch {
	case p.Version != publicVersion:
		return Public{}, fmt.Errorf("%w: version %q", ErrKeys, p.Version)
	case p.Name == "" || len(p.Name) > 128:
		return Public{}, fmt.Errorf("%w: a name has 1 to 128 bytes", ErrKeys)
	}
	if err := sign.CheckKey(p.VerifyKey); err != nil {
		return Public{}, fmt.Errorf("%w: verifying key: %w", ErrKeys, err)
	}
	if _, err := seal.ParsePublicKey(p.SealKey); err != nil {
		return Public{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return p, nil
}

func read(data []byte, into any) error {
	if len(data) > maxKeys {
		return fmt.Errorf("%w: %d bytes", ErrKeys, len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows it", ErrKeys)
	}
	return nil
}

// Oversight returns the body as member records name it.
func (p Public) Oversight() entry.Oversight {
	return entry.Oversight{Name: p.Name, VerifyKey: p.VerifyKey, SealKey: p.SealKey}
}
