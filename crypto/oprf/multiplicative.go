package oprf

import (
	"context"
	"fmt"

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
		for i := from; i < to; i++ {
			p := &b.points[i]
			x.group(p, inputs[i])
			p.Mul(p, &blinds[i].r)
			encode((*[ElementSize]byte)(b.elements[i*ElementSize:]), p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &BlindedMultiplicative{*b}, nil
}

// FinalizeMultiplicative is Finalize for what BlindMultiplicative blinded. The blinds
// are inverted together: one inversion for the batch.
func (c *Client) FinalizeMultiplicative(ctx context.Context, b *BlindedMultiplicative, evaluated, proof []byte) ([]byte, error) {
	ep, err := c.check(ctx, &b.b, evaluated, proof)
	if err != nil {
		return nil, err
	}
	inverses, each := make([]scalar.Scalar, len(ep)), make([]*scalar.Scalar, len(ep))
	for i := range inverses {
		inverses[i].Set(&b.b.blinds[i].r)
		each[i] = &inverses[i]
	}
	scalar.New().BatchInvert(each)
	dst := make([]byte, len(ep)*OutputSize)
	err = c.opts.each(ctx, len(ep), func(x *hasher, from, to int) error {
		var enc [ElementSize]byte
		for i := from; i < to; i++ {
			ep[i].Mul(&ep[i], &inverses[i])
			encode(&enc, &ep[i])
			x.finalize(dst[i*OutputSize:(i+1)*OutputSize], b.b.inputs[i], &enc)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}
