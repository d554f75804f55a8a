//go:build amd64 && !purego

package ristretto

import "github.com/oasisprotocol/curve25519-voi/curve/scalar"

type (
	// A table holds the multiples 1 to 8 of four points.
	table [8]addend
	// fixed holds the multiples 1 to 8 of one point, affine: Y+X, Y-X, 2dT of each.
	fixed [8][15]float64
	// A comb is the tables of 256^i times one point.
	comb [32]fixed
)

// recode writes a scalar in 64 digits from -8 to 8, the least first,
// without a branch on it.
func recode(e *[64]int8, k *scalar.Scalar) {
	var s [Size]byte
	putScalar(&s, k)
	for i, b := range s {
		e[2*i], e[2*i+1] = int8(b&15), int8(b>>4)
	}
	carry := int8(0)
	for i := range 63 {
		e[i] += carry
		carry = (e[i] + 8) >> 4
		e[i] -= carry << 4
	}
	e[63] += carry
}

// A multiplier is the memory that mul needs. On the heap it is aligned for vectors; on
// a goroutine's stack it need not be.
type multiplier struct {
	t table
	a addend
	q point
}

// mul multiplies four points by one secret scalar: 63 times four doublings, an entry
// of a table that is read whole, and an addition.
func (m *multiplier) mul(p *point, e *[64]int8) {
	m.q = *p
	pointAddend(&m.t[0], p)
	for i := 1; i < len(m.t); i++ {
		pointAdd(&m.q, p, &m.t[i-1])
		pointAddend(&m.t[i], &m.q)
	}
	m.q = identity
	tableSelect(&m.a, &m.t, int64(e[63]))
	pointAddNoT(&m.q, &m.q, &m.a)
	for i := 62; i > 0; i-- {
		pointDouble(&m.q, &m.q, 4)
		tableSelect(&m.a, &m.t, int64(e[i]))
		pointAddNoT(&m.q, &m.q, &m.a)
	}
	pointDouble(&m.q, &m.q, 4)
	tableSelect(&m.a, &m.t, int64(e[0]))
	pointAdd(p, &m.q, &m.a)
}

// mul is the comb's point times four secret scalars.
func (c *comb) mul(o *point, e *[4][64]int8) {
	var a affine
	*o = identity
	for _, first := range [2]int{1, 0} {
		if first == 0 {
			pointDouble(o, o, 4)
		}
		for i := first; i < 64; i += 2 {
			digits := lanes{uint64(int64(e[0][i])), uint64(int64(e[1][i])), uint64(int64(e[2][i])), uint64(int64(e[3][i]))}
			fixedSelect(&a, &c[i/2], &digits)
			pointAddAffine(o, o, &a)
		}
	}
}

// newComb makes the tables of a point, which is public.
func newComb(p *point) *comb {
	var multiples [8 * len(comb{})]point
	q := *p
	for i := range len(comb{}) {
		var a addend
		pointAddend(&a, &q)
		m := multiples[8*i:][:8]
		m[0] = q
		for j := 1; j < 8; j++ {
			pointAdd(&m[j], &m[j-1], &a)
		}
		pointDouble(&q, &q, 8)
	}
	var before [len(multiples)]field // products of Z: one inversion for all
	product := pair{fieldOne, fieldOne}
	for i := range multiples {
		before[i] = product[0]
		fieldMul(&product[0], &product[0], &multiples[i].z)
	}
	invert(&product, &product)
	c := new(comb)
	for i := len(multiples) - 1; i >= 0; i-- {
		var zInv field
		m := &multiples[i]
		fieldMul(&zInv, &product[0], &before[i])
		fieldMul(&product[0], &product[0], &m.z)
		fieldMul(&m.x, &m.x, &zInv)
		fieldMul(&m.y, &m.y, &zInv)
		m.z = fieldOne
		fieldMul(&m.t, &m.x, &m.y)
		var a affine
		a.set(m)
		entry := &c[i/8][i%8]
		for v := range 5 {
			entry[v], entry[5+v], entry[10+v] = a.sum[v][0], a.difference[v][0], a.t2d[v][0]
		}
	}
	return c
}
