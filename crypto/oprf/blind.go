package oprf

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// A Blind hides one element. Its zero value hides nothing and is refused
// everywhere. It has no printed form.
type Blind struct{ r scalar.Scalar }

// Format prints no blind under any verb.
func (Blind) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[blind]") }

func (b *Blind) zero() bool { return b.r.Equal(scalar.New()) == 1 }

// RandomBlind draws a blind.
func RandomBlind() Blind {
	var wide [64]byte
	rand.Read(wide[:])
	var b Blind
	if _, err := b.r.SetBytesModOrderWide(wide[:]); err != nil {
		panic(err) // 64 bytes always do
	}
	return b
}

// Bytes returns the blind's 32 bytes, for opening a position to the oversight body.
func (b Blind) Bytes() []byte {
	out := make([]byte, ScalarSize)
	if err := b.r.ToBytes(out); err != nil {
		panic(err) // 32 bytes always do
	}
	return out
}

// ParseBlind reads what Bytes wrote. Zero is no blind.
func ParseBlind(data []byte) (Blind, error) {
	var b Blind
	if _, err := b.r.SetCanonicalBytes(data); err != nil {
		return Blind{}, fmt.Errorf("%w: blind: not a canonical scalar", ErrKey)
	}
	if b.zero() {
		return Blind{}, fmt.Errorf("%w: blind: zero", ErrKey)
	}
	return b, nil
}

// Blinds are the blinds of one batch, derived from a secret, so that whoever holds
// the secret can open a position later. They have no printed form.
type Blinds struct{ prk []byte }

// Format prints no blind under any verb.
func (Blinds) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[blinds]") }

// BlindsFrom derives the blinds of a batch (HKDF, RFC 5869, with SHA-512). One batch
// id must never serve for two batches.
func BlindsFrom(secret *[32]byte, batch []byte) (Blinds, error) {
	prk, err := hkdf.Extract(sha512.New, secret[:], batch)
	if err != nil {
		return Blinds{}, fmt.Errorf("blinds: %w", err)
	}
	return Blinds{prk}, nil
}

// At is the blind of one position.
func (b Blinds) At(index uint64) (Blind, error) {
	var out [1]Blind
	err := b.fill(out[:], index)
	return out[0], err
}

// fill derives the blinds of consecutive positions, the first at from. Each is
// HKDF-Expand for 64 bytes, which is one HMAC: its keyed state serves them all.
func (b Blinds) fill(blinds []Blind, from uint64) error {
	m := hmac.New(sha512.New, b.prk)
	info := []byte("crosscase/1 blind\x00........\x01")
	at := len(info) - 9
	var wide [sha512.Size]byte
	for i := range blinds {
		m.Reset()
		binary.BigEndian.PutUint64(info[at:], from+uint64(i))
		m.Write(info)
		if _, err := blinds[i].r.SetBytesModOrderWide(m.Sum(wide[:0])); err != nil {
			return fmt.Errorf("blind %d: %w", from+uint64(i), err)
		}
	}
	return nil
}

// Blind blinds inputs that stand at consecutive positions of the batch, the first at
// from.
func (b Blinds) Blind(ctx context.Context, o Options, inputs [][]byte, from uint64) (*Blinded, error) {
	blinds, err := b.all(ctx, o, len(inputs), from)
	if err != nil {
		return nil, err
	}
	return BlindBatch(ctx, o, inputs, blinds)
}

// all derives the blinds of n positions, the first at from.
func (b Blinds) all(ctx context.Context, o Options, n int, from uint64) ([]Blind, error) {
	o.Progress = nil
	blinds := make([]Blind, n)
	err := o.each(ctx, n, func(_ *hasher, i, to int) error { return b.fill(blinds[i:to], from+uint64(i)) })
	return blinds, err
}

// BlindFrom derives the blind of one position of a batch.
func BlindFrom(secret *[32]byte, batch []byte, index uint64) (Blind, error) {
	b, err := BlindsFrom(secret, batch)
	if err != nil {
		return Blind{}, err
	}
	return b.At(index)
}
