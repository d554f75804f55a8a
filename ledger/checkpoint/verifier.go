package checkpoint

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/crosscase/crosscase/crypto/sign"
)

// keys prepares the few keys under which a ledger's notes are verified again and again.
var keys = sign.NewCache(64)

// A prepared verifier is a library's, with signatures checked by package sign.
type prepared struct {
	note.Verifier
	key     []byte
	message func(text, sig []byte) (message, signature []byte, ok bool)
}

// Verify implements note.Verifier.
func (p prepared) Verify(text, sig []byte) bool {
	message, signature, ok := p.message(text, sig)
	return ok && keys.Verify(p.key, message, signature)
}

// keyOf is the Ed25519 key in a verifier that a library parsed.
func keyOf(verifier string) ([]byte, error) {
	fields := strings.SplitN(verifier, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil || len(raw) < 1 {
		return nil, fmt.Errorf("%w: no key in it", ErrKey)
	}
	return raw[1:], nil
}

// logVerifier verifies signatures of a log key: over the note's text.
func logVerifier(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(text)
	if err != nil {
		return nil, err
	}
	return prepared{v, key, func(text, sig []byte) ([]byte, []byte, bool) { return text, sig, true }}, nil
}

// cosignerVerifier verifies cosignatures: over the note's text, behind a line with the
// time that the signature begins with (https://c2sp.org/tlog-cosignature).
func cosignerVerifier(text string) (note.Verifier, error) {
	v, err := fnote.NewVerifierForCosignatureV1(text)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(text)
	if err != nil {
		return nil, err
	}
	return prepared{v, key, cosigned}, nil
}

func cosigned(text, sig []byte) (message, signature []byte, ok bool) {
	if len(sig) < 8 {
		return nil, nil, false
	}
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text), sig[8:], true
}
