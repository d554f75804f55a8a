package replica

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync/atomic"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
)

// Bounds of one raft call. Raft's transport decodes a call whole before anything
// looks at it, and allocates some hundred bytes for each byte of crafted msgpack;
// so a call is measured here first, and what raft decodes is what was measured.
const (
	maxAppend   = 256                                      // entries a call, which the sender keeps to as well
	maxCall     = maxAppend*(entry.MaxSize+512) + maxSmall // bytes
	maxElements = maxAppend*24 + 64                        // values of any kind
	maxDepth    = 4                                        // a call, its entries, an entry, its fields
	maxName     = 32                                       // bytes in the name of a field
	maxSmall    = 4 << 10                                  // bytes of a call that waits for no other
	maxSnapshot = 64 << 10                                 // bytes that follow a snapshot's call
	rpcSnapshot = 2                                        // the type of raft's call that a snapshot follows
	rpcLast     = 4                                        // the last type of raft's calls
)

// errCall means that a peer sent what is no call of raft's, or too large a one.
var errCall = errors.New("not a call of raft's within its bounds")

// A measured connection returns from Read only bytes of calls that were read whole
// and found within the bounds. It has one reader at a time, as raft's are.
type measured struct {
	net.Conn
	in     *bufio.Reader
	typed  bool          // calls begin with a type; answers do not
	turn   chan struct{} // held while a call of more than maxSmall is buffered; nil for answers
	holds  atomic.Bool   // whether this connection holds turn
	done   <-chan struct{}
	ready  []byte // measured and not read yet
	stream uint64 // bytes of a snapshot that follow
}

// measureCalls bounds what a member calls. Connections of one member share turn, so
// that one of its large calls is in memory at a time.
func measureCalls(c net.Conn, turn chan struct{}, done <-chan struct{}) *measured {
	return &measured{Conn: c, in: bufio.NewReaderSize(c, maxSmall), typed: true, turn: turn, done: done}
}

// measureAnswers bounds what a member answers on a connection that this replica opened.
func measureAnswers(c net.Conn) *measured {
	return &measured{Conn: c, in: bufio.NewReaderSize(c, maxSmall)}
}

// Read is of net.Conn.
func (m *measured) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(m.ready) == 0 && m.stream > 0 {
		n, err := m.in.Read(p[:min(uint64(len(p)), m.stream)])
		m.stream -= uint64(n)
		return n, err
	}
	if len(m.ready) == 0 {
		m.endTurn() // raft has answered the call before it asks for the next
		if err := m.measure(); err != nil {
			m.endTurn()
			return 0, err
		}
	}
	n := copy(p, m.ready)
	m.ready = m.ready[n:]
	return n, nil
}

// Close is of net.Conn.
func (m *measured) Close() error {
	err := m.Conn.Close()
	m.endTurn()
	return err
}

func (m *measured) endTurn() {
	if m.holds.Swap(false) {
		<-m.turn
	}
}

// grow makes room for n more bytes of a call.
func (m *measured) grow(have, n int) error {
	switch {
	case have+n > maxCall || !m.typed && have+n > maxSmall:
		return fmt.Errorf("%w: more than %d bytes", errCall, have+n-1)
	case have+n <= maxSmall || m.holds.Load():
		return nil
	}
	select {
	case m.turn <- struct{}{}:
		m.holds.Store(true)
		return m.SetReadDeadline(time.Now().Add(callTimeout)) // until the call is whole
	case <-m.done:
		return net.ErrClosed
	}
}

// measure reads one call, or one value of an answer.
func (m *measured) measure() error {
	s := scan{m: m}
	if !m.typed {
		if err := s.value(0, false); err != nil {
			return err
		}
		m.ready = s.out
		return nil
	}
	kind, err := s.byte()
	if err != nil {
		return err // between calls: the connection has ended
	}
	if kind > rpcLast {
		return fmt.Errorf("%w: type %d", errCall, kind)
	}
	if err := s.value(0, true); err != nil {
		return err
	}
	if m.holds.Load() {
		if err := m.SetReadDeadline(time.Time{}); err != nil {
			return err
		}
	}
	if kind == rpcSnapshot {
		if s.size > maxSnapshot {
			return fmt.Errorf("%w: a snapshot of %d bytes", errCall, s.size)
		}
		m.stream = s.size
	}
	m.ready = s.out
	return nil
}

// A scan reads one msgpack value and keeps its bytes.
type scan struct {
	m        *measured
	out      []byte
	elements int
	size     uint64 // of the field "Size"
}

func (s *scan) take(n int) ([]byte, error) {
	if err := s.m.grow(len(s.out), n); err != nil {
		return nil, err
	}
	at := len(s.out)
	s.out = append(s.out, make([]byte, n)...)
	if _, err := io.ReadFull(s.m.in, s.out[at:]); err != nil {
		return nil, err
	}
	return s.out[at:], nil
}

func (s *scan) byte() (byte, error) {
	b, err := s.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// number reads a big-endian number of n bytes.
func (s *scan) number(n int) (uint64, error) {
	b, err := s.take(n)
	if err != nil {
		return 0, err
	}
	var whole [8]byte
	copy(whole[8-n:], b)
	return binary.BigEndian.Uint64(whole[:]), nil
}

// value reads a value; a call itself must be a map.
func (s *scan) value(depth int, isMap bool) error {
	if s.elements++; s.elements > maxElements || depth > maxDepth {
		return fmt.Errorf("%w: %d values, %d deep", errCall, s.elements, depth)
	}
	b, err := s.byte()
	if err != nil {
		return err
	}
	h, err := s.head(b)
	if err != nil {
		return err
	}
	if isMap && h.form != formMap {
		return fmt.Errorf("%w: it begins with %#x", errCall, b)
	}
	switch h.form {
	case formBytes:
		if h.n > maxCall {
			return fmt.Errorf("%w: a field of %d bytes", errCall, h.n)
		}
		_, err = s.take(int(h.n))
		return err
	case formNumber:
		return nil
	}
	if h.n > maxElements {
		return fmt.Errorf("%w: %d values", errCall, h.n)
	}
	for range h.n {
		if h.form == formMap {
			err = s.field(depth + 1)
		} else {
			err = s.value(depth+1, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// field reads a name and its value.
func (s *scan) field(depth int) error {
	b, err := s.byte()
	if err != nil {
		return err
	}
	h, err := s.head(b)
	if err != nil {
		return err
	}
	if h.form != formBytes || h.n > maxName {
		return fmt.Errorf("%w: the name of a field", errCall)
	}
	at := len(s.out)
	if _, err := s.take(int(h.n)); err != nil {
		return err
	}
	if depth > 1 || string(s.out[at:]) != "Size" {
		return s.value(depth, false)
	}
	if b, err = s.byte(); err != nil {
		return err
	}
	if h, err = s.head(b); err != nil {
		return err
	}
	if h.form != formNumber || s.size != 0 {
		return fmt.Errorf("%w: the size of a snapshot", errCall)
	}
	s.size = h.n
	return nil
}

// The forms of a msgpack value, as far as measuring tells them apart.
const (
	formNumber = iota // also nil, booleans and floats
	formBytes         // strings, byte strings and extensions
	formArray
	formMap
)

type head struct {
	form int
	n    uint64 // the number, or how many bytes, values or pairs follow
}

// head reads what follows the first byte of a value, as far as its length.
func (s *scan) head(b byte) (head, error) {
	switch {
	case b <= 0x7f:
		return head{formNumber, uint64(b)}, nil
	case b <= 0x8f:
		return head{formMap, uint64(b & 0x0f)}, nil
	case b <= 0x9f:
		return head{formArray, uint64(b & 0x0f)}, nil
	case b <= 0xbf:
		return head{formBytes, uint64(b & 0x1f)}, nil
	case b >= 0xe0:
		return head{formNumber, math.MaxUint64}, nil // negative
	}
	const none = -1
	f := [0x20]struct{ form, length, extra int }{
		0x00: {formNumber, 0, 0}, 0x01: {none, 0, 0}, 0x02: {formNumber, 0, 0}, 0x03: {formNumber, 0, 0},
		0x04: {formBytes, 1, 0}, 0x05: {formBytes, 2, 0}, 0x06: {formBytes, 4, 0},
		0x07: {formBytes, 1, 1}, 0x08: {formBytes, 2, 1}, 0x09: {formBytes, 4, 1},
		0x0a: {formNumber, 4, 0}, 0x0b: {formNumber, 8, 0},
		0x0c: {formNumber, 1, 0}, 0x0d: {formNumber, 2, 0}, 0x0e: {formNumber, 4, 0}, 0x0f: {formNumber, 8, 0},
		0x10: {formNumber, 1, 0}, 0x11: {formNumber, 2, 0}, 0x12: {formNumber, 4, 0}, 0x13: {formNumber, 8, 0},
		0x14: {formBytes, 0, 2}, 0x15: {formBytes, 0, 3}, 0x16: {formBytes, 0, 5}, 0x17: {formBytes, 0, 9}, 0x18: {formBytes, 0, 17},
		0x19: {formBytes, 1, 0}, 0x1a: {formBytes, 2, 0}, 0x1b: {formBytes, 4, 0},
		0x1c: {formArray, 2, 0}, 0x1d: {formArray, 4, 0}, 0x1e: {formMap, 2, 0}, 0x1f: {formMap, 4, 0},
	}[b-0xc0]
	if f.form == none {
		return head{}, fmt.Errorf("%w: %#x begins no value", errCall, b)
	}
	n, err := s.number(f.length)
	return head{f.form, n + uint64(f.extra)}, err
}
