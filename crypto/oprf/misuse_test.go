package oprf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/crypto/ristretto"
)

// TestAttackEvaluateInPlace: evaluated elements that overwrote the blinded ones once
// made a proof that failed. The answer has a buffer of its own, and the blinded
// elements stay as they were.
func TestAttackEvaluateInPlace(t *testing.T) {
	x := exchange(t, 9)
	blinded := bytes.Clone(x.blinded)
	evaluated, proof, err := NewServer(x.key, Options{}).Evaluate(t.Context(), blinded)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(blinded, x.blinded) {
		t.Error("the blinded elements were changed")
	}
	clear(blinded) // the answer does not lie in it
	if _, err := NewClient(x.key.Public(), Options{}).Finalize(t.Context(), x.asked, evaluated, proof[:]); err != nil {
		t.Error(err)
	}
}

// TestAttackZeroBlind: under a zero blind an input would leave in the clear.
func TestAttackZeroBlind(t *testing.T) {
	inputs := [][]byte{[]byte("a"), []byte("b"), []byte("c")}
	blinds := []Blind{RandomBlind(), {}, RandomBlind()}
	if b, err := BlindBatch(t.Context(), Options{}, inputs, blinds); !errors.Is(err, ErrKey) || b != nil || !strings.Contains(err.Error(), "blind 1") {
		t.Errorf("additive: %v", err)
	}
	if b, err := BlindMultiplicative(t.Context(), Options{}, inputs, blinds); !errors.Is(err, ErrKey) || b != nil {
		t.Errorf("multiplicative: %v", err)
	}
	if _, err := ParseBlind(make([]byte, ScalarSize)); !errors.Is(err, ErrKey) {
		t.Errorf("parsed: %v", err)
	}
	if err := OpenPosition(inputs[0], Blind{}, make([]byte, ElementSize)); !errors.Is(err, ErrKey) {
		t.Errorf("opened: %v", err)
	}
}

// TestAttackForeignBlinded: an answer is finalised with the batch that was asked and
// no other. What its caller changes afterwards changes nothing, and an answer to
// another batch does not hold.
func TestAttackForeignBlinded(t *testing.T) {
	x, other := exchange(t, 9), exchange(t, 9)
	client := NewClient(x.key.Public(), Options{})
	evaluated, proof, err := NewServer(x.key, Options{}).Evaluate(t.Context(), other.blinded)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := client.Finalize(t.Context(), x.asked, evaluated, proof[:]); !errors.Is(err, ErrProof) || out != nil {
		t.Errorf("an answer to another batch: %v", err)
	}
	copy(x.inputs[5], "XXXX")
	x.blinds[5] = RandomBlind()
	clear(x.asked.Elements())
	out, err := client.Finalize(t.Context(), x.asked, x.evaluated, x.proof[:])
	if err != nil || !bytes.Equal(out, x.outputs) {
		t.Errorf("the outputs follow what the caller changed: %v", err)
	}
}

// TestAttackKeptBatch: a kept batch is restored for its own inputs, positions and
// blinds alone, and with every bit as it was.
func TestAttackKeptBatch(t *testing.T) {
	secret := [32]byte{7}
	blinds, err := BlindsFrom(&secret, []byte("batch"))
	if err != nil {
		t.Fatal(err)
	}
	inputs := [][]byte{[]byte("a"), []byte("bc"), {}, []byte("d"), []byte("e")}
	asked, err := blinds.Blind(t.Context(), Options{}, inputs, 40)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range inputs { // each under the blind of its position
		b, err := BlindFrom(&secret, []byte("batch"), 40+uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := OpenPosition(in, b, asked.Elements()[i*ElementSize:(i+1)*ElementSize]); err != nil {
			t.Errorf("position %d: %v", i, err)
		}
	}
	kept, err := blinds.Keep(asked, 40)
	if err != nil || len(kept) != KeptSize(len(inputs)) {
		t.Fatalf("%d bytes: %v", len(kept), err)
	}
	restored, err := blinds.Restore(t.Context(), Options{}, inputs, 40, kept)
	if err != nil {
		t.Fatal(err)
	}
	// As a node without acceleration keeps it: without coordinates.
	plain := append(asked.Elements(), make([]byte, len(inputs)*ristretto.CoordinatesSize)...)
	tag, err := blinds.authenticate(inputs, 40, plain)
	if err != nil {
		t.Fatal(err)
	}
	fromPlain, err := blinds.Restore(t.Context(), Options{}, inputs, 40, append(plain, tag...))
	if err != nil {
		t.Fatal(err)
	}
	x := exchange(t, 1)
	evaluated, proof, err := NewServer(x.key, Options{}).Evaluate(t.Context(), restored.Elements())
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewServer(x.key, Options{}).Index(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*Blinded{"blinded": asked, "restored": restored, "restored without coordinates": fromPlain} {
		if out, err := NewClient(x.key.Public(), Options{}).Finalize(t.Context(), b, evaluated, proof[:]); err != nil || !bytes.Equal(out, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := func(what string, b Blinds, inputs [][]byte, from uint64, kept []byte) {
		t.Helper()
		if got, err := b.Restore(t.Context(), Options{}, inputs, from, kept); !errors.Is(err, ErrKept) || got != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	foreign, err := BlindsFrom(&secret, []byte("another batch"))
	if err != nil {
		t.Fatal(err)
	}
	refused("blinds of another batch", foreign, inputs, 40, kept)
	refused("other positions", blinds, inputs, 41, kept)
	refused("another input", blinds, [][]byte{[]byte("a"), []byte("bd"), {}, []byte("d"), []byte("e")}, 40, kept)
	refused("inputs split otherwise", blinds, [][]byte{[]byte("ab"), []byte("c"), {}, []byte("d"), []byte("e")}, 40, kept)
	refused("fewer inputs", blinds, inputs[:4], 40, kept)
	refused("nothing", blinds, inputs, 40, nil)
	for i := range kept {
		bad := bytes.Clone(kept)
		bad[i] ^= 1 << (i % 8)
		refused(fmt.Sprintf("byte %d changed", i), blinds, inputs, 40, bad)
	}
}
