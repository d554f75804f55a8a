// Package charset makes UTF-8 out of the text encodings in which case files
// arrive, and says which one it took a file for.
//
// A byte-order mark decides (UTF-8, UTF-16, UTF-32); without one, zero bytes in
// alternating places mean UTF-16 or UTF-32, as RFC 4627 section 3 reads them.
// Everything else passes through unchanged, and what is not UTF-8 is settled
// field by field with [Field]: one export in Windows-1252 among UTF-8 rows is
// common, and guessing for a whole file would spoil the other rows.
//
// A hostile file gains nothing by its encoding: malformed UTF-16 becomes U+FFFD,
// which no canonical form holds, and no decoder buffers more than a few bytes.
package charset

import (
	"bytes"
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// Names of the encodings that [Detect] tells apart.
const (
	UTF8    = "UTF-8"
	UTF8BOM = "UTF-8 with byte-order mark"
	UTF16LE = "UTF-16LE"
	UTF16BE = "UTF-16BE"
	UTF32LE = "UTF-32LE"
	UTF32BE = "UTF-32BE"
	// Windows1252 is never detected for a file, only fallen back to for a field.
	Windows1252 = "Windows-1252"
)

// Detect names the encoding of a text by its first bytes and returns the length
// of its byte-order mark. A text with neither mark nor zero bytes is UTF8.
func Detect(head []byte) (name string, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE, 0, 0}):
		return UTF32LE, 4
	case bytes.HasPrefix(head, []byte{0, 0, 0xFE, 0xFF}):
		return UTF32BE, 4
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8BOM, 3
	}
	if len(head) < 4 {
		return UTF8, 0
	}
	zero := [4]bool{head[0] == 0, head[1] == 0, head[2] == 0, head[3] == 0}
	switch zero {
	case [4]bool{true, true, true, false}:
		return ifAlike(head, UTF32BE, 4, 3)
	case [4]bool{false, true, true, true}:
		return ifAlike(head, UTF32LE, 4, 0)
	case [4]bool{true, false, true, false}:
		return ifAlike(head, UTF16BE, 2, 1)
	case [4]bool{false, true, false, true}:
		return ifAlike(head, UTF16LE, 2, 0)
	}
	return UTF8, 0
}

// ifAlike returns an encoding without a mark if most units of the first bytes are ASCII
// characters in it; a box of a film begins with zero bytes too.
func ifAlike(head []byte, name string, size, low int) (string, int) {
	head = head[:min(len(head), 512)/size*size]
	ascii := 0
	for unit := range slices.Chunk(head, size) {
		rest := 0
		for i, b := range unit {
			if i != low {
				rest += int(b)
			}
		}
		if c := unit[low]; rest == 0 && (c >= ' ' && c < 0x7f || c == '\t' || c == '\n' || c == '\r') {
			ascii++
		}
	}
	if ascii*size*10 < len(head)*7 {
		return UTF8, 0
	}
	return name, 0
}

// Reader returns the text of r as UTF-8 without its byte-order mark, where the
// encoding was detected by its first bytes. Bytes of a file taken for UTF-8 are
// not checked.
func Reader(r io.Reader, name string, mark int) io.Reader {
	if mark > 0 {
		r = &skip{r: r, left: mark}
	}
	var e encoding.Encoding
	switch name {
	case UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case UTF32LE:
		e = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case UTF32BE:
		e = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	default:
		return r
	}
	return transform.NewReader(r, e.NewDecoder())
}

// Head decodes the first bytes of a file, as far as they hold whole characters.
func Head(head []byte) (text []byte, name string) {
	name, mark := Detect(head)
	text, err := io.ReadAll(Reader(bytes.NewReader(head), name, mark))
	if err != nil {
		return nil, name
	}
	return text, name
}

// Field returns the text of a field and whether it was UTF-8. Bytes that are not
// are read as Windows-1252, of which Latin-1's letters are a part.
func Field(b []byte) (text string, wasUTF8 bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	out := make([]byte, 0, len(b)+len(b)/2)
	for _, c := range b {
		out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
	}
	return string(out), false
}

// skip drops the byte-order mark.
type skip struct {
	r    io.Reader
	left int
}

func (s *skip) Read(p []byte) (int, error) {
	for s.left > 0 {
		var mark [4]byte
		n, err := s.r.Read(mark[:s.left])
		s.left -= n
		if err != nil {
			return 0, err
		}
	}
	return s.r.Read(p)
}
