package oprf

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/crosscase/crosscase/crypto/ristretto"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// Errors that callers branch on.
var (
	ErrElement = errors.New("not a group element")
	ErrProof   = errors.New("the proof does not hold: the answer is not by the key that it should be")
	ErrLength  = errors.New("lengths of inputs, blinds, elements and output do not fit")
	ErrKey     = errors.New("not a key")
)

// An ElementError names the element of a batch that is none.
type ElementError struct{ Index int }

func (e *ElementError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, ErrElement) }

// Unwrap makes the error an ErrElement.
func (e *ElementError) Unwrap() error { return ErrElement }

// A PrivateKey evaluates. It has no printed form.
type PrivateKey struct {
	k      scalar.Scalar
	public *PublicKey
}

// Format prints no key under any verb.
func (PrivateKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[match key]") }

// GenerateKey draws a key.
func GenerateKey() (*PrivateKey, error) {
	var seed [32]byte
	rand.Read(seed[:])
	return DeriveKey(seed[:], []byte("crosscase"))
}

// DeriveKey derives a key from a seed of 32 bytes (DeriveKeyPair of RFC 9497
// section 3.2.1).
func DeriveKey(seed, info []byte) (*PrivateKey, error) {
	if len(seed) != 32 || len(info) > 0xffff {
		return nil, fmt.Errorf("%w: a seed of %d bytes, want 32", ErrKey, len(seed))
	}
	x := newHasher()
	input := append([]byte(nil), seed...)
	input = binary.BigEndian.AppendUint16(input, uint16(len(info)))
	input = append(input, info...)
	var k scalar.Scalar
	for counter := range 256 {
		x.scalar(&k, keyDST, input, []byte{byte(counter)})
		if k.Equal(scalar.New()) == 0 {
			return newPrivateKey(&k), nil
		}
	}
	return nil, fmt.Errorf("%w: the seed gives none", ErrKey)
}

// ParsePrivateKey reads what Bytes wrote.
func ParsePrivateKey(data []byte) (*PrivateKey, error) {
	var k scalar.Scalar
	if _, err := k.SetCanonicalBytes(data); err != nil {
		return nil, fmt.Errorf("%w: not a canonical scalar", ErrKey)
	}
	if k.Equal(scalar.New()) == 1 {
		return nil, fmt.Errorf("%w: zero", ErrKey)
	}
	return newPrivateKey(&k), nil
}

func newPrivateKey(k *scalar.Scalar) *PrivateKey {
	p := &PrivateKey{public: &PublicKey{}}
	p.k.Set(k)
	p.public.point.MulBasepoint(curve.RISTRETTO_BASEPOINT_TABLE, k)
	encode(&p.public.bytes, &p.public.point)
	p.public.base = ristretto.NewBase(&p.public.point)
	return p
}

// Bytes returns the key's 32 bytes, to be kept secret.
func (k *PrivateKey) Bytes() []byte {
	out := make([]byte, ScalarSize)
	if err := k.k.ToBytes(out); err != nil {
		panic(err) // 32 bytes always do
	}
	return out
}

// Public is the key's public key.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// A PublicKey verifies answers. Tables for multiplying by it are built on first use.
type PublicKey struct {
	point curve.RistrettoPoint
	bytes [ElementSize]byte
	base  *ristretto.Base
}

// ParsePublicKey reads a public key; the identity and non-canonical encodings are refused.
func ParsePublicKey(data []byte) (*PublicKey, error) {
	p := &PublicKey{}
	if len(data) != ElementSize || !decode(&p.point, data) {
		return nil, fmt.Errorf("%w: public key: %w", ErrKey, ErrElement)
	}
	copy(p.bytes[:], data)
	p.base = ristretto.NewBase(&p.point)
	return p, nil
}

// Bytes returns the key's 32 bytes.
func (p *PublicKey) Bytes() []byte { return append([]byte(nil), p.bytes[:]...) }

// Equal compares two public keys.
func (p *PublicKey) Equal(q *PublicKey) bool {
	return subtle.ConstantTimeCompare(p.bytes[:], q.bytes[:]) == 1
}
