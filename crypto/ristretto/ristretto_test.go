package ristretto

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

var cases = flag.Int("cases", 2000, "random elements that the implementations are compared on")

// implementations runs a test with each implementation that this processor has.
func implementations(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	was := accelerated
	t.Cleanup(func() { accelerated = was })
	for _, a := range []bool{false, true} {
		if a && !was {
			t.Log("the processor has no AVX2 and FMA, or GODEBUG hides them: only the portable path is tested")
			continue
		}
		accelerated = a
		t.Run("accelerated="+strconv.FormatBool(a), test)
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func randomScalars(t testing.TB, n int) []scalar.Scalar {
	t.Helper()
	out := make([]scalar.Scalar, n)
	for i := range out {
		if _, err := out[i].SetBytesModOrderWide(randomBytes(64)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// edgeScalars are those about the bounds: small ones, about half the order and the
// order, and such whose digits are all the largest or all the smallest.
func edgeScalars(t testing.TB) (out []scalar.Scalar) {
	t.Helper()
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	add := func(v *big.Int) {
		b := new(big.Int).Mod(v, order).FillBytes(make([]byte, 32))
		slices.Reverse(b)
		var s scalar.Scalar
		if _, err := s.SetCanonicalBytes(b); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	for d := int64(-9); d <= 9; d++ {
		add(big.NewInt(d))
		add(new(big.Int).Add(new(big.Int).Rsh(order, 1), big.NewInt(d)))
		add(new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 252), big.NewInt(d)))
	}
	for _, digit := range []string{"7", "8", "9", "f", "80", "7f", "81"} {
		text := ""
		for len(text) < 62 {
			text += digit
		}
		v, _ := new(big.Int).SetString("0"+text, 16)
		add(v)
	}
	return out
}

func encodings(p *Points) []byte {
	out := make([]byte, p.Len()*Size)
	p.Encode(out)
	return out
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/rfc9496_ristretto255_open.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Small []struct {
			I        uint64
			Encoding string
		} `json:"small_multiples"`
		Bad []struct{ Encoding, Reason string } `json:"bad_encodings"`
		Map []struct {
			Uniform string `json:"uniform_bytes_sha512"`
			Element string `json:"element"`
		} `json:"from_uniform_bytes"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Small) == 0 || len(v.Bad) == 0 || len(v.Map) == 0 {
		t.Fatal("vectors are missing")
	}
	unhex := func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	implementations(t, func(t *testing.T) {
		p := New(len(v.Small))
		ks := make([]scalar.Scalar, len(v.Small))
		for i, m := range v.Small {
			setIdentity(p, i)
			ks[i].SetUint64(m.I)
		}
		p.AddMul(Generator(), ks)
		for i, got := range slices.Collect(slices.Chunk(encodings(p), Size)) {
			want := unhex(v.Small[i].Encoding)
			if !bytes.Equal(got, want) {
				t.Errorf("%d times the generator is %x", v.Small[i].I, got)
			}
			if bad := New(1).Decode(want); bad >= 0 && v.Small[i].I != 0 {
				t.Errorf("%d times the generator is refused", v.Small[i].I)
			}
		}
		for _, b := range v.Bad {
			for lane := range 9 { // wherever it stands
				in := bytes.Repeat(curve.RISTRETTO_BASEPOINT_COMPRESSED[:], 9)
				copy(in[lane*Size:], unhex(b.Encoding))
				if bad := New(9).Decode(in); bad != lane {
					t.Errorf("%s at %d: %d is refused (%s)", b.Encoding, lane, bad, b.Reason)
				}
			}
		}
		for _, m := range v.Map {
			p := New(1)
			p.SetUniform(unhex(m.Uniform))
			if got := encodings(p); !bytes.Equal(got, unhex(m.Element)) {
				t.Errorf("%s is mapped to %x", m.Uniform, got)
			}
		}
	})
}

// TestImplementationsAgree compares every operation of the two implementations to the
// byte: -cases 1000000 on demand.
func TestImplementationsAgree(t *testing.T) {
	if !accelerated {
		t.Skip("there is only one implementation here")
	}
	t.Cleanup(func() { accelerated = true })
	edge := edgeScalars(t)
	base := NewBase(curve.RISTRETTO_BASEPOINT_POINT)
	for done, round := 0, 0; done < *cases; round++ {
		n := 1 + round%77
		done += n
		uniform, ks, k := randomBytes(n*UniformSize), randomScalars(t, n), randomScalars(t, 1)[0]
		if round%2 == 1 {
			k = edge[round/2%len(edge)]
			ks[round%n] = edge[round%len(edge)]
		}
		nobody := -1
		if round%3 == 1 {
			nobody = round % n
		}
		var got, want []byte
		for _, a := range []bool{true, false} {
			accelerated = a
			out := trace(New(n), base, uniform, nobody, &k, ks)
			if a {
				got = out
			} else {
				want = out
			}
		}
		if i := slices.IndexFunc(slices.Collect(slices.Chunk(want, Size)), func(b []byte) bool {
			same := bytes.Equal(b, got[:Size])
			got = got[Size:]
			return !same
		}); i >= 0 {
			t.Fatalf("%d elements, the identity at %d: result %d of operation %d differs", n, nobody, i%n, i/n)
		}
	}
}

// trace is the results of all operations in turn. The element at nobody is the identity.
func trace(p *Points, base *Base, uniform []byte, nobody int, k *scalar.Scalar, ks []scalar.Scalar) (out []byte) {
	n := p.Len()
	add := func() { out = append(out, encodings(p)...) }
	p.SetUniform(uniform)
	if nobody >= 0 {
		setIdentity(p, nobody)
	}
	start := New(n)
	start.Set(p)
	add()
	if bad := p.Decode(out); bad == nobody {
		add()
	}
	p.Set(start)
	p.Mul(k)
	add()
	p.Set(start)
	double := make([]byte, n*Size)
	p.EncodeDouble(double)
	out = append(out, double...)
	p.MulEncode(k, double)
	out = append(out, double...)
	p.Set(start)
	p.AddMul(base, ks)
	sum := p.Sum(ks) // not brought to Z = 1
	add()
	p.SubMul(base, ks)
	p.SubMul(base, ks)
	add()
	again := p.Sum(ks)
	for _, s := range []*curve.RistrettoPoint{&sum, &again} {
		c := encoding(s)
		out = append(out, bytes.Repeat(c[:], n)...)
	}
	return out
}

// TestAgainstCircl compares what is computed with circl's group.
func TestAgainstCircl(t *testing.T) {
	g := group.Ristretto255
	implementations(t, func(t *testing.T) {
		const n = 45
		p := New(n)
		p.SetUniform(randomBytes(n * UniformSize))
		start := encodings(p)
		ks, k := randomScalars(t, n), randomScalars(t, 1)[0]
		copy(ks, edgeScalars(t)[:n/2])
		circl := func(s *scalar.Scalar) group.Scalar {
			raw, err := s.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			out := g.NewScalar()
			if err := out.UnmarshalBinary(raw); err != nil {
				t.Fatal(err)
			}
			return out
		}
		total := g.Identity()
		var multiplied, added []byte
		for i := range n {
			e := g.NewElement()
			if err := e.UnmarshalBinary(start[i*Size : (i+1)*Size]); err != nil {
				t.Fatal(err)
			}
			m, a, x := g.NewElement().Mul(e, circl(&k)), g.NewElement(), g.NewElement().Mul(e, circl(&ks[i]))
			a.Add(e, g.NewElement().MulGen(circl(&ks[i])))
			total.Add(total, x)
			for _, o := range []struct {
				e  group.Element
				to *[]byte
			}{{m, &multiplied}, {a, &added}} {
				raw, err := o.e.MarshalBinaryCompress()
				if err != nil {
					t.Fatal(err)
				}
				*o.to = append(*o.to, raw...)
			}
		}
		sum := p.Sum(ks)
		want, err := total.MarshalBinaryCompress()
		if c := encoding(&sum); err != nil || !bytes.Equal(c[:], want) {
			t.Error("another sum")
		}
		q := New(n)
		q.Set(p)
		q.AddMul(Generator(), ks)
		if !bytes.Equal(encodings(q), added) {
			t.Error("another sum with multiples of the generator")
		}
		out := make([]byte, n*Size)
		p.MulEncode(&k, out)
		if !bytes.Equal(out, multiplied) {
			t.Error("another multiple")
		}
	})
}

// TestPartsAreTheWhole computes parts side by side and the whole at once.
func TestPartsAreTheWhole(t *testing.T) {
	implementations(t, func(t *testing.T) {
		const n = 3*Group + 5
		uniform, k := randomBytes(n*UniformSize), randomScalars(t, 1)[0]
		whole, parts := New(n), New(n)
		whole.SetUniform(uniform)
		want, got := make([]byte, n*Size), make([]byte, n*Size)
		whole.MulEncode(&k, want)
		done := make(chan bool)
		for from := 0; from < n; from += Group {
			go func() {
				to := min(from+Group, n)
				p := parts.Part(from, to)
				p.SetUniform(uniform[from*UniformSize : to*UniformSize])
				p.MulEncode(&k, got[from*Size:to*Size])
				done <- true
			}()
		}
		for range (n + Group - 1) / Group {
			<-done
		}
		if !bytes.Equal(got, want) {
			t.Error("parts differ from the whole")
		}
		if empty := New(0); empty.Decode(nil) != -1 {
			t.Error("nothing holds something bad")
		}
		sum := New(0).Sum(nil)
		if !sum.IsIdentity() {
			t.Error("a sum of nothing")
		}
	})
}

// TestCoordinates: coordinates lead back to the elements, and what is no point of the
// curve is not taken, wherever it stands.
func TestCoordinates(t *testing.T) {
	implementations(t, func(t *testing.T) {
		for _, n := range []int{1, 3, 8, 13} {
			p, q := New(n), New(n)
			p.SetUniform(randomBytes(n * UniformSize))
			p.AddMul(Generator(), randomScalars(t, n))
			form := make([]byte, n*CoordinatesSize)
			p.Coordinates(form) // of elements that are not at Z = 1
			want := encodings(p)
			after := make([]byte, n*CoordinatesSize)
			p.Coordinates(after)
			if !bytes.Equal(form, after) {
				t.Error("coordinates depend on what was computed before")
			}
			if taken := q.SetCoordinates(form); taken != accelerated {
				t.Fatalf("taken: %v", taken)
			}
			if !accelerated {
				continue
			}
			if !bytes.Equal(encodings(q), want) {
				t.Error("coordinates lead to other elements")
			}
			for i := range form {
				bad := bytes.Clone(form)
				bad[i] ^= 1 << (i % 7)
				if q.SetCoordinates(bad) {
					t.Fatalf("byte %d changed, and taken", i)
				}
			}
			if q.SetCoordinates(make([]byte, len(form))) {
				t.Error("zeros are taken")
			}
		}
	})
}

func TestMisusePanics(t *testing.T) {
	implementations(t, func(t *testing.T) {
		p := New(20)
		for name, f := range map[string]func(){
			"a short input":          func() { p.Decode(make([]byte, 19*Size)) },
			"a short output":         func() { p.Encode(make([]byte, 19*Size)) },
			"too few scalars":        func() { p.AddMul(Generator(), make([]scalar.Scalar, 19)) },
			"too few coefficients":   func() { p.Sum(make([]scalar.Scalar, 19)) },
			"another number":         func() { p.Set(New(19)) },
			"a part within a group":  func() { p.Part(4, 20) },
			"a part that ends early": func() { p.Part(0, 12) },
			"a part beyond the end":  func() { p.Part(0, 24) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s is taken", name)
					}
				}()
				f()
			}()
		}
	})
}

func setIdentity(p *Points, i int) {
	switch q := p.impl.(type) {
	case portable:
		q[i].Identity()
	case interface{ setIdentity(i int) }:
		q.setIdentity(i)
	}
}
