package ristretto

import (
	"sync"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

const (
	// Size is the size of an encoded element in bytes.
	Size = 32
	// UniformSize is how many uniform bytes make an element.
	UniformSize = 64
	// CoordinatesSize is the size of an element's coordinates in bytes.
	CoordinatesSize = 64
	// Group is how many elements are computed together: a part of Points begins at a
	// multiple of it.
	Group = 8
)

// Points are elements of the group, computed together. They are changed in place by
// what is computed of them, encoding included, so that one goroutine at a time may
// use them; parts of them may be used side by side.
type Points struct {
	n    int
	impl points
}

// points is what an implementation computes. It is told of n elements, and may hold
// more.
type points interface {
	part(from, to int) points
	decode(in []byte) int
	uniform(in []byte)
	encode(out []byte)
	encodeDouble(out []byte)
	coordinates(out []byte)
	setCoordinates(in []byte) bool
	set(q points)
	mul(k *scalar.Scalar)
	addMul(b *Base, scalars []scalar.Scalar, negate bool)
	sum(coefficients []scalar.Scalar) curve.RistrettoPoint
}

// New makes room for n elements.
func New(n int) *Points {
	if accelerated {
		return &Points{n, newQuads(n)}
	}
	return &Points{n, make(portable, n)}
}

// Accelerated reports whether elements are computed four side by side.
func Accelerated() bool { return accelerated }

// Len is the number of elements.
func (p *Points) Len() int { return p.n }

// Part returns the elements from from to before to, not a copy of them. from must be
// a multiple of Group, and so must to where it is not the end.
func (p *Points) Part(from, to int) *Points {
	if from%Group != 0 || to%Group != 0 && to != p.n || from > to || to > p.n {
		panic("ristretto: a part does not begin and end with a group")
	}
	return &Points{to - from, p.impl.part(from, to)}
}

func (p *Points) check(size, each int) {
	if size != p.n*each {
		panic("ristretto: a buffer is not as long as its elements")
	}
}

// Decode reads an encoding of 32 bytes for each element. It returns the index of the
// first that is not the canonical encoding of an element, or is the identity's, or -1.
// In time that depends on what is valid.
func (p *Points) Decode(in []byte) (bad int) {
	p.check(len(in), Size)
	return p.impl.decode(in)
}

// SetUniform maps 64 uniform bytes to each element (RFC 9496 section 4.3.4).
func (p *Points) SetUniform(in []byte) {
	p.check(len(in), UniformSize)
	p.impl.uniform(in)
}

// Encode writes the encoding of each element, 32 bytes.
func (p *Points) Encode(out []byte) {
	p.check(len(out), Size)
	p.impl.encode(out)
}

// EncodeDouble writes the encoding of twice each element. It costs a tenth of Encode.
func (p *Points) EncodeDouble(out []byte) {
	p.check(len(out), Size)
	p.impl.encodeDouble(out)
}

// Coordinates writes a form of elements that were decoded or encoded, 64 bytes each,
// from which SetCoordinates has them at a thirtieth of the cost of Decode. An
// implementation that has no such form writes zeros.
func (p *Points) Coordinates(out []byte) {
	p.check(len(out), CoordinatesSize)
	p.impl.coordinates(out)
}

// SetCoordinates reads what Coordinates wrote, and reports whether it could: the zeros
// of another implementation, and what is no point of the curve, it does not take. The
// bytes must be authentic: whether they are the canonical encoding of an element is
// not checked. In time that depends on what is valid.
func (p *Points) SetCoordinates(in []byte) bool {
	p.check(len(in), CoordinatesSize)
	return p.impl.setCoordinates(in)
}

// Set copies elements. There must be as many.
func (p *Points) Set(q *Points) {
	p.check(q.n, 1)
	p.impl.set(q.impl)
}

// Mul multiplies every element by one scalar, which may be secret.
func (p *Points) Mul(k *scalar.Scalar) { p.impl.mul(k) }

// MulEncode writes the encoding of k times each element and leaves the elements k/2
// times what they were. k may be secret.
func (p *Points) MulEncode(k *scalar.Scalar, out []byte) {
	var halved scalar.Scalar
	p.Mul(halved.Mul(k, half()))
	p.EncodeDouble(out)
}

// half is 1/2 modulo the group's order.
var half = sync.OnceValue(func() *scalar.Scalar {
	var h scalar.Scalar
	return h.Invert(scalar.NewFromUint64(2))
})

// AddMul adds a base times a scalar of its own to each element. The scalars may be
// secret.
func (p *Points) AddMul(b *Base, scalars []scalar.Scalar) {
	p.check(len(scalars), 1)
	p.impl.addMul(b, scalars, false)
}

// SubMul takes a base times a scalar of its own from each element. The scalars may be
// secret.
func (p *Points) SubMul(b *Base, scalars []scalar.Scalar) {
	p.check(len(scalars), 1)
	p.impl.addMul(b, scalars, true)
}

// Sum is the sum of coefficient times element, in time that depends on both: they
// must be public. It changes nothing, and is cheapest after Decode or Encode.
func (p *Points) Sum(coefficients []scalar.Scalar) curve.RistrettoPoint {
	p.check(len(coefficients), 1)
	return p.impl.sum(coefficients)
}

// A Base is a fixed element that many scalars are multiplied with. Its tables are
// made when they are first used.
type Base struct {
	point curve.RistrettoPoint
	quad  quadBase
	table func() *curve.RistrettoBasepointTable
}

// NewBase makes a base of an element.
func NewBase(p *curve.RistrettoPoint) *Base {
	b := &Base{}
	b.point.Set(p)
	b.table = sync.OnceValue(func() *curve.RistrettoBasepointTable { return curve.NewRistrettoBasepointTable(&b.point) })
	b.quad.init(&b.point)
	return b
}

// Generator is the base of the group's generator.
var Generator = sync.OnceValue(func() *Base {
	b := NewBase(curve.RISTRETTO_BASEPOINT_POINT)
	b.table = func() *curve.RistrettoBasepointTable { return curve.RISTRETTO_BASEPOINT_TABLE }
	return b
})

// encoding is the encoding of one element.
func encoding(p *curve.RistrettoPoint) curve.CompressedRistretto {
	var c curve.CompressedRistretto
	c.SetRistrettoPoint(p)
	return c
}
