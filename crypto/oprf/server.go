package oprf

import (
	"context"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// A Server evaluates under one key.
type Server struct {
	key  *PrivateKey
	opts Options
}

// NewServer makes a server of a key.
func NewServer(k *PrivateKey, o Options) *Server { return &Server{key: k, opts: o} }

// Evaluate writes key times each blinded element into evaluated, and gives one
// proof for all of them. The caller decides beforehand who may have how many.
func (s *Server) Evaluate(ctx context.Context, blinded, evaluated []byte) (proof [ProofSize]byte, err error) {
	n := len(blinded) / ElementSize
	if n == 0 || n > MaxBatch || len(blinded)%ElementSize != 0 || len(evaluated) != len(blinded) {
		return proof, fmt.Errorf("%w: %d bytes in, %d bytes out", ErrLength, len(blinded), len(evaluated))
	}
	silent := s.opts
	silent.Progress = nil
	points, err := decodeAll(ctx, silent, blinded)
	if err != nil {
		return proof, err
	}
	err = s.opts.each(ctx, n, func(_ *hasher, from, to int) error {
		var p curve.RistrettoPoint
		for i := from; i < to; i++ {
			p.Mul(&points[i], &s.key.k)
			encode((*[ElementSize]byte)(evaluated[i*ElementSize:]), &p)
		}
		return nil
	})
	if err != nil {
		return proof, err
	}
	return s.prove(ctx, blinded, evaluated, points)
}

// Index writes the outputs of the server's own inputs into dst, 64 bytes each:
// the same bytes that a client gets for them.
func (s *Server) Index(ctx context.Context, inputs [][]byte, dst []byte) error {
	if len(dst) != len(inputs)*OutputSize {
		return fmt.Errorf("%w: %d bytes for %d outputs", ErrLength, len(dst), len(inputs))
	}
	if err := checkInputs(inputs, len(inputs)); err != nil {
		return err
	}
	return s.opts.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		var p curve.RistrettoPoint
		var enc [ElementSize]byte
		for i := from; i < to; i++ {
			x.group(&p, inputs[i])
			p.Mul(&p, &s.key.k)
			encode(&enc, &p)
			x.finalize(dst[i*OutputSize:(i+1)*OutputSize], inputs[i], &enc)
		}
		return nil
	})
}
