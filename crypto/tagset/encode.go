package tagset

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// BlockTags is the number of tags in a block.
const BlockTags = 4096

// MaxCount is the largest number of tags that any snapshot may hold.
const MaxCount = 1 << 26

const (
	version     = 1
	snapMagic   = "xctags"
	deltaMagic  = "xcdelt"
	headerSize  = 16
	entrySize   = Size + 4 + sha256.Size
	trailerSize = sha256.Size
)

// What is wrong with an encoded set. Every decoding error wraps one of these or
// an error of the reader.
var (
	ErrFormat    = errors.New("not a tag set of this version")
	ErrTooMany   = errors.New("more tags than allowed")
	ErrParameter = errors.New("the Rice parameter does not follow from the count")
	ErrTruncated = errors.New("encoded tags end too early")
	ErrTrailing  = errors.New("bytes after the end of the encoded tags")
	ErrPadding   = errors.New("padding bits are not zero")
	ErrOverflow  = errors.New("difference reaches past the largest tag")
	ErrOrder     = errors.New("tags are not strictly ascending")
	ErrLength    = errors.New("block length is out of bounds")
	ErrIndex     = errors.New("index does not agree with the blocks")
	ErrDigest    = errors.New("digest does not agree with the content")
)

// What an Encoder refuses, beside ErrOrder and ErrTooMany.
var (
	ErrCount  = errors.New("number of tags differs from the announced one")
	ErrClosed = errors.New("the encoder is closed")
)

// A Root is a commitment to a snapshot, and so to the set.
type Root [sha256.Size]byte

// MaxEncoded bounds the bytes of a snapshot of n tags, whatever the tags are. A
// receiver refuses more before it decodes.
func MaxEncoded(n uint64) uint64 {
	n = min(n, MaxCount)
	blocks := (n + BlockTags - 1) / BlockTags
	k := uint64(riceParameter(n))
	return headerSize + trailerSize + blocks*(entrySize+4+Size+1) + (n*(k+1)+1<<(80-k))/8
}

// blockLimit bounds the coding of a block of m tags: every one takes k+1 bits,
// and the unary parts together cannot pass the range of a tag.
func blockLimit(m int, k uint) uint64 {
	return Size + (uint64(m)*uint64(k+1)+1<<(80-k)+7)/8
}

func header(n uint64) []byte {
	h := append([]byte(snapMagic), version, byte(riceParameter(n)))
	return binary.BigEndian.AppendUint64(h, n)
}

func appendEntry(dst []byte, block []byte) []byte {
	dst = append(dst, block[:Size]...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(block)))
	sum := sha256.Sum256(block)
	return append(dst, sum[:]...)
}

// An Encoder writes a snapshot. The same tags give the same bytes. It holds one
// block and 46 bytes a finished block.
type Encoder struct {
	w     io.Writer
	n     uint64 // announced
	added uint64
	k     uint
	block []Tag
	last  Tag // of the blocks before
	buf   []byte
	index []byte
	sum   hash.Hash // over header and index
	root  Root
	err   error // the first error; nothing is written after it
}

// NewEncoder begins a snapshot of exactly n tags; the header is written with
// the first block. Errors show at Add and Close.
func NewEncoder(w io.Writer, n uint64) *Encoder {
	e := &Encoder{w: w, n: n, sum: sha256.New()}
	if n > MaxCount {
		e.err = ErrTooMany
		return e
	}
	e.k = riceParameter(n)
	e.buf = header(n)
	e.sum.Write(e.buf)
	return e
}

// Add adds a tag greater than all before.
func (e *Encoder) Add(t Tag) error {
	if e.err != nil {
		return e.err
	}
	if e.added > 0 && t.Compare(e.last) <= 0 {
		return e.fail(fmt.Errorf("tag %d: %w", e.added, ErrOrder))
	}
	if e.added == e.n {
		return e.fail(fmt.Errorf("tag %d: %w", e.added, ErrCount))
	}
	e.last = t
	e.added++
	e.block = append(e.block, t)
	if len(e.block) == BlockTags {
		return e.flush()
	}
	return nil
}

// Close writes what is left. It does not close the writer.
func (e *Encoder) Close() error {
	if e.err != nil {
		return e.err
	}
	if e.added != e.n {
		return e.fail(fmt.Errorf("%d of %d tags: %w", e.added, e.n, ErrCount))
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.sum.Write(e.index)
	e.root = Root(e.sum.Sum(nil))
	if _, err := e.w.Write(append(e.index, e.root[:]...)); err != nil {
		return e.fail(fmt.Errorf("write the index: %w", err))
	}
	e.err = ErrClosed
	return nil
}

// Root returns the commitment to the snapshot; it is zero before Close.
func (e *Encoder) Root() Root { return e.root }

func (e *Encoder) flush() error {
	if len(e.block) > 0 {
		start := len(e.buf)
		e.buf = append(e.buf, 0, 0, 0, 0)
		e.buf = encodeBlock(e.buf, e.block, e.k)
		coded := e.buf[start+4:]
		binary.BigEndian.PutUint32(e.buf[start:], uint32(len(coded)))
		e.index = appendEntry(e.index, coded)
	}
	if _, err := e.w.Write(e.buf); err != nil {
		return e.fail(fmt.Errorf("write a block: %w", err))
	}
	e.block, e.buf = e.block[:0], e.buf[:0]
	return nil
}

func (e *Encoder) fail(err error) error {
	e.err = err
	return err
}
