//go:build amd64 && !purego

package ristretto

import (
	"slices"
	"sync"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"golang.org/x/sys/cpu"
)

// accelerated is what the processor can and GODEBUG=cpu.avx2=off or cpu.fma=off leaves.
// Tests change it.
var accelerated = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// quads are points four side by side; an even number of them, of which the last n%8
// lanes may hold nothing.
type quads struct {
	n int
	q []point
}

func newQuads(n int) quads { return quads{n, make([]point, (n+Group-1)/Group*2)} }

func (p quads) part(from, to int) points {
	return quads{to - from, p.q[from/4 : (to+Group-1)/Group*2]}
}

func (p quads) decode(in []byte) int {
	for i := 0; i < p.n; i += Group {
		group := in[i*Size:]
		if len(group) < Group*Size {
			group = append(make([]byte, 0, Group*Size), group...)[:Group*Size]
		}
		valid := decode((*[2]point)(p.q[i/4:]), group)
		for j := range min(Group, p.n-i) {
			enc := group[j*Size : (j+1)*Size]
			if valid[j/4][j%4] == 0 || !canonical(enc) || [Size]byte(enc) == [Size]byte{} {
				return i + j
			}
		}
	}
	return -1
}

func (p quads) uniform(in []byte) {
	for i := 0; i < p.n; i += 4 {
		four := in[i*UniformSize:]
		if len(four) < 4*UniformSize {
			four = append(make([]byte, 0, 4*UniformSize), four...)[:4*UniformSize]
		}
		uniform(&p.q[i/4], four)
	}
}

func (p quads) encode(out []byte) {
	var enc [Group * Size]byte
	for i := 0; i < p.n; i += Group {
		encode(&enc, (*[2]point)(p.q[i/4:]))
		copy(out[i*Size:], enc[:])
	}
}

func (p quads) encodeDouble(out []byte) { encodeDouble(out, p.q[:(p.n+3)/4]) }

func (p quads) coordinates(out []byte) {
	var x, y [4 * Size]byte
	for i := 0; i < p.n; i += 4 {
		q := p.q[i/4]
		q.normalise()
		q.x.bytes(&x)
		q.y.bytes(&y)
		for lane := range min(4, p.n-i) {
			o := out[(i+lane)*CoordinatesSize:]
			copy(o[:Size], x[lane*Size:])
			copy(o[Size:CoordinatesSize], y[lane*Size:])
		}
	}
}

func (p quads) setCoordinates(in []byte) bool {
	for i := 0; i < p.n; i += 4 {
		four := in[i*CoordinatesSize:]
		if len(four) < 4*CoordinatesSize {
			// The last lanes repeat an element: all are checked.
			last := four[len(four)-CoordinatesSize:]
			for four = slices.Clone(four); len(four) < 4*CoordinatesSize; {
				four = append(four, last...)
			}
		}
		if !p.q[i/4].setAffine(four) {
			return false
		}
	}
	return true
}

func (p quads) set(q points) { copy(p.q, q.(quads).q) }

var multipliers = sync.Pool{New: func() any { return new(multiplier) }}

func (p quads) mul(k *scalar.Scalar) {
	var e [64]int8
	recode(&e, k)
	m := multipliers.Get().(*multiplier)
	defer multipliers.Put(m)
	for i := range p.q[:(p.n+3)/4] {
		m.mul(&p.q[i], &e)
	}
}

func (p quads) addMul(b *Base, scalars []scalar.Scalar, negate bool) {
	c := b.quad.comb()
	var e [4][64]int8
	var q point
	for i := 0; i < p.n; i += 4 {
		clear(e[:])
		for lane := range min(4, p.n-i) {
			recode(&e[lane], &scalars[i+lane])
		}
		c.mul(&q, &e)
		if negate {
			fieldNegate(&q.x, &q.x, &allLanes)
			fieldNegate(&q.t, &q.t, &allLanes)
		}
		p.q[i/4].add(&q)
	}
}

func (p quads) sum(coefficients []scalar.Scalar) (out curve.RistrettoPoint) {
	var o [2]point
	sum(&o[0], coefficients, p.q)
	var enc [Group * Size]byte
	encode(&enc, &o)
	c := curve.CompressedRistretto(enc[:Size])
	if _, err := out.SetCompressed(&c); err != nil {
		panic(err) // it was encoded
	}
	return out
}

func putScalar(b *[Size]byte, s *scalar.Scalar) {
	if err := s.ToBytes(b[:]); err != nil {
		panic(err) // 32 bytes always do
	}
}

// quadBase makes a base's comb.
type quadBase struct{ comb func() *comb }

func (b *quadBase) init(p *curve.RistrettoPoint) {
	b.comb = sync.OnceValue(func() *comb {
		c := encoding(p)
		var o [2]point
		in := make([]byte, 0, Group*Size)
		for range Group {
			in = append(in, c[:]...)
		}
		decode(&o, in)
		return newComb(&o[0])
	})
}
