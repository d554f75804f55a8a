package ristretto

import (
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// portable are elements of curve25519-voi, computed one after the other.
type portable []curve.RistrettoPoint

func (p portable) part(from, to int) points { return p[from:to] }

func (p portable) decode(in []byte) int {
	for i := range p {
		c := curve.CompressedRistretto(in[i*Size : (i+1)*Size])
		if _, err := p[i].SetCompressed(&c); err != nil || p[i].IsIdentity() {
			return i
		}
	}
	return -1
}

func (p portable) uniform(in []byte) {
	for i := range p {
		if _, err := p[i].SetUniformBytes(in[i*UniformSize : (i+1)*UniformSize]); err != nil {
			panic(err) // 64 bytes always do
		}
	}
}

func (p portable) encode(out []byte) {
	for i := range p {
		c := encoding(&p[i])
		copy(out[i*Size:], c[:])
	}
}

func (p portable) encodeDouble(out []byte) {
	var d curve.RistrettoPoint
	for i := range p {
		c := encoding(d.Add(&p[i], &p[i]))
		copy(out[i*Size:], c[:])
	}
}

func (p portable) coordinates(out []byte) { clear(out) }

func (p portable) setCoordinates([]byte) bool { return false }

func (p portable) set(q points) { copy(p, q.(portable)) }

func (p portable) mul(k *scalar.Scalar) {
	for i := range p {
		p[i].Mul(&p[i], k)
	}
}

func (p portable) addMul(b *Base, scalars []scalar.Scalar, negate bool) {
	table := b.table()
	var q curve.RistrettoPoint
	for i := range p {
		q.MulBasepoint(table, &scalars[i])
		if negate {
			p[i].Sub(&p[i], &q)
		} else {
			p[i].Add(&p[i], &q)
		}
	}
}

func (p portable) sum(coefficients []scalar.Scalar) (out curve.RistrettoPoint) {
	ss, ps := make([]*scalar.Scalar, len(p)), make([]*curve.RistrettoPoint, len(p))
	for i := range p {
		ss[i], ps[i] = &coefficients[i], &p[i]
	}
	out.MultiscalarMulVartime(ss, ps)
	return out
}
