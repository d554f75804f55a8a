// Package ristretto computes with many elements of the group ristretto255 (RFC 9496)
// at once: decode, encode, hash to the group, multiply all by one scalar or a fixed
// base by a scalar for each, and sum up with coefficients.
//
// # Two implementations
//
// On amd64 with AVX2 and FMA, four elements are computed side by side in assembly.
// Elsewhere, with the build tag purego, and with GODEBUG=cpu.avx2=off or
// GODEBUG=cpu.fma=off, curve25519-voi computes one after the other. Results are the
// same bytes; the tests compare the two with each other, with circl and with the
// vectors of RFC 9496.
//
// The assembly is written by the program in _asm (go generate), which tracks the
// bound of every limb and stops where a result might not be exact.
//
// # Arithmetic
//
// An element of GF(2^255-19) is five limbs of 51 bits and a sign, integers held as
// doubles, one element in each lane of a vector. A product of limbs is exact in two
// halves by two fused multiply-adds: h = a*b + 1.5*2^103 is rounded to a multiple of
// 2^51, and l = a*b + (1.5*2^103 + 1.5*2^52 - h) is the rest. Both hold an integer in
// their low bits, and are added up as integers, column by column; the upper columns
// are folded down times 19. A carry turns five sums into limbs again. (Floating point
// for such fields goes back to Bernstein's "Curve25519", 2006; the splitting by FMA is
// Dekker's product.)
//
// Points are in extended coordinates on the curve -x^2 + y^2 = 1 + d x^2 y^2 (Hisil,
// Wong, Carter, Dawson, 2008). A multiplication by one secret scalar has signed digits
// of four bits and a table of eight multiples; by a fixed base, a comb of 32 such
// tables. Where the result is only encoded, it is multiplied by k/2 and encoded as its
// double, which needs no square root and one inversion for many (Hamburg, "Decaf",
// 2015; curve25519-dalek's double_and_compress_batch). Sums are Pippenger's.
//
// # Secrets
//
// Scalars given to Mul, MulEncode, AddMul and SubMul, elements given to them, to
// SetUniform, Encode and EncodeDouble may be secret. Decode and Sum are for public
// data: their time, and addresses in Sum, depend on it.
//
// No branch and no address depends on a secret: an entry of a table is chosen by
// reading all of them. Tests check that of the assembly and of its disassembly, and
// that no instruction is used but the following.
//
//	class                            instructions                            relied on
//	moves, bits, shifts, compares,   VMOVUPD VMOVAPD VMOVDQU VPBROADCASTQ    time does not depend on operands
//	choices, additions of integers   VBROADCASTSD VPAND VPOR VPXOR VANDPD
//	                                 VXORPD VPSLLQ VPSRLQ VPCMPEQQ VPCMPGTQ
//	                                 VBLENDVPD VPADDQ VPSUBQ
//	additions and fused multiply-    VADDPD VSUBPD VFMADD231PD               the same, for operands and results
//	adds of doubles                                                          that are zero or normal
//
// Intel documents the first class in "Data Operand Independent Timing Instruction Set
// Architecture Guidance" (document 768873), on processors from Ice Lake on under the
// condition that the system sets the mode of that name; on earlier ones always. Among
// multiplications of integers, "MXCSR Configuration Dependent Timing" names VPMULUDQ as
// one that some values delay by a cycle: it is not used. Neither document covers
// arithmetic of doubles. What is known to vary there are operands or results that are
// denormal, infinite or not a number, for which processors take microcode or a slow
// path. They cannot occur: every operand is an integer below 2^53 in magnitude times a
// power of two between 2^-51 and 2^104, or zero, by the bounds that the generator
// tracks; and division and square root, whose time varies with ordinary values, are
// not used. AMD's "Software Optimization Guide for AMD Family 19h Processors"
// (publication 56665) gives additions and fused multiply-adds one latency each and
// names denormals alone as slower; AMD documents no list like Intel's. That the time
// does not vary is therefore an assumption about these processors, as it is of all
// code of its kind; TestDudect measures it on the one at hand.
//
// Scalars and intermediate values are left in memory: Go has no way to wipe the stack.
package ristretto
