package markup

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Parts is a package of Office: a zip archive of XML, whose parts are read by name. Its
// other files are of no interest, and namespaces and schemas in it are nobody's addresses.
type Parts struct {
	z    *zip.Reader
	left int64
}

// ErrParts means that a package of Office is damaged.
var ErrParts = errors.New("a damaged package of Office")

// maxParts bounds how many files a package has.
const maxParts = 20_000

// OpenParts opens a source as a package of Office.
func OpenParts(in *reading.Input) (*Parts, error) {
	r, size, err := in.Random()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, ErrParts
	}
	if len(z.File) > maxParts {
		return nil, reading.ErrEntries
	}
	return &Parts{z: z, left: min(in.Limits.Expanded, 64<<20+in.Limits.Ratio*size)}, nil
}

// Names returns the names of the parts that begin and end with something.
func (p *Parts) Names(begin, end string) []string {
	var out []string
	for _, f := range p.z.File {
		if strings.HasPrefix(f.Name, begin) && strings.HasSuffix(f.Name, end) {
			out = append(out, f.Name)
		}
	}
	return out
}

// Tokens hands each token of a part to use.
func (p *Parts) Tokens(name string, limits reading.Limits, use func(xml.Token) error) error {
	f, err := p.z.Open(name)
	if err != nil {
		return fmt.Errorf("%w: a part is missing", ErrParts)
	}
	defer f.Close()
	guard := &xmlGuard{r: &part{f, p}, limit: limits.Record}
	d := xml.NewDecoder(guard)
	d.CharsetReader = charsetOf
	for depth := 0; ; {
		tok, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if guard.failed != nil {
				return guard.failed
			}
			return Fault(err)
		}
		switch tok.(type) {
		case xml.Directive:
			return ErrDoctype
		case xml.StartElement:
			if depth++; depth > limits.Depth {
				return ErrXMLDepth
			}
		case xml.EndElement:
			depth--
		}
		if err := use(tok); err != nil {
			return err
		}
	}
}

// A part draws on what its package may expand to.
type part struct {
	r io.Reader
	p *Parts
}

func (r *part) Read(b []byte) (int, error) {
	if r.p.left <= 0 {
		return 0, reading.ErrBomb
	}
	n, err := r.r.Read(b[:min(int64(len(b)), r.p.left)])
	r.p.left -= int64(n)
	return n, err
}

// Attribute returns an attribute of an element by its local name.
func Attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// OfficeKind tells a package of Office by its first bytes: "xl/" for a workbook, "word/"
// for a text, "ppt/" for slides, the media type of an OpenDocument; "" for any other zip.
func OfficeKind(h *reading.Head) string {
	if !bytes.HasPrefix(h.Raw, []byte("PK\x03\x04")) || len(h.Raw) < 64 {
		return ""
	}
	if rest, ok := bytes.CutPrefix(h.Raw[30:], []byte("mimetype")); ok && bytes.HasPrefix(rest, []byte("application/vnd.oasis.opendocument.")) {
		kind := rest[len("application/vnd.oasis.opendocument."):]
		return "opendocument." + string(kind[:bytes.IndexFunc(append(kind[:min(len(kind), 20):min(len(kind), 20)], 0), func(r rune) bool { return r < 'a' || r > 'z' })])
	}
	if !bytes.Contains(h.Raw, []byte("[Content_Types].xml")) && !bytes.Contains(h.Raw, []byte("_rels/.rels")) {
		return ""
	}
	for _, kind := range []string{"xl/", "word/", "ppt/"} {
		if bytes.Contains(h.Raw, []byte(kind)) {
			return kind
		}
	}
	return ""
}
