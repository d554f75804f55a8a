//go:build amd64 && !purego

package ristretto

//go:generate go run -C _asm . -out ../quad_amd64.s

import (
	"encoding/binary"
	"math"
)

type (
	// A field is four elements of GF(2^255-19), one in each lane of five vectors. The
	// limbs are integers held as doubles, of 51 bits and a sign. Between functions no
	// limb is larger in magnitude than 2^50 + 2^15.
	field [5][4]float64
	// integers are four field elements in limbs of 51 bits.
	integers [5][4]uint64
	// lanes is a mask, all ones or zero for each lane, or another word for each.
	lanes [4]uint64
	// pair is two fields that are computed side by side: the latencies of one hide
	// those of the other.
	pair [2]field
)

const limbMask = 1<<51 - 1

// fieldOf is the element of four words, the least first, in every lane.
func fieldOf(words ...uint64) (f field) {
	var limb [5]int64
	for i, l := range split(words[0], words[1], words[2], words[3]) {
		limb[i] += int64(l)
		if limb[i] > 1<<50 {
			limb[i] -= 1 << 51
			if i < 4 {
				limb[i+1]++
			} else {
				limb[0] += 19
			}
		}
	}
	for i, l := range limb {
		for lane := range f[i] {
			f[i][lane] = float64(l)
		}
	}
	return f
}

// Constants of RFC 9496 section 4.1.
var (
	fieldOne       = fieldOf(1, 0, 0, 0)
	edwardsD       = fieldOf(0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73)
	sqrtM1         = fieldOf(0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b)
	sqrtADMinusOne = fieldOf(0x7e97f6a0497b2e1b, 0xaf9d8e0c1b7854bd, 0x0f3cfcc931f5d1fd, 0x376931bf2b8348ac)
	invSqrtAMinusD = fieldOf(0x99c8fdaa805d40ea, 0x9d2f16175a4172be, 0x16c27b91fe01d840, 0x786c8905cfaffca2)
	oneMinusDSq    = fieldOf(0xe27c09c1945fc176, 0x2c81a138cd5e350f, 0x9994abddbe70dfe4, 0x029072a8b2b3e0d7)
	dMinusOneSq    = fieldOf(0x31ad5aaa44ed4d20, 0xd29e4a2cb01e1999, 0x4cdcd32f529b4eeb, 0x5968b37af66c2241)
)

var allLanes = lanes{math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64}

// split cuts 255 bits into limbs. Bit 255 is left out.
func split(a, b, c, d uint64) [5]uint64 {
	return [5]uint64{a & limbMask, (a>>51 | b<<13) & limbMask, (b>>38 | c<<26) & limbMask, (c>>25 | d<<39) & limbMask, d >> 12 & limbMask}
}

// setBytes reads four elements of 32 bytes, stride bytes apart. Bit 255 is left out.
func (f *field) setBytes(in []byte, stride int) {
	var x integers
	for lane := range 4 {
		b := in[lane*stride:]
		for i, l := range split(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])) {
			x[i][lane] = l
		}
	}
	fieldFrom(f, &x)
}

// bytes writes the canonical encodings of four elements.
func (f *field) bytes(out *[4 * Size]byte) {
	var x integers
	fieldCanonical(&x, f)
	for lane := range 4 {
		b := out[lane*Size:]
		binary.LittleEndian.PutUint64(b, x[0][lane]|x[1][lane]<<51)
		binary.LittleEndian.PutUint64(b[8:], x[1][lane]>>13|x[2][lane]<<38)
		binary.LittleEndian.PutUint64(b[16:], x[2][lane]>>26|x[3][lane]<<25)
		binary.LittleEndian.PutUint64(b[24:], x[3][lane]>>39|x[4][lane]<<12)
	}
}

// absolute is |a|: the one of a and -a that is even.
func absolute(o, a *field) {
	var m lanes
	fieldNegative(&m, a)
	fieldNegate(o, a, &m)
}

func or(a, b *lanes) lanes { return lanes{a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]} }

func pairMul(o, a, b *pair) {
	fieldMul(&o[0], &a[0], &b[0])
	fieldMul(&o[1], &a[1], &b[1])
}

func pairSquares(o, a *pair, n int) { fieldSquares2((*[2]field)(o), (*[2]field)(a), n) }

// power is z^((p-5)/8) = z^(2^252-3), the chain of ref10.
func power(o, z *pair) {
	var a, b, c pair
	pairSquares(&a, z, 1)
	pairSquares(&b, &a, 2)
	pairMul(&b, z, &b)
	pairMul(&a, &a, &b)
	pairSquares(&a, &a, 1)
	pairMul(&a, &b, &a)
	pairSquares(&b, &a, 5)
	pairMul(&a, &b, &a)
	pairSquares(&b, &a, 10)
	pairMul(&b, &b, &a)
	pairSquares(&c, &b, 20)
	pairMul(&b, &c, &b)
	pairSquares(&b, &b, 10)
	pairMul(&a, &b, &a)
	pairSquares(&b, &a, 50)
	pairMul(&b, &b, &a)
	pairSquares(&c, &b, 100)
	pairMul(&b, &c, &b)
	pairSquares(&b, &b, 50)
	pairMul(&a, &b, &a)
	pairSquares(&a, &a, 2)
	pairMul(o, &a, z)
}

// invert is 1/z, and 0 for 0.
func invert(o, z *pair) {
	var a, b pair // z^(p-2) = (z^(2^252-3))^8 z^3
	power(&a, z)
	pairSquares(&a, &a, 3)
	pairSquares(&b, z, 1)
	pairMul(&b, &b, z)
	pairMul(o, &a, &b)
}

// sqrtRatio is SQRT_RATIO_M1 of RFC 9496 section 4.2. The mask says where u/v is a
// square.
func sqrtRatio(o, u, v *pair) (square [2]lanes) {
	var v3, t, x, check pair
	pairSquares(&t, v, 1)
	pairMul(&v3, &t, v)
	pairSquares(&t, &v3, 1)
	pairMul(&t, &t, v)
	pairMul(&t, &t, u)
	power(&x, &t)
	pairMul(&t, u, &v3)
	pairMul(&x, &x, &t)
	pairSquares(&check, &x, 1)
	pairMul(&check, &check, v)
	for i := range 2 {
		var d, iu, ix field
		var right, flipped, flippedI lanes
		fieldSub(&d, &check[i], &u[i])
		fieldZero(&right, &d)
		fieldAdd(&d, &check[i], &u[i])
		fieldZero(&flipped, &d)
		fieldMul(&iu, &u[i], &sqrtM1)
		fieldAdd(&d, &check[i], &iu)
		fieldZero(&flippedI, &d)
		turn := or(&flipped, &flippedI)
		fieldMul(&ix, &x[i], &sqrtM1)
		fieldSelect(&x[i], &x[i], &ix, &turn)
		absolute(&o[i], &x[i])
		square[i] = or(&right, &flipped)
	}
	return square
}
