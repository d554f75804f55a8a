package seal

import (
	"crypto/hpke"
	"errors"
	"fmt"
)

// Overhead is what Seal adds, in bytes.
const Overhead = encSize + tagSize

const (
	messageLabel = "crosscase/1 sealed message\x00"
	streamLabel  = "crosscase/1 sealed stream\x00"
)

// ErrOpen means that something was sealed to another key, with other info or
// other additional data, or was changed. Which of them cannot be told.
var ErrOpen = errors.New("does not open with this key, info and additional data")

// ErrShort means that there are fewer bytes than any sealed thing has.
var ErrShort = errors.New("too short to be sealed")

// Seal returns what only the holder of the key can open, with the same info and
// aad, neither of which is in it.
func Seal(to *PublicKey, info, aad, plaintext []byte) ([]byte, error) {
	enc, s, err := sender(to, messageLabel, info)
	if err != nil {
		return nil, err
	}
	ct, err := s.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal a message: %w", err)
	}
	return append(enc, ct...), nil
}

// Open returns what was sealed, or an error that wraps ErrOpen or ErrShort.
func (k *PrivateKey) Open(info, aad, sealed []byte) ([]byte, error) {
	if k == nil || k.key == nil {
		return nil, fmt.Errorf("open a message: %w", ErrNoKey)
	}
	if len(sealed) < Overhead {
		return nil, fmt.Errorf("message of %d bytes: %w", len(sealed), ErrShort)
	}
	r, err := k.recipient(sealed[:encSize], messageLabel, info)
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	plaintext, err := r.Open(aad, sealed[encSize:])
	if err != nil {
		return nil, fmt.Errorf("message: %w", ErrOpen)
	}
	return plaintext, nil
}

func sender(to *PublicKey, label string, info []byte) ([]byte, *hpke.Sender, error) {
	if to == nil || to.key == nil {
		return nil, nil, fmt.Errorf("seal: %w", ErrNoKey)
	}
	enc, s, err := hpke.NewSender(to.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), append([]byte(label), info...))
	if err != nil {
		return nil, nil, fmt.Errorf("seal: %w", err)
	}
	return enc, s, nil
}

// recipient fails on an enc that no sender makes, such as a low-order point.
func (k *PrivateKey) recipient(enc []byte, label string, info []byte) (*hpke.Recipient, error) {
	r, err := hpke.NewRecipient(enc, k.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), append([]byte(label), info...))
	if err != nil {
		return nil, ErrOpen
	}
	return r, nil
}
