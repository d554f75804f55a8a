package reading

import (
	"bytes"
	"strings"
	"sync"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/node/intake/jsonrec"
)

// HeadSize is how much of a source its format is told by.
const HeadSize = 64 << 10

// A Format is one way in which sources are written. Each has a folder of its own
// and stands in the list of package format.
type Format struct {
	Name       string   // as --format takes it and as provenance keeps it
	Title      string   // for people
	Source     string   // the specification, or whose exports are read
	MediaTypes []string // under which it travels by mail
	Binary     bool     // Tell and Read get bytes; otherwise UTF-8, whatever the source's encoding is
	Container  bool     // holds files, each of which is read as what it is
	Archive    bool     // is a container whose files may be compressed

	// Tell reports whether a source is in the format, and by what it is told. Formats
	// are asked in the order of the list.
	Tell func(*Head) (why string, ok bool)

	// Read reads a source. Its error is about the source as a whole: what is wrong with
	// one record goes to the sink.
	Read func(*Input, *Sink) error
}

// A Head is the beginning of a source, as Tell gets it.
type Head struct {
	Raw   []byte // as it comes
	Whole bool   // it is all of the source
	Name  string // of the file; a hint and no more, since names lie

	text  func() []byte
	shape func() Shape
}

// NewHead looks at the first bytes of a source.
func NewHead(raw []byte, whole bool, name string) *Head {
	h := &Head{Raw: raw, Whole: whole, Name: name}
	h.text = sync.OnceValue(func() []byte {
		text, encoding := charset.Head(raw)
		if encoding == charset.UTF8 && !mostlyText(text) {
			return nil
		}
		return trimSpace(text)
	})
	h.shape = sync.OnceValue(func() Shape { return ShapeOf(h.text()) })
	return h
}

// Text returns the head in UTF-8, without white space in front; nothing where it is
// no text.
func (h *Head) Text() []byte { return h.text() }

// Shape returns what the head shows of a JSON document.
func (h *Head) Shape() Shape { return h.shape() }

// LikeJSON reports whether the head is that of a JSON document.
func (h *Head) LikeJSON() bool { text := h.Text(); return len(text) > 0 && likeJSON(text) }

// JSONLines reports whether the first line is a JSON object by itself and another one
// follows.
func (h *Head) JSONLines() bool {
	text := h.Text()
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	first := text
	if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
		first = text[:i]
	}
	rest := trimSpace(text[len(first):])
	if len(first) == len(text) || len(rest) == 0 || rest[0] != '{' {
		return false
	}
	v, err := jsonrec.Parse(first, 100)
	return err == nil && v.Object()
}

// sampleLines is how many lines SampleLines returns.
const sampleLines = 500

// SampleLines returns the first lines that hold something; a last line that may be cut
// is left out.
func (h *Head) SampleLines() []string {
	var lines []string
	for line := range strings.SplitSeq(lineEnds.Replace(string(h.Text())), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if !h.Whole && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	return lines[:min(len(lines), sampleLines)]
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// mostlyText reports whether bytes are text: of them, few are control characters.
func mostlyText(b []byte) bool {
	controls := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b || c == 0x7f {
			controls++
		}
	}
	return controls*50 <= len(b) || controls == 1 && len(b) >= 16
}
