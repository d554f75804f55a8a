package sign_test

import (
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	voi "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/crosscase/crosscase/crypto/sign"
)

func read(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// admitted is the verdict on a signature under a key that has yet to be admitted.
func admitted(key, message, signature []byte) bool {
	return sign.CheckKey(key) == nil && sign.Verify(key, message, signature)
}

// others are the verdicts of two verifiers that compare R as bytes, and of one that
// also refuses small orders, as libsodium and strict modes do.
func others(key, message, signature []byte) map[string]bool {
	strict := &voi.VerifyOptions{CofactorlessVerify: true}
	return map[string]bool{
		"standard library": len(key) == 32 && ed25519.Verify(key, message, signature),
		"voi":              len(key) == 32 && voi.VerifyWithOptions(key, message, signature, &voi.Options{Verify: voi.VerifyOptionsStdLib}),
		"voi, strict":      len(key) == 32 && voi.VerifyWithOptions(key, message, signature, &voi.Options{Verify: strict}),
	}
}

// TestCCTV: of the edge cases of C2SP/CCTV exactly those without any flag hold, and
// on keys that are admitted other verifiers decide as this rule does.
func TestCCTV(t *testing.T) {
	var vectors []struct {
		Number int
		Key    string
		Sig    string
		Msg    string
		Flags  []string
	}
	read(t, "cctv_ed25519.json.gz", &vectors)
	compared := 0
	for _, v := range vectors {
		key, sig := unhex(t, v.Key), unhex(t, v.Sig)
		got := admitted(key, []byte(v.Msg), sig)
		if want := len(v.Flags) == 0; got != want {
			t.Errorf("vector %d %v: %v", v.Number, v.Flags, got)
		}
		flawed := slices.ContainsFunc(v.Flags, func(f string) bool {
			return f == "low_order_A" || f == "low_order_component_A" || f == "non_canonical_A"
		})
		if flawed == (sign.CheckKey(key) == nil) {
			t.Errorf("vector %d %v: CheckKey %v", v.Number, v.Flags, sign.CheckKey(key))
		}
		if sign.CheckKey(key) != nil || !sign.ProperR(sig) {
			continue
		}
		compared++
		for name, other := range others(key, []byte(v.Msg), sig) {
			if other != got {
				t.Errorf("vector %d %v: %s says %v", v.Number, v.Flags, name, other)
			}
		}
	}
	if len(vectors) < 400 || compared < 10 {
		t.Fatalf("%d vectors, %d of them compared", len(vectors), compared)
	}
}

func TestWycheproof(t *testing.T) {
	var file struct {
		TestGroups []struct {
			Key   struct{ Pk string }
			Tests []struct {
				TcID             int
				Msg, Sig, Result string
			}
		}
	}
	read(t, "wycheproof_eddsa_test.json.gz", &file)
	tests := 0
	for _, g := range file.TestGroups {
		key := unhex(t, g.Key.Pk)
		for _, c := range g.Tests {
			tests++
			msg, sig := unhex(t, c.Msg), unhex(t, c.Sig)
			got := admitted(key, msg, sig)
			if got != (c.Result == "valid") {
				t.Errorf("test %d is %s: %v", c.TcID, c.Result, got)
			}
			for name, other := range others(key, msg, sig) {
				if other != got {
					t.Errorf("test %d: %s says %v", c.TcID, name, other)
				}
			}
		}
	}
	if tests < 100 {
		t.Fatalf("%d tests", tests)
	}
}

// forge signs with the scalars of one's own choice.
func forge(t *testing.T, a, r *scalar.Scalar, torsion *curve.EdwardsPoint, message []byte) (key, signature []byte) {
	t.Helper()
	encode := func(p *curve.EdwardsPoint) []byte {
		var c curve.CompressedEdwardsY
		c.SetEdwardsPoint(p)
		return c[:]
	}
	var pa, pr curve.EdwardsPoint
	pa.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, a)
	if torsion != nil {
		pa.Add(&pa, torsion)
	}
	pr.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, r)
	key = encode(&pa)
	h := sha512.New()
	h.Write(encode(&pr))
	h.Write(key)
	h.Write(message)
	k, err := scalar.NewFromBytesModOrderWide(h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	var s scalar.Scalar
	s.Mul(k, a)
	s.Add(&s, r)
	out := make([]byte, 32)
	if err := s.ToBytes(out); err != nil {
		t.Fatal(err)
	}
	return key, append(encode(&pr), out...)
}

func number(n uint64) *scalar.Scalar { return scalar.NewFromUint64(n) }

// TestAttackIdentityR: a signature whose R is the identity holds for Go and OpenSSL
// and not for libsodium.
func TestAttackIdentityR(t *testing.T) {
	message := []byte("an entry")
	key, signature := forge(t, number(12345), number(0), nil, message)
	if !ed25519.Verify(key, message, signature) {
		t.Fatal("the forgery is none")
	}
	if err := sign.CheckKey(key); err != nil {
		t.Fatal(err)
	}
	if sign.Verify(key, message, signature) {
		t.Error("a signature with the identity as R holds")
	}
	key, signature = forge(t, number(12345), number(678), nil, message)
	if !admitted(key, message, signature) {
		t.Error("an ordinary signature does not hold")
	}
}

// TestAttackMixedOrderKey: under a key with a component of small order verifiers
// with and without cofactor differ, message by message.
func TestAttackMixedOrderKey(t *testing.T) {
	split := false
	for i := range byte(16) {
		message := []byte{i}
		key, signature := forge(t, number(12345), number(678), curve.EIGHT_TORSION[1], message)
		with := voi.VerifyWithOptions(key, message, signature, &voi.Options{Verify: voi.VerifyOptionsZIP_215})
		split = split || with != ed25519.Verify(key, message, signature)
		if sign.CheckKey(key) == nil {
			t.Fatal("a key of mixed order is admitted")
		}
	}
	if !split {
		t.Fatal("verifiers do not differ: the key is no attack")
	}
}

func TestCheckKey(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sign.CheckKey(public); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "a byte less": public[:31], "a byte more": append(slices.Clone(public), 0),
		"zeros": make([]byte, 32), "the identity": append([]byte{1}, make([]byte, 31)...),
		"no point":                slices.Repeat([]byte{0x77}, 32),
		"y above the field order": slices.Repeat([]byte{0xff}, 32),
	} {
		if sign.CheckKey(bad) == nil {
			t.Errorf("%s is a key", name)
		}
	}
	if sign.Verify(nil, nil, nil) || sign.Verify(public, nil, nil) || sign.ProperR(nil) {
		t.Error("nothing is a signature")
	}
}
