package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Scratch memory of a function lies at base, aligned to 32 bytes in its frame.
var base = reg.RBX

// constants are the broadcast 64-bit words of the data section, by value.
var constants = map[uint64]Mem{}

// word is a vector that holds one 64-bit word in each lane.
func word(v uint64) Mem {
	if m, ok := constants[v]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("w%016x", v), RODATA|NOPTR)
	for lane := range 4 {
		DATA(8*lane, U64(v))
	}
	constants[v] = m
	return m
}

// double is a vector that holds one double in each lane.
func double(v float64) Mem { return word(math.Float64bits(v)) }

// A routine is a function being written: which registers are free, and how much of
// its scratch memory is in use.
type routine struct {
	name    string
	free    []reg.VecPhysical
	frame   int // vectors of scratch memory
	scratch int // in use, in bytes
	most    int // that was in use at once, in bytes
}

// stubs are the Go declarations of the functions, with the types of the package.
var stubs strings.Builder

// plainTypes are those types for avo, which does not know the package.
var plainTypes = strings.NewReplacer(
	"*[2]field", "*[2][5][4]float64", "*field", "*[5][4]float64", "*integers", "*[5][4]uint64", "*lanes", "*[4]uint64",
	"*point", "*[20][4]float64", "*addend", "*[20][4]float64", "*affine", "*[15][4]float64", "*table", "*[8][20][4]float64",
	"*fixed", "*[8][15]float64", "*buckets", "*[4][129][20]float64", "*digits", "*[4]int16",
)

// begin opens a function of pointers and counts that needs so many vectors of scratch
// memory.
func begin(name, signature, doc string, frame int) *routine {
	TEXT(name, 0, plainTypes.Replace(signature))
	stub := strings.Replace(signature, "func", "func "+name, 1)
	fmt.Fprintf(&stubs, "\n// %s\n//\n//go:noescape\n%s\n", strings.ReplaceAll(doc, "\n", "\n// "), stub)
	if frame > 0 {
		LEAQ(AllocLocal(32*frame+32).Offset(31), base)
		ANDQ(I32(-32), base)
	}
	r := newRoutine(name, frame)
	if frame >= squareScratch {
		r.slot(squareScratch)
	}
	return r
}

// squareScratch is what square needs, at the beginning of its caller's scratch memory.
const squareScratch = limbs - 1

func newRoutine(name string, frame int) *routine {
	r := &routine{name: name, frame: frame}
	for i := 2; i < 16; i++ {
		r.free = append(r.free, ymm(i))
	}
	return r
}

// end closes a function.
func (r *routine) end() {
	r.check()
	VZEROUPPER()
	RET()
}

// check makes sure that a function needs no more and no less than it reserved.
func (r *routine) check() {
	if len(r.free) != 14 {
		panic(fmt.Sprintf("%s: %d registers are free at the end, want 14", r.name, len(r.free)))
	}
	if r.most != 32*r.frame {
		panic(fmt.Sprintf("%s: needs %d vectors of scratch memory, has %d", r.name, r.most/32, r.frame))
	}
}

func ymm(i int) reg.VecPhysical {
	return [...]reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}[i]
}

// take reserves a vector register.
func (r *routine) take() reg.VecPhysical {
	if len(r.free) == 0 {
		panic("out of vector registers")
	}
	v := r.free[0]
	r.free = r.free[1:]
	return v
}

// claim reserves one vector register.
func (r *routine) claim(v reg.VecPhysical) {
	i := slices.Index(r.free, v)
	if i < 0 {
		panic(r.name + ": a register is in use")
	}
	r.free = slices.Delete(r.free, i, i+1)
}

// give frees vector registers.
func (r *routine) give(v ...reg.VecPhysical) { r.free = append(r.free, v...) }

// slot reserves scratch memory.
func (r *routine) slot(vectors int) Mem {
	m := Mem{Base: base, Disp: r.scratch}
	r.scratch += 32 * vectors
	r.most = max(r.most, r.scratch)
	return m
}

// at is memory behind a pointer.
func at(p reg.Register, disp int) Mem { return Mem{Base: p, Disp: disp} }

// load reads a pointer or count argument into a register.
func load(arg string, r reg.GPPhysical) { Load(Param(arg), r) }
