package oprf

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/oasisprotocol/curve25519-voi/curve"
)

// edges are encodings about the bounds of what one may be: the field's prime and
// the powers of two about it, small and large and negative numbers, the top bit.
func edges() [][]byte {
	one := big.NewInt(1)
	p := new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	var out [][]byte
	for _, around := range []*big.Int{new(big.Int), p, l, new(big.Int).Rsh(p, 1), new(big.Int).Lsh(one, 252), new(big.Int).Lsh(one, 254), new(big.Int).Lsh(one, 255), new(big.Int).Lsh(one, 256)} {
		for d := int64(-40); d <= 40; d++ {
			n := new(big.Int).Add(around, big.NewInt(d))
			if n.Sign() < 0 || n.BitLen() > 256 {
				continue
			}
			b := n.FillBytes(make([]byte, 32))
			slices.Reverse(b)
			out = append(out, b)
		}
	}
	base := curve.RISTRETTO_BASEPOINT_COMPRESSED
	for i := range 256 { // the base point with each bit flipped
		b := bytes.Clone(base[:])
		b[i/8] ^= 1 << (i % 8)
		out = append(out, b)
	}
	return append(out, base[:])
}

// TestEncodingsAgainstCircl holds encodings about the bounds and 10,000 random ones
// against circl: which are elements, and what they are evaluated to. A bad one is
// named by its index, wherever it stands in a batch.
func TestEncodingsAgainstCircl(t *testing.T) {
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	theirs := new(oprf.PrivateKey)
	if err := theirs.UnmarshalBinary(oprf.SuiteRistretto255, key.Bytes()); err != nil {
		t.Fatal(err)
	}
	all := edges()
	for range 10_000 {
		b := make([]byte, 32)
		rand.Read(b)
		b[0], b[31] = b[0]&0xfe, b[31]&0x7f // as often valid as random ones can be
		all = append(all, b)
	}
	server := NewServer(key, Options{Workers: 1})
	good := curve.RISTRETTO_BASEPOINT_COMPRESSED
	var valid []byte
	accepted := 0
	for i, b := range all {
		e := group.Ristretto255.NewElement()
		want := e.UnmarshalBinary(b) == nil && !e.IsIdentity()
		var p curve.RistrettoPoint
		if got := decode(&p, b); got != want {
			t.Errorf("%x: an element %v, circl says %v", b, got, want)
		}
		if _, err := ParsePublicKey(b); (err == nil) != want {
			t.Errorf("%x as a key: %v, circl says %v", b, err, want)
		}
		if want {
			accepted++
			valid = append(valid, b...)
			continue
		}
		if i > 1000 && i%50 != 0 {
			continue
		}
		at := i % 4
		in := bytes.Repeat(good[:], 4)
		copy(in[at*ElementSize:], b)
		var ee *ElementError
		if out, _, err := server.Evaluate(t.Context(), in); !errors.As(err, &ee) || ee.Index != at || out != nil {
			t.Errorf("%x at %d: %v, %d bytes", b, at, err, len(out))
		}
	}
	if accepted < 100 || accepted > len(all)/2 {
		t.Fatalf("%d of %d are elements", accepted, len(all))
	}
	got, proof, err := server.Evaluate(t.Context(), valid)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := circlEvaluate(t, theirs, valid)
	if !bytes.Equal(got, want) {
		t.Error("evaluated otherwise than by circl")
	}
	if err := verifyAlone(key.Public(), valid, got, proof[:]); err != nil {
		t.Error(err)
	}
}

func verifyAlone(pk *PublicKey, blinded, evaluated, proof []byte) error {
	points, err := decodeAll(context.Background(), Options{}, blinded)
	if err != nil {
		return err
	}
	b := &Blinded{inputs: make([][]byte, points.Len()), elements: blinded, points: points}
	_, err = NewClient(pk, Options{}).check(context.Background(), b, evaluated, proof)
	return err
}

// TestInputsAgainstCircl checks the shortest and the longest inputs against circl.
func TestInputsAgainstCircl(t *testing.T) {
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	theirs := new(oprf.PrivateKey)
	if err := theirs.UnmarshalBinary(oprf.SuiteRistretto255, key.Bytes()); err != nil {
		t.Fatal(err)
	}
	server := oprf.NewVerifiableServer(oprf.SuiteRistretto255, theirs)
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 129, 255, 256, 1 << 12, maxInput} {
		in := make([]byte, n)
		rand.Read(in)
		want, err := server.FullEvaluate(in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewServer(key, Options{}).Index(t.Context(), [][]byte{in})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("an input of %d bytes: another output (%v)", n, err)
		}
	}
	if _, err := NewServer(key, Options{}).Index(t.Context(), [][]byte{make([]byte, maxInput+1)}); !errors.Is(err, ErrLength) {
		t.Errorf("too long: %v", err)
	}
}

// FuzzScalars: a key and a blind have one encoding each.
func FuzzScalars(f *testing.F) {
	for _, e := range edges() {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, err := ParsePrivateKey(data); err == nil && !bytes.Equal(k.Bytes(), data) {
			t.Errorf("another encoding of a key: %x", data)
		}
		b, err := ParseBlind(data)
		if err == nil && !bytes.Equal(b.Bytes(), data) {
			t.Errorf("another encoding of a blind: %x", data)
		}
	})
}

// FuzzAnswer: no bytes but the right ones make an answer that holds, and none that
// circl refuses.
func FuzzAnswer(f *testing.F) {
	const n = 3
	x := exchange(f, n)
	f.Add(append(bytes.Clone(x.evaluated), x.proof[:]...))
	for _, e := range edges() {
		f.Add(append(append(bytes.Clone(e), x.evaluated[32:]...), x.proof[:]...))
		f.Add(append(append(bytes.Clone(x.evaluated), x.proof[:32]...), e...))
		f.Add(append(append(bytes.Clone(x.evaluated), e...), x.proof[32:]...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cut := min(len(data), n*ElementSize)
		evaluated, proof := data[:cut], data[cut:]
		out, err := NewClient(x.key.Public(), Options{Workers: 1}).Finalize(context.Background(), x.asked, evaluated, proof)
		right := bytes.Equal(evaluated, x.evaluated)
		if err == nil && !right {
			t.Errorf("a wrong answer holds: %x", data)
		}
		if err == nil != bytes.Equal(out, x.outputs) {
			t.Errorf("outputs and error disagree: %v", err)
		}
	})
}
