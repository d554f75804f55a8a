package oprf

import "testing"

// BenchmarkHashes times what is hashed for an element: go test ./crypto/oprf -run ^$
// -bench Hashes -cpu 1
func BenchmarkHashes(b *testing.B) {
	const n = 256
	blinds, err := BlindsFrom(&[32]byte{1}, []byte("batch"))
	if err != nil {
		b.Fatal(err)
	}
	x, out := newHasher(), make([]Blind, n)
	input := []byte("crosscase/1\x00network\x001\x00phone\x00+447700900000")
	for name, run := range map[string]func(){
		"blind": func() {
			if err := blinds.fill(out, 0); err != nil {
				b.Fatal(err)
			}
		},
		"expand": func() {
			for range n {
				x.expand(groupDST, input)
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
