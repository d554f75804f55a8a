package oprf

import (
	"context"
	"fmt"

	"github.com/crosscase/crosscase/crypto/ristretto"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// A BlindedMultiplicative is a batch that is blinded as RFC 9497 section 3.3.2 does:
// each element is its blind times H2G of its input.
type BlindedMultiplicative struct{ b Blinded }

// Format prints no blind and no input under any verb.
func (BlindedMultiplicative) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[blinded elements]") }

// Elements returns the blinded elements, 32 bytes each.
func (b *BlindedMultiplicative) Elements() []byte { return b.b.Elements() }

// BlindMultiplicative blinds as the RFC does. A zero blind would hide nothing and
// lose the input, and is refused.
func BlindMultiplicative(ctx context.Context, o Options, inputs [][]byte, blinds []Blind) (*BlindedMultiplicative, error) {
	b, err := newBlinded(inputs, blinds)
	if err != nil {
		return nil, err
	}
	err = o.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		var p curve.RistrettoPoint
		wide := x.uniform(b.inputs[from:to])
		for i := from; i < to; i++ {
			if _, err := p.SetUniformBytes(wide[:ristretto.UniformSize]); err != nil {
				return fmt.Errorf("hash to group: %w", err)
			}
			wide = wide[ristretto.UniformSize:]
			p.Mul(&p, &b.blinds[i])
			encode((*[ElementSize]byte)(b.elements[i*ElementSize:]), &p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if b.points, err = decodeAll(ctx, o, b.elements); err != nil {
		return nil, err
	}
	return &BlindedMultiplicative{*b}, nil
}

// FinalizeMultiplicative is Finalize for what BlindMultiplicative blinded. The blinds
// are inverted together: one inversion for the batch. The points are computed one by one,
// each by a scalar of its own.
func (c *Client) FinalizeMultiplicative(ctx context.Context, b *BlindedMultiplicative, evaluated, proof []byte) ([]byte, error) {
	ep, err := c.check(ctx, &b.b, evaluated, proof)
	if err != nil {
		return nil, err
	}
	inverses, each := make([]scalar.Scalar, ep.Len()), make([]*scalar.Scalar, ep.Len())
	for i := range inverses {
		inverses[i].Set(&b.b.blinds[i])
		each[i] = &inverses[i]
	}
	scalar.New().BatchInvert(each)
	dst := make([]byte, ep.Len()*OutputSize)
	err = c.opts.each(ctx, ep.Len(), func(x *hasher, from, to int) error {
		var p curve.RistrettoPoint
		enc := x.elements(to - from)
		for i := from; i < to; i++ {
			if !decode(&p, evaluated[i*ElementSize:(i+1)*ElementSize]) {
				return &ElementError{Index: i}
			}
			p.Mul(&p, &inverses[i])
			encode((*[ElementSize]byte)(enc[(i-from)*ElementSize:]), &p)
		}
		x.finalizeAll(dst[from*OutputSize:], b.b.inputs[from:to], enc)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}
