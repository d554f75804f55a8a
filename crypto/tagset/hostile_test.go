package tagset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/crosscase/crosscase/crypto/tagset"
)

// forge builds a snapshot with right digests around any blocks.
func forge(k byte, n uint64, blocks ...[]byte) []byte {
	head := binary.BigEndian.AppendUint64(append([]byte("xctags\x01"), k), n)
	out, index := slices.Clone(head), []byte{}
	for _, b := range blocks {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
		sum := sha256.Sum256(b)
		index = append(binary.BigEndian.AppendUint32(append(index, b[:10]...), uint32(len(b))), sum[:]...)
	}
	sum := sha256.Sum256(append(head, index...))
	return append(append(out, index...), sum[:]...)
}

// block pads what it is given to at least a tag.
func block(first byte, codes ...byte) []byte {
	return append(append([]byte{first}, make([]byte, 9)...), codes...)
}

// full codes 4096 tags that follow one another, with the parameter of 4097.
func full(first byte) []byte {
	return block(first, make([]byte, (4095*(67+1)+7)/8)...)
}

func TestHostilePublisher(t *testing.T) {
	good, _ := encode(t, spread(5000))
	swapped := slices.Clone(good)
	copy(swapped[6:], []byte{2})
	const two = 78 // Rice parameter of two tags: a code is at least 79 bits
	cases := []struct {
		name string
		in   []byte
		want error
	}{
		{"other version", swapped, tagset.ErrFormat},
		{"over the limit", forge(53, 1<<25), tagset.ErrTooMany},
		{"absurd count", forge(53, 1<<63), tagset.ErrTooMany},
		{"other parameter", forge(77, 2, block(1, make([]byte, 10)...)), tagset.ErrParameter},
		{"trailing byte", append(slices.Clone(good), 0), tagset.ErrTrailing},
		{"trailing byte in a block", forge(two, 2, block(1, make([]byte, 11)...)), tagset.ErrTrailing},
		{"padding bit", forge(two, 2, block(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), tagset.ErrPadding},
		{"past the largest tag", forge(two, 2, block(0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), tagset.ErrOverflow},
		{"endless ones", forge(two, 2, block(1, bytes.Repeat([]byte{0xff}, 10)...)), tagset.ErrOverflow},
		{"block too short", forge(two, 2, block(1, 0, 0)), tagset.ErrTruncated},
		{"block too long", forge(two, 2, block(1, make([]byte, 40)...)), tagset.ErrLength},
		{"equal tag across blocks", forge(67, 4097, full(1), append(block(1)[:9], 0)), tagset.ErrOrder},
		{"descending across blocks", forge(67, 4097, full(2), block(1)), tagset.ErrOrder},
	}
	for _, c := range cases {
		if _, _, err := decode(c.in, 1<<20); !errors.Is(err, c.want) {
			t.Errorf("%s: decoder: %v, want %v", c.name, err, c.want)
		}
		r, err := tagset.NewReader(bytes.NewReader(c.in), int64(len(c.in)), tagset.Limits{Count: 1 << 20})
		if err == nil {
			_, err = collect(r.All())
		}
		if err == nil {
			t.Errorf("%s: the reader took it", c.name)
		}
	}
	// What the digests would hide if they were not right.
	if _, _, err := decode(forge(67, 4097, full(1), block(2)), 1<<20); err != nil {
		t.Error("the forger's own snapshot is refused:", err)
	}
	lying := slices.Clone(good)
	lying[len(lying)-32-46] ^= 1
	if _, _, err := decode(lying, 1<<20); !errors.Is(err, tagset.ErrDigest) {
		t.Error("damaged index:", err)
	}
	resealed := slices.Clone(lying)
	sum := sha256.Sum256(append(slices.Clone(good[:16]), resealed[len(resealed)-32-2*46:len(resealed)-32]...))
	copy(resealed[len(resealed)-32:], sum[:])
	if _, _, err := decode(resealed, 1<<20); !errors.Is(err, tagset.ErrIndex) {
		t.Error("index of other blocks:", err)
	}
}

func TestReaderStopsAtADamagedBlock(t *testing.T) {
	tags := spread(3 * tagset.BlockTags)
	b, _ := encode(t, tags)
	b[len(b)/2] ^= 1 // of the second block
	r, err := tagset.NewReader(bytes.NewReader(b), int64(len(b)), tagset.Limits{Count: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(r.All())
	if !errors.Is(err, tagset.ErrDigest) || !slices.Equal(got, tags[:tagset.BlockTags]) {
		t.Errorf("%d tags before the damaged block, want %d: %v", len(got), tagset.BlockTags, err)
	}
}

func TestHostileDelta(t *testing.T) {
	a, b := tagset.Tag{1}, tagset.Tag{2}
	seal := func(body []byte) []byte {
		sum := sha256.Sum256(body)
		return append(body, sum[:]...)
	}
	one := append([]byte{0, 0, 0, 1, 0, 0, 0, 10}, a[:]...)
	none := []byte{0, 0, 0, 0}
	head := []byte("xcdelt\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01")
	for _, x := range []struct {
		name string
		in   []byte
		want error
	}{
		{"in both", seal(slices.Concat(head, one, one)), tagset.ErrBoth},
		{"trailing", seal(slices.Concat(head, one, none, none)), tagset.ErrTrailing},
		{"too many", seal(slices.Concat(head, []byte{0, 1, 0, 0}, none)), tagset.ErrTooMany},
		{"cut", seal(slices.Concat(head, []byte{0, 0, 0, 1}, none)), tagset.ErrLength},
		{"other version", seal(slices.Concat([]byte("xcdelt\x02\x00"), head[8:], none, none)), tagset.ErrFormat},
		{"short", head, tagset.ErrTruncated},
	} {
		if _, err := tagset.DecodeDelta(x.in, tagset.Limits{Count: 100}); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", x.name, err, x.want)
		}
	}
	if _, err := tagset.EncodeDelta(tagset.Delta{Added: []tagset.Tag{b, a}}); !errors.Is(err, tagset.ErrOrder) {
		t.Error("unsorted delta:", err)
	}
	set := []tagset.Tag{a, b}
	if _, err := collect(tagset.Intersect(tagset.All([]tagset.Tag{b, a}), tagset.All(set))); !errors.Is(err, tagset.ErrOrder) {
		t.Error("intersect an unsorted set:", err)
	}
}
