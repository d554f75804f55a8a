// Package file reads files whose content is not gone into: films, sounds, data bases,
// programs, whatever has no reader. Their exact hashes are taken, so that a list of hashes
// meets them, and nothing is found in them. A format that people would expect to be read
// is refused by its name, with the way out.
package file

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "file",
	Title:      "any other file: films, sounds and what has no reader (their hashes)",
	Source:     "the formats' own first bytes",
	MediaTypes: []string{"video/*", "audio/*", "application/octet-stream"},
	Binary:     true,
	Tell: func(h *reading.Head) (string, bool) {
		isText := len(h.Text()) > 0
		if k := kindOf(h.Raw); k.name != "" && (!isText || k.way != "") {
			return "begins like " + k.name, true
		}
		return "is no text and begins like nothing that is read: only hashed", !isText && !blank(h.Raw)
	},
	Read: read,
}

// blank reports whether a source holds nothing but white space.
func blank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }

// A kind is a type of file and, where people would expect it to be read, what to do.
type kind struct{ name, way string }

// magics are the first bytes of types of files, at an offset.
var magics = []struct {
	at    int
	magic string
	kind
}{
	{4, "ftyp", kind{name: "video/mp4"}}, {0, "\x1aE\xdf\xa3", kind{name: "video/x-matroska"}}, {0, "RIFF", kind{name: "audio or video in RIFF"}},
	{0, "OggS", kind{name: "audio/ogg"}}, {0, "ID3", kind{name: "audio/mpeg"}}, {0, "\xff\xfb", kind{name: "audio/mpeg"}}, {0, "fLaC", kind{name: "audio/flac"}},
	{0, "#!AMR", kind{name: "audio/amr"}}, {0, "FLV\x01", kind{name: "video/x-flv"}}, {0, "\x00\x00\x01\xba", kind{name: "video/mpeg"}}, {0, "\x30\x26\xb2\x75", kind{name: "video/x-ms-wmv"}},
	{0, "SQLite format 3\x00", kind{"a SQLite data base", "take its tables out as CSV with an extraction tool"}},
	{0, "!BDN", kind{"an Outlook store (PST)", "export it as mbox or as single messages"}},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", kind{"a file of Office before 2007 (XLS, DOC, PPT)", "save it as XLSX, DOCX or PPTX"}},
	{0, "7z\xbc\xaf\x27\x1c", kind{"a 7-Zip archive", "unpack it and read the folder"}}, {0, "Rar!\x1a\x07", kind{"a RAR archive", "unpack it and read the folder"}},
	{0, "\xfd7zXZ\x00", kind{"an XZ archive", "unpack it"}}, {0, "BZh91AY&SY", kind{"a bzip2 archive", "unpack it"}}, {0, "(\xb5/\xfd", kind{"a Zstandard archive", "unpack it"}},
	{0, "\x7fELF", kind{name: "a program (ELF)"}}, {0, "MZ", kind{name: "a program (PE)"}}, {0, "bplist00", kind{"a binary property list", "convert it to XML or JSON"}},
	{0, "EVF\t\r\n\xff\x00", kind{"an EnCase image", "mount it and read the folder"}}, {0, "{\\rtf", kind{"rich text (RTF)", "save it as text"}},
}

func kindOf(head []byte) kind {
	for _, m := range magics {
		if len(head) >= m.at+len(m.magic) && string(head[m.at:m.at+len(m.magic)]) == m.magic {
			return m.kind
		}
	}
	return kind{}
}

func read(in *reading.Input, out *reading.Sink) error {
	k := kindOf(in.Head.Raw)
	if k.way != "" {
		if err := out.Problem("the file", errors.New(k.name+" is not read, only hashed; "+k.way)); err != nil {
			return err
		}
	}
	return reading.Hashes(in, out, cmp.Or(k.name, "type not known"))
}
