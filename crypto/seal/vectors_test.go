package seal_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	stdhpke "crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudflare/circl/hpke"
	"github.com/crosscase/crosscase/crypto/seal"
	"golang.org/x/crypto/chacha20poly1305"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

const label = "crosscase/1 sealed message\x00"

// TestXWingVectors holds key generation and, through a message sealed by hand
// from the vector's shared secret (RFC 9180, section 5.1), decapsulation.
func TestXWingVectors(t *testing.T) {
	var vectors []struct{ Seed, SS, SK, PK, CT hexBytes }
	load(t, "xwing_vectors_open.json", &vectors)
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for i, v := range vectors {
		k, err := seal.ParsePrivateKey(v.SK)
		if err != nil || !bytes.Equal(k.Public().Bytes(), v.PK) {
			t.Fatalf("vector %d: public key: %v", i, err)
		}
		sealed := append(v.CT, keySchedule(t, v.SS, []byte(label+"info"), []byte("aad"), []byte("message"))...)
		if m, err := k.Open([]byte("info"), []byte("aad"), sealed); err != nil || string(m) != "message" {
			t.Errorf("vector %d: decapsulation: %v", i, err)
		}
	}
}

func keySchedule(t *testing.T, secret, info, aad, plaintext []byte) []byte {
	t.Helper()
	suite := []byte{'H', 'P', 'K', 'E', 0x64, 0x7a, 0, 1, 0, 3}
	extract := func(salt []byte, label string, ikm []byte) []byte {
		b, err := hkdf.Extract(sha256.New, append(append([]byte("HPKE-v1"), suite...), append([]byte(label), ikm...)...), salt)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	context := append([]byte{0}, append(extract(nil, "psk_id_hash", nil), extract(nil, "info_hash", info)...)...)
	prk := extract(secret, "secret", nil)
	expand := func(label string, n int) []byte {
		in := append(append(append([]byte{0, byte(n)}, "HPKE-v1"...), suite...), append([]byte(label), context...)...)
		b, err := hkdf.Expand(sha256.New, prk, string(in), n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	aead, err := chacha20poly1305.New(expand("key", 32))
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(nil, expand("base_nonce", 12), plaintext, aad)
}

// TestAgainstCircl seals and opens across to another implementation.
func TestAgainstCircl(t *testing.T) {
	suite := hpke.NewSuite(hpke.KEM_XWING, hpke.KDF_HKDF_SHA256, hpke.AEAD_ChaCha20Poly1305)
	k := key(t, 9)
	pk, err := hpke.KEM_XWING.Scheme().UnmarshalBinaryPublicKey(k.Public().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewSender(pk, []byte(label+"info"))
	if err != nil {
		t.Fatal(err)
	}
	enc, sealer, err := s.Setup(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ct, err := sealer.Seal([]byte("message"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := k.Open([]byte("info"), []byte("aad"), append(enc, ct...)); err != nil || string(m) != "message" {
		t.Fatal("sealed by circl:", err)
	}
	seed, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sk, err := hpke.KEM_XWING.Scheme().UnmarshalBinaryPrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal.Seal(k.Public(), []byte("info"), []byte("aad"), []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := suite.NewReceiver(sk, []byte(label+"info"))
	if err != nil {
		t.Fatal(err)
	}
	opener, err := r.Setup(sealed[:1120])
	if err != nil {
		t.Fatal(err)
	}
	if m, err := opener.Open(sealed[1120:], []byte("aad")); err != nil || string(m) != "message" {
		t.Fatal("opened by circl:", err)
	}
}

// TestRFC9180 holds the standard library's HPKE, on which this package rests,
// to the RFC's vectors for X25519 and P-256 in base mode.
func TestRFC9180(t *testing.T) {
	var vectors []struct {
		Mode        int
		KEM         uint16 `json:"kem_id"`
		KDF         uint16 `json:"kdf_id"`
		AEAD        uint16 `json:"aead_id"`
		Info, Enc   hexBytes
		SkRm        hexBytes
		Encryptions []struct{ Aad, Ct, Pt hexBytes }
		Exports     []struct {
			Context hexBytes `json:"exporter_context"`
			L       int
			Value   hexBytes `json:"exported_value"`
		}
	}
	load(t, "rfc9180_hpke_open.json", &vectors)
	ran := 0
	for i, v := range vectors {
		if v.Mode != 0 {
			continue
		}
		curve := map[uint16]ecdh.Curve{0x20: ecdh.X25519(), 0x10: ecdh.P256()}[v.KEM]
		k, err := stdhpke.DHKEM(curve).NewPrivateKey(v.SkRm)
		if err != nil {
			t.Fatal(err)
		}
		kdf, err := stdhpke.NewKDF(v.KDF)
		if err != nil {
			t.Fatal(err)
		}
		aead, err := stdhpke.NewAEAD(v.AEAD)
		if err != nil {
			t.Fatal(err)
		}
		r, err := stdhpke.NewRecipient(v.Enc, k, kdf, aead, v.Info)
		if err != nil {
			t.Fatal(err)
		}
		for j, e := range v.Encryptions[:min(4, len(v.Encryptions))] {
			if pt, err := r.Open(e.Aad, e.Ct); err != nil || !bytes.Equal(pt, e.Pt) {
				t.Errorf("vector %d, encryption %d: %v", i, j, err)
			}
		}
		for j, e := range v.Exports {
			if out, err := r.Export(string(e.Context), e.L); err != nil || !bytes.Equal(out, e.Value) {
				t.Errorf("vector %d, export %d: %v", i, j, err)
			}
		}
		ran++
	}
	if ran == 0 {
		t.Fatal("no vector of base mode")
	}
	t.Log(ran, "vectors")
}
