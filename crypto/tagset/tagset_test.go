package tagset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
	"pgregory.net/rapid"
)

// spread returns n ascending tags that look like HMAC outputs, the same each time.
func spread(n int) []tagset.Tag {
	tags := make([]tagset.Tag, n)
	for i := range tags {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("tag"), uint64(i)))
		tags[i] = tagset.Tag(sum[:tagset.Size])
	}
	tagset.Sort(tags)
	return tags
}

func encode(t interface{ Fatal(...any) }, tags []tagset.Tag) ([]byte, tagset.Root) {
	var b bytes.Buffer
	e := tagset.NewEncoder(&b, uint64(len(tags)))
	for _, tag := range tags {
		if err := e.Add(tag); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), e.Root()
}

func collect(seq iter.Seq2[tagset.Tag, error]) ([]tagset.Tag, error) {
	var tags []tagset.Tag
	for t, err := range seq {
		if err != nil {
			return tags, err
		}
		tags = append(tags, t)
	}
	return tags, nil
}

func decode(b []byte, limit uint64) ([]tagset.Tag, tagset.Root, error) {
	d, err := tagset.NewDecoder(bytes.NewReader(b), tagset.Limits{Count: limit})
	if err != nil {
		return nil, tagset.Root{}, err
	}
	tags, err := collect(d.All())
	return tags, d.Root(), err
}

// sets draws sets that are as uneven as a publisher could choose.
func sets(most int) *rapid.Generator[[]tagset.Tag] {
	return rapid.Custom(func(t *rapid.T) []tagset.Tag {
		tags := spread(rapid.IntRange(0, most).Draw(t, "spread"))
		edge := rapid.SliceOfN(rapid.Byte(), tagset.Size, tagset.Size)
		for _, e := range rapid.SliceOfN(edge, 0, 20).Draw(t, "edge") {
			tags = append(tags, tagset.Tag(e))
		}
		tagset.Sort(tags)
		return slices.Compact(tags)
	})
}

func TestSnapshotRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tags := sets(9000).Draw(t, "set")
		b, root := encode(t, tags)
		if uint64(len(b)) > tagset.MaxEncoded(uint64(len(tags))) {
			t.Fatalf("%d bytes for %d tags are over the bound", len(b), len(tags))
		}
		got, gotRoot, err := decode(b, uint64(len(tags)))
		if err != nil || gotRoot != root || !slices.Equal(got, tags) {
			t.Fatalf("%d tags, want %d: %v", len(got), len(tags), err)
		}
		r, err := tagset.NewReader(bytes.NewReader(b), int64(len(b)), tagset.Limits{Count: uint64(len(tags))})
		if err != nil {
			t.Fatal("reader:", err)
		}
		if got, err := collect(r.All()); err != nil || !slices.Equal(got, tags) {
			t.Fatalf("reader: %d tags, want %d: %v", len(got), len(tags), err)
		}
		wanted := sets(200).Draw(t, "wanted")
		var want []tagset.Tag
		for _, w := range wanted {
			if _, ok := slices.BinarySearchFunc(tags, w, tagset.Tag.Compare); ok {
				want = append(want, w)
			}
		}
		if got, err := collect(tagset.Intersect(r.All(), tagset.All(wanted))); err != nil || !slices.Equal(got, want) {
			t.Fatalf("intersection of %d, want %d: %v", len(got), len(want), err)
		}
	})
}

func TestDeltaRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := sets(500).Draw(t, "before"), sets(500).Draw(t, "after")
		in := func(set []tagset.Tag) func(tagset.Tag) bool {
			return func(x tagset.Tag) bool {
				_, ok := slices.BinarySearchFunc(set, x, tagset.Tag.Compare)
				return ok
			}
		}
		d := tagset.Delta{
			Number:  rapid.Uint64().Draw(t, "number"),
			Added:   slices.DeleteFunc(slices.Clone(after), in(before)),
			Removed: slices.DeleteFunc(slices.Clone(before), in(after)),
		}
		b, err := tagset.EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tagset.DecodeDelta(b, tagset.Limits{Count: 600})
		if err != nil || got.Number != d.Number || !slices.Equal(got.Added, d.Added) || !slices.Equal(got.Removed, d.Removed) {
			t.Fatal("delta changed on its way:", err)
		}
		applied, err := change(before, got)
		if err != nil || !slices.Equal(applied, after) {
			t.Fatalf("applied: %d tags, want %d: %v", len(applied), len(after), err)
		}
		if len(d.Added)+len(d.Removed) > 0 {
			if _, err := change(after, got); err == nil {
				t.Fatal("a delta was applied twice")
			}
		}
	})
}

// TestEveryFlippedBit damages each byte of a small snapshot and of a delta.
func TestEveryFlippedBit(t *testing.T) {
	tags := spread(50)
	b, _ := encode(t, tags)
	delta, err := tagset.EncodeDelta(tagset.Delta{Number: 3, Added: tags[:30], Removed: tags[30:]})
	if err != nil {
		t.Fatal(err)
	}
	limits := tagset.Limits{Count: 1000}
	for i := range 8 * len(b) {
		c := slices.Clone(b)
		c[i/8] ^= 1 << (i % 8)
		if _, _, err := decode(c, limits.Count); err == nil {
			t.Fatalf("snapshot with bit %d flipped was taken", i)
		}
		r, err := tagset.NewReader(bytes.NewReader(c), int64(len(c)), limits)
		if err == nil {
			_, err = collect(r.All())
		}
		if err == nil {
			t.Fatalf("reader took the snapshot with bit %d flipped", i)
		}
	}
	for i := range 8 * len(delta) {
		c := slices.Clone(delta)
		c[i/8] ^= 1 << (i % 8)
		if _, err := tagset.DecodeDelta(c, limits); err == nil {
			t.Fatalf("delta with bit %d flipped was taken", i)
		}
	}
	for i := range b {
		if _, _, err := decode(b[:i], limits.Count); !errors.Is(err, tagset.ErrTruncated) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func TestPad(t *testing.T) {
	for _, c := range [][2]int{{0, 256}, {256, 256}, {257, 288}, {288, 288}, {289, 320}, {512, 512}, {513, 576}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1<<17}} {
		if got := tagset.Pad(c[0]); got != c[1] {
			t.Errorf("Pad(%d) = %d, want %d", c[0], got, c[1])
		}
	}
	if p, err := tagset.Padding(5); err != nil || len(p) != 5 || p[0] == p[1] {
		t.Error("padding:", p, err)
	}
	if _, err := tagset.Padding(-1); !errors.Is(err, tagset.ErrNegative) {
		t.Error(err)
	}
}

func TestPeerKeyNeverPrints(t *testing.T) {
	k, err := tagset.NewPeerKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "[peer key]" {
			t.Errorf("%s printed %d bytes", verb, len(got))
		}
	}
}

// TestGolden pins the bytes: another version of this code must give the same.
func TestGolden(t *testing.T) {
	var key tagset.PeerKey
	for i := range key {
		key[i] = byte(i)
	}
	if got := fmt.Sprintf("%x", tagset.Of(&key, make([]byte, 64))); got != goldenTag {
		t.Error("tag", got)
	}
	three, root := encode(t, []tagset.Tag{{0: 1}, {0: 1, 9: 1}, {0: 255, 9: 255}})
	if got := hex.EncodeToString(three); got != goldenSnapshot {
		t.Error("snapshot", got)
	}
	if !bytes.HasSuffix(three, root[:]) {
		t.Error("the root is not the trailer")
	}
	d, err := tagset.EncodeDelta(tagset.Delta{Number: 7, Added: []tagset.Tag{{0: 1}, {0: 2}}, Removed: []tagset.Tag{{9: 1}}})
	if got := hex.EncodeToString(d); err != nil || got != goldenDelta {
		t.Error("delta", got, err)
	}
	_, root = encode(t, spread(10000))
	if got := hex.EncodeToString(root[:]); got != goldenRoot {
		t.Error("root", got)
	}
}

func TestEncoderRefuses(t *testing.T) {
	add := func(n uint64, tags ...tagset.Tag) error {
		e := tagset.NewEncoder(io.Discard, n)
		for _, x := range tags {
			if err := e.Add(x); err != nil {
				return err
			}
		}
		return e.Close()
	}
	one, two := tagset.Tag{9: 1}, tagset.Tag{9: 2}
	for _, c := range []struct {
		err  error
		want error
	}{
		{add(2, two, one), tagset.ErrOrder},
		{add(2, one, one), tagset.ErrOrder},
		{add(1, one, two), tagset.ErrCount},
		{add(2, one), tagset.ErrCount},
		{add(tagset.MaxCount + 1), tagset.ErrTooMany},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%v, want %v", c.err, c.want)
		}
	}
	e := tagset.NewEncoder(io.Discard, 0)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Add(one); !errors.Is(err, tagset.ErrClosed) {
		t.Error(err)
	}
}

// TestTagger: a tagger makes the tags that Of makes, in any order.
func TestTagger(t *testing.T) {
	k := tagset.PeerKey{1, 2, 3}
	tagger := tagset.NewTagger(&k)
	for i := range 20 {
		y := make([]byte, tagset.OutputSize)
		y[i%tagset.OutputSize] = byte(i / 2)
		if got, want := tagger.Of(y), tagset.Of(&k, y); got != want {
			t.Errorf("tag %d is %x, want %x", i, got, want)
		}
	}
}

// change applies a delta as a receiver does: what it adds must not be there, and what
// it removes must be.
func change(set []tagset.Tag, d tagset.Delta) ([]tagset.Tag, error) {
	all := map[tagset.Tag]bool{}
	for _, t := range set {
		all[t] = true
	}
	for _, t := range d.Added {
		if all[t] {
			return nil, errors.New("a tag to add is there")
		}
		all[t] = true
	}
	for _, t := range d.Removed {
		if !all[t] {
			return nil, errors.New("a tag to remove is not there")
		}
		delete(all, t)
	}
	out := slices.Collect(maps.Keys(all))
	tagset.Sort(out)
	return out, nil
}
