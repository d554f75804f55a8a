package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/seal"
	"pgregory.net/rapid"
)

func key(t testing.TB, first byte) *seal.PrivateKey {
	t.Helper()
	seed := make([]byte, seal.SeedSize)
	seed[0] = first
	k, err := seal.ParsePrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func stream(t testing.TB, to *seal.PublicKey, info, plaintext []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := seal.NewWriter(&b, to, info)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte{1}); !errors.Is(err, seal.ErrClosed) {
		t.Fatal("write after close:", err)
	}
	return b.Bytes()
}

func TestMessage(t *testing.T) {
	k, other := key(t, 1), key(t, 2)
	info, aad, m := []byte("info"), []byte("aad"), []byte("message")
	sealed, err := seal.Seal(k.Public(), info, aad, m)
	if err != nil || len(sealed) != len(m)+1136 {
		t.Fatal(len(sealed), err)
	}
	if got, err := k.Open(info, aad, sealed); err != nil || !bytes.Equal(got, m) {
		t.Fatal("open:", err)
	}
	for i := range sealed {
		c := slices.Clone(sealed)
		c[i] ^= 1
		if _, err := k.Open(info, aad, c); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for name, err := range map[string]error{
		"recipient": second(other.Open(info, aad, sealed)),
		"info":      second(k.Open([]byte("inf"), aad, sealed)),
		"aad":       second(k.Open(info, nil, sealed)),
		"cut":       second(k.Open(info, aad, sealed[:len(sealed)-1])),
		"trailing":  second(k.Open(info, aad, append(slices.Clone(sealed), 0))),
		"stream":    second(k.Open(info, nil, stream(t, k.Public(), info, nil)[:seal.Overhead])),
	} {
		if !errors.Is(err, seal.ErrOpen) {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	if _, err := k.Open(info, aad, sealed[:seal.Overhead-1]); !errors.Is(err, seal.ErrShort) {
		t.Error("short:", err)
	}
	if _, err := seal.Seal(nil, info, aad, m); !errors.Is(err, seal.ErrNoKey) {
		t.Error("no key:", err)
	}
}

func second(_ []byte, err error) error { return err }

func TestStreamLengths(t *testing.T) {
	k := key(t, 1)
	for _, n := range []int{0, 1, seal.SegmentSize - 1, seal.SegmentSize, seal.SegmentSize + 1, 3 * seal.SegmentSize, 200001} {
		m := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
		sealed := stream(t, k.Public(), []byte("i"), m)
		if int64(len(sealed)) != seal.SealedSize(int64(n)) {
			t.Errorf("%d became %d, want %d", n, len(sealed), seal.SealedSize(int64(n)))
		}
		var out bytes.Buffer
		if err := k.OpenStream(bytes.NewReader(sealed), []byte("i"), &out); err != nil || !bytes.Equal(out.Bytes(), m) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestWriteInAnyPieces(t *testing.T) {
	k := key(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		var sealed, want, got bytes.Buffer
		w, err := seal.NewWriter(&sealed, k.Public(), nil)
		if err != nil {
			rt.Fatal(err)
		}
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 90000), 0, 4).Draw(rt, "pieces") {
			piece := bytes.Repeat([]byte{byte(i + 1)}, n)
			want.Write(piece)
			if m, err := w.Write(piece); m != n || err != nil {
				rt.Fatal(m, err)
			}
		}
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		if err := k.OpenStream(&sealed, nil, &got); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			rt.Fatal("open:", err)
		}
	})
}

func TestDamagedStream(t *testing.T) {
	k, info := key(t, 1), []byte("info")
	m := bytes.Repeat([]byte("abcdefgh"), 3*seal.SegmentSize/8)
	sealed := stream(t, k.Public(), info, append(slices.Clone(m), 'z')) // three full segments and a short one
	exact := stream(t, k.Public(), info, m)                             // the last one is full
	off := func(i int64) int64 { return seal.StreamHeaderSize + i*(seal.SegmentSize+16) }
	flip := func(at int64) []byte {
		c := slices.Clone(sealed)
		c[at] ^= 1
		return c
	}
	swap := slices.Concat(sealed[:off(0)], sealed[off(1):off(2)], sealed[off(0):off(1)], sealed[off(2):])
	foreign := slices.Concat(sealed[:off(1)], exact[off(1):off(2)], sealed[off(2):])
	for _, c := range []struct {
		name string
		key  *seal.PrivateKey
		info string
		in   []byte
		want error
	}{
		{"wrong recipient", key(t, 2), "info", sealed, seal.ErrOpen},
		{"wrong info", k, "other", sealed, seal.ErrOpen},
		{"header changed", k, "info", flip(5), seal.ErrOpen},
		{"empty", k, "info", nil, seal.ErrShort},
		{"header cut", k, "info", sealed[:1135], seal.ErrShort},
		{"header only", k, "info", sealed[:off(0)], seal.ErrTruncated},
		{"cut between segments", k, "info", sealed[:off(2)], seal.ErrTruncated},
		{"cut in a segment", k, "info", sealed[:off(2)+100], seal.ErrTruncated},
		{"full last segment lost", k, "info", exact[:off(2)], seal.ErrTruncated},
		{"segment changed", k, "info", flip(off(1) + 7), seal.ErrSegment},
		{"last segment changed", k, "info", flip(off(3)), seal.ErrSegment},
		{"segments swapped", k, "info", swap, seal.ErrSegment},
		{"segment dropped", k, "info", slices.Concat(sealed[:off(1)], sealed[off(2):]), seal.ErrSegment},
		{"segment repeated", k, "info", slices.Concat(sealed[:off(1)], sealed[off(0):]), seal.ErrSegment},
		{"segment of another stream", k, "info", foreign, seal.ErrSegment},
		{"bytes after a full last segment", k, "info", append(slices.Clone(exact), 0), seal.ErrTrailing},
		{"bytes after a short last segment", k, "info", append(slices.Clone(sealed), 0), seal.ErrSegment},
		{"message as a stream", k, "info", first(seal.Seal(k.Public(), info, nil, nil)), seal.ErrOpen},
	} {
		var out bytes.Buffer
		if err := c.key.OpenStream(bytes.NewReader(c.in), []byte(c.info), &out); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if !bytes.HasPrefix(append(slices.Clone(m), 'z'), out.Bytes()) {
			t.Errorf("%s: unverified bytes were written", c.name)
		}
	}
}

func first(b []byte, _ error) []byte { return b }

func TestKeys(t *testing.T) {
	k, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := k.Bytes()
	if err != nil || len(seed) != seal.SeedSize {
		t.Fatal(len(seed), err)
	}
	again, err := seal.ParsePrivateKey(seed)
	if err != nil || !again.Public().Equal(k.Public()) || again.Public().Equal(key(t, 1).Public()) {
		t.Fatal("a seed is not its key:", err)
	}
	p, err := seal.ParsePublicKey(k.Public().Bytes())
	if err != nil || !p.Equal(k.Public()) || len(p.Fingerprint()) != 39 {
		t.Fatal("public key:", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if fmt.Sprintf(verb, k) != "[private key]" || fmt.Sprintf(verb, *k) != "[private key]" {
			t.Error("printed with", verb)
		}
	}
	if _, err := seal.ParsePrivateKey(seed[1:]); !errors.Is(err, seal.ErrKey) {
		t.Error(err)
	}
	if _, err := seal.ParsePublicKey(bytes.Repeat([]byte{0xff}, seal.PublicKeySize)); !errors.Is(err, seal.ErrKey) {
		t.Error(err)
	}
	var none *seal.PublicKey
	if none.Equal(nil) || none.Equal(p) {
		t.Error("no key equals a key")
	}
}

func FuzzOpen(f *testing.F) {
	k := key(f, 1)
	f.Add(first(seal.Seal(k.Public(), nil, nil, []byte("m"))))
	f.Fuzz(func(t *testing.T, in []byte) {
		if m, err := k.Open(nil, nil, in); err == nil && len(m)+seal.Overhead != len(in) {
			t.Fatal("length")
		}
	})
}

func FuzzOpenStream(f *testing.F) {
	k := key(f, 1)
	f.Add(stream(f, k.Public(), nil, []byte("m")))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if k.OpenStream(bytes.NewReader(in), nil, &out) == nil && seal.SealedSize(int64(out.Len())) != int64(len(in)) {
			t.Fatal("length")
		}
	})
}
