package oprf

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
)

// encodeAll encodes elements as circl sends them.
func encodeAll(b *testing.B, es []oprf.Evaluated) [][]byte {
	b.Helper()
	var out [][]byte
	for _, e := range es {
		raw, err := e.MarshalBinaryCompress()
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// decodeEach decodes elements as circl receives them.
func decodeEach(b *testing.B, raws [][]byte) []group.Element {
	b.Helper()
	out := make([]group.Element, len(raws))
	for i, raw := range raws {
		out[i] = group.Ristretto255.NewElement()
		if err := out[i].UnmarshalBinary(raw); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

// A comparedStep is a step of the exchange, as each library takes it.
type comparedStep struct {
	name         string
	ours, circls func(b *testing.B) error
}

// compared returns the steps of an exchange of n elements.
func compared(b *testing.B, n int) []comparedStep {
	b.Helper()
	ctx := context.Background()
	x := exchange(b, n)
	inputs := make([][]byte, n)
	for i := range inputs {
		inputs[i] = fmt.Appendf(nil, "crosscase/1\x00network\x001\x00phone\x00+44770090%04d", i)
	}
	theirs := new(oprf.PrivateKey)
	if err := theirs.UnmarshalBinary(oprf.SuiteRistretto255, x.key.Bytes()); err != nil {
		b.Fatal(err)
	}
	client := oprf.NewVerifiableClient(oprf.SuiteRistretto255, theirs.Public())
	server := oprf.NewVerifiableServer(oprf.SuiteRistretto255, theirs)
	o := Options{Workers: 1}
	asked, err := BlindBatch(ctx, o, inputs, x.blinds)
	if err != nil {
		b.Fatal(err)
	}
	blinded := asked.Elements()
	evaluated, proof, err := NewServer(x.key, o).Evaluate(ctx, blinded)
	if err != nil {
		b.Fatal(err)
	}
	state, request, err := client.Blind(inputs)
	if err != nil {
		b.Fatal(err)
	}
	answer, err := server.Evaluate(request)
	if err != nil {
		b.Fatal(err)
	}
	wireBlinded, wireEvaluated := encodeAll(b, request.Elements), encodeAll(b, answer.Elements)
	wireProof, err := answer.Proof.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	finalizer := NewClient(x.key.Public(), o)
	return []comparedStep{
		{"blind", func(*testing.B) error {
			_, err := BlindBatch(ctx, o, inputs, x.blinds)
			return err
		}, func(b *testing.B) error {
			_, r, err := client.Blind(inputs)
			encodeAll(b, r.Elements)
			return err
		}},
		{"evaluate", func(*testing.B) error {
			_, _, err := NewServer(x.key, o).Evaluate(ctx, blinded)
			return err
		}, func(b *testing.B) error {
			a, err := server.Evaluate(&oprf.EvaluationRequest{Elements: decodeEach(b, wireBlinded)})
			encodeAll(b, a.Elements)
			return err
		}},
		{"finalize", func(*testing.B) error {
			_, err := finalizer.Finalize(ctx, asked, evaluated, proof[:])
			return err
		}, func(b *testing.B) error {
			_, err := client.Finalize(state, &oprf.Evaluation{Elements: decodeEach(b, wireEvaluated), Proof: circlProof(b, wireProof)})
			return err
		}},
		{"index", func(*testing.B) error {
			_, err := NewServer(x.key, o).Index(ctx, inputs)
			return err
		}, func(b *testing.B) error {
			for _, in := range inputs {
				if _, err := server.FullEvaluate(in); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// measure runs a step of n elements, and reports its least processor time.
func measure(b *testing.B, n int, run func(*testing.B) error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := cpuTime()
		if err := run(b); err != nil {
			b.Fatal(err)
		}
		best = min(best, cpuTime()-start)
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(best.Nanoseconds())/float64(n), "least-cpu-ns/element")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
	b.ReportMetric(float64((after.Mallocs-before.Mallocs)/uint64(b.N)/uint64(n)), "allocs/element")
	b.ReportAllocs()
}

// BenchmarkCompare compares each step with circl's, wire to wire, at 1,000 elements.
// On a busy machine, read the least processor time of an iteration: go test ./crypto/oprf -run ^$ -bench Compare -cpu 1
func BenchmarkCompare(b *testing.B) {
	const n = 1000
	for _, step := range compared(b, n) {
		b.Run(step.name+"/crosscase", func(b *testing.B) { measure(b, n, step.ours) })
		b.Run(step.name+"/circl", func(b *testing.B) { measure(b, n, step.circls) })
	}
}

// BenchmarkScale shows what a second core brings, at a part of a query: go test
// ./crypto/oprf -run ^$ -bench Scale
func BenchmarkScale(b *testing.B) {
	const n = 4096
	ctx := context.Background()
	x := exchange(b, n)
	pk := x.key.Public()
	for _, step := range []struct {
		name string
		run  func(o Options) error
	}{
		{"blind", func(o Options) error { _, err := BlindBatch(ctx, o, x.inputs, x.blinds); return err }},
		{"evaluate", func(o Options) error { _, _, err := NewServer(x.key, o).Evaluate(ctx, x.blinded); return err }},
		{"finalize", func(o Options) error {
			_, err := NewClient(pk, o).Finalize(ctx, x.asked, x.evaluated, x.proof[:])
			return err
		}},
		{"index", func(o Options) error { _, err := NewServer(x.key, o).Index(ctx, x.inputs); return err }},
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", step.name, workers), func(b *testing.B) {
				for b.Loop() {
					if err := step.run(Options{Workers: workers}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			})
		}
	}
}
