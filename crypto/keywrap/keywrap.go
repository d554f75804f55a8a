// Package keywrap seals a secret behind a passphrase, for the file that it lies in.
//
// A wrapped secret is JSON: the Argon2id parameters (RFC 9106), a salt, and the secret
// sealed with XChaCha20-Poly1305, everything else in the file being authenticated with
// it. A stolen file costs whoever has it one Argon2id run for each guess (64 MiB, three
// passes); parameters that are weaker than that, or so strong that they would stall the
// machine, are refused before anything is computed with them.
package keywrap

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Errors that callers branch on.
var (
	ErrPassphrase = errors.New("the passphrase is wrong, or the key file was changed")
	ErrFormat     = errors.New("not a key file of this version")
)

// MinPassphrase is the length in bytes of the shortest passphrase accepted for a new key.
const MinPassphrase = 8

const wrapVersion = "crosscase-key/1"

// Argon2id parameters of new files: RFC 9106's second recommendation.
const (
	argonTime   = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 4
)

// What a file may ask for at most: it may be somebody else's, and is computed with
// before anything in it is proved. It leaves room to raise what new files have.
const (
	maxTime   = 16
	maxMemory = 256 << 10 // KiB
	maxLanes  = 16
)

// A Wrapped secret is one behind a passphrase, as it lies on disk.
type Wrapped struct {
	Version string `json:"version"`
	What    string `json:"what"`             // "store", "officer", "oversight"
	Public  string `json:"public,omitempty"` // what belongs to the secret and may be read
	KDF     string `json:"kdf"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory_kib"`
	Lanes   uint8  `json:"lanes"`
	Salt    []byte `json:"salt"`
	Nonce   []byte `json:"nonce"`
	Sealed  []byte `json:"sealed"`
}

// aad binds everything that is readable in the file to what is sealed in it.
func (w Wrapped) aad() []byte {
	return fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d\x00%d\x00%d\x00%x", w.Version, w.What, w.Public, w.KDF, w.Time, w.Memory, w.Lanes, w.Salt)
}

// key derives the key from a passphrase. The memory that this takes is more than all else
// that most processes need: it goes back at once, and does not let the heap grow to twice
// of it.
func (w Wrapped) key(passphrase []byte) []byte {
	defer debug.FreeOSMemory()
	return argon2.IDKey(passphrase, w.Salt, w.Time, w.Memory, w.Lanes, chacha20poly1305.KeySize)
}

// Wrap seals a secret behind a passphrase. What the secret is, and text that belongs to
// it and is not secret, stay readable.
func Wrap(what, public string, secret, passphrase []byte) ([]byte, error) {
	if len(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("a passphrase has at least %d characters", MinPassphrase)
	}
	w := Wrapped{
		Version: wrapVersion, What: what, Public: public,
		KDF: "argon2id", Time: argonTime, Memory: argonMemory, Lanes: argonLanes,
		Salt: make([]byte, 16), Nonce: make([]byte, chacha20poly1305.NonceSizeX),
	}
	rand.Read(w.Salt)
	rand.Read(w.Nonce)
	aead, err := chacha20poly1305.NewX(w.key(passphrase))
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	w.Sealed = aead.Seal(nil, w.Nonce, secret, w.aad())
	js, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	return append(js, '\n'), nil
}

// Parse reads a wrapped secret and refuses parameters outside sane bounds. It proves
// nothing: what is readable in it holds once Open succeeds.
func Parse(what string, data []byte) (Wrapped, error) {
	var w Wrapped
	if len(data) > 64<<10 {
		return w, fmt.Errorf("%w: %d bytes", ErrFormat, len(data))
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return w, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	switch {
	case w.Version != wrapVersion:
		return w, fmt.Errorf("%w: version %q", ErrFormat, w.Version)
	case w.What != what:
		return w, fmt.Errorf("%w: it holds a key for %q, not for %q", ErrFormat, w.What, what)
	case w.KDF != "argon2id" || w.Time < argonTime || w.Time > maxTime || w.Memory < argonMemory || w.Memory > maxMemory || w.Lanes < 1 || w.Lanes > maxLanes:
		return w, fmt.Errorf("%w: key derivation %q with time %d, memory %d KiB, lanes %d; they are argon2id, %d to %d, %d to %d, 1 to %d",
			ErrFormat, w.KDF, w.Time, w.Memory, w.Lanes, argonTime, maxTime, argonMemory, maxMemory, maxLanes)
	case len(w.Salt) < 16 || len(w.Salt) > 64 || len(w.Nonce) != chacha20poly1305.NonceSizeX:
		return w, fmt.Errorf("%w: salt or nonce of the wrong length", ErrFormat)
	}
	return w, nil
}

// Open opens what Wrap sealed.
func (w Wrapped) Open(passphrase []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(w.key(passphrase))
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w", err)
	}
	secret, err := aead.Open(nil, w.Nonce, w.Sealed, w.aad())
	if err != nil {
		return nil, ErrPassphrase
	}
	return secret, nil
}
