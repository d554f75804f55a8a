package oprf

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

type vectorSet struct {
	Identifier, KeyInfo, Seed, SkSm, PkSm string
	Mode                                  int
	Vectors                               []struct {
		Batch                                                   int
		Blind, BlindedElement, EvaluationElement, Input, Output string
		Proof                                                   struct{ Proof, R string }
	}
}

func unhex(t *testing.T, text string) [][]byte {
	t.Helper()
	var out [][]byte
	for s := range strings.SplitSeq(text, ",") {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/rfc9497_voprf_vectors_open.json")
	if err != nil {
		t.Fatal(err)
	}
	var sets []vectorSet
	if err := json.Unmarshal(data, &sets); err != nil {
		t.Fatal(err)
	}
	var seen int
	for _, set := range sets {
		if set.Identifier != "ristretto255-SHA512" || set.Mode != 1 {
			continue
		}
		key, err := DeriveKey(unhex(t, set.Seed)[0], unhex(t, set.KeyInfo)[0])
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(key.Bytes()) != set.SkSm || hex.EncodeToString(key.Public().Bytes()) != set.PkSm {
			t.Error("the derived key differs")
		}
		server, client := NewServer(key, Options{}), NewClient(key.Public(), Options{})
		for _, v := range set.Vectors {
			seen++
			inputs := unhex(t, v.Input)
			var blinds []Blind
			for _, raw := range unhex(t, v.Blind) {
				b, err := ParseBlind(raw)
				if err != nil {
					t.Fatal(err)
				}
				blinds = append(blinds, b)
			}
			asked, err := BlindMultiplicative(t.Context(), Options{}, inputs, blinds)
			if err != nil {
				t.Fatal(err)
			}
			blinded := asked.Elements()
			if want := bytes.Join(unhex(t, v.BlindedElement), nil); !bytes.Equal(blinded, want) {
				t.Error("blinded elements differ")
			}
			evaluated, _, err := server.Evaluate(t.Context(), blinded)
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.Join(unhex(t, v.EvaluationElement), nil); !bytes.Equal(evaluated, want) {
				t.Error("evaluated elements differ")
			}
			points, err := decodeAll(t.Context(), Options{}, blinded)
			if err != nil {
				t.Fatal(err)
			}
			var r scalar.Scalar
			if _, err := r.SetCanonicalBytes(unhex(t, v.Proof.R)[0]); err != nil {
				t.Fatal(err)
			}
			proof, err := server.proveWith(t.Context(), blinded, evaluated, points, &r)
			if err != nil {
				t.Fatal(err)
			}
			if hex.EncodeToString(proof[:]) != v.Proof.Proof {
				t.Error("the proof differs")
			}
			out, err := client.FinalizeMultiplicative(t.Context(), asked, evaluated, proof[:])
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.Join(unhex(t, v.Output), nil); !bytes.Equal(out, want) {
				t.Error("outputs differ")
			}
		}
	}
	if seen == 0 {
		t.Error("no vector of the suite was found")
	}
}

// batch is an honest exchange over random inputs.
type batch struct {
	key                         *PrivateKey
	inputs                      [][]byte
	blinds                      []Blind
	asked                       *Blinded
	blinded, evaluated, outputs []byte
	proof                       [ProofSize]byte
}

func exchange(t testing.TB, n int) *batch {
	t.Helper()
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	b := &batch{key: key}
	for i := range n {
		in := make([]byte, i%70)
		rand.Read(in)
		b.inputs, b.blinds = append(b.inputs, in), append(b.blinds, RandomBlind())
	}
	ctx := context.Background()
	if b.asked, err = BlindBatch(ctx, Options{}, b.inputs, b.blinds); err != nil {
		t.Fatal(err)
	}
	b.blinded = b.asked.Elements()
	if b.evaluated, b.proof, err = NewServer(key, Options{}).Evaluate(ctx, b.blinded); err != nil {
		t.Fatal(err)
	}
	if b.outputs, err = NewClient(key.Public(), Options{}).Finalize(ctx, b.asked, b.evaluated, b.proof[:]); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClientAndIndexAgree(t *testing.T) {
	b := exchange(t, 1000)
	own, err := NewServer(b.key, Options{}).Index(t.Context(), b.inputs)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(own, b.outputs) {
		t.Error("the client's outputs are not the server's")
	}
	for i := range b.inputs {
		if err := OpenPosition(b.inputs[i], b.blinds[i], b.blinded[i*ElementSize:(i+1)*ElementSize]); err != nil {
			t.Fatal(err)
		}
	}
	if err := OpenPosition([]byte("another"), b.blinds[0], b.blinded[:ElementSize]); !errors.Is(err, ErrProof) {
		t.Errorf("another input opens the position: %v", err)
	}
}

// TestAgainstCircl checks 10,000 random cases against circl, in both directions:
// its client with this server, and its server with this client.
func TestAgainstCircl(t *testing.T) {
	const rounds, n = 20, 500
	suite := oprf.SuiteRistretto255
	for round := range rounds {
		var seed [32]byte
		rand.Read(seed[:])
		theirs, err := oprf.DeriveKey(suite, oprf.VerifiableMode, seed[:], []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		ours, err := DeriveKey(seed[:], []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := theirs.MarshalBinary(); err != nil || !bytes.Equal(raw, ours.Bytes()) {
			t.Fatal("derived keys differ")
		}
		inputs := make([][]byte, n)
		for i := range inputs {
			inputs[i] = make([]byte, (i+round)%100)
			rand.Read(inputs[i])
		}
		client := oprf.NewVerifiableClient(suite, theirs.Public())
		state, request, err := client.Blind(inputs)
		if err != nil {
			t.Fatal(err)
		}
		var blinded []byte
		for _, e := range request.Elements {
			raw, err := e.MarshalBinaryCompress()
			if err != nil {
				t.Fatal(err)
			}
			blinded = append(blinded, raw...)
		}
		evaluated, proof, err := NewServer(ours, Options{}).Evaluate(t.Context(), blinded)
		if err != nil {
			t.Fatal(err)
		}
		answer := &oprf.Evaluation{Proof: circlProof(t, proof[:])}
		for i := range inputs {
			e := group.Ristretto255.NewElement()
			if err := e.UnmarshalBinary(evaluated[i*ElementSize : (i+1)*ElementSize]); err != nil {
				t.Fatal(err)
			}
			answer.Elements = append(answer.Elements, e)
		}
		want, err := client.Finalize(state, answer)
		if err != nil {
			t.Fatalf("circl refuses our answer: %v", err)
		}
		blinds := make([]Blind, n)
		for i := range blinds {
			blinds[i] = RandomBlind()
		}
		asked, err := BlindBatch(t.Context(), Options{}, inputs, blinds)
		if err != nil {
			t.Fatal(err)
		}
		evaluated, rawProof := circlEvaluate(t, theirs, asked.Elements())
		got, err := NewClient(ours.Public(), Options{}).Finalize(t.Context(), asked, evaluated, rawProof)
		if err != nil {
			t.Fatalf("we refuse circl's answer: %v", err)
		}
		if !bytes.Equal(got, bytes.Join(want, nil)) {
			t.Fatal("outputs differ from circl's")
		}
	}
}

func circlProof(t testing.TB, raw []byte) *dleq.Proof {
	t.Helper()
	p := new(dleq.Proof)
	if err := p.UnmarshalBinary(group.Ristretto255, raw); err != nil {
		t.Fatal(err)
	}
	return p
}

func circlEvaluate(t testing.TB, key *oprf.PrivateKey, blinded []byte) (evaluated, proof []byte) {
	t.Helper()
	request := &oprf.EvaluationRequest{}
	for i := 0; i < len(blinded); i += ElementSize {
		e := group.Ristretto255.NewElement()
		if err := e.UnmarshalBinary(blinded[i : i+ElementSize]); err != nil {
			t.Fatal(err)
		}
		request.Elements = append(request.Elements, e)
	}
	answer, err := oprf.NewVerifiableServer(oprf.SuiteRistretto255, key).Evaluate(request)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range answer.Elements {
		raw, err := e.MarshalBinaryCompress()
		if err != nil {
			t.Fatal(err)
		}
		evaluated = append(evaluated, raw...)
	}
	if proof, err = answer.Proof.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	return evaluated, proof
}

func TestDishonestAnswersAreRefused(t *testing.T) {
	b := exchange(t, 20)
	other := exchange(t, 20)
	for name, c := range map[string]struct {
		change func(x *batch)
		want   error
	}{
		"another element":      {func(x *batch) { copy(x.evaluated, other.evaluated[:ElementSize]) }, ErrProof},
		"two elements swapped": {func(x *batch) { swapElements(x.evaluated) }, ErrProof},
		"another proof":        {func(x *batch) { x.proof = other.proof }, ErrProof},
		"a bit of the proof":   {func(x *batch) { x.proof[40] ^= 1 }, ErrProof},
		"proof not canonical":  {func(x *batch) { copy(x.proof[:], bytes.Repeat([]byte{255}, 32)) }, ErrProof},
		"another key's answer": {func(x *batch) { x.key = other.key }, ErrProof},
		"the identity":         {func(x *batch) { clear(x.evaluated[64:96]) }, ErrElement},
		"not canonical":        {func(x *batch) { copy(x.evaluated[64:96], bytes.Repeat([]byte{255}, 32)) }, ErrElement},
		"one element too few":  {func(x *batch) { x.evaluated = x.evaluated[:len(x.evaluated)-ElementSize] }, ErrLength},
		"half an element":      {func(x *batch) { x.evaluated = x.evaluated[:len(x.evaluated)-1] }, ErrLength},
	} {
		x := *b
		x.evaluated = bytes.Clone(b.evaluated)
		c.change(&x)
		out, err := NewClient(x.key.Public(), Options{}).Finalize(t.Context(), x.asked, x.evaluated, x.proof[:])
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		var ee *ElementError
		if errors.Is(c.want, ErrElement) && (!errors.As(err, &ee) || ee.Index != 2) {
			t.Errorf("%s: the index is not named: %v", name, err)
		}
		if out != nil {
			t.Errorf("%s: there is an output", name)
		}
	}
}

func swapElements(flat []byte) {
	first := bytes.Clone(flat[:ElementSize])
	copy(flat, flat[ElementSize:2*ElementSize])
	copy(flat[ElementSize:], first)
}

func TestServerRefusesBadElements(t *testing.T) {
	b := exchange(t, 5)
	s := NewServer(b.key, Options{})
	for name, bad := range map[string][]byte{"identity": make([]byte, 32), "not canonical": bytes.Repeat([]byte{0xfe}, 32)} {
		in := bytes.Clone(b.blinded)
		copy(in[96:], bad)
		var ee *ElementError
		if _, _, err := s.Evaluate(t.Context(), in); !errors.As(err, &ee) || ee.Index != 3 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, 31, 33} {
		if _, _, err := s.Evaluate(t.Context(), make([]byte, n)); !errors.Is(err, ErrLength) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestBlindsAreDerivedAndHide(t *testing.T) {
	secret := [32]byte{1}
	a, err := BlindFrom(&secret, []byte("batch"), 0)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := BlindFrom(&secret, []byte("batch"), 0)
	if !bytes.Equal(a.Bytes(), again.Bytes()) {
		t.Error("a blind cannot be derived again")
	}
	// The derivation must not change: what was asked years ago is opened with it.
	// Computed with another implementation of HKDF from what the comments say.
	if want := "2bd4c1a20b2a215288baf8cef8b25c82d64a97c92bf8a0a5c6f039d1cf63480f"; hex.EncodeToString(a.Bytes()) != want {
		t.Errorf("the blind is %x", a.Bytes())
	}
	other := secret
	other[0]++
	for _, c := range []struct {
		secret *[32]byte
		batch  string
		index  uint64
	}{{&secret, "batch", 1}, {&secret, "batcj", 0}, {&other, "batch", 0}} {
		if b, _ := BlindFrom(c.secret, []byte(c.batch), c.index); bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("two positions share a blind")
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	k, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	b := RandomBlind()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		all, err := BlindsFrom(&[32]byte{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf(verb, []any{all, &all}); strings.Contains(text, hex.EncodeToString(all.prk)) || strings.Contains(text, fmt.Sprint(all.prk)[1:20]) {
			t.Errorf("%s of %T prints a secret", verb, all)
		}
		for _, v := range []any{k, *k, b, &b, []any{k, b}} {
			text := fmt.Sprintf(verb, v)
			for _, secret := range [][]byte{k.Bytes(), b.Bytes()} {
				if strings.Contains(text, hex.EncodeToString(secret)) || strings.Contains(text, fmt.Sprint(secret)[1:20]) {
					t.Errorf("%s of %T prints a secret", verb, v)
				}
			}
		}
	}
}

func TestContextAndProgress(t *testing.T) {
	b := exchange(t, 600)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewServer(b.key, Options{}).Index(ctx, b.inputs); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var last int
	o := Options{Workers: 1, Progress: func(done, total int) { last = done }}
	if _, err := NewServer(b.key, o).Index(t.Context(), b.inputs); err != nil || last != 600 {
		t.Errorf("progress ends at %d, %v", last, err)
	}
}

func FuzzElements(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Add(curve.RISTRETTO_BASEPOINT_COMPRESSED[:])
	key, err := GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := group.Ristretto255.NewElement()
		valid := len(data) == 32 && want.UnmarshalBinary(data) == nil && !want.IsIdentity()
		_, err := ParsePublicKey(data)
		if (err == nil) != valid {
			t.Errorf("%x: %v, circl says %v", data, err, valid)
		}
		_, _, err = NewServer(key, Options{}).Evaluate(context.Background(), data)
		if valid && err != nil {
			t.Errorf("%x: %v", data, err)
		}
	})
}
