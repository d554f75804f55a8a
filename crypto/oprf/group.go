package oprf

import (
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"hash"

	"github.com/crosscase/crosscase/crypto/ristretto"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

const (
	// ElementSize is the size of an encoded group element in bytes.
	ElementSize = 32
	// ScalarSize is the size of an encoded scalar in bytes.
	ScalarSize = 32
	// ProofSize is the size of an encoded proof in bytes: challenge and response.
	ProofSize = 2 * ScalarSize
	// OutputSize is the size of a PRF output in bytes.
	OutputSize = sha512.Size
	// MaxBatch is the most elements that one proof can cover (RFC 9497 section 2.2.1).
	MaxBatch = 1<<16 - 1

	contextString = "OPRFV1-\x01-ristretto255-SHA512"
	groupDST      = "HashToGroup-" + contextString
	scalarDST     = "HashToScalar-" + contextString
	seedDST       = "Seed-" + contextString
	keyDST        = "DeriveKeyPair" + contextString
)

// afterZeroBlock is the state of SHA-512 after the block of zeros with which every
// expansion begins.
var afterZeroBlock = func() []byte {
	h := sha512.New()
	h.Write(make([]byte, sha512.BlockSize))
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic(err) // it has no reason to fail
	}
	return state
}()

// A hasher hashes to the group and to scalars without allocating.
type hasher struct {
	h   hash.Hash
	out [sha512.Size]byte
	tmp []byte
	// of a chunk of elements
	wide, enc []byte
	work      *ristretto.Points
}

func newHasher() *hasher {
	return &hasher{h: sha512.New(), tmp: make([]byte, 0, 256), wide: make([]byte, 0, chunk*ristretto.UniformSize)}
}

// elements is room for the encodings of n elements, at most a chunk.
func (x *hasher) elements(n int) []byte {
	if x.enc == nil {
		x.enc = make([]byte, chunk*ElementSize)
	}
	return x.enc[:n*ElementSize]
}

// points is room for n elements, at most a chunk.
func (x *hasher) points(n int) *ristretto.Points {
	if x.work == nil {
		x.work = ristretto.New(chunk)
	}
	if n < chunk {
		return ristretto.New(n)
	}
	return x.work
}

// expand is expand_message_xmd with SHA-512 for 64 bytes (RFC 9380 section 5.3.1),
// over the concatenation of parts.
func (x *hasher) expand(dst string, parts ...[]byte) *[64]byte {
	if err := x.h.(encoding.BinaryUnmarshaler).UnmarshalBinary(afterZeroBlock); err != nil {
		panic(err) // it was marshalled
	}
	for _, p := range parts {
		x.h.Write(p)
	}
	x.tmp = append(x.tmp[:0], 0, 64, 0)
	x.tmp = append(x.tmp, dst...)
	x.tmp = append(x.tmp, byte(len(dst)))
	x.h.Write(x.tmp)
	b0 := x.h.Sum(x.out[:0])
	x.h.Reset()
	x.h.Write(b0)
	x.tmp[2] = 1
	x.h.Write(x.tmp[2:])
	x.h.Sum(x.out[:0])
	return &x.out
}

// uniform hashes inputs to the uniform bytes of their elements: SetUniform completes
// HashToGroup.
func (x *hasher) uniform(inputs [][]byte) []byte {
	x.wide = x.wide[:0]
	for _, in := range inputs {
		x.wide = append(x.wide, x.expand(groupDST, in)[:]...)
	}
	return x.wide
}

// scalar is HashToScalar of the concatenation of parts.
func (x *hasher) scalar(s *scalar.Scalar, dst string, parts ...[]byte) {
	if _, err := s.SetBytesModOrderWide(x.expand(dst, parts...)[:]); err != nil {
		panic(err) // 64 bytes always do
	}
}

// finalize is the PRF's output for an input and its unblinded element.
func (x *hasher) finalize(dst, input, element []byte) {
	x.h.Reset()
	x.tmp = binary.BigEndian.AppendUint16(x.tmp[:0], uint16(len(input)))
	x.h.Write(x.tmp)
	x.h.Write(input)
	x.tmp = append(x.tmp[:0], 0, ElementSize)
	x.tmp = append(x.tmp, element...)
	x.tmp = append(x.tmp, "Finalize"...)
	x.h.Write(x.tmp)
	x.h.Sum(dst[:0])
}

// finalizeAll writes the outputs of inputs and their unblinded elements.
func (x *hasher) finalizeAll(dst []byte, inputs [][]byte, elements []byte) {
	for i, in := range inputs {
		x.finalize(dst[i*OutputSize:(i+1)*OutputSize], in, elements[i*ElementSize:(i+1)*ElementSize])
	}
}

// decode reads an element; the identity and non-canonical encodings are refused.
func decode(p *curve.RistrettoPoint, in []byte) bool {
	var c curve.CompressedRistretto
	if _, err := c.SetBytes(in); err != nil {
		return false
	}
	if _, err := p.SetCompressed(&c); err != nil {
		return false
	}
	return !p.IsIdentity()
}

// encode writes an element.
func encode(out *[ElementSize]byte, p *curve.RistrettoPoint) {
	var c curve.CompressedRistretto
	c.SetRistrettoPoint(p)
	copy(out[:], c[:])
}
