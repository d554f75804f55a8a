// Package sign is the one rule for Ed25519 signatures: keys, entries, records,
// officers' acts and lines of checkpoints are judged by it, everywhere.
//
// RFC 8032 leaves verifiers room to differ: with or without cofactor, canonical
// encodings or not, keys of small or mixed order. What one replica takes and another
// refuses splits a ledger. The rule is:
//
//   - the key is the canonical encoding of a point of prime order ([CheckKey], once,
//     when the key is admitted);
//   - S is below the group order (RFC 8032 section 5.1.7);
//   - R is not the identity, and is compared as bytes with what the equation without
//     cofactor yields, so that its encoding is canonical.
//
// On keys that pass CheckKey, every verifier without cofactor decides the same then,
// whether it compares bytes (Go, OpenSSL) or also refuses small orders (libsodium):
// a sum of points of prime order has no other component, and of those that are left
// only the identity is treated differently.
//
// Who holds a key can still sign one message in many ways (any r); nobody else can
// turn one signature into another. Under a key of small order anybody can sign, and
// what was signed under a key of mixed order its owner could disown: neither is
// admitted.
package sign

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// ErrKey is wrapped by every refusal of a verifying key.
var ErrKey = errors.New("not an Ed25519 key that may be used")

// CheckKey refuses keys that are not the canonical encoding of a point of prime
// order.
func CheckKey(key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	y, err := curve.NewCompressedEdwardsYFromBytes(key)
	if err != nil || !y.IsCanonicalVartime() {
		return fmt.Errorf("%w: not the encoding of a point", ErrKey)
	}
	var p curve.EdwardsPoint
	if _, err := p.SetCompressedY(y); err != nil {
		return fmt.Errorf("%w: not a point", ErrKey)
	}
	if p.IsSmallOrder() {
		return fmt.Errorf("%w: a point of small order", ErrKey)
	}
	if !p.IsTorsionFree() {
		return fmt.Errorf("%w: a point of mixed order", ErrKey)
	}
	return nil
}

// identity is the encoding of the neutral element.
var identity = [32]byte{1}

// Verify reports whether a signature holds under a key that passed [CheckKey].
func Verify(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ProperR(signature) && ed25519.Verify(key, message, signature)
}

// ProperR reports whether a signature's R is one that verifiers agree on. It is for
// signatures that a library verified with the standard library's function.
func ProperR(signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && [32]byte(signature) != identity
}
