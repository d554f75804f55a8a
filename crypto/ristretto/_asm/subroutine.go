package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Products are subroutines: written out, the functions on points would not fit into
// the caches of instructions together. A subroutine takes its first factor in the
// first free registers and the address of the second, and leaves columns in
// registers, or an element in memory.

var (
	factor = reg.R8 // address of the second factor
	result = reg.R9 // address of the result, where it goes to memory
)

// A subroutine is a product that was written.
type subroutine struct {
	name string
	out  columns // for operands of bound 1
}

var (
	multiplies = &subroutine{name: "multiply"}
	squares    = &subroutine{name: "square"}
	stores     = &subroutine{name: "multiplyStore"}
)

func subroutines() {
	for _, s := range []*subroutine{multiplies, squares, stores} {
		TEXT(s.name+"<>", NOSPLIT|NOFRAME, "func()")
		r := newRoutine(s.name, 0)
		x := r.fixed()
		x.bound = tight
		switch s {
		case multiplies:
			s.out = r.multiply(x, argument(factor, 0))
			r.give(s.out.regs[:]...)
		case squares:
			r.double(x, at(base, 0))
			s.out = r.square(x, at(base, 0))
			r.give(s.out.regs[:]...)
		case stores:
			r.keep(r.multiply(x, argument(factor, 0)), argument(result, 0))
		}
		r.check()
		RET()
	}
}

// fixed takes the registers in which a subroutine finds its first factor.
func (r *routine) fixed() (o operand) {
	for i := range o.regs {
		o.regs[i] = ymm(2 + i)
		r.claim(o.regs[i])
	}
	return o
}

// call calls a subroutine with its first factor in the fixed registers, and frees them.
func (r *routine) call(s *subroutine, x operand) {
	for i, v := range x.regs {
		if v != ymm(2+i) {
			panic("a factor is not where its subroutine takes it")
		}
	}
	r.drop(x)
	if len(r.free) != 14 {
		panic("a register would not survive a call")
	}
	Instruction(&ir.Instruction{Opcode: "CALL", Operands: []Op{LabelRef("·" + s.name + "<>(SB)")}})
}

func (r *routine) returned(s *subroutine, bound float64) columns {
	c := s.out
	c.bound = bound
	for _, v := range c.regs {
		r.claim(v)
	}
	return c
}

// product is x*y by a subroutine.
func (r *routine) product(x operand, y element) columns {
	LEAQ(y.mem, factor)
	r.call(multiplies, x)
	return r.returned(multiplies, productBound(x.bound, y.bound))
}

// squared is x*x by a subroutine.
func (r *routine) squared(x operand) columns {
	r.call(squares, x)
	return r.returned(squares, squareBound(x.bound))
}

// productTo stores x*y by a subroutine.
func (r *routine) productTo(x operand, y, to element) {
	if productBound(x.bound, y.bound) > maxSum {
		panic("a column may not fit")
	}
	LEAQ(y.mem, factor)
	LEAQ(to.mem, result)
	r.call(stores, x)
}
