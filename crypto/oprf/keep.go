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

	"github.com/crosscase/crosscase/crypto/ristretto"
)

// ErrKept is of a kept batch that was not blinded from these inputs with these
// blinds, or was changed since: it must be blinded again.
var ErrKept = errors.New("the kept batch is not of these inputs and blinds")

// KeptSize is the size in bytes of what Keep returns for n elements.
func KeptSize(n int) int { return n*(ElementSize+ristretto.CoordinatesSize) + sha256.Size }

// Keep returns a batch, which Blind made for the positions from from on, in a form
// that can be stored: its elements, their coordinates, and an authenticator, by a key of
// these blinds, over them, their positions and the inputs, so that nothing else passes
// for it.
func (b Blinds) Keep(x *Blinded, from uint64) ([]byte, error) {
	out := make([]byte, x.Len()*(ElementSize+ristretto.CoordinatesSize), KeptSize(x.Len()))
	copy(out, x.elements)
	x.points.Coordinates(out[len(x.elements):])
	tag, err := b.authenticate(x.inputs, from, out)
	if err != nil {
		return nil, err
	}
	return append(out, tag...), nil
}

// Restore returns the batch that was kept, for its inputs and positions, at a small part
// of the cost of blinding again.
func (b Blinds) Restore(ctx context.Context, o Options, inputs [][]byte, from uint64, kept []byte) (*Blinded, error) {
	if len(kept) != KeptSize(len(inputs)) {
		return nil, fmt.Errorf("%w: %d bytes for %d inputs", ErrKept, len(kept), len(inputs))
	}
	body, tag := kept[:len(kept)-sha256.Size], kept[len(kept)-sha256.Size:]
	want, err := b.authenticate(inputs, from, body)
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
	coordinates := body[copy(x.elements, body):]
	o.Progress = nil
	err = o.each(ctx, len(inputs), func(_ *hasher, i, to int) error {
		p := x.points.Part(i, to)
		if p.SetCoordinates(coordinates[i*ristretto.CoordinatesSize : to*ristretto.CoordinatesSize]) {
			return nil
		}
		if bad := p.Decode(x.elements[i*ElementSize : to*ElementSize]); bad >= 0 { // kept by another implementation
			return &ElementError{Index: i + bad}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// authenticate is the HMAC-SHA-256 of a batch.
func (b Blinds) authenticate(inputs [][]byte, from uint64, body []byte) ([]byte, error) {
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
	m.Write(body)
	return m.Sum(nil), nil
}
