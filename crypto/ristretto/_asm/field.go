package main

import (
	"math"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	limbs = 5
	radix = 51

	magicHigh = 0x1.8p103 // the sum with a product is a multiple of 2^51
	magicLow  = 0x1.8p52  // the sum with an integer holds it in its low bits
	bitsHigh  = 0x4668000000000000
	bitsLow   = 0x4338000000000000

	mask      = 1<<radix - 1
	carryBias = 1<<61 + 1<<50

	// tight bounds the limbs of every element in memory between two functions.
	tight = 0x1p50 + 0x1p15

	maxProduct = 0x1p102 * (1 - 0x1p-30) // of two limbs
	maxSum     = 0x1p61 * (1 - 0x1p-9)   // of a column before its carry
)

// An element is four field elements in memory: five vectors of doubles, of which
// none is larger in magnitude than the bound.
type element struct {
	mem   Mem
	bound float64
}

func (e element) limb(i int) Mem { return e.mem.Offset(32 * i) }

// argument is a tight element behind a pointer.
func argument(p reg.Register, disp int) element { return element{at(p, disp), tight} }

// local reserves scratch memory for an element.
func (r *routine) local() element { return element{r.slot(limbs), tight} }

// operand is an element in registers.
type operand struct {
	regs  [limbs]reg.VecPhysical
	bound float64
}

// load reads an element into the registers in which a subroutine takes a factor.
func (r *routine) load(e element) operand {
	o := r.fixed()
	o.bound = e.bound
	for i := range o.regs {
		VMOVUPD(e.limb(i), o.regs[i])
	}
	return o
}

// sum is a+b, limb by limb.
func (r *routine) sum(a, b element) operand {
	o := r.load(a)
	for i := range o.regs {
		VADDPD(b.limb(i), o.regs[i], o.regs[i])
	}
	o.bound += b.bound
	return o
}

// difference is a-b, limb by limb.
func (r *routine) difference(a, b element) operand {
	o := r.load(a)
	for i := range o.regs {
		VSUBPD(b.limb(i), o.regs[i], o.regs[i])
	}
	o.bound += b.bound
	return o
}

func (r *routine) store(o operand, to element) {
	if o.bound > to.bound {
		panic("an element is stored where a smaller one is expected")
	}
	for i, v := range o.regs {
		VMOVUPD(v, to.limb(i))
	}
}

func (r *routine) drop(o operand) { r.give(o.regs[:]...) }

// columns are five sums of 64-bit integers in registers, folded modulo p and not
// yet carried. The value of a column is the register plus a constant: the magic
// numbers' bits are in it as often as products were added up.
type columns struct {
	regs  [limbs]reg.VecPhysical
	plus  [limbs]uint64
	bound float64
}

// spilled are columns in memory.
type spilled struct {
	mem   Mem
	plus  [limbs]uint64
	bound float64
}

// accumulator adds up the halves of products, column by column.
type accumulator struct {
	r     *routine
	sums  [2 * limbs]reg.VecPhysical
	count [2 * limbs][2]uint64 // low and high halves in a column
}

// columnBound is the bound of columns whose products are bounded each: terms is how
// many there are in column i+j. A low half is at most 2^50.
func columnBound(product float64, terms func(column int) float64) (bound float64) {
	if product > maxProduct {
		panic("a product of limbs may not fit")
	}
	half := func(k int) float64 { return terms(k)*0x1p50 + terms(k-1)*(product*0x1p-51+1) }
	for k := range limbs {
		bound = max(bound, half(k)+19*half(k+limbs))
	}
	return bound
}

func productBound(x, y float64) float64 {
	return columnBound(x*y, func(k int) float64 { return float64(max(0, min(k, 2*limbs-2-k)+1)) })
}

// squareBound takes every term of a square as one of twice two limbs.
func squareBound(x float64) float64 {
	return columnBound(2*x*x, func(k int) float64 { return float64(max(0, min(k, 2*limbs-2-k)/2+1)) })
}

func (a *accumulator) add(column int, v reg.VecPhysical) {
	if a.sums[column] == nil {
		a.sums[column] = v
		return
	}
	VPADDQ(v, a.sums[column], a.sums[column])
	a.r.give(v)
}

// A term is a product of two limbs for column k. y may be memory.
type term struct {
	k int
	x reg.VecPhysical
	y Op
}

// products adds terms up: the low half of each to column k, the high half to k+1. The
// steps of several terms alternate, so that few of them wait for one another.
func (a *accumulator) products(rest []term) {
	for len(rest) > 0 {
		n := min(len(rest), abreast, len(a.r.free)/2)
		terms, h, t := rest[:n], make([]reg.VecPhysical, n), make([]reg.VecPhysical, n)
		for i, p := range terms {
			h[i] = a.r.take()
			VMOVAPD(reg.Y0, h[i])
			VFMADD231PD(p.y, p.x, h[i])
		}
		for i := range terms {
			t[i] = a.r.take()
			VSUBPD(h[i], reg.Y1, t[i])
		}
		for i, p := range terms {
			VFMADD231PD(p.y, p.x, t[i])
		}
		for i, p := range terms {
			a.add(p.k+1, h[i])
			a.add(p.k, t[i])
			a.count[p.k][0]++
			a.count[p.k+1][1]++
		}
		rest = rest[n:]
	}
}

// abreast is how many products are computed at a time, where there are registers.
const abreast = 3

// fold brings the upper columns down, times 19.
func (a *accumulator) fold() {
	for k := limbs; k < 2*limbs; k++ {
		x, t := a.sums[k], a.r.take()
		VPSLLQ(U8(4), x, t)
		VPADDQ(x, t, t)
		VPADDQ(x, x, x)
		VPADDQ(t, x, x)
		a.r.give(t)
		a.sums[k] = nil
		a.add(k-limbs, x)
	}
}

func (a *accumulator) columns(bound float64) (c columns) {
	c.bound = bound
	for k := range limbs {
		c.regs[k] = a.sums[k]
		bias := func(k int) uint64 { return a.count[k][0]*bitsLow + a.count[k][1]*bitsHigh }
		c.plus[k] = -bias(k) - 19*bias(k+limbs)
	}
	return c
}

// magic loads what product needs. Y0 and Y1 stay reserved for it.
func (r *routine) magic() {
	VMOVUPD(double(magicHigh), reg.Y0)
	VMOVUPD(double(magicHigh+magicLow), reg.Y1)
}

// multiply is x*y. It frees x.
func (r *routine) multiply(x operand, y element) columns {
	a := &accumulator{r: r}
	columns := func(from, to int) (terms []term) {
		for k := from; k < to; k++ {
			for i := range limbs {
				if j := k - i; j >= 0 && j < limbs {
					terms = append(terms, term{k, x.regs[i], y.limb(j)})
				}
			}
		}
		return terms
	}
	a.products(columns(limbs-1, 2*limbs-1))
	a.fold()
	a.products(columns(0, limbs-1))
	r.drop(x)
	return a.columns(productBound(x.bound, y.bound))
}

// double stores the limbs of x doubled, but for the last, for its square.
func (r *routine) double(x operand, twice Mem) {
	for i := range limbs - 1 {
		t := r.take()
		VADDPD(x.regs[i], x.regs[i], t)
		VMOVUPD(t, twice.Offset(32*i))
		r.give(t)
	}
}

// square is x*x, of x and its doubled limbs. It frees x.
func (r *routine) square(x operand, twice Mem) columns {
	a := &accumulator{r: r}
	columns := func(from, to int) (terms []term) {
		for k := from; k < to; k++ {
			for i := range limbs {
				switch j := k - i; {
				case j == i:
					terms = append(terms, term{k, x.regs[i], x.regs[i]})
				case j > i && j < limbs:
					terms = append(terms, term{k, x.regs[j], twice.Offset(32 * i)})
				}
			}
		}
		return terms
	}
	a.products(columns(limbs-1, 2*limbs-1))
	a.fold()
	a.products(columns(0, limbs-1))
	r.drop(x)
	return a.columns(squareBound(x.bound))
}

// spill moves columns to memory.
func (r *routine) spill(c columns) spilled {
	s := spilled{r.slot(limbs), c.plus, c.bound}
	r.copy(c, s.mem)
	r.give(c.regs[:]...)
	return s
}

func (r *routine) copy(c columns, to Mem) {
	for i, v := range c.regs {
		VMOVDQU(v, to.Offset(32*i))
	}
}

// plus is c+s in new registers.
func (r *routine) plus(c columns, s spilled) columns {
	o := columns{bound: c.bound + s.bound}
	for i := range o.regs {
		o.regs[i] = r.take()
		VPADDQ(s.mem.Offset(32*i), c.regs[i], o.regs[i])
		o.plus[i] = c.plus[i] + s.plus[i]
	}
	return o
}

// minus is c-s in the registers of c.
func (r *routine) minus(c columns, s spilled) columns {
	o := columns{regs: c.regs, bound: c.bound + s.bound}
	for i := range o.regs {
		VPSUBQ(s.mem.Offset(32*i), c.regs[i], c.regs[i])
		o.plus[i] = c.plus[i] - s.plus[i]
	}
	return o
}

// twice is c+c in the registers of c.
func (r *routine) twice(c columns) columns {
	o := columns{regs: c.regs, bound: 2 * c.bound}
	for i := range o.regs {
		VPADDQ(c.regs[i], c.regs[i], c.regs[i])
		o.plus[i] = 2 * c.plus[i]
	}
	return o
}

// carry makes an element of columns: each is brought down to 51 bits and a sign, its
// carry goes into the next, and that of the last times 19 into the first.
func (r *routine) carry(c columns) operand {
	if c.bound > maxSum {
		panic("a column may not fit")
	}
	split := func(i int) (up reg.VecPhysical) {
		up = r.take()
		VPADDQ(word(c.plus[i]+carryBias), c.regs[i], c.regs[i])
		VPSRLQ(U8(radix), c.regs[i], up)
		VPAND(word(mask), c.regs[i], c.regs[i])
		return up
	}
	// The last carry is multiplied as a double: VPMULUDQ can take a cycle longer for
	// some values (see the package comment of ristretto).
	last := split(limbs - 1)
	VPADDQ(word(math.Float64bits(0x1p52)), last, last)
	VSUBPD(double(0x1p52+0x1p10), last, last)
	var up reg.VecPhysical
	for i, v := range c.regs {
		bias := 0x1p52 + 0x1p50 + 0x1p10 // of the integer, and what carryBias left
		if i == 0 {
			bias = 0x1p52 + 0x1p50
		}
		from := up
		if i < limbs-1 {
			up = split(i)
		}
		if i > 0 {
			VPADDQ(from, v, v)
			r.give(from)
		}
		VPADDQ(word(math.Float64bits(0x1p52)), v, v)
		VSUBPD(double(bias), v, v)
		if i == 0 {
			VFMADD231PD(double(19), last, v)
			r.give(last)
		}
	}
	return operand{c.regs, tight}
}

// weak brings limbs of up to 2^53 back to a tight element, in place.
func (r *routine) weak(o operand) operand {
	if o.bound > 0x1p53 {
		panic("limbs are too large to be brought back")
	}
	var up [limbs]reg.VecPhysical
	for i, v := range o.regs {
		up[i] = r.take()
		VADDPD(double(magicHigh), v, up[i])
		VSUBPD(double(magicHigh), up[i], up[i])
		VSUBPD(up[i], v, v)
	}
	for i, v := range o.regs {
		if i == 0 {
			VFMADD231PD(double(19*0x1p-51), up[limbs-1], v)
		} else {
			VFMADD231PD(double(0x1p-51), up[i-1], v)
		}
	}
	r.give(up[:]...)
	o.bound = tight
	return o
}

// keep carries columns into memory.
func (r *routine) keep(c columns, to element) {
	o := r.carry(c)
	r.store(o, to)
	r.drop(o)
}

// keepWeak brings an operand back and stores it.
func (r *routine) keepWeak(o operand, to element) {
	o = r.weak(o)
	r.store(o, to)
	r.drop(o)
}

var prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// constant is a field element in each lane, in the data section.
func constant(name string, v *big.Int) element {
	m := GLOBL(name, RODATA|NOPTR)
	x := new(big.Int).Mod(v, prime)
	var limb [limbs]int64
	for i := range limbs {
		limb[i] += new(big.Int).And(x, big.NewInt(mask)).Int64()
		x.Rsh(x, radix)
		if limb[i] > 1<<50 {
			limb[i] -= 1 << 51
			if i < limbs-1 {
				limb[i+1]++
			} else {
				limb[0] += 19
			}
		}
	}
	for i, l := range limb {
		for lane := range 4 {
			DATA(32*i+8*lane, U64(math.Float64bits(float64(l))))
		}
	}
	return element{m, tight}
}
