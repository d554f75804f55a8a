package audit

import (
	"fmt"

	"github.com/crosscase/crosscase/crypto/keywrap"
)

// wrappedKind says what lies behind the passphrase of a file.
const wrappedKind = "oversight"

// Wrap returns the secret's file, behind a passphrase. The public keys in it can be
// read without.
func (s Secret) Wrap(passphrase []byte) ([]byte, error) {
	text, err := s.Text()
	if err != nil {
		return nil, err
	}
	public, err := s.Public().Text()
	if err != nil {
		return nil, err
	}
	data, err := keywrap.Wrap(wrappedKind, string(public), text, passphrase)
	if err != nil {
		return nil, fmt.Errorf("oversight key: %w", err)
	}
	return data, nil
}

// IsWrapped reports whether a file is a secret behind a passphrase.
func IsWrapped(data []byte) bool {
	_, err := keywrap.Parse(wrappedKind, data)
	return err == nil
}

// OpenSecret reads what Wrap wrote. A wrong passphrase is a [keywrap.ErrPassphrase].
func OpenSecret(data, passphrase []byte) (Secret, error) {
	w, err := keywrap.Parse(wrappedKind, data)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	text, err := w.Open(passphrase)
	if err != nil {
		return Secret{}, fmt.Errorf("oversight key: %w", err)
	}
	return ParseSecret(text)
}

// PublicOf returns the public keys in a file of them, or beside a secret behind a
// passphrase.
func PublicOf(data []byte) (Public, error) {
	if w, err := keywrap.Parse(wrappedKind, data); err == nil {
		return ParsePublic([]byte(w.Public))
	}
	return ParsePublic(data)
}
