package entry_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/ledger/entry"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRoundTrip(t *testing.T) {
	bodies := samples(t)
	if got := len(bodies); got != len(entry.Types()) || !slices.IsSorted(entry.Types()) {
		t.Fatalf("%d samples for the types %v", got, entry.Types())
	}
	public := keyOf("nl-police").Public().(ed25519.PublicKey)
	stranger := keyOf("fr-fiu").Public().(ed25519.PublicKey)
	for typ, b := range bodies {
		e := sign(t, b)
		back, err := entry.Parse(e.Raw())
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		if diff := cmp.Diff(b, back.Body); diff != "" || back.Header != e.Header || back.Hash() != e.Hash() || back.Type != typ {
			t.Errorf("%s: %+v\n%s", typ, back.Header, diff)
		}
		if err := back.Verify(public); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		for _, key := range []ed25519.PublicKey{stranger, nil, public[:31]} {
			if err := back.Verify(key); !errors.Is(err, entry.ErrSignature) {
				t.Errorf("%s under a wrong key: %v", typ, err)
			}
		}
	}
	if err := (entry.Entry{}).Verify(public); !errors.Is(err, entry.ErrSignature) {
		t.Errorf("the zero entry: %v", err)
	}
}

// TestBytes holds the encoding of every type to what it was: two versions of this
// program must not disagree about one byte.
func TestBytes(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1) // for the nonces of proofs
	var out strings.Builder
	for _, typ := range entry.Types() {
		e := sign(t, samples(t)[typ])
		fmt.Fprintf(&out, "%s\n  size %d\n  hash %s\n", typ, len(e.Raw()), e.Hash())
		if len(e.Raw()) < 400 {
			fmt.Fprintf(&out, "  raw  %x\n", e.Raw())
		}
	}
	const golden = "testdata/entries.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestKeys: the key of a fact is what it is about, and two things never share one.
func TestKeys(t *testing.T) {
	free := []entry.Type{entry.TypeErase, entry.TypeMemberRotate, entry.TypeReport, entry.TypeMemberExpel, entry.TypeVoterReplace, entry.TypeClock}
	seen := map[string]entry.Type{}
	for typ, b := range samples(t) {
		if (b.Key() == "") != slices.Contains(free, typ) {
			t.Errorf("%s has the key %q", typ, b.Key())
		}
		k := string(typ) + "|" + b.Key()
		if other, ok := seen[k]; ok {
			t.Errorf("%s and %s share a key", typ, other)
		}
		seen[k] = typ
	}
	a := &entry.TagsPublished{Peer: "fr-fiu", Epoch: 1, Number: 12}
	b := &entry.TagsPublished{Peer: "fr-fiu", Epoch: 11, Number: 2}
	if a.Key() == b.Key() {
		t.Error("two publications share a key")
	}
}

func TestChangedBytesDoNotVerify(t *testing.T) {
	raw := sign(t, samples(t)[entry.TypeAnswer]).Raw()
	public := keyOf("nl-police").Public().(ed25519.PublicKey)
	for i := range raw {
		for bit := range 8 {
			changed := bytes.Clone(raw)
			changed[i] ^= 1 << bit
			if e, err := entry.Parse(changed); err == nil && e.Verify(public) == nil {
				t.Errorf("byte %d, bit %d changed and nobody noticed", i, bit)
			}
		}
	}
}

func TestLeaf(t *testing.T) {
	raw := sign(t, samples(t)[entry.TypeErase]).Raw()
	at, back, err := entry.SplitLeaf(entry.Leaf(1_700_000_000_001, raw))
	if err != nil || at != 1_700_000_000_001 || !bytes.Equal(back, raw) {
		t.Errorf("%d, %v", at, err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "short": make([]byte, 7), "huge": entry.Leaf(1, make([]byte, entry.MaxSize+1)),
		"time zero": entry.Leaf(0, raw), "negative time": entry.Leaf(-1, raw), "time too late": entry.Leaf(entry.MaxTime+1, raw),
	} {
		if _, _, err := entry.SplitLeaf(bad); !errors.Is(err, entry.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommitments(t *testing.T) {
	salt, other := [32]byte{1}, [32]byte{2}
	c := entry.Commit(&salt, "case", []byte("value"))
	for name, differs := range map[string]entry.Hash{
		"another salt": entry.Commit(&other, "case", []byte("value")), "another sort": entry.Commit(&salt, "officer", []byte("value")),
		"another value": entry.Commit(&salt, "case", []byte("valuf")), "nothing": entry.Commit(&salt, "case", nil),
	} {
		if c == differs {
			t.Errorf("%s gives the same commitment", name)
		}
	}
	parts := []entry.Hash{{1}, {2}}
	b := entry.BatchCommitment(5000, 4096, parts)
	for name, differs := range map[string]entry.Hash{
		"another count": entry.BatchCommitment(5001, 4096, parts), "another part size": entry.BatchCommitment(5000, 4095, parts),
		"another order": entry.BatchCommitment(5000, 4096, []entry.Hash{{2}, {1}}), "a part less": entry.BatchCommitment(5000, 4096, parts[:1]),
	} {
		if b == differs {
			t.Errorf("%s gives the same commitment", name)
		}
	}
}

func TestCheckFingerprint(t *testing.T) {
	good := entry.Fingerprint(entry.Hash{1, 2, 3})
	for _, typed := range []string{good, strings.ToLower(good), strings.ReplaceAll(good, " ", ""), strings.ReplaceAll(good, " ", "-")} {
		if err := entry.CheckFingerprint(typed); err != nil || !entry.SameFingerprint(typed, good) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", " ", good[:len(good)-1], good + "A", "1" + good[1:], "É" + good[1:]} {
		if err := entry.CheckFingerprint(typed); !errors.Is(err, entry.ErrFingerprint) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}
