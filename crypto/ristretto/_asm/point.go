package main

import (
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Points of the twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 in extended
// coordinates (Hisil, Wong, Carter, Dawson 2008): x = X/Z, y = Y/Z, xy = T/Z.

const size = 32 * limbs // of an element in memory

// extended is a point in memory.
type extended struct{ x, y, z, t element }

func extendedAt(p reg.Register) extended {
	return extended{argument(p, 0), argument(p, size), argument(p, 2*size), argument(p, 3*size)}
}

func (r *routine) localExtended() extended {
	return extended{r.local(), r.local(), r.local(), r.local()}
}

// addend is a point in the form that is added: Y+X, Y-X, 2dT and 2Z, which an affine
// one has not.
type addend struct{ sum, difference, t2d, z2 element }

func addendAt(p reg.Register) addend {
	return addend{argument(p, 0), argument(p, size), argument(p, 2*size), argument(p, 3*size)}
}

// completed is a point as doubling and addition leave it: X = EF, Y = GH, Z = FG,
// T = EH.
type completed struct{ e, f, g, h element }

func (r *routine) localCompleted() completed {
	return completed{r.local(), r.local(), r.local(), r.local()}
}

// finish multiplies a completed point out. T is left out where only a doubling follows.
// What was computed last is used last, so that nothing waits.
func (r *routine) finish(c completed, o extended, withT bool) {
	r.productTo(r.load(c.g), c.h, o.y)
	r.productTo(r.load(c.e), c.f, o.x)
	r.productTo(r.load(c.f), c.g, o.z)
	if withT {
		r.productTo(r.load(c.e), c.h, o.t)
	}
}

// doublePoint doubles p: E = 2XY, H = X^2+Y^2, G = Y^2-X^2, F = 2Z^2-G.
func (r *routine) doublePoint(p extended, c completed) {
	mark := r.scratch
	xx := r.spill(r.squared(r.load(p.x)))
	yy := r.squared(r.load(p.y))
	r.keep(r.plus(yy, xx), c.h)
	g := r.minus(yy, xx)
	gs := spilled{r.slot(limbs), g.plus, g.bound}
	r.copy(g, gs.mem)
	r.keep(g, c.g)
	r.productTo(r.sum(p.x, p.x), p.y, c.e)
	r.keep(r.minus(r.twice(r.squared(r.load(p.z))), gs), c.f)
	r.scratch = mark
}

// add adds q to p: A = (Y-X)(Y'-X'), B = (Y+X)(Y'+X'), C = 2dTT', D = 2ZZ', and
// E = B-A, F = D-C, G = D+C, H = B+A.
func (r *routine) add(p extended, q addend, c completed, affine bool) {
	mark := r.scratch
	a := r.spill(r.product(r.difference(p.y, p.x), q.difference))
	b := r.product(r.sum(p.y, p.x), q.sum)
	r.keep(r.plus(b, a), c.h)
	r.keep(r.minus(b, a), c.e)
	cc := r.spill(r.product(r.load(p.t), q.t2d))
	var d columns
	if affine {
		d = r.twice(r.integers(r.load(p.z)))
	} else {
		d = r.product(r.load(p.z), q.z2)
	}
	r.keep(r.plus(d, cc), c.g)
	r.keep(r.minus(d, cc), c.f)
	r.scratch = mark
}

// integers takes an operand for columns. It frees the operand.
func (r *routine) integers(o operand) columns {
	if o.bound >= 0x1p51 {
		panic("a limb is too large for an integer")
	}
	c := columns{regs: o.regs, bound: o.bound}
	for i, v := range o.regs {
		VADDPD(double(magicLow), v, v)
		c.plus[i] -= bitsLow
	}
	return c
}

// edwardsD is the curve's d = -121665/121666.
func edwardsD() *big.Int {
	d := new(big.Int).ModInverse(big.NewInt(121666), prime)
	d.Mul(d, big.NewInt(-121665))
	return d.Mod(d, prime)
}

func pointFunctions() {
	d2 := constant("twiceD", new(big.Int).Lsh(edwardsD(), 1))

	r := begin("pointDouble", "func(o, p *point, n int)", "pointDouble is o = 2^n p, n > 0.", 34)
	load("o", reg.RDI)
	load("p", reg.RSI)
	load("n", reg.RCX)
	r.magic()
	out, c := extendedAt(reg.RDI), r.localCompleted()
	Label("again")
	r.doublePoint(extendedAt(reg.RSI), c)
	r.finish(c, out, false)
	MOVQ(reg.RDI, reg.RSI)
	DECQ(reg.RCX)
	JNZ(LabelRef("again"))
	r.productTo(r.load(c.e), c.h, out.t)
	r.end()

	for _, f := range []struct {
		name, signature, doc string
		affine, withT        bool
	}{
		{"pointAdd", "func(o, p *point, q *addend)", "pointAdd is o = p+q.", false, true},
		{"pointAddNoT", "func(o, p *point, q *addend)", "pointAddNoT is o = p+q but for T, which a doubling does not read.", false, false},
		{"pointAddAffine", "func(o, p *point, q *affine)", "pointAddAffine is o = p+q.", true, true},
	} {
		r := begin(f.name, f.signature, f.doc, 34)
		load("o", reg.RDI)
		load("p", reg.RSI)
		load("q", reg.RCX)
		r.magic()
		c := r.localCompleted()
		r.add(extendedAt(reg.RSI), addendAt(reg.RCX), c, f.affine)
		r.finish(c, extendedAt(reg.RDI), f.withT)
		r.end()
	}

	r = begin("pointAddend", "func(o *addend, p *point)", "pointAddend brings p into the form that is added.", 0)
	load("o", reg.RDI)
	load("p", reg.RSI)
	r.magic()
	p, o := extendedAt(reg.RSI), addendAt(reg.RDI)
	r.keepWeak(r.sum(p.y, p.x), o.sum)
	r.keepWeak(r.difference(p.y, p.x), o.difference)
	r.productTo(r.load(p.t), d2, o.t2d)
	r.keepWeak(r.sum(p.z, p.z), o.z2)
	r.end()
}
