package intake

import (
	"bytes"
	"net/mail"
	"path"
	"strings"

	"github.com/crosscase/crosscase/node/intake/charset"
)

// A Format is what a source is read as.
type Format string

// The formats that are read.
const (
	Unknown    Format = ""
	CSV        Format = "csv"
	JSONLines  Format = "jsonl"
	List       Format = "list"
	JSON       Format = "json" // cases, reports or texts of no published format
	STIX       Format = "stix"
	MISP       Format = "misp"
	CASE       Format = "case-uco"
	VICS       Format = "vics"
	CyberTip   Format = "cybertip"
	Text       Format = "text"
	Mail       Format = "mail"
	Mbox       Format = "mbox"
	Form       Format = "form" // one application/x-www-form-urlencoded post a line
	Image      Format = "image"
	TarArchive Format = "tar"
	ZipArchive Format = "zip"
	Gzip       Format = "gzip"
	Value      Format = "value" // that a person typed
)

var readers = map[Format]reader{}

// unencoded are the formats that no text encoding applies to.
var unencoded = map[Format]bool{Image: true, TarArchive: true, ZipArchive: true, Gzip: true}

// Recognise tells the format of a source by its first bytes (64 KiB are enough)
// and says in words what it was told by. Content that lies about itself in its
// name is read for what it is: the name is looked at only where there is no
// content, since an empty picture has a hash like any other.
func Recognise(head []byte, name string) (Format, string) {
	switch {
	case len(head) == 0 && pictureNames[strings.ToLower(path.Ext(name))]:
		return Image, "is empty and named like a picture"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return ZipArchive, "begins like a zip archive"
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B, 8}):
		return Gzip, "begins like gzip"
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return TarArchive, "holds a tar header"
	}
	if kind := imageType(head); kind != "" {
		return Image, "begins like " + kind
	}
	text, encoding := charset.Head(head)
	if encoding == charset.UTF8 && bytes.IndexByte(text, 0) >= 0 {
		return Unknown, "it holds zero bytes and begins like nothing that is known"
	}
	whole := len(head) < headSize
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return Unknown, "it holds nothing but white space"
	case likeJSON(trimmed):
		return recogniseJSON(trimmed, whole)
	case trimmed[0] == '<':
		if f, why := recogniseXML(trimmed); f != Unknown {
			return f, why
		}
	}
	return recogniseText(trimmed, whole)
}

// recogniseText tells formats that are made of lines.
func recogniseText(text []byte, whole bool) (Format, string) {
	if bytes.HasPrefix(text, []byte("From ")) && bytes.Contains(text, []byte("\nFrom:")) {
		return Mbox, "begins with the line of an mbox"
	}
	if n := mailHeaders(text); n >= 2 {
		return Mail, "begins with the headers of a mail"
	}
	lines := sampleLines(text, whole)
	if isForm(lines) {
		return Form, "each line is a posted form"
	}
	if comma := delimiterOf(text, whole); comma != 0 {
		if t := sniff(text, whole, comma); t.plausible() {
			return CSV, "fields separated by " + delimiterName(comma)
		}
	}
	if t := sniff(text, whole, 0); len(t.named) > 0 && t.header {
		return CSV, "one column under a header"
	}
	if values := countFunc(lines, likeValue); values*10 >= len(lines)*6 {
		return List, "one value a line"
	}
	return Text, "text in sentences"
}

// sampleLines gives the first lines that hold something.
func sampleLines(text []byte, whole bool) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if !whole && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	return lines[:min(len(lines), 500)]
}

func countFunc(lines []string, f func(string) bool) int {
	n := 0
	for _, l := range lines {
		if f(l) {
			n++
		}
	}
	return n
}

// likeValue reports whether a line is one value rather than a sentence.
func likeValue(line string) bool {
	if strings.HasPrefix(line, "#") {
		return true // a comment in a list
	}
	if len(line) > 512 {
		return false
	}
	words := strings.Fields(line)
	if len(words) == 1 {
		return true
	}
	digits := 0
	for _, r := range line {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("+()-./ \u00a0\t", r):
		default:
			return false
		}
	}
	return digits >= 5
}

// mailHeaders counts the header lines of RFC 5322 that a text begins with, if
// they are a mail's.
func mailHeaders(text []byte) int {
	names, end := 0, bytes.Index(text, []byte("\n\n"))
	if crlf := bytes.Index(text, []byte("\r\n\r\n")); crlf >= 0 && (end < 0 || crlf < end) {
		end = crlf
	}
	if end < 0 {
		end = len(text) - 1
	}
	m, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(text[:end+1]), "\r\n\r\n"...)))
	if err != nil {
		return 0
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Received", "Mime-Version", "Content-Type", "Return-Path", "Delivered-To"} {
		if len(m.Header[name]) > 0 {
			names++
		}
	}
	return names
}

// imageType names the image format that bytes begin like.
func imageType(head []byte) string {
	for _, t := range []struct{ magic, name string }{
		{"\xFF\xD8\xFF", "image/jpeg"}, {"\x89PNG\r\n\x1a\n", "image/png"}, {"GIF87a", "image/gif"}, {"GIF89a", "image/gif"},
		{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"},
	} {
		if bytes.HasPrefix(head, []byte(t.magic)) {
			return t.name
		}
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case len(head) >= 14 && string(head[:2]) == "BM" && bytes.Equal(head[6:10], make([]byte, 4)):
		return "image/bmp"
	case len(head) >= 12 && string(head[4:8]) == "ftyp" && heif[string(head[8:12])]:
		return "image/heif"
	}
	return ""
}

var heif = map[string]bool{"heic": true, "heix": true, "mif1": true, "msf1": true, "avif": true, "avis": true}

// pictureNames are the extensions of the formats that imageType tells.
var pictureNames = map[string]bool{
	".jpg": true, ".jpeg": true, ".png": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true, ".bmp": true,
	".heic": true, ".heif": true, ".avif": true,
}

func delimiterName(c byte) string {
	switch c {
	case ',':
		return "commas"
	case ';':
		return "semicolons"
	case '\t':
		return "tabs"
	}
	return "vertical bars"
}

// firstLine gives the text up to its first line end.
func firstLine(text []byte) []byte {
	if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
		return text[:i]
	}
	return text
}
