package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// entries of a table: the multiples 1 to 8 of a point, of which signed digits of
// radix 16 choose one, or none, or its negative.
const entries = 8

// selector holds the masks that choose an entry: they are computed from the digits,
// and every entry is read whatever they say.
type selector struct {
	entry    [entries]reg.VecPhysical
	negative reg.VecPhysical
}

// selector compares digits from -8 to 8, one in each lane of v, with every entry.
func (r *routine) selector(v reg.VecPhysical) (s selector) {
	s.negative = r.take()
	VPXOR(s.negative, s.negative, s.negative)
	VPCMPGTQ(v, s.negative, s.negative)
	VPXOR(s.negative, v, v)
	VPSUBQ(s.negative, v, v)
	for i := range s.entry {
		s.entry[i] = r.take()
		VPCMPEQQ(word(uint64(i+1)), v, s.entry[i])
	}
	return s
}

func (r *routine) dropSelector(s selector) { r.give(append(s.entry[:], s.negative)...) }

// pick is the chosen one of eight vectors, or the vector none, which holds the word of
// a double in each lane. entry is where a vector lies; where wide is false it is one
// double.
func (r *routine) pick(s selector, none float64, entry func(k int) Mem, wide bool) reg.VecPhysical {
	v := r.take()
	if none == 0 {
		VXORPD(v, v, v)
	} else {
		VMOVUPD(double(none), v)
	}
	for k := range entries {
		if wide {
			VBLENDVPD(s.entry[k], entry(k), v, v)
			continue
		}
		t := r.take()
		VBROADCASTSD(entry(k), t)
		VBLENDVPD(s.entry[k], t, v, v)
		r.give(t)
	}
	return v
}

// chosen writes the chosen addend: Y+X and Y-X change places, and T its sign, where
// the digit is negative. entry is where a vector of an entry lies.
func (r *routine) chosen(s selector, o addend, affine bool, entry func(vector, k int) Mem) {
	pick := func(i, coordinate int, none float64) reg.VecPhysical {
		if i > 0 {
			none = 0
		}
		return r.pick(s, none, func(k int) Mem { return entry(limbs*coordinate+i, k) }, !affine)
	}
	for i := range limbs {
		a, b, t := pick(i, 0, 1), pick(i, 1, 1), r.take()
		VBLENDVPD(s.negative, b, a, t)
		VMOVUPD(t, o.sum.limb(i))
		VBLENDVPD(s.negative, a, b, t)
		VMOVUPD(t, o.difference.limb(i))
		r.give(a, b)
		c := pick(i, 2, 0)
		VANDPD(word(1<<63), s.negative, t)
		VXORPD(t, c, c)
		VMOVUPD(c, o.t2d.limb(i))
		r.give(c, t)
		if !affine {
			z := pick(i, 3, 2)
			VMOVUPD(z, o.z2.limb(i))
			r.give(z)
		}
	}
}

func tableFunctions() {
	r := begin("tableSelect", "func(o *addend, t *table, digit int64)",
		"tableSelect is o = digit times the point of t, from -8 to 8: the same in all lanes. It reads every entry.", 0)
	load("o", reg.RDI)
	load("t", reg.RSI)
	load("digit", reg.RCX)
	v := r.take()
	VMOVQ(reg.RCX, v.AsX())
	VPBROADCASTQ(v.AsX(), v)
	s := r.selector(v)
	r.give(v)
	r.chosen(s, addendAt(reg.RDI), false, func(vector, k int) Mem { return at(reg.RSI, 4*size*k+32*vector) })
	r.dropSelector(s)
	r.end()

	r = begin("fixedSelect", "func(o *affine, t *fixed, digits *lanes)",
		"fixedSelect is o = digits times the point of t, from -8 to 8: one in each lane. It reads every entry.", 0)
	load("o", reg.RDI)
	load("t", reg.RSI)
	load("digits", reg.RDX)
	v = r.take()
	VMOVDQU(at(reg.RDX, 0), v)
	s = r.selector(v)
	r.give(v)
	r.chosen(s, addendAt(reg.RDI), true, func(vector, k int) Mem { return at(reg.RSI, 8*(3*limbs*k+vector)) })
	r.dropSelector(s)
	r.end()
}
