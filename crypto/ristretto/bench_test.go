package ristretto

import (
	"strconv"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// BenchmarkElements times each operation with both implementations: go test
// ./crypto/ristretto -run ^$ -bench Elements -cpu 1
func BenchmarkElements(b *testing.B) {
	was := accelerated
	b.Cleanup(func() { accelerated = was })
	const n = 1024
	uniform, enc := randomBytes(n*UniformSize), make([]byte, n*Size)
	ks, base := randomScalars(b, n), NewBase(curve.RISTRETTO_BASEPOINT_POINT)
	for _, a := range []bool{true, false} {
		if a && !was {
			continue
		}
		accelerated = a
		p := New(n)
		p.SetUniform(uniform)
		p.Encode(enc)
		out := make([]byte, n*Size)
		for _, c := range []struct {
			name string
			run  func()
		}{
			{"decode", func() { p.Decode(enc) }},
			{"sum", func() { p.Sum(ks) }},
			{"uniform", func() { p.SetUniform(uniform) }},
			{"encode", func() { p.Encode(out) }},
			{"encodeDouble", func() { p.EncodeDouble(out) }},
			{"mul", func() { p.Mul(&ks[0]) }},
			{"addMul", func() { p.AddMul(base, ks) }},
		} {
			b.Run(c.name+"/accelerated="+strconv.FormatBool(a), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			})
		}
	}
}
