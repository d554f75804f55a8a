package tagset

import (
	"encoding/binary"
	"math/bits"
)

// A uint128 is an unsigned number of 128 bits; tags have 80.
type uint128 struct{ hi, lo uint64 }

func (t Tag) uint128() uint128 {
	return uint128{uint64(binary.BigEndian.Uint16(t[:2])), binary.BigEndian.Uint64(t[2:])}
}

func (w uint128) tag() (t Tag) {
	binary.BigEndian.PutUint16(t[:2], uint16(w.hi))
	binary.BigEndian.PutUint64(t[2:], w.lo)
	return t
}

func (w uint128) add(v uint128) uint128 {
	lo, carry := bits.Add64(w.lo, v.lo, 0)
	return uint128{w.hi + v.hi + carry, lo}
}

func (w uint128) sub(v uint128) uint128 {
	lo, borrow := bits.Sub64(w.lo, v.lo, 0)
	return uint128{w.hi - v.hi - borrow, lo}
}

// riceParameter is the largest k with 2^k <= ln 2 * 2^80/n, the best Rice
// parameter for n evenly spread tags. For n up to MaxCount it is 53 to 79.
func riceParameter(n uint64) uint {
	j := uint(1)
	for n*1_000_000 > 693_147<<j {
		j++
	}
	return 80 - j
}

// encodeBlock appends the coding of ascending tags, of which there is at least one.
func encodeBlock(dst []byte, tags []Tag, k uint) []byte {
	dst = append(dst, tags[0][:]...)
	w := bitWriter{b: dst}
	one, prev := uint128{0, 1}, tags[0].uint128()
	for _, t := range tags[1:] {
		next := t.uint128()
		d := next.sub(prev).sub(one)
		prev = next
		var q uint64
		if k >= 64 {
			q = d.hi >> (k - 64)
		} else {
			q = d.hi<<(64-k) | d.lo>>k
		}
		for ; q >= 32; q -= 32 {
			w.write(1<<32-1, 32)
		}
		w.write(1<<(q+1)-2, uint(q)+1)
		if k > 64 {
			w.write(d.hi&(1<<(k-64)-1), k-64)
		}
		low := min(k, 64)
		w.write(d.lo>>32&(1<<(low-32)-1), low-32)
		w.write(d.lo&(1<<32-1), 32)
	}
	return w.close()
}

// decodeBlock appends the n tags (n > 0) that the whole of src codes.
func decodeBlock(dst []Tag, src []byte, n int, k uint) ([]Tag, error) {
	if len(src) < Size {
		return dst, ErrTruncated
	}
	first := Tag(src[:Size])
	dst = append(dst, first)
	r := bitReader{b: src[Size:]}
	one, prev, most := uint128{0, 1}, first.uint128(), uint64(1)<<(80-k)
	for range n - 1 {
		q, err := r.unary(most)
		if err != nil {
			return dst, err
		}
		var high uint64
		if k > 64 {
			high = r.read(k - 64)
		}
		low := min(k, 64)
		lo := r.read(low-32) << 32
		lo |= r.read(32)
		if r.pos > 8*len(r.b) {
			return dst, ErrTruncated
		}
		d := uint128{high, lo}
		if k >= 64 {
			d.hi |= q << (k - 64)
		} else {
			d.hi |= q >> (64 - k)
			d.lo |= q << k
		}
		prev = prev.add(d).add(one)
		if prev.hi > 0xffff {
			return dst, ErrOverflow
		}
		dst = append(dst, prev.tag())
	}
	return dst, r.close()
}

// bitWriter appends bits to b, most significant first.
type bitWriter struct {
	b    []byte
	acc  uint64 // the low n bits are not yet written
	held uint
}

// write appends the low n bits of v, n at most 33; the others are zero.
func (w *bitWriter) write(v uint64, n uint) {
	w.acc = w.acc<<n | v
	w.held += n
	for w.held >= 8 {
		w.held -= 8
		w.b = append(w.b, byte(w.acc>>w.held))
	}
}

func (w *bitWriter) close() []byte {
	if w.held > 0 {
		w.write(0, 8-w.held)
	}
	return w.b
}

// bitReader takes bits from b, most significant first.
type bitReader struct {
	b   []byte
	pos int // in bits; past the end once too much was asked for
}

// peek returns the next bits at the top of a word, and how many are of b: at
// least 57 unless b ends.
func (r *bitReader) peek() (uint64, int) {
	i, skip := r.pos>>3, r.pos&7
	if i+8 <= len(r.b) {
		return binary.BigEndian.Uint64(r.b[i:]) << skip, 64 - skip
	}
	if i >= len(r.b) {
		return 0, 0
	}
	var tail [8]byte
	n := copy(tail[:], r.b[i:])
	return binary.BigEndian.Uint64(tail[:]) << skip, 8*n - skip
}

// read takes n bits, n at most 57. Past the end they are zero, and pos tells.
func (r *bitReader) read(n uint) uint64 {
	w, _ := r.peek()
	r.pos += int(n)
	return w >> (64 - n)
}

// unary takes ones up to a zero and counts them.
func (r *bitReader) unary(most uint64) (uint64, error) {
	for q := uint64(0); ; {
		w, valid := r.peek()
		if valid == 0 {
			return 0, ErrTruncated
		}
		ones := min(bits.LeadingZeros64(^w), valid)
		q += uint64(ones)
		if q > most {
			return 0, ErrOverflow
		}
		if ones < valid {
			r.pos += ones + 1
			return q, nil
		}
		r.pos += ones
	}
}

// close checks that nothing but zero bits to the end of the byte is left.
func (r *bitReader) close() error {
	if len(r.b)-(r.pos+7)>>3 > 0 {
		return ErrTrailing
	}
	if pad := -r.pos & 7; pad > 0 && r.read(uint(pad)) != 0 {
		return ErrPadding
	}
	return nil
}
