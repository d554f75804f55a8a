package tagset_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
)

// FuzzDecoder holds that what is taken encodes to the very bytes it came from,
// and that the Reader agrees.
func FuzzDecoder(f *testing.F) {
	for _, n := range []int{0, 1, 2, 100} {
		b, _ := encode(f, spread(n))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		tags, root, err := decode(in, 1<<16)
		if err != nil {
			return
		}
		again, rootAgain := encode(t, tags)
		if !bytes.Equal(again, in) || root != rootAgain {
			t.Fatal("two encodings of one set")
		}
		r, err := tagset.NewReader(bytes.NewReader(in), int64(len(in)), tagset.Limits{Count: 1 << 16})
		if err != nil {
			t.Fatal("the reader refuses what the decoder takes:", err)
		}
		if got, err := collect(r.All()); err != nil || !slices.Equal(got, tags) {
			t.Fatal("reader and decoder differ:", err)
		}
	})
}

// FuzzReader reads whatever the index leads to; it must not panic, and what it
// takes whole the Decoder takes too.
func FuzzReader(f *testing.F) {
	b, _ := encode(f, spread(100))
	f.Add(b)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := tagset.NewReader(bytes.NewReader(in), int64(len(in)), tagset.Limits{Count: 1 << 16})
		if err != nil {
			return
		}
		if _, err := collect(r.All()); err != nil {
			return
		}
		if _, _, err := decode(in, 1<<16); err != nil {
			t.Fatal("the reader takes what the decoder refuses:", err)
		}
	})
}

func FuzzDecodeDelta(f *testing.F) {
	b, err := tagset.EncodeDelta(tagset.Delta{Number: 1, Added: spread(40)[:20], Removed: spread(40)[20:]})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := tagset.DecodeDelta(in, tagset.Limits{Count: 1 << 16})
		if err != nil {
			return
		}
		if again, err := tagset.EncodeDelta(d); err != nil || !bytes.Equal(again, in) {
			t.Fatal("two encodings of one delta:", err)
		}
	})
}

func BenchmarkMillion(b *testing.B) {
	const n = 1 << 20
	tags := spread(n)
	wire, _ := encode(b, tags)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encode(b, tags)
		}
		b.ReportMetric(float64(len(wire))/n, "bytes/tag")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/tag")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := decode(wire, n); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/tag")
	})
	b.Run("reread", func(b *testing.B) {
		r, err := tagset.NewReader(bytes.NewReader(wire), int64(len(wire)), tagset.Limits{Count: n})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := collect(r.All()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/tag")
	})
	b.Run("of", func(b *testing.B) {
		var key tagset.PeerKey
		y := make([]byte, tagset.OutputSize)
		for b.Loop() {
			tagset.Of(&key, y)
		}
	})
	b.Run("sort", func(b *testing.B) {
		shuffled := make([]tagset.Tag, n)
		for i := range shuffled {
			shuffled[i] = tags[i*7919%n]
		}
		work := make([]tagset.Tag, n)
		for b.Loop() {
			copy(work, shuffled)
			tagset.Sort(work)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/tag")
	})
}
