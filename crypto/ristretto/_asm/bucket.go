package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A bucket is one point, its twenty doubles one after the other. Four buckets, one
// from the array of each lane, are turned into a point of four lanes and back. All
// of this is for public data: addresses depend on digits.

const (
	bucketSize = 8 * 4 * limbs
	buckets    = 129 // of a lane: none, and 1 to 128
)

// bucketPointers loads the address of each lane's bucket, from digits of 16 bits.
func bucketPointers() (p [4]reg.GPPhysical) {
	p = [4]reg.GPPhysical{reg.R10, reg.R11, reg.R12, reg.R13}
	for lane, g := range p {
		MOVWQSX(Mem{Base: reg.RDX, Disp: 2 * lane}, g)
		MOVQ(g, reg.RAX)
		SARQ(U8(63), reg.RAX)
		XORQ(reg.RAX, g)
		SUBQ(reg.RAX, g)
		LEAQ(Mem{Base: g, Index: g, Scale: 4}, g)
		SHLQ(U8(5), g)
		LEAQ(Mem{Base: reg.RDI, Index: g, Scale: 1, Disp: lane * buckets * bucketSize}, g)
	}
	return p
}

// turn transposes four vectors.
func (r *routine) turn(v [4]reg.VecPhysical) {
	var t [4]reg.VecPhysical
	for i := range t {
		t[i] = r.take()
	}
	VUNPCKLPD(v[1], v[0], t[0])
	VUNPCKHPD(v[1], v[0], t[1])
	VUNPCKLPD(v[3], v[2], t[2])
	VUNPCKHPD(v[3], v[2], t[3])
	VPERM2F128(U8(0x20), t[2], t[0], v[0])
	VPERM2F128(U8(0x20), t[3], t[1], v[1])
	VPERM2F128(U8(0x31), t[2], t[0], v[2])
	VPERM2F128(U8(0x31), t[3], t[1], v[3])
	r.give(t[:]...)
}

// gather reads a bucket of each lane into a point in memory.
func (r *routine) gather(p [4]reg.GPPhysical, to func(vector int) Mem) {
	for i := range limbs {
		var v [4]reg.VecPhysical
		for lane := range v {
			v[lane] = r.take()
			VMOVUPD(Mem{Base: p[lane], Disp: 32 * i}, v[lane])
		}
		r.turn(v)
		for j := range v {
			VMOVUPD(v[j], to(4*i+j))
		}
		r.give(v[:]...)
	}
}

func bucketFunctions() {
	r := begin("bucketsAdd", "func(b *buckets, q *float64, d *digits)",
		"bucketsAdd adds the affine point whose limbs begin at q, four doubles apart, to the bucket\n"+
			"that each lane's digit names, or takes it away where the digit is negative. In variable time.", 69)
	load("b", reg.RDI)
	load("q", reg.RSI)
	load("d", reg.RDX)
	r.magic()
	p := bucketPointers()
	point := r.slot(4 * limbs)
	r.gather(p, func(v int) Mem { return point.Offset(32 * v) })
	q := addend{sum: r.local(), difference: r.local(), t2d: r.local()}
	negative, sign := r.take(), r.take()
	VPMOVSXWQ(Mem{Base: reg.RDX}, negative)
	VANDPD(word(1<<63), negative, sign)
	for i := range limbs {
		a, b, t := r.take(), r.take(), r.take()
		VBROADCASTSD(Mem{Base: reg.RSI, Disp: 32 * i}, a)
		VBROADCASTSD(Mem{Base: reg.RSI, Disp: 32 * (limbs + i)}, b)
		VBLENDVPD(negative, b, a, t)
		VMOVUPD(t, q.sum.limb(i))
		VBLENDVPD(negative, a, b, t)
		VMOVUPD(t, q.difference.limb(i))
		VBROADCASTSD(Mem{Base: reg.RSI, Disp: 32 * (2*limbs + i)}, a)
		VXORPD(sign, a, a)
		VMOVUPD(a, q.t2d.limb(i))
		r.give(a, b, t)
	}
	r.give(negative, sign)
	e := func(i int) element { return element{point.Offset(i * size), tight} }
	at4 := extended{e(0), e(1), e(2), e(3)}
	c := r.localCompleted()
	r.add(at4, q, c, true)
	r.finish(c, at4, true)
	for i := range limbs {
		var v [4]reg.VecPhysical
		for j := range v {
			v[j] = r.take()
			VMOVUPD(point.Offset(32*(4*i+j)), v[j])
		}
		r.turn(v)
		for lane := range v {
			VMOVUPD(v[lane], Mem{Base: p[lane], Disp: 32 * i})
		}
		r.give(v[:]...)
	}
	r.end()

	r = begin("bucketsLoad", "func(o *point, b *buckets, d *digits)",
		"bucketsLoad reads the bucket that each lane's digit names.", 0)
	load("o", reg.RSI)
	load("b", reg.RDI)
	load("d", reg.RDX)
	p = bucketPointers()
	r.gather(p, func(v int) Mem { return Mem{Base: reg.RSI, Disp: 32 * v} })
	r.end()
}
