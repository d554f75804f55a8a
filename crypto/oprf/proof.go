package oprf

import (
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"

	"github.com/crosscase/crosscase/crypto/ristretto"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"golang.org/x/sync/errgroup"
)

// coefficients hashes each pair of elements to its coefficient in the composites
// (ComputeComposites of RFC 9497 section 2.2.1). All of it is public.
func coefficients(ctx context.Context, o Options, pk *PublicKey, c, d []byte) ([]scalar.Scalar, error) {
	h := sha512.New()
	h.Write([]byte{0, ElementSize})
	h.Write(pk.bytes[:])
	h.Write([]byte{0, byte(len(seedDST))})
	h.Write([]byte(seedDST))
	seed := h.Sum(nil)
	n := len(c) / ElementSize
	out := make([]scalar.Scalar, n)
	prefix := append([]byte{0, byte(len(seed))}, seed...)
	o.Progress = nil
	err := o.each(ctx, n, func(x *hasher, from, to int) error {
		buf := make([]byte, 0, 128)
		for i := from; i < to; i++ {
			buf = binary.BigEndian.AppendUint16(buf[:0], uint16(i))
			buf = append(buf, 0, ElementSize)
			buf = append(buf, c[i*ElementSize:(i+1)*ElementSize]...)
			buf = append(buf, 0, ElementSize)
			buf = append(buf, d[i*ElementSize:(i+1)*ElementSize]...)
			buf = append(buf, "Composite"...)
			x.scalar(&out[i], scalarDST, prefix, buf)
		}
		return nil
	})
	return out, err
}

// segment is the least number of terms that are worth a sum of their own.
const segment = 1024

// combine is, for each list of points, the sum of coefficient times point, over
// public data. Lists and their segments are summed side by side.
func (o Options) combine(coeffs []scalar.Scalar, lists ...*ristretto.Points) []curve.RistrettoPoint {
	n := len(coeffs)
	each := max(1, min((o.workers()+len(lists)-1)/len(lists), n/segment)) // segments of a list
	sums := make([]curve.RistrettoPoint, each*len(lists))
	var g errgroup.Group
	g.SetLimit(o.workers())
	for i := range sums {
		g.Go(func() error {
			from, to := i%each*n/each, n
			from -= from % ristretto.Group
			if i%each < each-1 {
				to = (i%each + 1) * n / each
				to -= to % ristretto.Group
			}
			sums[i] = lists[i/each].Part(from, to).Sum(coeffs[from:to])
			return nil
		})
	}
	_ = g.Wait() // none fails
	for i := range lists {
		for j := 1; j < each; j++ {
			sums[i*each].Add(&sums[i*each], &sums[i*each+j])
		}
		sums[i] = sums[i*each]
	}
	return sums[:len(lists)]
}

// challenge is the Fiat-Shamir challenge of a DLEQ proof.
func challenge(x *hasher, pk *PublicKey, m, z, t2, t3 *curve.RistrettoPoint) *scalar.Scalar {
	buf := make([]byte, 0, 5*(ElementSize+2)+16)
	buf = append(buf, 0, ElementSize)
	buf = append(buf, pk.bytes[:]...)
	for _, p := range []*curve.RistrettoPoint{m, z, t2, t3} {
		var enc [ElementSize]byte
		encode(&enc, p)
		buf = append(buf, 0, ElementSize)
		buf = append(buf, enc[:]...)
	}
	buf = append(buf, "Challenge"...)
	var c scalar.Scalar
	x.scalar(&c, scalarDST, buf)
	return &c
}

// prove makes one proof that all evaluated elements are k times the blinded ones.
func (s *Server) prove(ctx context.Context, blinded, evaluated []byte, points *ristretto.Points) (proof [ProofSize]byte, err error) {
	var wide [64]byte
	rand.Read(wide[:])
	var r scalar.Scalar
	if _, err := r.SetBytesModOrderWide(wide[:]); err != nil {
		return proof, err
	}
	return s.proveWith(ctx, blinded, evaluated, points, &r)
}

func (s *Server) proveWith(ctx context.Context, blinded, evaluated []byte, points *ristretto.Points, r *scalar.Scalar) (proof [ProofSize]byte, err error) {
	pk := s.key.public
	coeffs, err := coefficients(ctx, s.opts, pk, blinded, evaluated)
	if err != nil {
		return proof, err
	}
	m := &s.opts.combine(coeffs, points)[0]
	z := curve.NewRistrettoPoint().Mul(m, &s.key.k)
	t2 := curve.NewRistrettoPoint().MulBasepoint(curve.RISTRETTO_BASEPOINT_TABLE, r)
	t3 := curve.NewRistrettoPoint().Mul(m, r)
	c := challenge(newHasher(), pk, m, z, t2, t3)
	var answer scalar.Scalar
	answer.Mul(c, &s.key.k)
	answer.Sub(r, &answer)
	if err := c.ToBytes(proof[:ScalarSize]); err != nil {
		return proof, err
	}
	return proof, answer.ToBytes(proof[ScalarSize:])
}

// verify checks a proof over public data.
func verify(ctx context.Context, o Options, pk *PublicKey, blinded, evaluated []byte, bp, ep *ristretto.Points, proof []byte) error {
	var c, s scalar.Scalar
	if len(proof) != ProofSize {
		return ErrProof
	}
	if _, err := c.SetCanonicalBytes(proof[:ScalarSize]); err != nil {
		return ErrProof
	}
	if _, err := s.SetCanonicalBytes(proof[ScalarSize:]); err != nil {
		return ErrProof
	}
	coeffs, err := coefficients(ctx, o, pk, blinded, evaluated)
	if err != nil {
		return err
	}
	sums := o.combine(coeffs, bp, ep)
	m, z := &sums[0], &sums[1]
	t2 := curve.NewRistrettoPoint().DoubleScalarMulBasepointVartime(&c, &pk.point, &s)
	t3 := curve.NewRistrettoPoint().MultiscalarMulVartime([]*scalar.Scalar{&s, &c}, []*curve.RistrettoPoint{m, z})
	if challenge(newHasher(), pk, m, z, t2, t3).Equal(&c) != 1 {
		return ErrProof
	}
	return nil
}
