package sign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// A Verifier checks many signatures under one key, with the verdicts of [Verify]: it
// has a table of multiples of the key, some 40 KB, with which a check takes about a
// third of the time. Making it takes as long as a few checks. It is safe for
// concurrent use.
type Verifier struct {
	key   [ed25519.PublicKeySize]byte
	minus *curve.EdwardsBasepointTable // of the key's negative
}

// NewVerifier prepares a key, which it checks.
func NewVerifier(key []byte) (*Verifier, error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	v := &Verifier{key: [ed25519.PublicKeySize]byte(key)}
	y, err := curve.NewCompressedEdwardsYFromBytes(key)
	if err != nil {
		return nil, err // CheckKey read it
	}
	var a curve.EdwardsPoint
	if _, err := a.SetCompressedY(y); err != nil {
		return nil, err
	}
	v.minus = curve.NewEdwardsBasepointTable(a.Neg(&a))
	return v, nil
}

// Key is the key that signatures are checked under.
func (v *Verifier) Key() []byte { return v.key[:] }

// Verify reports whether a signature holds: R is the encoding of [S]B - [k]A, where k
// is the hash of R, A and the message (RFC 8032 section 5.1.7, without cofactor).
func (v *Verifier) Verify(message, signature []byte) bool {
	if !ProperR(signature) || !scalar.ScMinimalVartime(signature[32:]) {
		return false
	}
	h := sha512.New()
	h.Write(signature[:32])
	h.Write(v.key[:])
	h.Write(message)
	var k, s scalar.Scalar
	if _, err := k.SetBytesModOrderWide(h.Sum(nil)); err != nil {
		return false // a hash has the right size
	}
	if _, err := s.SetCanonicalBytes(signature[32:]); err != nil {
		return false
	}
	var r, minus curve.EdwardsPoint
	r.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, &s)
	r.Add(&r, minus.MulBasepoint(v.minus, &k))
	var encoded curve.CompressedEdwardsY
	encoded.SetEdwardsPoint(&r)
	return bytes.Equal(encoded[:], signature[:32])
}
