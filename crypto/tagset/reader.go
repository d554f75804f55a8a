package tagset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
)

// A Reader reads a stored snapshot, as often as it is asked to. It holds the index, 64
// bytes for 4096 tags, and one block; each block is checked against its digest. It is safe for use by several goroutines if its
// io.ReaderAt is.
type Reader struct {
	r     io.ReaderAt
	n     uint64
	k     uint
	index []indexEntry
}

type indexEntry struct {
	first  Tag
	offset int64 // of the coding
	size   uint32
	sum    [sha256.Size]byte
}

// NewReader reads and checks header, index and trailer of the snapshot that
// fills the first size bytes of r. It does not check every block: a whole pass
// of a Decoder does, and comes first for what a peer sent.
func NewReader(r io.ReaderAt, size int64, limits Limits) (*Reader, error) {
	var h [headerSize]byte
	if err := readAt(r, h[:], 0, size); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	n, err := parseHeader(h[:], limits)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	blocks := int64((n + BlockTags - 1) / BlockTags)
	start := size - trailerSize - blocks*entrySize
	if start < headerSize {
		return nil, fmt.Errorf("index: %w", ErrTruncated)
	}
	tail := make([]byte, size-start)
	if err := readAt(r, tail, start, size); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	raw, trailer := tail[:len(tail)-trailerSize], tail[len(tail)-trailerSize:]
	sum := sha256.New()
	sum.Write(h[:])
	sum.Write(raw)
	if !bytes.Equal(sum.Sum(nil), trailer) {
		return nil, fmt.Errorf("trailer: %w", ErrDigest)
	}
	s := &Reader{r: r, n: n, k: riceParameter(n), index: make([]indexEntry, 0, blocks)}
	if err := s.parseIndex(raw, start); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Reader) parseIndex(raw []byte, end int64) error {
	at := int64(headerSize)
	for i := 0; len(raw) > 0; i++ {
		e := indexEntry{
			first:  Tag(raw[:Size]),
			offset: at + 4,
			size:   binary.BigEndian.Uint32(raw[Size:]),
			sum:    [sha256.Size]byte(raw[Size+4 : entrySize]),
		}
		raw = raw[entrySize:]
		if i > 0 && e.first.Compare(s.index[i-1].first) <= 0 {
			return fmt.Errorf("index entry %d: %w", i, ErrOrder)
		}
		if e.size < Size || uint64(e.size) > blockLimit(s.tagsIn(i), s.k) {
			return fmt.Errorf("index entry %d: %w", i, ErrLength)
		}
		at = e.offset + int64(e.size)
		s.index = append(s.index, e)
	}
	if at != end {
		return fmt.Errorf("blocks: %w", ErrIndex)
	}
	return nil
}

func (s *Reader) tagsIn(block int) int {
	return int(min(s.n-uint64(block)*BlockTags, BlockTags))
}

// All returns the whole set in order, and an error as the last pair.
func (s *Reader) All() iter.Seq2[Tag, error] {
	return func(yield func(Tag, error) bool) {
		var tags []Tag
		for i := range s.index {
			var err error
			if tags, err = s.block(tags[:0], i); err != nil {
				yield(Tag{}, err)
				return
			}
			for _, t := range tags {
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

func (s *Reader) block(dst []Tag, i int) ([]Tag, error) {
	e := s.index[i]
	raw := make([]byte, 4+int(e.size))
	if err := readAt(s.r, raw, e.offset-4, e.offset+int64(e.size)); err != nil {
		return nil, fmt.Errorf("block %d: %w", i, err)
	}
	coded := raw[4:]
	if sha256.Sum256(coded) != e.sum {
		return nil, fmt.Errorf("block %d: %w", i, ErrDigest)
	}
	if binary.BigEndian.Uint32(raw) != e.size || Tag(coded[:Size]) != e.first {
		return nil, fmt.Errorf("block %d: %w", i, ErrIndex)
	}
	tags, err := decodeBlock(dst, coded, s.tagsIn(i), s.k)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", i, err)
	}
	if i+1 < len(s.index) && tags[len(tags)-1].Compare(s.index[i+1].first) >= 0 {
		return nil, fmt.Errorf("block %d: %w", i, ErrOrder)
	}
	return tags, nil
}

// readAt fills b from off, of an input that ends at size.
func readAt(r io.ReaderAt, b []byte, off, size int64) error {
	if off+int64(len(b)) > size {
		return ErrTruncated
	}
	if n, err := r.ReadAt(b, off); n < len(b) {
		return truncated(err, true)
	}
	return nil
}
