package oprf

import (
	"context"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// maxInput is the longest input in bytes (RFC 9497 section 1.2).
const maxInput = 1<<16 - 1

func checkInputs(inputs [][]byte, blinds int, flat ...[]byte) error {
	if blinds != len(inputs) {
		return fmt.Errorf("%w: %d blinds for %d inputs", ErrLength, blinds, len(inputs))
	}
	for i, in := range inputs {
		if len(in) > maxInput {
			return fmt.Errorf("%w: input %d of %d bytes", ErrLength, i, len(in))
		}
	}
	for _, f := range flat {
		if len(f) != len(inputs)*ElementSize {
			return fmt.Errorf("%w: %d bytes for %d elements", ErrLength, len(f), len(inputs))
		}
	}
	return nil
}

// BlindBatch writes the blinded elements of inputs into dst, 32 bytes each. They
// hide the inputs from everybody, and are the same for every server.
func BlindBatch(ctx context.Context, o Options, inputs [][]byte, blinds []Blind, dst []byte) error {
	if err := checkInputs(inputs, len(blinds), dst); err != nil {
		return err
	}
	return o.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		var p, r curve.RistrettoPoint
		for i := from; i < to; i++ {
			x.group(&p, inputs[i])
			r.MulBasepoint(curve.RISTRETTO_BASEPOINT_TABLE, &blinds[i].r)
			p.Add(&p, &r)
			encode((*[ElementSize]byte)(dst[i*ElementSize:]), &p)
		}
		return nil
	})
}

// OpenPosition checks that a blinded element hides an input under a blind: how an
// overseer opens one position of a query.
func OpenPosition(input []byte, b Blind, blinded []byte) error {
	var want [ElementSize]byte
	if err := BlindBatch(context.Background(), Options{Workers: 1}, [][]byte{input}, []Blind{b}, want[:]); err != nil {
		return err
	}
	if string(want[:]) != string(blinded) {
		return fmt.Errorf("%w: the position holds another input", ErrProof)
	}
	return nil
}

// A Client finalises the answers of one server.
type Client struct {
	pk   *PublicKey
	opts Options
}

// NewClient makes a client of the server with a public key.
func NewClient(pk *PublicKey, o Options) *Client { return &Client{pk: pk, opts: o} }

// Finalize checks the proof over the whole batch and writes the outputs, 64 bytes
// each, into dst. Nothing is written unless the proof holds.
func (c *Client) Finalize(ctx context.Context, inputs [][]byte, blinds []Blind, blinded, evaluated, proof, dst []byte) error {
	if err := checkInputs(inputs, len(blinds), blinded, evaluated); err != nil {
		return err
	}
	ep, err := c.check(ctx, blinded, evaluated, proof, len(dst))
	if err != nil {
		return err
	}
	table := c.pk.fixedBase()
	return c.opts.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		var r curve.RistrettoPoint
		var enc [ElementSize]byte
		for i := from; i < to; i++ {
			r.MulBasepoint(table, &blinds[i].r)
			r.Sub(&ep[i], &r)
			encode(&enc, &r)
			x.finalize(dst[i*OutputSize:(i+1)*OutputSize], inputs[i], &enc)
		}
		return nil
	})
}

// check decodes a batch and verifies its proof; it gives the evaluated points.
func (c *Client) check(ctx context.Context, blinded, evaluated, proof []byte, out int) ([]curve.RistrettoPoint, error) {
	n := len(blinded) / ElementSize
	if n == 0 || n > MaxBatch || out != n*OutputSize {
		return nil, fmt.Errorf("%w: %d elements, %d bytes of output", ErrLength, n, out)
	}
	silent := c.opts
	silent.Progress = nil
	bp, err := decodeAll(ctx, silent, blinded)
	if err != nil {
		return nil, fmt.Errorf("blinded: %w", err)
	}
	ep, err := decodeAll(ctx, silent, evaluated)
	if err != nil {
		return nil, fmt.Errorf("evaluated: %w", err)
	}
	if err := verify(ctx, silent, c.pk, blinded, evaluated, bp, ep, proof); err != nil {
		return nil, err
	}
	return ep, nil
}

func decodeAll(ctx context.Context, o Options, flat []byte) ([]curve.RistrettoPoint, error) {
	points := make([]curve.RistrettoPoint, len(flat)/ElementSize)
	err := o.each(ctx, len(points), func(_ *hasher, from, to int) error {
		for i := from; i < to; i++ {
			if !decode(&points[i], flat[i*ElementSize:(i+1)*ElementSize]) {
				return &ElementError{Index: i}
			}
		}
		return nil
	})
	return points, err
}

// BlindMultiplicative blinds as the RFC does: blind times H2G(x). A zero blind is
// refused, since it would hide nothing and lose the input.
func BlindMultiplicative(input []byte, b Blind) ([ElementSize]byte, error) {
	var out [ElementSize]byte
	if len(input) > maxInput {
		return out, fmt.Errorf("%w: input of %d bytes", ErrLength, len(input))
	}
	if b.r.Equal(scalar.New()) == 1 {
		return out, fmt.Errorf("%w: the blind is zero", ErrKey)
	}
	var p curve.RistrettoPoint
	newHasher().group(&p, input)
	p.Mul(&p, &b.r)
	encode(&out, &p)
	return out, nil
}

// FinalizeMultiplicative is Finalize for elements of BlindMultiplicative. The blinds
// are inverted together: one inversion for the batch.
func (c *Client) FinalizeMultiplicative(ctx context.Context, inputs [][]byte, blinds []Blind, blinded, evaluated, proof, dst []byte) error {
	if err := checkInputs(inputs, len(blinds), blinded, evaluated); err != nil {
		return err
	}
	ep, err := c.check(ctx, blinded, evaluated, proof, len(dst))
	if err != nil {
		return err
	}
	inverses, each := make([]scalar.Scalar, len(blinds)), make([]*scalar.Scalar, len(blinds))
	for i, b := range blinds {
		if b.r.Equal(scalar.New()) == 1 {
			return fmt.Errorf("%w: blind %d is zero", ErrKey, i)
		}
		inverses[i].Set(&b.r)
		each[i] = &inverses[i]
	}
	scalar.New().BatchInvert(each)
	return c.opts.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		var enc [ElementSize]byte
		for i := from; i < to; i++ {
			ep[i].Mul(&ep[i], &inverses[i])
			encode(&enc, &ep[i])
			x.finalize(dst[i*OutputSize:(i+1)*OutputSize], inputs[i], &enc)
		}
		return nil
	})
}
