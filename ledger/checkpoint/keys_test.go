package checkpoint_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

func ed25519FromSeed(seed []byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(seed) }

func sign25519(key ed25519.PrivateKey, message []byte) []byte { return ed25519.Sign(key, message) }

// cosignerHash is the key hash of a cosigner (https://c2sp.org/signed-note).
func cosignerHash(name string, key ed25519.PrivateKey) []byte {
	return hashOf(name, string(key.Public().(ed25519.PublicKey)))
}

func hashOf(name, public string) []byte {
	h := sha256.Sum256([]byte(name + "\n\x04" + public))
	return h[:4]
}

// cosignerText writes a cosigner's verifier for any 32 bytes.
func cosignerText(name, public string) string {
	return fmt.Sprintf("%s+%x+%s", name, hashOf(name, public), base64.StdEncoding.EncodeToString([]byte("\x04"+public)))
}
