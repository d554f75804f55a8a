//go:build amd64 && !purego

package ristretto

import (
	"bytes"
	"math/big"
	"slices"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

func (p quads) setIdentity(i int) { p.q[i/4].setLane(i%4, &identity) }

func (p *point) setLane(lane int, to *point) {
	for _, c := range [4][2]*field{{&p.x, &to.x}, {&p.y, &to.y}, {&p.z, &to.z}, {&p.t, &to.t}} {
		for j := range c[0] {
			c[0][j][lane] = c[1][j][lane]
		}
	}
}

var prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

func needQuads(t *testing.T) {
	t.Helper()
	if !accelerated {
		t.Skip("the processor has no AVX2 and FMA, or GODEBUG hides them")
	}
}

// value is the integer that a lane stands for, whatever its limbs.
func (f *field) value(lane int) *big.Int {
	v := new(big.Int)
	for i := 4; i >= 0; i-- {
		v.Lsh(v, 51)
		v.Add(v, big.NewInt(int64(f[i][lane])))
	}
	return v.Mod(v, prime)
}

func (f *field) tight(t *testing.T, what string) {
	t.Helper()
	for i := range f {
		for _, l := range f[i] {
			if l != float64(int64(l)) || max(l, -l) > 1<<50+1<<15 {
				t.Fatalf("%s: limb %d is %v", what, i, l)
			}
		}
	}
}

// testFields are elements whose limbs are random, at their bounds and beyond what a
// function leaves, and small.
func testFields() (out []field) {
	limb := func(b byte) float64 {
		const most = 1<<50 + 1<<15
		switch b % 8 {
		case 0:
			return most
		case 1:
			return -most
		case 2:
			return 0
		case 3:
			return 1
		case 4:
			return -1
		default:
			return float64(int64(new(big.Int).SetBytes(randomBytes(8)).Uint64())>>13) - 0
		}
	}
	for range 400 {
		var f field
		for i := range f {
			for lane := range f[i] {
				f[i][lane] = limb(randomBytes(1)[0])
			}
		}
		out = append(out, f)
	}
	var high, low, zero field
	for i := range high {
		high[i], low[i] = [4]float64{limb(0), limb(0), limb(0), limb(0)}, [4]float64{limb(1), limb(1), limb(1), limb(1)}
	}
	return append(out, high, low, zero)
}

func TestFieldAgainstBig(t *testing.T) {
	needQuads(t)
	all := testFields()
	for i := range all {
		a, b := &all[i], &all[len(all)-1-i]
		if i%3 == 0 {
			b = a
		}
		check := func(what string, o *field, want func(x, y *big.Int) *big.Int) {
			t.Helper()
			o.tight(t, what)
			for lane := range 4 {
				w := want(a.value(lane), b.value(lane))
				if got := o.value(lane); got.Cmp(w.Mod(w, prime)) != 0 {
					t.Fatalf("%s of %v and %v, lane %d: %v, want %v", what, a, b, lane, got, w)
				}
			}
		}
		var o field
		fieldMul(&o, a, b)
		check("product", &o, func(x, y *big.Int) *big.Int { return x.Mul(x, y) })
		o = *a
		fieldMul(&o, &o, b)
		check("product in place", &o, func(x, y *big.Int) *big.Int { return x.Mul(x, y) })
		o = *b
		fieldMul(&o, a, &o)
		check("product in the other's place", &o, func(x, y *big.Int) *big.Int { return x.Mul(x, y) })
		for _, n := range []int{1, 2, 5, 100} {
			fieldSquares(&o, a, n)
			check("squares", &o, func(x, _ *big.Int) *big.Int { return x.Exp(x, new(big.Int).Lsh(big.NewInt(1), uint(n)), prime) })
			two := pair{*a, *b}
			pairSquares(&two, &two, n)
			check("squares of the first", &two[0], func(x, _ *big.Int) *big.Int { return x.Exp(x, new(big.Int).Lsh(big.NewInt(1), uint(n)), prime) })
			check("squares of the second", &two[1], func(_, y *big.Int) *big.Int { return y.Exp(y, new(big.Int).Lsh(big.NewInt(1), uint(n)), prime) })
		}
		fieldAdd(&o, a, b)
		check("sum", &o, func(x, y *big.Int) *big.Int { return x.Add(x, y) })
		fieldSub(&o, a, b)
		check("difference", &o, func(x, y *big.Int) *big.Int { return x.Sub(x, y) })
		two := pair{*a, *b}
		invert(&two, &two)
		check("inverse", &two[0], func(x, _ *big.Int) *big.Int { return x.Exp(x, new(big.Int).Sub(prime, big.NewInt(2)), prime) })
		check("inverse", &two[1], func(_, y *big.Int) *big.Int { return y.Exp(y, new(big.Int).Sub(prime, big.NewInt(2)), prime) })
		mask := lanes{0: ^uint64(0), 2: ^uint64(0)}
		fieldSelect(&o, a, b, &mask)
		var n field
		fieldNegate(&n, a, &mask)
		for lane := range 4 {
			selected, negated := a.value(lane), a.value(lane)
			if mask[lane] != 0 {
				selected, negated = b.value(lane), negated.Sub(prime, negated)
			}
			if o.value(lane).Cmp(selected) != 0 || n.value(lane).Cmp(negated.Mod(negated, prime)) != 0 {
				t.Fatalf("lane %d is not as the mask says", lane)
			}
		}
		checkCanonical(t, a)
	}
}

// checkCanonical checks encoding, sign and zero of an element against math/big.
func checkCanonical(t *testing.T, a *field) {
	t.Helper()
	var negative, zero lanes
	var enc [4 * Size]byte
	fieldNegative(&negative, a)
	fieldZero(&zero, a)
	a.bytes(&enc)
	for lane := range 4 {
		v := a.value(lane)
		want := v.FillBytes(make([]byte, Size))
		slices.Reverse(want)
		if got := enc[lane*Size : (lane+1)*Size]; !bytes.Equal(got, want) {
			t.Fatalf("lane %d of %v is encoded as %x, want %x", lane, a, got, want)
		}
		if negative[lane] != -uint64(v.Bit(0)) {
			t.Fatalf("lane %d of %v: the sign is %x", lane, a, negative[lane])
		}
		if (zero[lane] == ^uint64(0)) != (v.Sign() == 0) || zero[lane] != 0 && zero[lane] != ^uint64(0) {
			t.Fatalf("lane %d of %v: zero is %x", lane, a, zero[lane])
		}
	}
}

// TestFieldEncodings reads and writes integers about the bounds of the field: all 255
// bits are taken, modulo p.
func TestFieldEncodings(t *testing.T) {
	needQuads(t)
	one := big.NewInt(1)
	for _, around := range []*big.Int{new(big.Int), prime, new(big.Int).Rsh(prime, 1), new(big.Int).Lsh(one, 254), new(big.Int).Lsh(one, 255), new(big.Int).Lsh(one, 204), new(big.Int).Lsh(one, 51), new(big.Int).Lsh(one, 50)} {
		for d := int64(-40); d <= 40; d++ {
			v := new(big.Int).Add(around, big.NewInt(d))
			if v.Sign() < 0 || v.BitLen() > 255 {
				continue
			}
			in := randomBytes(4 * Size)
			lane := int(d+40) % 4
			b := v.FillBytes(make([]byte, Size))
			slices.Reverse(b)
			b[31] |= byte(d) & 0x80 // bit 255 counts for nothing
			copy(in[lane*Size:], b)
			var f field
			f.setBytes(in, Size)
			f.tight(t, "read")
			if f.value(lane).Cmp(v.Mod(v, prime)) != 0 {
				t.Fatalf("%v is read as %v", v, f.value(lane))
			}
			checkCanonical(t, &f)
		}
	}
}

func TestConstants(t *testing.T) {
	for name, c := range map[string]struct {
		f    *field
		want string
	}{
		"d":           {&edwardsD, "37095705934669439343138083508754565189542113879843219016388785533085940283555"},
		"sqrt(-1)":    {&sqrtM1, "19681161376707505956807079304988542015446066515923890162744021073123829784752"},
		"sqrt(ad-1)":  {&sqrtADMinusOne, "25063068953384623474111414158702152701244531502492656460079210482610430750235"},
		"1/sqrt(a-d)": {&invSqrtAMinusD, "54469307008909316920995813868745141605393597292927456921205312896311721017578"},
		"1-d^2":       {&oneMinusDSq, "1159843021668779879193775521855586647937357759715417654439879720876111806838"},
		"(d-1)^2":     {&dMinusOneSq, "40440834346308536858101042469323190826248399146238708352240133220865137265952"},
		"one":         {&fieldOne, "1"},
	} {
		c.f.tight(t, name)
		for lane := range 4 {
			if got := c.f.value(lane).String(); got != c.want {
				t.Errorf("%s is %s", name, got)
			}
		}
	}
}

// torsion is the points of order 1, 2 and 4, one in each lane: adding one to a point
// makes another representative of the same element.
func torsion() (p point) {
	minusOne, minusI := fieldOne, sqrtM1
	fieldNegate(&minusOne, &minusOne, &allLanes)
	fieldNegate(&minusI, &minusI, &allLanes)
	p.setLane(0, &identity)
	p.setLane(1, &point{y: minusOne, z: fieldOne})
	p.setLane(2, &point{x: sqrtM1, z: fieldOne})
	p.setLane(3, &point{x: minusI, z: fieldOne})
	return p
}

// TestRepresentatives: what is computed of an element does not depend on which of its
// representatives is in hand, whichever lane it is in, the identity's included.
func TestRepresentatives(t *testing.T) {
	needQuads(t)
	const n = 16
	ks := randomScalars(t, n)
	for round := range 40 {
		p, q := New(n), New(n)
		p.SetUniform(randomBytes(n * UniformSize))
		if round%2 == 1 {
			setIdentity(p, round%n)
		}
		q.Set(p)
		to := q.impl.(quads).q
		for i := range to {
			tor := torsion()
			rotated := tor
			for lane := range 4 {
				l := tor.lane((lane + round) % 4)
				rotated.setLane(lane, &l)
			}
			to[i].add(&rotated)
		}
		results := func(p *Points) []byte {
			s := New(n)
			s.Set(p)
			out := make([]byte, n*Size)
			s.EncodeDouble(out)
			sum := s.Sum(ks)
			c := encoding(&sum)
			out = append(append(out, c[:]...), encodings(s)...)
			sum = s.Sum(ks) // of what Encode left
			c = encoding(&sum)
			s.Mul(&ks[0])
			return append(append(out, c[:]...), encodings(s)...)
		}
		if !bytes.Equal(results(p), results(q)) {
			t.Fatalf("round %d: two representatives of an element differ", round)
		}
	}
}

// TestRecode adds the digits up again.
func TestRecode(t *testing.T) {
	for _, k := range append(edgeScalars(t), randomScalars(t, 500)...) {
		var want [Size]byte
		putScalar(&want, &k)
		slices.Reverse(want[:])
		v := new(big.Int).SetBytes(want[:])
		var e [64]int8
		recode(&e, &k)
		var d [sumPasses][]digits
		for i := range d {
			d[i] = make([]digits, 1)
		}
		recodeBytes(&d, 0, &k)
		sixteens, bytes := new(big.Int), new(big.Int)
		for i := 63; i >= 0; i-- {
			if e[i] < -8 || e[i] > 8 {
				t.Fatalf("digit %d", e[i])
			}
			sixteens.Add(sixteens.Lsh(sixteens, 4), big.NewInt(int64(e[i])))
		}
		for i := sumDigits - 1; i >= 0; i-- {
			digit := d[i%sumPasses][0][i/sumPasses]
			if digit < -127 || digit > 128 {
				t.Fatalf("digit %d", digit)
			}
			bytes.Add(bytes.Lsh(bytes, 8), big.NewInt(int64(digit)))
		}
		if sixteens.Cmp(v) != 0 || bytes.Cmp(v) != 0 {
			t.Fatalf("%v is recoded to %v and %v", v, sixteens, bytes)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(make([]byte, Size), byte(0))
	f.Add(curve.RISTRETTO_BASEPOINT_COMPRESSED[:], byte(5))
	f.Fuzz(func(t *testing.T, data []byte, lane byte) {
		if !accelerated || len(data) != Size {
			t.Skip()
		}
		in := bytes.Repeat(curve.RISTRETTO_BASEPOINT_COMPRESSED[:], Group)
		at := int(lane) % Group
		copy(in[at*Size:], data)
		a, b := newQuads(Group), make(portable, Group)
		got, want := a.decode(in), b.decode(in)
		if got != want {
			t.Fatalf("%x: %d, want %d", data, got, want)
		}
		if want >= 0 {
			return
		}
		var x, y [Group * Size]byte
		a.encode(x[:])
		b.encode(y[:])
		if x != y || x != [Group * Size]byte(in) {
			t.Fatalf("%x is encoded as %x", data, x[at*Size:(at+1)*Size])
		}
	})
}

func FuzzMul(f *testing.F) {
	f.Add(make([]byte, UniformSize), make([]byte, Size))
	f.Add(bytes.Repeat([]byte{255}, UniformSize), bytes.Repeat([]byte{0x88}, Size))
	f.Fuzz(func(t *testing.T, uniform, key []byte) {
		if !accelerated || len(uniform) != UniformSize || len(key) != Size {
			t.Skip()
		}
		var k scalar.Scalar
		if _, err := k.SetBytesModOrder(key); err != nil {
			t.Fatal(err)
		}
		a, b := newQuads(1), make(portable, 1)
		var x, y [Size]byte
		a.uniform(uniform)
		b.uniform(uniform)
		a.mul(&k)
		b.mul(&k)
		a.encode(x[:])
		b.encode(y[:])
		if x != y {
			t.Fatalf("%x times the element of %x: %x, want %x", key, uniform, x, y)
		}
	})
}
