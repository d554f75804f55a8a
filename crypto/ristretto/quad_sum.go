//go:build amd64 && !purego

package ristretto

import "github.com/oasisprotocol/curve25519-voi/curve/scalar"

// A sum of public points with public coefficients is Pippenger's: for each digit of
// the coefficients, points go into buckets by digit. The coefficients have 32 digits
// of 8 bits, from -127 to 128. Each lane has a digit of its own, 8 apart, and buckets
// of its own; one pass goes over all points for four digits.

const (
	sumDigits = 32
	sumPasses = sumDigits / 4
)

// buckets are those of four lanes. The first of a lane takes what has digit zero.
type buckets [4][129][20]float64

// digits are those of one point in one pass.
type digits [4]int16

// recodeBytes writes a coefficient in digits from -127 to 128, for each pass.
func recodeBytes(d *[sumPasses][]digits, i int, k *scalar.Scalar) {
	var s [Size]byte
	putScalar(&s, k)
	carry := int16(0)
	for j, b := range s {
		v := int16(b) + carry
		carry = 0
		if v > 128 {
			v, carry = v-256, 1
		}
		d[j%sumPasses][i][j/sumPasses] = v
	}
}

// sum is the sum of coefficient times point, in all lanes. In variable time.
func sum(o *point, coefficients []scalar.Scalar, points []point) {
	n := len(coefficients)
	var d [sumPasses][]digits
	for pass := range d {
		d[pass] = make([]digits, n)
	}
	for i := range n {
		recodeBytes(&d, i, &coefficients[i])
	}
	addends := make([]affine, (n+3)/4)
	for i := range addends {
		p := points[i]
		p.normalise()
		addends[i].set(&p)
	}
	b := new(buckets)
	*o = identity
	for pass := sumPasses - 1; pass >= 0; pass-- {
		if pass < sumPasses-1 {
			pointDouble(o, o, 8)
		}
		b.clear()
		for i := range n {
			bucketsAdd(b, &addends[i/4].sum[0][i%4], &d[pass][i])
		}
		p := b.total()
		o.add(&p)
	}
	o.fold(64)
}

func (b *buckets) clear() {
	clear(b[:])
	for lane := range b {
		for i := range b[lane] {
			b[lane][i][5], b[lane][i][10] = 1, 1 // Y and Z
		}
	}
}

// total is the sum of each lane's buckets, each times its digit.
func (b *buckets) total() point {
	running, total := identity, identity
	for i := int16(128); i > 0; i-- {
		var p point
		bucketsLoad(&p, b, &digits{i, i, i, i})
		running.add(&p)
		total.add(&running)
	}
	return total
}

// fold adds up the lanes, each 2^shift times the one before it.
func (p *point) fold(shift int) {
	q := *p
	*p = q.lane(3)
	for lane := 2; lane >= 0; lane-- {
		pointDouble(p, p, shift)
		r := q.lane(lane)
		p.add(&r)
	}
}

// lane is the point of one lane, in all lanes.
func (p *point) lane(i int) (o point) {
	for _, c := range [4][2]*field{{&o.x, &p.x}, {&o.y, &p.y}, {&o.z, &p.z}, {&o.t, &p.t}} {
		for j := range c[0] {
			v := c[1][j][i]
			c[0][j] = [4]float64{v, v, v, v}
		}
	}
	return o
}
