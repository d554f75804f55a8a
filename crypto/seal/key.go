package seal

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Lengths in bytes.
const (
	SeedSize      = 32
	PublicKeySize = 1216
	encSize       = 1120
	tagSize       = 16
)

// ErrKey means that bytes are not a key of this kind.
var ErrKey = errors.New("not an X-Wing key")

// ErrNoKey means that a key was the zero value.
var ErrNoKey = errors.New("no key given")

// A PrivateKey opens what is sealed to its public key. It never prints.
type PrivateKey struct{ key hpke.PrivateKey }

// GenerateKey draws a key.
func GenerateKey() (*PrivateKey, error) {
	k, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("generate an X-Wing key: %w", err)
	}
	return &PrivateKey{k}, nil
}

// ParsePrivateKey takes a seed of SeedSize bytes; every seed is a key.
func ParsePrivateKey(seed []byte) (*PrivateKey, error) {
	if len(seed) != SeedSize {
		return nil, fmt.Errorf("private key of %d bytes: %w", len(seed), ErrKey)
	}
	k, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", ErrKey)
	}
	return &PrivateKey{k}, nil
}

// Bytes returns the seed, to be kept encrypted.
func (k *PrivateKey) Bytes() ([]byte, error) {
	if k == nil || k.key == nil {
		return nil, ErrNoKey
	}
	seed, err := k.key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return seed, nil
}

// Public returns the key to seal to; nil of no key.
func (k *PrivateKey) Public() *PublicKey {
	if k == nil || k.key == nil {
		return nil
	}
	return &PublicKey{k.key.PublicKey()}
}

// Format prints a fixed word for every verb.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[private key]")) }

// MarshalText returns the same word to encoders of text.
func (PrivateKey) MarshalText() ([]byte, error) { return []byte("[private key]"), nil }

// A PublicKey is what others seal to.
type PublicKey struct{ key hpke.PublicKey }

// ParsePublicKey takes PublicKeySize bytes.
func ParsePublicKey(b []byte) (*PublicKey, error) {
	if len(b) != PublicKeySize {
		return nil, fmt.Errorf("public key of %d bytes: %w", len(b), ErrKey)
	}
	k, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", ErrKey)
	}
	return &PublicKey{k}, nil
}

// Bytes returns the key as ParsePublicKey takes it; nil of no key.
func (p *PublicKey) Bytes() []byte {
	if p == nil || p.key == nil {
		return nil
	}
	return p.key.Bytes()
}

// Equal reports whether both are the same key; no key equals none.
func (p *PublicKey) Equal(q *PublicKey) bool {
	b := p.Bytes()
	return b != nil && bytes.Equal(b, q.Bytes())
}

// Fingerprint is for two people to compare: the first 128 bits of the SHA-256
// of the key, as eight groups of four hexadecimal digits. No second key with
// the same one can be made.
func (p *PublicKey) Fingerprint() string {
	b := p.Bytes()
	if b == nil {
		return "no key"
	}
	sum := sha256.Sum256(b)
	text := hex.EncodeToString(sum[:16])
	var groups []string
	for ; len(text) > 0; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(groups, " ")
}

// String returns the fingerprint.
func (p *PublicKey) String() string { return p.Fingerprint() }
