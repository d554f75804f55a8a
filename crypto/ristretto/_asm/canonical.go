package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// canonical makes five integers of 51 bits, the value modulo p, of an element.
func (r *routine) canonical(e element) (x [limbs]reg.VecPhysical) {
	o := r.weak(r.load(e))
	x = o.regs
	for i := range x {
		// To an integer, plus 2p, so that it is positive: |limb| is below 2^51.
		VADDPD(double(magicLow), x[i], x[i])
		twoP := uint64(2 * mask)
		if i == 0 {
			twoP = 2 * (mask - 18)
		}
		VPADDQ(word(twoP-bitsLow), x[i], x[i])
	}
	m, c, t := r.take(), r.take(), r.take()
	VMOVDQU(word(mask), m)
	times19 := func() { // adds 19c to x[0]
		VPSLLQ(U8(4), c, t)
		VPADDQ(c, t, t)
		VPADDQ(c, c, c)
		VPADDQ(t, c, c)
		VPADDQ(c, x[0], x[0])
	}
	pass := func(last bool) {
		for i := range limbs - 1 {
			VPSRLQ(U8(radix), x[i], c)
			VPAND(m, x[i], x[i])
			VPADDQ(c, x[i+1], x[i+1])
		}
		if !last {
			VPSRLQ(U8(radix), x[limbs-1], c)
			times19()
		}
		VPAND(m, x[limbs-1], x[limbs-1])
	}
	pass(false)
	pass(false)
	// Below 2^255 and a little. It is p or more where adding 19 reaches 2^255.
	VPADDQ(word(19), x[0], c)
	VPSRLQ(U8(radix), c, c)
	for i := 1; i < limbs; i++ {
		VPADDQ(c, x[i], c)
		VPSRLQ(U8(radix), c, c)
	}
	times19()
	pass(true)
	r.give(m, c, t)
	return x
}

func fieldFunctions() {
	pointers := func(args ...string) {
		for i, a := range args {
			load(a, [...]reg.GPPhysical{reg.RDI, reg.RSI, reg.RDX, reg.RCX}[i])
		}
	}
	out, a, b := argument(reg.RDI, 0), argument(reg.RSI, 0), argument(reg.RDX, 0)

	r := begin("fieldMul", "func(o, a, b *field)", "fieldMul is o = a*b.", 0)
	pointers("o", "a", "b")
	r.magic()
	r.keep(r.multiply(r.load(a), b), out)
	r.end()

	for _, f := range []struct {
		name, signature, doc string
		n                    int
	}{
		{"fieldSquares", "func(o, a *field, n int)", "fieldSquares is o = a^(2^n), n > 0.", 1},
		{"fieldSquares2", "func(o, a *[2]field, n int)", "fieldSquares2 is o = a^(2^n) of two elements, n > 0: one's latencies hide the other's.", 2},
	} {
		r := begin(f.name, f.signature, f.doc, f.n*squareScratch)
		pointers("o", "a")
		load("n", reg.RCX)
		r.magic()
		twice := func(i int) Mem { return at(base, 32*squareScratch*i) }
		if f.n == 2 {
			r.slot(squareScratch)
		}
		for i := range f.n {
			x := r.load(argument(reg.RSI, size*i))
			r.double(x, twice(i))
			r.store(x, argument(reg.RDI, size*i))
			r.drop(x)
		}
		Label("again")
		for i := range f.n {
			e := argument(reg.RDI, size*i)
			x := r.carry(r.square(r.load(e), twice(i)))
			r.store(x, e)
			r.double(x, twice(i)) // for the next
			r.drop(x)
		}
		DECQ(reg.RCX)
		JNZ(LabelRef("again"))
		r.end()
	}

	r = begin("fieldAdd", "func(o, a, b *field)", "fieldAdd is o = a+b.", 0)
	pointers("o", "a", "b")
	r.keepWeak(r.sum(a, b), out)
	r.end()

	r = begin("fieldSub", "func(o, a, b *field)", "fieldSub is o = a-b.", 0)
	pointers("o", "a", "b")
	r.keepWeak(r.difference(a, b), out)
	r.end()

	r = begin("fieldSelect", "func(o, a, b *field, m *lanes)", "fieldSelect is o = b in the lanes where m is all ones, a in those where it is zero.", 0)
	pointers("o", "a", "b", "m")
	m := r.take()
	VMOVUPD(at(reg.RCX, 0), m)
	for i := range limbs {
		t := r.take()
		VMOVUPD(a.limb(i), t)
		VBLENDVPD(m, b.limb(i), t, t)
		VMOVUPD(t, out.limb(i))
		r.give(t)
	}
	r.give(m)
	r.end()

	r = begin("fieldNegate", "func(o, a *field, m *lanes)", "fieldNegate is o = -a in the lanes where m is all ones, a in those where it is zero.", 0)
	pointers("o", "a", "m")
	m = r.take()
	VMOVUPD(word(1<<63), m)
	VANDPD(at(reg.RDX, 0), m, m)
	for i := range limbs {
		t := r.take()
		VXORPD(a.limb(i), m, t)
		VMOVUPD(t, out.limb(i))
		r.give(t)
	}
	r.give(m)
	r.end()

	r = begin("fieldCanonical", "func(o *integers, a *field)", "fieldCanonical makes the limbs of the least representative of a.", 0)
	pointers("o", "a")
	c := r.canonical(a)
	for i, v := range c {
		VMOVDQU(v, out.limb(i))
	}
	r.give(c[:]...)
	r.end()

	r = begin("fieldFrom", "func(o *field, a *integers)", "fieldFrom makes an element of limbs below 2^52.", 0)
	pointers("o", "a")
	o := operand{bound: 0x1p52}
	for i := range o.regs {
		o.regs[i] = r.take()
		VMOVDQU(a.limb(i), o.regs[i])
		VPADDQ(word(math.Float64bits(0x1p52)), o.regs[i], o.regs[i])
		VSUBPD(double(0x1p52), o.regs[i], o.regs[i])
	}
	r.keepWeak(o, out)
	r.end()

	r = begin("fieldNegative", "func(m *lanes, a *field)", "fieldNegative is all ones in the lanes where a is odd.", 0)
	load("m", reg.RDI)
	load("a", reg.RSI)
	c = r.canonical(a)
	VPSLLQ(U8(63), c[0], c[0])
	VPXOR(c[1], c[1], c[1])
	VPCMPGTQ(c[0], c[1], c[1])
	VMOVDQU(c[1], at(reg.RDI, 0))
	r.give(c[:]...)
	r.end()

	r = begin("fieldZero", "func(m *lanes, a *field)", "fieldZero is all ones in the lanes where a is zero.", 0)
	load("m", reg.RDI)
	load("a", reg.RSI)
	c = r.canonical(a)
	for i := 1; i < limbs; i++ {
		VPOR(c[i], c[0], c[0])
	}
	VPXOR(c[1], c[1], c[1])
	VPCMPEQQ(c[0], c[1], c[1])
	VMOVDQU(c[1], at(reg.RDI, 0))
	r.give(c[:]...)
	r.end()
}
