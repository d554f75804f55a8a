package seam_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/seam"
)

func document() seam.Document {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	s := entry.Seam{
		Network: "example.org/old", Genesis: entry.Hash{1}, Note: []byte("a checkpoint"), Successor: "example.org/new", Founder: "nl-police",
		Agreement: sha256.Sum256([]byte("terms")), Survivors: []entry.Survivor{}, Bodies: []entry.BodySignature{},
	}
	return seam.Document{Agreement: []byte("terms"), Seam: s.SignedBy("nl-police", key)}
}

func TestReadsWhatItWrote(t *testing.T) {
	d := document()
	text, err := seam.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := seam.Read(text)
	if err != nil || got.Seam.Fingerprint() != d.Seam.Fingerprint() || len(got.Seam.Survivors) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Who exchanges something on its way is noticed: by the signatures, by the seam that is
// signed, or by the fingerprint.
func TestAttackExchangedSeam(t *testing.T) {
	d := document()
	other := d
	other.Seam.Successor = "example.org/other"
	if text, err := seam.Write(other); err != nil {
		t.Fatal(err)
	} else if _, err := seam.Read(text); !errors.Is(err, seam.ErrDocument) {
		t.Errorf("another successor under the old signature: %v", err)
	}
	other = d
	other.Agreement = []byte("other terms")
	if text, err := seam.Write(other); err != nil {
		t.Fatal(err)
	} else if _, err := seam.Read(text); !errors.Is(err, seam.ErrDocument) {
		t.Errorf("another agreement: %v", err)
	}
	bare := d
	bare.Seam.Survivors = []entry.Survivor{}
	bare.Seam.Note = []byte("a shorter ledger")
	if bare.Seam.Fingerprint() == d.Seam.Fingerprint() {
		t.Error("another checkpoint has the same fingerprint")
	}
	text, err := seam.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"another name for people": strings.Replace(string(text), "example.org/old", "example.org/odd", 1),
		"another version":         strings.Replace(string(text), "seam/1", "seam/9", 1),
		"something behind it":     string(text) + "{}",
		"an unknown field":        strings.Replace(string(text), `"version"`, `"Xersion"`, 1),
	} {
		if _, err := seam.Read([]byte(bad)); !errors.Is(err, seam.ErrDocument) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	text, err := seam.Write(document())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := seam.Read(text)
		if err != nil {
			return
		}
		out, err := seam.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := seam.Read(out); err != nil || again.Seam.Fingerprint() != d.Seam.Fingerprint() {
			t.Errorf("written again it is another one: %v", err)
		}
	})
}
