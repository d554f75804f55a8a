package tagset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrBoth means that a delta adds and removes the same tag.
var ErrBoth = errors.New("tag is both added and removed")

// A Delta changes a published set. Both lists are strictly ascending.
type Delta struct {
	Number         uint64 // place in the sequence after a snapshot; the caller sees that none is skipped
	Added, Removed []Tag
}

func (d Delta) check() error {
	for i, list := range [][]Tag{d.Added, d.Removed} {
		if len(list) > MaxCount {
			return ErrTooMany
		}
		for j := 1; j < len(list); j++ {
			if list[j-1].Compare(list[j]) >= 0 {
				return fmt.Errorf("list %d, tag %d: %w", i, j, ErrOrder)
			}
		}
	}
	for i, j := 0, 0; i < len(d.Added) && j < len(d.Removed); {
		switch c := d.Added[i].Compare(d.Removed[j]); {
		case c == 0:
			return fmt.Errorf("added tag %d: %w", i, ErrBoth)
		case c < 0:
			i++
		default:
			j++
		}
	}
	return nil
}

// EncodeDelta returns the one encoding of d.
func EncodeDelta(d Delta) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	b := append([]byte(deltaMagic), version, 0)
	b = binary.BigEndian.AppendUint64(b, d.Number)
	for _, list := range [][]Tag{d.Added, d.Removed} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
		if len(list) == 0 {
			continue
		}
		start := len(b)
		b = encodeBlock(append(b, 0, 0, 0, 0), list, riceParameter(uint64(len(list))))
		binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// DecodeDelta reads the whole of b; limits bounds each of the lists.
func DecodeDelta(b []byte, limits Limits) (Delta, error) {
	if len(b) < headerSize+8+sha256.Size {
		return Delta{}, fmt.Errorf("delta: %w", ErrTruncated)
	}
	if string(b[:6]) != deltaMagic || b[6] != version || b[7] != 0 {
		return Delta{}, fmt.Errorf("delta: %w", ErrFormat)
	}
	body, digest := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	d := Delta{Number: binary.BigEndian.Uint64(b[8:])}
	rest := body[headerSize:]
	var err error
	if d.Added, rest, err = decodeList(rest, limits); err != nil {
		return Delta{}, fmt.Errorf("added tags: %w", err)
	}
	if d.Removed, rest, err = decodeList(rest, limits); err != nil {
		return Delta{}, fmt.Errorf("removed tags: %w", err)
	}
	if len(rest) > 0 {
		return Delta{}, fmt.Errorf("delta: %w", ErrTrailing)
	}
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], digest) {
		return Delta{}, fmt.Errorf("delta: %w", ErrDigest)
	}
	if err := d.check(); err != nil {
		return Delta{}, fmt.Errorf("delta: %w", err)
	}
	return d, nil
}

func decodeList(b []byte, limits Limits) ([]Tag, []byte, error) {
	if len(b) < 4 {
		return nil, nil, ErrTruncated
	}
	n, b := uint64(binary.BigEndian.Uint32(b)), b[4:]
	if n == 0 {
		return nil, b, nil
	}
	if n > limits.Count || n > MaxCount {
		return nil, nil, ErrTooMany
	}
	if len(b) < 4 {
		return nil, nil, ErrTruncated
	}
	size, b := uint64(binary.BigEndian.Uint32(b)), b[4:]
	if size > uint64(len(b)) {
		return nil, nil, ErrTruncated
	}
	k := riceParameter(n)
	if size < Size || size > blockLimit(int(n), k) {
		return nil, nil, ErrLength
	}
	tags, err := decodeBlock(nil, b[:size], int(n), k)
	return tags, b[size:], err
}
