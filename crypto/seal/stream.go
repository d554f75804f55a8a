package seal

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// Lengths of a stream's parts in bytes.
const (
	SegmentSize      = 1 << 16 // of plaintext
	StreamHeaderSize = encSize + tagSize
	sealedSegment    = SegmentSize + tagSize
	maxSegments      = 1 << 32
)

// What is wrong with a stream, beside ErrOpen and ErrShort for its header.
var (
	ErrTruncated = errors.New("stream ends before its last segment")
	ErrTrailing  = errors.New("bytes after the last segment of the stream")
	ErrSegment   = errors.New("segment was changed or is not at its place")
	ErrEmptyLast = errors.New("last segment is empty but not the only one")
	ErrTooLong   = errors.New("stream has too many segments")
	ErrClosed    = errors.New("stream is closed")
)

// SealedSize is the length of the stream that n bytes of plaintext become.
func SealedSize(n int64) int64 {
	segments := max(1, (n+SegmentSize-1)/SegmentSize)
	return StreamHeaderSize + n + segments*tagSize
}

func nonce(number uint64, last bool) []byte {
	n := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(n[3:11], number)
	if last {
		n[11] = 1
	}
	return n
}

const segmentsLabel = "segments"

// streamWriter holds back up to one full segment, since it may be the last.
type streamWriter struct {
	w      io.Writer
	aead   cipher.AEAD
	number uint64
	held   []byte
	err    error // the first error, or ErrClosed
}

// NewWriter writes the header of a stream to w. Close writes the last segment;
// without it the stream is cut. It does not close w.
func NewWriter(w io.Writer, to *PublicKey, info []byte) (io.WriteCloser, error) {
	enc, s, err := sender(to, streamLabel, info)
	if err != nil {
		return nil, err
	}
	check, err := s.Seal(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("seal the header: %w", err)
	}
	key, err := s.Export(segmentsLabel, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the segments' key: %w", err)
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("segments' cipher: %w", err)
	}
	if _, err := w.Write(append(enc, check...)); err != nil {
		return nil, fmt.Errorf("write the header: %w", err)
	}
	return &streamWriter{w: w, aead: aead, held: make([]byte, 0, sealedSegment)}, nil
}

func (s *streamWriter) Write(p []byte) (int, error) {
	written := 0
	for s.err == nil && len(p) > 0 {
		if len(s.held) == SegmentSize {
			if s.err = s.flush(false); s.err != nil {
				break
			}
		}
		n := min(len(p), SegmentSize-len(s.held))
		s.held = append(s.held, p[:n]...)
		p = p[n:]
		written += n
	}
	return written, s.err
}

func (s *streamWriter) Close() error {
	if s.err != nil {
		return s.err
	}
	if err := s.flush(true); err != nil {
		s.err = err
		return err
	}
	s.err = ErrClosed
	return nil
}

func (s *streamWriter) flush(last bool) error {
	if s.number == maxSegments {
		return ErrTooLong
	}
	sealed := s.aead.Seal(s.held[:0], nonce(s.number, last), s.held, nil)
	if _, err := s.w.Write(sealed); err != nil {
		return fmt.Errorf("write segment %d: %w", s.number, err)
	}
	s.held = s.held[:0]
	s.number++
	return nil
}

// OpenStream writes to w the segments of r, each once it is verified. Only when
// it returns nil was the stream whole: on any error the caller must discard
// everything that was written. r must end where the stream ends.
func (k *PrivateKey) OpenStream(r io.Reader, info []byte, w io.Writer) error {
	if k == nil || k.key == nil {
		return fmt.Errorf("open a stream: %w", ErrNoKey)
	}
	in := bufio.NewReaderSize(r, sealedSegment)
	aead, err := k.openHeader(in, info)
	if err != nil {
		return fmt.Errorf("header of the stream: %w", err)
	}
	buf := make([]byte, sealedSegment)
	for number := uint64(0); ; number++ {
		if number == maxSegments {
			return ErrTooLong
		}
		plaintext, last, err := nextSegment(in, aead, number, buf)
		if err != nil {
			return fmt.Errorf("segment %d: %w", number, err)
		}
		if _, err := w.Write(plaintext); err != nil {
			return fmt.Errorf("write the plaintext of segment %d: %w", number, err)
		}
		if last {
			return nil
		}
	}
}

func (k *PrivateKey) openHeader(r io.Reader, info []byte) (cipher.AEAD, error) {
	var header [StreamHeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, ErrShort
	} else if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	recipient, err := k.recipient(header[:encSize], streamLabel, info)
	if err != nil {
		return nil, err
	}
	if _, err := recipient.Open(nil, header[encSize:]); err != nil {
		return nil, ErrOpen
	}
	key, err := recipient.Export(segmentsLabel, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the segments' key: %w", err)
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("segments' cipher: %w", err)
	}
	return aead, nil
}

// nextSegment reads one segment and says whether it is the last: the input has
// ended after it, and it opens as the last one.
func nextSegment(r *bufio.Reader, aead cipher.AEAD, number uint64, buf []byte) ([]byte, bool, error) {
	n, err := io.ReadFull(r, buf)
	switch {
	case errors.Is(err, io.EOF):
		return nil, false, ErrTruncated
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, false, fmt.Errorf("read: %w", err)
	}
	sealed := buf[:n]
	_, err = r.Peek(1)
	ended := errors.Is(err, io.EOF)
	if err != nil && !ended {
		return nil, false, fmt.Errorf("read: %w", err)
	}
	plaintext, err := aead.Open(nil, nonce(number, ended), sealed, nil)
	if err == nil {
		if ended && len(plaintext) == 0 && number > 0 {
			return nil, false, ErrEmptyLast
		}
		return plaintext, ended, nil
	}
	if n < sealedSegment {
		return nil, false, fmt.Errorf("%d bytes, cut or changed: %w: %w", n, ErrTruncated, ErrSegment)
	}
	if _, err := aead.Open(nil, nonce(number, !ended), sealed, nil); err != nil {
		return nil, false, ErrSegment
	}
	if ended {
		return nil, false, ErrTruncated
	}
	return nil, false, ErrTrailing
}
