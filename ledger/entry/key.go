package entry

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// ErrKey is wrapped by every refusal of a verifying key.
var ErrKey = errors.New("not an Ed25519 key that may be used")

// CheckKey refuses Ed25519 keys under which anybody can make a signature (points
// of small order), so that nobody can disown what it signed, and encodings other
// than the one that a point has, so that no key is taken for two.
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
	return nil
}
