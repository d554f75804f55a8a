package sign_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"

	"github.com/crosscase/crosscase/crypto/sign"
)

// prepared is the verdict of a Verifier on a signature under a key to be admitted.
func prepared(key, message, signature []byte) bool {
	v, err := sign.NewVerifier(key)
	return err == nil && bytes.Equal(v.Key(), key) && v.Verify(message, signature)
}

// TestVerifierDecidesAsVerify: on the edge cases of CCTV and Wycheproof, on forged
// signatures, and on every changed bit of a good one.
func TestVerifierDecidesAsVerify(t *testing.T) {
	held, cache := 0, sign.NewCache(1000)
	same := func(key, message, signature []byte) {
		t.Helper()
		want := admitted(key, message, signature)
		if got := prepared(key, message, signature); got != want {
			t.Errorf("key %x, signature %x: %v, and Verify says %v", key, signature, got, want)
		}
		for range 6 { // before and after it prepares the key
			if got := cache.Verify(key, message, signature); got != want {
				t.Errorf("key %x, signature %x: the cache says %v, and Verify %v", key, signature, got, want)
			}
		}
		if want {
			held++
		}
	}
	var cctv []struct{ Key, Sig, Msg string }
	read(t, "cctv_ed25519.json.gz", &cctv)
	for _, v := range cctv {
		same(unhex(t, v.Key), []byte(v.Msg), unhex(t, v.Sig))
	}
	var wycheproof struct {
		TestGroups []struct {
			Key   struct{ Pk string }
			Tests []struct{ Msg, Sig string }
		}
	}
	read(t, "wycheproof_eddsa_test.json.gz", &wycheproof)
	for _, g := range wycheproof.TestGroups {
		for _, c := range g.Tests {
			same(unhex(t, g.Key.Pk), unhex(t, c.Msg), unhex(t, c.Sig))
		}
	}
	message := []byte("an entry")
	key, signature := forge(t, number(7), number(0), nil, message) // R is the identity
	same(key, message, signature)
	key, signature = forge(t, number(7), number(9), curve.EIGHT_TORSION[1], message)
	same(key, message, signature)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signature = ed25519.Sign(private, message)
	same(public, message, signature)
	same(public, append(message, 0), signature)
	for i := range 8 * len(signature) {
		signature[i/8] ^= 1 << (i % 8)
		same(public, message, signature)
		signature[i/8] ^= 1 << (i % 8)
	}
	again := bytes.Clone(signature) // S and the group order is another spelling of S
	carry := 0
	for i, b := range groupOrder {
		carry += int(again[32+i]) + int(b)
		again[32+i] = byte(carry)
		carry >>= 8
	}
	same(public, message, again)
	same(public, message, signature[:63])
	if held < 50 {
		t.Errorf("%d signatures held", held)
	}
}

// A cache that may prepare no more keys checks them all the same.
func TestCacheIsBounded(t *testing.T) {
	cache := sign.NewCache(1)
	for range 3 {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range byte(6) {
			message := []byte{i}
			if !cache.Verify(public, message, ed25519.Sign(private, message)) || cache.Verify(public, []byte{i + 1}, ed25519.Sign(private, message)) {
				t.Errorf("use %d", i)
			}
		}
	}
}

// groupOrder is 2^252 + 27742317777372353535851937790883648493, little-endian.
var groupOrder = [32]byte{
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10,
}

func BenchmarkVerify(b *testing.B) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 5500) // a query's entry
	signature := ed25519.Sign(private, message)
	b.Run("key of the caller", func(b *testing.B) {
		for b.Loop() {
			if !sign.Verify(public, message, signature) {
				b.Fatal("does not hold")
			}
		}
	})
	b.Run("prepared key", func(b *testing.B) {
		v, err := sign.NewVerifier(public)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if !v.Verify(message, signature) {
				b.Fatal("does not hold")
			}
		}
	})
}
