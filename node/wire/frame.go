package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/crosscase/crosscase/crypto/canon"
)

// Errors of reading. All but io.EOF, which is a stream that ended between two
// frames, mean that the stream is of no further use.
var (
	ErrTooLarge   = errors.New("the message is larger than its type may be")
	ErrTruncated  = errors.New("the stream ended inside a message")
	ErrFormat     = errors.New("the message is malformed")
	ErrUnexpected = errors.New("a message of this type is not due")
	ErrVersion    = errors.New("the peer speaks another version of the protocol: the older of the two nodes is to be upgraded")
)

// A Type says what a message is.
type Type uint8

// Types of messages.
const (
	TypeHello Type = iota + 1
	TypeRefusal
	TypeTagsOffer
	TypeTagsResume
	TypeTagsPart
	TypeTagsAck
	TypeQueryOpen
	TypeQueryReady
	TypeQueryPart
	TypeQueryAnswer
	TypeQueryDone
	TypeCasework
	TypeCaseworkAck
	TypeLedgerCall
	TypeLedgerReply
	TypeTagsHave
)

const (
	headerSize  = 6
	frameFormat = 1 // version of each message type, raised with its fields
)

// A Message is one of the types of this package.
type Message interface {
	Type() Type
	validate() error
}

type shape struct {
	name  string
	cap   int // bytes of the body
	blank func() Message
}

// maxBody is the largest body of any type.
const maxBody = MaxSealed + maxReceipt + 256

var shapes = map[Type]shape{
	TypeHello:       {"hello", 512, func() Message { return new(Hello) }},
	TypeRefusal:     {"refusal", refusalSize, func() Message { return new(Refusal) }},
	TypeTagsHave:    {"tags at hand", 64, func() Message { return new(TagsHave) }},
	TypeTagsOffer:   {"tags offer", maxReceipt + 512, func() Message { return new(TagsOffer) }},
	TypeTagsResume:  {"tags resume", 32, func() Message { return new(TagsResume) }},
	TypeTagsPart:    {"tags part", MaxTagsPart + 64, func() Message { return new(TagsPart) }},
	TypeTagsAck:     {"tags acknowledgement", 32, func() Message { return new(TagsAck) }},
	TypeQueryOpen:   {"query open", maxReceipt + MaxParts*34 + 128, func() Message { return new(QueryOpen) }},
	TypeQueryReady:  {"query ready", 32, func() Message { return new(QueryReady) }},
	TypeQueryPart:   {"query part", MaxPartBytes + 64, func() Message { return new(QueryPart) }},
	TypeQueryAnswer: {"query answer", MaxPartBytes + ProofSize + 64, func() Message { return new(QueryAnswer) }},
	TypeQueryDone:   {"query done", 32, func() Message { return new(QueryDone) }},
	TypeCasework:    {"casework", maxBody, func() Message { return new(Casework) }},
	TypeCaseworkAck: {"casework acknowledgement", 64, func() Message { return new(CaseworkAck) }},
	TypeLedgerCall:  {"ledger call", MaxLedger + 64, func() Message { return new(LedgerCall) }},
	TypeLedgerReply: {"ledger reply", MaxLedgerAnswer + 64, func() Message { return new(LedgerReply) }},
}

// String names the type.
func (t Type) String() string {
	if s, ok := shapes[t]; ok {
		return s.name
	}
	return fmt.Sprintf("message type %d", uint8(t))
}

// Cap is the largest body of a type in bytes; 0 for an unknown type.
func Cap(t Type) int { return shapes[t].cap }

// Frame returns a message as it travels.
func Frame(m Message) ([]byte, error) {
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", m.Type(), ErrFormat, err)
	}
	body := canon.Encode(m)
	if len(body) > Cap(m.Type()) {
		return nil, fmt.Errorf("%s of %d bytes: %w", m.Type(), len(body), ErrTooLarge)
	}
	out := make([]byte, 0, headerSize+len(body))
	out = binary.BigEndian.AppendUint32(out, uint32(2+len(body)))
	out = append(out, byte(m.Type()), frameFormat)
	return append(out, body...), nil
}

// Write writes a message in one call of w.
func Write(w io.Writer, m Message) error {
	frame, err := Frame(m)
	if err != nil {
		return err
	}
	if _, err := w.Write(frame); err != nil {
		return fmt.Errorf("send %s: %w", m.Type(), err)
	}
	return nil
}

// Read reads the next message, which must be of one of the types wanted. It returns
// io.EOF, alone, when the stream ended before a first byte.
func Read(r io.Reader, want ...Type) (Message, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("header: %w", ErrTruncated)
		}
		return nil, err
	}
	length, t, version := binary.BigEndian.Uint32(header[:4]), Type(header[4]), header[5]
	s, known := shapes[t]
	switch {
	case !known || !slices.Contains(want, t):
		return nil, fmt.Errorf("%s: %w", t, ErrUnexpected)
	case version != frameFormat:
		return nil, fmt.Errorf("%s of version %d: %w", t, version, ErrVersion)
	case length < 2:
		return nil, fmt.Errorf("%s of length %d: %w", t, length, ErrFormat)
	case uint64(length) > uint64(s.cap)+2:
		return nil, fmt.Errorf("%s of %d bytes, at most %d: %w", t, length-2, s.cap, ErrTooLarge)
	}
	body, err := readBody(r, int(length-2))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	return parse(s, body)
}

// readBody takes memory as bytes arrive, so that an announced length costs nothing.
func readBody(r io.Reader, n int) ([]byte, error) {
	const first = 64 << 10
	if n <= first {
		body := make([]byte, n)
		_, err := io.ReadFull(r, body)
		return body, cut(err)
	}
	var body bytes.Buffer
	body.Grow(first)
	_, err := io.CopyN(&body, r, int64(n))
	return body.Bytes(), cut(err)
}

// cut names an end of the stream inside a message for what it is.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

func parse(s shape, body []byte) (Message, error) {
	m := s.blank()
	if err := format.Decode(body, m); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", s.name, ErrFormat, err)
	}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", s.name, ErrFormat, err)
	}
	return m, nil
}

// Expect reads a message of one type. A refusal in its place is a *RefusedError.
func Expect[M any, P interface {
	*M
	Message
}](r io.Reader) (M, error) {
	var none M
	m, err := Read(r, P(&none).Type(), TypeRefusal)
	if err != nil {
		return none, err
	}
	if refusal, ok := m.(*Refusal); ok {
		return none, &RefusedError{Code: refusal.Code}
	}
	return *(*M)(m.(P)), nil
}
