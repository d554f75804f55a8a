package tagset

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
)

// Limits is what a receiver accepts.
type Limits struct {
	Count uint64 // tags, at most; zero accepts the empty set only
}

// A Decoder reads a snapshot from its start, one block in memory. What it gave
// counts only once Next has returned io.EOF.
type Decoder struct {
	r      *bufio.Reader
	n      uint64
	k      uint
	left   uint64 // tags in the blocks not yet read
	tags   []Tag  // of the block read, not yet given
	space  []Tag  // what tags is cut from
	buf    bytes.Buffer
	last   Tag
	sum    hash.Hash // over the header and the index as the blocks give it
	root   Root
	err    error // the final answer of Next, once there is one
	number int   // blocks read
}

// NewDecoder reads the header.
func NewDecoder(r io.Reader, limits Limits) (*Decoder, error) {
	d := &Decoder{r: bufio.NewReaderSize(r, 1<<15), sum: sha256.New()}
	var h [headerSize]byte
	if err := readFull(d.r, h[:]); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	n, err := parseHeader(h[:], limits)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	d.n, d.left, d.k = n, n, riceParameter(n)
	d.sum.Write(h[:])
	return d, nil
}

func parseHeader(h []byte, limits Limits) (uint64, error) {
	if string(h[:6]) != snapMagic || h[6] != version {
		return 0, ErrFormat
	}
	n := binary.BigEndian.Uint64(h[8:])
	if n > limits.Count || n > MaxCount {
		return 0, ErrTooMany
	}
	if uint(h[7]) != riceParameter(n) {
		return 0, ErrParameter
	}
	return n, nil
}

// Count is the number of tags that the snapshot announces; Next returns io.EOF
// only after that many.
func (d *Decoder) Count() uint64 { return d.n }

// Root is the commitment of the snapshot; it is zero until Next gave io.EOF.
func (d *Decoder) Root() Root { return d.root }

// Next returns the tags in ascending order, then io.EOF once the digest agrees
// and the input has ended. After any other error, what was given is void.
func (d *Decoder) Next() (Tag, error) {
	if len(d.tags) == 0 {
		if d.err == nil {
			d.err = d.advance()
		}
		if d.err != nil {
			return Tag{}, d.err
		}
	}
	t := d.tags[0]
	d.tags = d.tags[1:]
	return t, nil
}

// All returns what Next returns, and an error other than io.EOF as the last pair.
func (d *Decoder) All() iter.Seq2[Tag, error] {
	return func(yield func(Tag, error) bool) {
		for {
			t, err := d.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

func (d *Decoder) advance() error {
	if d.left == 0 {
		return d.finish()
	}
	if err := d.readBlock(int(min(d.left, BlockTags))); err != nil {
		return fmt.Errorf("block %d: %w", d.number, err)
	}
	d.number++
	return nil
}

func (d *Decoder) readBlock(m int) error {
	var length [4]byte
	if err := readFull(d.r, length[:]); err != nil {
		return err
	}
	size := uint64(binary.BigEndian.Uint32(length[:]))
	if size < Size || size > blockLimit(m, d.k) {
		return ErrLength
	}
	d.buf.Reset()
	if got, err := io.CopyN(&d.buf, d.r, int64(size)); err != nil {
		return truncated(err, uint64(got) < size)
	}
	block := d.buf.Bytes()
	if d.number > 0 && Tag(block[:Size]).Compare(d.last) <= 0 {
		return ErrOrder
	}
	tags, err := decodeBlock(d.space[:0], block, m, d.k)
	if err != nil {
		return err
	}
	d.sum.Write(appendEntry(nil, block))
	d.space, d.tags, d.last = tags, tags, tags[m-1]
	d.left -= uint64(m)
	return nil
}

// finish reads the index and the trailer and checks them against what the blocks
// gave; then the input must end. The two digests agree only if the index does.
func (d *Decoder) finish() error {
	h := sha256.New()
	h.Write(header(d.n))
	size := int64(d.number) * entrySize
	if got, err := io.CopyN(h, d.r, size); err != nil {
		return fmt.Errorf("index: %w", truncated(err, got < size))
	}
	var trailer Root
	if err := readFull(d.r, trailer[:]); err != nil {
		return fmt.Errorf("trailer: %w", err)
	}
	if !bytes.Equal(h.Sum(nil), trailer[:]) {
		return fmt.Errorf("trailer: %w", ErrDigest)
	}
	if !bytes.Equal(d.sum.Sum(nil), trailer[:]) {
		return ErrIndex
	}
	switch _, err := d.r.ReadByte(); {
	case err == nil:
		return ErrTrailing
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("after the trailer: %w", err)
	}
	d.root = trailer
	return io.EOF
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return truncated(err, true)
}

// truncated names the end of the input where more was due.
func truncated(err error, due bool) error {
	if due && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return ErrTruncated
	}
	return err
}
