package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/crosscase/crosscase/crypto/keywrap"
	"github.com/crosscase/crosscase/ledger/durable"
)

// A StoreKey encrypts everything that a node keeps. It has no printed form.
type StoreKey struct{ key *[32]byte }

// Format prints no key under any verb.
func (StoreKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[store key]") }

// MarshalText prints no key into any encoding.
func (StoreKey) MarshalText() ([]byte, error) { return []byte("[store key]"), nil }

// Bytes returns the key to those who encrypt with it.
func (k StoreKey) Bytes() *[32]byte { return k.key }

// NewStoreKey draws a key.
func NewStoreKey() StoreKey {
	k := StoreKey{new([32]byte)}
	rand.Read(k.key[:])
	return k
}

// Wrap writes the key behind a passphrase to a new file.
func (k StoreKey) Wrap(path string, passphrase []byte) error {
	data, err := keywrap.Wrap("store", "", k.key[:], passphrase)
	if err != nil {
		return err
	}
	return create(path, data)
}

const keyFileHeader = "crosscase-store-key:"

// WriteFile writes the key in the clear to a new file, for a machine where the
// file itself is guarded: a hardware-backed credential, a mounted secret.
func (k StoreKey) WriteFile(path string) error {
	return create(path, []byte(keyFileHeader+base64.StdEncoding.EncodeToString(k.key[:])+"\n"))
}

// Wrapped reports whether a key file needs a passphrase.
func Wrapped(path string) (bool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return false, fmt.Errorf("store key: %w", err)
	}
	return !bytes.HasPrefix(data, []byte(keyFileHeader)), nil
}

// OpenStoreKey reads a store key, wrapped or not.
func OpenStoreKey(path string, passphrase []byte) (StoreKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return StoreKey{}, fmt.Errorf("store key: %w", err)
	}
	var secret []byte
	if text, plain := bytes.CutPrefix(bytes.TrimSpace(data), []byte(keyFileHeader)); plain {
		if secret, err = base64.StdEncoding.DecodeString(string(text)); err != nil {
			return StoreKey{}, fmt.Errorf("store key: %w: not base64", ErrFormat)
		}
	} else {
		w, err := keywrap.Parse("store", data)
		if err != nil {
			return StoreKey{}, fmt.Errorf("store key: %w", err)
		}
		if secret, err = w.Open(passphrase); err != nil {
			return StoreKey{}, fmt.Errorf("store key: %w", err)
		}
	}
	if len(secret) != 32 {
		return StoreKey{}, fmt.Errorf("store key: %w: %d bytes, want 32", ErrFormat, len(secret))
	}
	return StoreKey{(*[32]byte)(secret)}, nil
}

// create writes a new file that only its owner may read, and never replaces one. A
// key must survive a power cut before anything is encrypted to it, or its public half
// is shown to anybody.
func create(path string, data []byte) error {
	err := durable.Create(path, data, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("there is a key at %s already; move it away first, it is not replaced", path)
	}
	return err
}
