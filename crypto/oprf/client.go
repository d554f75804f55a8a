package oprf

import (
	"bytes"
	"context"
	"fmt"

	"github.com/crosscase/crosscase/crypto/ristretto"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// maxInput is the longest input in bytes (RFC 9497 section 1.2).
const maxInput = 1<<16 - 1

func checkInputs(inputs [][]byte, blinds int) error {
	if blinds != len(inputs) {
		return fmt.Errorf("%w: %d blinds for %d inputs", ErrLength, blinds, len(inputs))
	}
	for i, in := range inputs {
		if len(in) > maxInput {
			return fmt.Errorf("%w: input %d of %d bytes", ErrLength, i, len(in))
		}
	}
	return nil
}

// A Blinded is a batch of inputs under blinds: what goes to the servers, and what
// their answers are finalised with. Only blinding makes one, so that no answer is
// finalised with other inputs or blinds than it was asked with.
type Blinded struct {
	inputs   [][]byte
	blinds   []scalar.Scalar
	elements []byte
	points   *ristretto.Points // the same, decoded; read by all who finalise
}

// Format prints no blind and no input under any verb.
func (Blinded) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[blinded elements]") }

// Elements returns the blinded elements, 32 bytes each. They hide the inputs from
// everybody, and are the same for every server.
func (b *Blinded) Elements() []byte { return bytes.Clone(b.elements) }

// Len is the number of elements.
func (b *Blinded) Len() int { return len(b.inputs) }

// BlindBatch blinds each input with its blind. A zero blind would show its input, and
// is refused.
func BlindBatch(ctx context.Context, o Options, inputs [][]byte, blinds []Blind) (*Blinded, error) {
	out, err := newBlinded(inputs, blinds)
	if err != nil {
		return nil, err
	}
	err = o.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		p := out.points.Part(from, to)
		p.SetUniform(x.uniform(out.inputs[from:to]))
		p.AddMul(ristretto.Generator(), out.blinds[from:to])
		p.Encode(out.elements[from*ElementSize : to*ElementSize])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newBlinded copies inputs and blinds: what changes them later changes no batch.
func newBlinded(inputs [][]byte, blinds []Blind) (*Blinded, error) {
	if err := checkInputs(inputs, len(blinds)); err != nil {
		return nil, err
	}
	size := 0
	for i := range blinds {
		if blinds[i].zero() {
			return nil, fmt.Errorf("%w: blind %d is zero", ErrKey, i)
		}
		size += len(inputs[i])
	}
	b := &Blinded{
		inputs: make([][]byte, len(inputs)), blinds: make([]scalar.Scalar, len(inputs)),
		elements: make([]byte, len(inputs)*ElementSize), points: ristretto.New(len(inputs)),
	}
	all := make([]byte, 0, size)
	for i, in := range inputs {
		all = append(all, in...)
		b.inputs[i] = all[len(all)-len(in) : len(all) : len(all)]
		b.blinds[i].Set(&blinds[i].r)
	}
	return b, nil
}

// OpenPosition checks that a blinded element hides an input under a blind: how an
// overseer opens one position of a query.
func OpenPosition(input []byte, b Blind, blinded []byte) error {
	want, err := BlindBatch(context.Background(), Options{Workers: 1}, [][]byte{input}, []Blind{b})
	if err != nil {
		return err
	}
	if !bytes.Equal(want.elements, blinded) {
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

// Finalize checks the proof over the whole batch and returns the outputs, 64 bytes
// each.
func (c *Client) Finalize(ctx context.Context, b *Blinded, evaluated, proof []byte) ([]byte, error) {
	ep, err := c.check(ctx, b, evaluated, proof)
	if err != nil {
		return nil, err
	}
	dst := make([]byte, ep.Len()*OutputSize)
	err = c.opts.each(ctx, len(b.inputs), func(x *hasher, from, to int) error {
		p, enc := ep.Part(from, to), x.elements(to-from)
		p.SubMul(c.pk.base, b.blinds[from:to])
		p.Encode(enc)
		x.finalizeAll(dst[from*OutputSize:], b.inputs[from:to], enc)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}

// check decodes the answer to a batch and verifies its proof; it returns the
// evaluated points.
func (c *Client) check(ctx context.Context, b *Blinded, evaluated, proof []byte) (*ristretto.Points, error) {
	n := len(b.inputs)
	if n == 0 || n > MaxBatch || len(evaluated) != n*ElementSize {
		return nil, fmt.Errorf("%w: %d elements, %d bytes of answer", ErrLength, n, len(evaluated))
	}
	silent := c.opts
	silent.Progress = nil
	ep, err := decodeAll(ctx, silent, evaluated)
	if err != nil {
		return nil, fmt.Errorf("evaluated: %w", err)
	}
	if err := verify(ctx, silent, c.pk, b.elements, evaluated, b.points, ep, proof); err != nil {
		return nil, err
	}
	return ep, nil
}

func decodeAll(ctx context.Context, o Options, flat []byte) (*ristretto.Points, error) {
	points := ristretto.New(len(flat) / ElementSize)
	err := o.each(ctx, points.Len(), func(_ *hasher, from, to int) error {
		if bad := points.Part(from, to).Decode(flat[from*ElementSize : to*ElementSize]); bad >= 0 {
			return &ElementError{Index: from + bad}
		}
		return nil
	})
	return points, err
}
