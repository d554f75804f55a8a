package oprf

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrKept is of a kept batch that was not blinded from these inputs with these
// blinds, or was changed since: it must be blinded again.
var ErrKept = errors.New("the kept batch is not of these inputs and blinds")

// KeptSize is the size in bytes of what Keep returns for n elements.
func KeptSize(n int) int { return n*ElementSize + sha256.Size }

// Keep returns a batch, which Blind made for the positions from from on, in a form
// that can be stored: its elements, and an authenticator, by a key of these blinds,
// over them, their positions and the inputs, so that nothing else passes for it.
func (b Blinds) Keep(x *Blinded, from uint64) ([]byte, error) {
	out := append(make([]byte, 0, KeptSize(x.Len())), x.elements...)
	tag, err := b.authenticate(x.inputs, from, x.elements)
	if err != nil {
		return nil, err
	}
	return append(out, tag...), nil
}

// Restore returns the batch that was kept, for its inputs and positions. It costs
// less than blinding again.
func (b Blinds) Restore(ctx context.Context, o Options, inputs [][]byte, from uint64, kept []byte) (*Blinded, error) {
	if len(kept) != KeptSize(len(inputs)) {
		return nil, fmt.Errorf("%w: %d bytes for %d inputs", ErrKept, len(kept), len(inputs))
	}
	elements, tag := kept[:len(kept)-sha256.Size], kept[len(kept)-sha256.Size:]
	want, err := b.authenticate(inputs, from, elements)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(tag, want) {
		return nil, ErrKept
	}
	blinds, err := b.all(ctx, o, len(inputs), from)
	if err != nil {
		return nil, err
	}
	x, err := newBlinded(inputs, blinds)
	if err != nil {
		return nil, err
	}
	copy(x.elements, elements)
	o.Progress = nil
	x.points, err = decodeAll(ctx, o, elements)
	return x, err
}

// authenticate is the HMAC-SHA-256 of a batch.
func (b Blinds) authenticate(inputs [][]byte, from uint64, elements []byte) ([]byte, error) {
	key, err := hkdf.Expand(sha512.New, b.prk, "crosscase/1 kept batch\x00", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("key of a kept batch: %w", err)
	}
	m := hmac.New(sha256.New, key)
	buf := binary.BigEndian.AppendUint64(nil, from)
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(inputs)))
	m.Write(buf)
	for _, in := range inputs {
		m.Write(binary.BigEndian.AppendUint16(buf[:0], uint16(len(in))))
		m.Write(in)
	}
	m.Write(elements)
	return m.Sum(nil), nil
}
