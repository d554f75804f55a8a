//go:build amd64 && !purego

package ristretto

import (
	"encoding/binary"
	"math"
)

type (
	// A point is four points of the curve in extended coordinates.
	point struct{ x, y, z, t field }
	// An addend is four points in the form that is added: Y+X, Y-X, 2dT, and 2Z, which
	// only the assembly reads.
	addend struct{ sum, difference, t2d, _ field }
	// affine is an addend with Z = 1.
	affine struct{ sum, difference, t2d field }
)

var identity = point{y: fieldOne, z: fieldOne}

func (p *point) add(q *point) {
	var a addend
	pointAddend(&a, q)
	pointAdd(p, p, &a)
}

func (a *affine) set(p *point) { // p has Z = 1
	var e addend
	pointAddend(&e, p)
	a.sum, a.difference, a.t2d = e.sum, e.difference, e.t2d
}

// setAffine reads x and y of four points, and reports whether they are on the curve.
func (p *point) setAffine(in []byte) bool {
	p.x.setBytes(in, 2*Size)
	p.y.setBytes(in[Size:], 2*Size)
	p.z = fieldOne
	fieldMul(&p.t, &p.x, &p.y)
	var xx, yy, tt field // y^2 - x^2 = 1 + d t^2
	fieldSquares(&xx, &p.x, 1)
	fieldSquares(&yy, &p.y, 1)
	fieldSquares(&tt, &p.t, 1)
	fieldMul(&tt, &tt, &edwardsD)
	fieldSub(&yy, &yy, &xx)
	fieldSub(&yy, &yy, &tt)
	fieldSub(&yy, &yy, &fieldOne)
	var on lanes
	fieldZero(&on, &yy)
	return on == allLanes
}

// canonical reports whether an encoding can be one: below p, and even. All of this
// is public.
func canonical(in []byte) bool {
	a, b, c, d := binary.LittleEndian.Uint64(in), binary.LittleEndian.Uint64(in[8:]), binary.LittleEndian.Uint64(in[16:]), binary.LittleEndian.Uint64(in[24:])
	if a&1 != 0 || d>>63 != 0 {
		return false
	}
	return d != math.MaxInt64 || b&c != math.MaxUint64 || a < math.MaxUint64-18
}

// decode decodes eight elements (RFC 9496 section 4.3.1). The masks say which are
// valid but for what canonical checks.
func decode(o *[2]point, in []byte) (valid [2]lanes) {
	var s, u1, u2, u2Sq, v, t, inv, one pair
	for i := range 2 {
		s[i].setBytes(in[4*Size*i:], Size)
		one[i] = fieldOne
	}
	pairSquares(&t, &s, 1)
	for i := range 2 {
		fieldSub(&u1[i], &fieldOne, &t[i])
		fieldAdd(&u2[i], &fieldOne, &t[i])
	}
	pairSquares(&u2Sq, &u2, 1)
	pairSquares(&t, &u1, 1)
	for i := range 2 { // v = -(d u1^2) - u2^2
		fieldMul(&t[i], &t[i], &edwardsD)
		fieldAdd(&t[i], &t[i], &u2Sq[i])
		fieldNegate(&v[i], &t[i], &allLanes)
	}
	pairMul(&t, &v, &u2Sq)
	square := sqrtRatio(&inv, &one, &t)
	var x, y pair
	pairMul(&x, &inv, &u2)
	pairMul(&y, &inv, &x)
	pairMul(&y, &y, &v)
	for i := range 2 {
		var negative, zero lanes
		p := &o[i]
		fieldAdd(&t[i], &s[i], &s[i])
		fieldMul(&p.x, &t[i], &x[i])
		absolute(&p.x, &p.x)
		fieldMul(&p.y, &u1[i], &y[i])
		p.z = fieldOne
		fieldMul(&p.t, &p.x, &p.y)
		fieldNegative(&negative, &p.t)
		fieldZero(&zero, &p.y)
		for lane := range valid[i] {
			valid[i][lane] = square[i][lane] &^ negative[lane] &^ zero[lane]
		}
	}
	return valid
}

// encode encodes eight points (RFC 9496 section 4.3.2) and brings them to Z = 1.
func encode(out *[8 * Size]byte, p *[2]point) {
	var u1, u2, t, inv, zInv, d1, d2, one pair
	for i := range 2 {
		fieldAdd(&t[i], &p[i].z, &p[i].y)
		fieldSub(&u1[i], &p[i].z, &p[i].y)
		fieldMul(&u1[i], &u1[i], &t[i])
		fieldMul(&u2[i], &p[i].x, &p[i].y)
		one[i] = fieldOne
	}
	pairSquares(&t, &u2, 1)
	pairMul(&t, &t, &u1)
	sqrtRatio(&inv, &one, &t) // always a square
	pairMul(&d1, &inv, &u1)
	pairMul(&d2, &inv, &u2)
	pairMul(&zInv, &d1, &d2)
	for i := range 2 {
		p := &p[i]
		fieldMul(&zInv[i], &zInv[i], &p.t)
		var x, y, s, den field
		var m lanes
		fieldMul(&t[i], &p.t, &zInv[i])
		fieldNegative(&m, &t[i])
		fieldMul(&s, &p.y, &sqrtM1)
		fieldSelect(&x, &p.x, &s, &m)
		fieldMul(&s, &p.x, &sqrtM1)
		fieldSelect(&y, &p.y, &s, &m)
		fieldMul(&s, &d1[i], &invSqrtAMinusD)
		fieldSelect(&den, &d2[i], &s, &m)
		fieldMul(&t[i], &x, &zInv[i])
		fieldNegative(&m, &t[i])
		fieldNegate(&y, &y, &m)
		fieldSub(&s, &p.z, &y)
		fieldMul(&s, &s, &den)
		absolute(&s, &s)
		s.bytes((*[4 * Size]byte)(out[4*Size*i:]))
		p.divide(&zInv[i], &u2[i])
	}
}

// normalise brings a point to Z = 1 if it is not there. In variable time.
func (p *point) normalise() {
	if p.z == fieldOne {
		return
	}
	inv := pair{p.z, fieldOne}
	var xy field
	invert(&inv, &inv)
	fieldMul(&xy, &p.x, &p.y)
	p.divide(&inv[0], &xy)
}

// divide brings a point to Z = 1, by 1/Z. Where XY is zero the element is the
// identity, and 1/Z need not be right.
func (p *point) divide(zInv, xy *field) {
	var m lanes
	fieldZero(&m, xy)
	fieldMul(&p.x, &p.x, zInv)
	fieldSelect(&p.x, &p.x, &field{}, &m)
	fieldMul(&p.y, &p.y, zInv)
	fieldSelect(&p.y, &p.y, &fieldOne, &m)
	p.z = fieldOne
	fieldMul(&p.t, &p.x, &p.y)
}

// doubled is what encodeDouble needs of a point: its double as a completed point,
// eg and fh, and the product of all w = eg fh before it.
type doubled struct {
	e, f, g, h, eg, fh, w, before field
	zero                          lanes // the element is the identity
}

// doubleBlock is how many quadruples of points share an inversion.
const doubleBlock = 32

// encodeDouble encodes 2p for each p (Hamburg, "Decaf", and the double-and-compress
// of curve25519-dalek): no square root, and one inversion for a block.
func encodeDouble(out []byte, points []point) {
	var block [doubleBlock]doubled
	var enc [4 * Size]byte
	for len(points) > 0 {
		n := min(len(points), doubleBlock)
		product := pair{fieldOne, fieldOne}
		for i := range n {
			block[i].set(&points[i])
			block[i].before = product[0]
			fieldMul(&product[0], &product[0], &block[i].w)
		}
		invert(&product, &product)
		for i := n - 1; i >= 0; i-- {
			var inv field
			fieldMul(&inv, &product[0], &block[i].before)
			fieldMul(&product[0], &product[0], &block[i].w)
			block[i].encode(&enc, &inv)
			copy(out[min(len(out), 4*Size*i):], enc[:])
		}
		points, out = points[n:], out[min(len(out), 4*Size*n):]
	}
}

func (d *doubled) set(p *point) {
	var xx, yy, zz, tt, t field
	fieldSquares(&xx, &p.x, 1)
	fieldSquares(&yy, &p.y, 1)
	fieldSquares(&zz, &p.z, 1)
	fieldSquares(&tt, &p.t, 1)
	fieldMul(&tt, &tt, &edwardsD)
	fieldAdd(&t, &p.x, &p.x)
	fieldMul(&d.e, &t, &p.y)
	fieldAdd(&d.f, &zz, &tt)
	fieldAdd(&d.g, &yy, &xx)
	fieldSub(&d.h, &zz, &tt)
	fieldMul(&d.eg, &d.e, &d.g)
	fieldMul(&d.fh, &d.f, &d.h)
	fieldMul(&d.w, &d.eg, &d.fh)
	fieldZero(&d.zero, &d.w)
	fieldSelect(&d.w, &d.w, &fieldOne, &d.zero) // the identity must not spoil the rest of its lane
}

func (d *doubled) encode(out *[4 * Size]byte, inv *field) {
	var zInv, tInv, t, minusE, fi, e, g, h, magic field
	var m lanes
	fieldSelect(inv, inv, &field{}, &d.zero) // as if 1/0 were 0
	fieldMul(&zInv, &d.eg, inv)
	fieldMul(&tInv, &d.fh, inv)
	fieldMul(&t, &d.eg, &zInv)
	fieldNegative(&m, &t)
	fieldNegate(&minusE, &d.e, &allLanes)
	fieldMul(&fi, &d.f, &sqrtM1)
	fieldSelect(&e, &d.e, &d.g, &m)
	fieldSelect(&g, &d.g, &minusE, &m)
	fieldSelect(&h, &d.h, &fi, &m)
	fieldSelect(&magic, &invSqrtAMinusD, &sqrtM1, &m)
	fieldMul(&t, &h, &e)
	fieldMul(&t, &t, &zInv)
	fieldNegative(&m, &t)
	fieldNegate(&g, &g, &m)
	fieldSub(&t, &h, &g)
	fieldMul(&t, &t, &magic)
	fieldMul(&g, &g, &tInv)
	fieldMul(&t, &t, &g)
	absolute(&t, &t)
	t.bytes(out)
}

// mapToCurve is MAP of RFC 9496 section 4.3.4 for eight field elements.
func mapToCurve(o *[2]point, t *pair) {
	var r, u, v, s pair
	for i := range 2 {
		var a, b field
		fieldSquares(&r[i], &t[i], 1)
		fieldMul(&r[i], &r[i], &sqrtM1)
		fieldAdd(&a, &r[i], &fieldOne)
		fieldMul(&u[i], &a, &oneMinusDSq)
		fieldMul(&a, &r[i], &edwardsD)
		fieldAdd(&a, &a, &fieldOne)
		fieldNegate(&a, &a, &allLanes)
		fieldAdd(&b, &r[i], &edwardsD)
		fieldMul(&v[i], &a, &b)
	}
	square := sqrtRatio(&s, &u, &v)
	minusOne := fieldOne
	fieldNegate(&minusOne, &minusOne, &allLanes)
	for i := range 2 {
		var other, c, n, w0, w1, w2, w3 field
		fieldMul(&other, &s[i], &t[i])
		absolute(&other, &other)
		fieldNegate(&other, &other, &allLanes)
		fieldSelect(&s[i], &other, &s[i], &square[i])
		fieldSelect(&c, &r[i], &minusOne, &square[i])
		fieldSub(&n, &r[i], &fieldOne)
		fieldMul(&n, &n, &c)
		fieldMul(&n, &n, &dMinusOneSq)
		fieldSub(&n, &n, &v[i])
		fieldAdd(&w0, &s[i], &s[i])
		fieldMul(&w0, &w0, &v[i])
		fieldMul(&w1, &n, &sqrtADMinusOne)
		fieldSquares(&c, &s[i], 1)
		fieldSub(&w2, &fieldOne, &c)
		fieldAdd(&w3, &fieldOne, &c)
		fieldMul(&o[i].x, &w0, &w3)
		fieldMul(&o[i].y, &w2, &w1)
		fieldMul(&o[i].z, &w1, &w3)
		fieldMul(&o[i].t, &w0, &w2)
	}
}

// uniform makes four points of four times 64 uniform bytes: the map's two halves are
// computed side by side.
func uniform(o *point, in []byte) {
	var halves [2]point
	var t pair
	t[0].setBytes(in, 2*Size)
	t[1].setBytes(in[Size:], 2*Size)
	mapToCurve(&halves, &t)
	*o = halves[0]
	o.add(&halves[1])
}
