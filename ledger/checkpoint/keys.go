package checkpoint

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/policy/casework"
)

// NewLogKey draws a key with which a voter signs checkpoints of a log. The first
// result is secret; the second is the verifier that the member record shows.
func NewLogKey(origin string) (signer, verifier string, err error) {
	signer, verifier, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", "", fmt.Errorf("log key: %w", err)
	}
	return signer, verifier, nil
}

// NewCosignerKey draws a key with which a voter or witness cosigns.
func NewCosignerKey(name string) (signer, verifier string, err error) {
	signer, plain, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", "", fmt.Errorf("cosigner key: %w", err)
	}
	if verifier, err = fnote.VKeyToCosignatureV1(plain); err != nil {
		return "", "", fmt.Errorf("cosigner key: %w", err)
	}
	return signer, verifier, nil
}

// CosignerName is the name under which an agency cosigns in a network.
func CosignerName(origin string, agency casework.AgencyID) string {
	return origin + "/" + string(agency)
}

// Algorithms of verifiers (https://c2sp.org/signed-note).
const (
	algEd25519     = 1
	algCosignature = 4
)

// CheckKeys reports whether a member's verifiers have the right form and names,
// and are spelled in the one way that they may be.
func CheckKeys(origin string, agency casework.AgencyID, logKey, cosignerKey string) error {
	lv, err := note.NewVerifier(logKey)
	if err != nil {
		return fmt.Errorf("%w: log key: %w", ErrFormat, err)
	}
	if lv.Name() != origin {
		return fmt.Errorf("%w: the log key is for %q", ErrOrigin, lv.Name())
	}
	cv, err := fnote.NewVerifierForCosignatureV1(cosignerKey)
	if err != nil {
		return fmt.Errorf("%w: cosigner key: %w", ErrFormat, err)
	}
	if cv.Name() != CosignerName(origin, agency) {
		return fmt.Errorf("%w: the cosigner key is of %q", ErrOrigin, cv.Name())
	}
	if err := exact(lv, logKey, algEd25519); err != nil {
		return fmt.Errorf("log key: %w", err)
	}
	if err := exact(cv, cosignerKey, algCosignature); err != nil {
		return fmt.Errorf("cosigner key: %w", err)
	}
	return nil
}

// exact checks a verifier's text against the only one that its key has. The
// libraries' readers take line breaks, other cases and wrong key hashes.
func exact(v note.Verifier, text string, alg byte) error {
	fields := strings.SplitN(text, "+", 3) // names have no +, keys may
	raw, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != alg {
		return fmt.Errorf("%w: another algorithm", ErrKey)
	}
	if text != fmt.Sprintf("%s+%08x+%s", v.Name(), v.KeyHash(), base64.StdEncoding.EncodeToString(raw)) {
		return fmt.Errorf("%w: another spelling", ErrKey)
	}
	if err := sign.CheckKey(raw[1:]); err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	return nil
}

// Clash reports whether notes cannot tell two verifiers apart: they have one name
// and one key hash, which is 32 bits and can be searched for. One clash among the
// voters would make every checkpoint unreadable.
func Clash(a, b string) bool {
	id := func(v string) string { return strings.Join(strings.SplitN(v, "+", 3)[:2], "+") }
	return strings.Count(a, "+") >= 2 && strings.Count(b, "+") >= 2 && id(a) == id(b)
}
