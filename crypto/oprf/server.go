package oprf

import (
	"context"
	"fmt"
)

// A Server evaluates under one key.
type Server struct {
	key  *PrivateKey
	opts Options
}

// NewServer makes a server of a key.
func NewServer(k *PrivateKey, o Options) *Server { return &Server{key: k, opts: o} }

// Evaluate returns key times each blinded element, and one proof for all of them.
// The caller decides beforehand who may have how many.
func (s *Server) Evaluate(ctx context.Context, blinded []byte) (evaluated []byte, proof [ProofSize]byte, err error) {
	n := len(blinded) / ElementSize
	if n == 0 || n > MaxBatch || len(blinded)%ElementSize != 0 {
		return nil, proof, fmt.Errorf("%w: %d bytes of elements", ErrLength, len(blinded))
	}
	silent := s.opts
	silent.Progress = nil
	points, err := decodeAll(ctx, silent, blinded)
	if err != nil {
		return nil, proof, err
	}
	// A buffer of its own: the proof is over both lists, so one may not overwrite the other.
	evaluated = make([]byte, len(blinded))
	err = s.opts.each(ctx, n, func(x *hasher, from, to int) error {
		p := x.points(to - from)
		p.Set(points.Part(from, to)) // the proof needs the points as they were
		p.MulEncode(&s.key.k, evaluated[from*ElementSize:to*ElementSize])
		return nil
	})
	if err == nil {
		proof, err = s.prove(ctx, blinded, evaluated, points)
	}
	if err != nil {
		return nil, proof, err
	}
	return evaluated, proof, nil
}

// Index returns the outputs of the server's own inputs, 64 bytes each: the same bytes
// that a client gets for them.
func (s *Server) Index(ctx context.Context, inputs [][]byte) ([]byte, error) {
	if err := checkInputs(inputs, len(inputs)); err != nil {
		return nil, err
	}
	dst := make([]byte, len(inputs)*OutputSize)
	err := s.opts.each(ctx, len(inputs), func(x *hasher, from, to int) error {
		p, enc := x.points(to-from), x.elements(to-from)
		p.SetUniform(x.uniform(inputs[from:to]))
		p.MulEncode(&s.key.k, enc)
		x.finalizeAll(dst[from*OutputSize:], inputs[from:to], enc)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}
