package tagset

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math/bits"
	"slices"
)

// Size is the length of a tag in bytes.
const Size = 10

// OutputSize is the length in bytes of the VOPRF output that a tag is made of.
const OutputSize = 64

// A Tag stands for an item towards one peer in one epoch.
type Tag [Size]byte

// Compare orders tags as big-endian numbers.
func (t Tag) Compare(u Tag) int {
	a, b := binary.BigEndian.Uint64(t[:8]), binary.BigEndian.Uint64(u[:8])
	if a == b {
		a, b = uint64(binary.BigEndian.Uint16(t[8:])), uint64(binary.BigEndian.Uint16(u[8:]))
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// A PeerKey turns VOPRF outputs into the tags for one peer and epoch. It never
// prints by itself; a struct that is printed must not hold it in an unexported
// field, where the standard library skips this method.
type PeerKey [32]byte

// NewPeerKey draws a key.
func NewPeerKey() (PeerKey, error) {
	var k PeerKey
	if _, err := rand.Read(k[:]); err != nil {
		return PeerKey{}, fmt.Errorf("draw a peer key: %w", err)
	}
	return k, nil
}

// Format prints a fixed word for every verb.
func (PeerKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[peer key]")) }

// MarshalText returns the same word to encoders of text.
func (PeerKey) MarshalText() ([]byte, error) { return []byte("[peer key]"), nil }

// Of is the tag for y, the OutputSize bytes that the VOPRF gave for an item.
// It panics on any other length: such a tag would silently match nothing.
func Of(k *PeerKey, y []byte) Tag { return NewTagger(k).Of(y) }

// A Tagger makes many tags with one key, which it sets up once. One goroutine at a
// time may use it.
type Tagger struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

// NewTagger makes a tagger of a key.
func NewTagger(k *PeerKey) *Tagger { return &Tagger{mac: hmac.New(sha256.New, k[:])} }

// Format prints a fixed word for every verb: a tagger holds a key.
func (Tagger) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[tagger]")) }

// Of is the tag for y, as the function Of.
func (t *Tagger) Of(y []byte) Tag {
	if len(y) != OutputSize {
		panic("tagset: a tag is made of 64 bytes of VOPRF output")
	}
	t.mac.Reset()
	t.mac.Write(y)
	return Tag(t.mac.Sum(t.sum[:0])[:Size])
}

// Sort puts tags in ascending order. It does not remove equal ones.
func Sort(tags []Tag) { slices.SortFunc(tags, Tag.Compare) }

// MinBucket is the smallest padded size.
const MinBucket = 256

// Pad returns the padded size for n tags: the next multiple of an eighth of the
// largest power of two below n, and at least MinBucket. At most an eighth is
// added above it.
func Pad(n int) int {
	if n <= MinBucket {
		return MinBucket
	}
	step := 1 << (bits.Len(uint(n-1)) - 1 - 3)
	return (n + step - 1) / step * step
}

// ErrNegative is returned when a negative number of padding tags is asked for.
var ErrNegative = errors.New("negative number of padding tags")

// Padding draws n random tags, which no one can tell from real ones. The caller
// keeps them: see the package comment.
func Padding(n int) ([]Tag, error) {
	if n < 0 {
		return nil, ErrNegative
	}
	tags := make([]Tag, n)
	for i := range tags {
		if _, err := rand.Read(tags[i][:]); err != nil {
			return nil, fmt.Errorf("draw padding: %w", err)
		}
	}
	return tags, nil
}
