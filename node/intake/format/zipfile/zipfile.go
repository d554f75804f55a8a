// Package zipfile opens zip archives (APPNOTE.TXT) and hands each file in them to be
// read as what it is. Nothing is written, and an archive that asks for more memory than
// it is worth is refused before it is opened.
package zipfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "zip",
	Title:      "zip archives",
	Source:     "PKWARE APPNOTE.TXT 6.3",
	MediaTypes: []string{"application/zip"},
	Binary:     true,
	Container:  true,
	Archive:    true,
	Tell: func(h *reading.Head) (string, bool) {
		return "begins like a zip archive", bytes.HasPrefix(h.Raw, []byte("PK\x03\x04")) || bytes.HasPrefix(h.Raw, []byte("PK\x05\x06"))
	},
	Read: read,
}

// maxDirectory bounds the bytes of an archive's table of contents.
const maxDirectory = 16 << 20

func read(in *reading.Input, out *reading.Sink) error {
	r, size, err := in.Random()
	if err != nil {
		return err
	}
	if err := directory(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	if len(z.File) > in.Limits.Entries {
		return reading.ErrEntries
	}
	for _, f := range z.File {
		if err := entry(out, f); err != nil {
			return err
		}
	}
	return nil
}

func entry(out *reading.Sink, f *zip.File) error {
	switch {
	case strings.HasSuffix(f.Name, "/"):
		return nil
	case !reading.LocalName(f.Name):
		return out.Refused(f.Name, reading.ErrName)
	case f.Flags&1 != 0:
		return out.Refused(f.Name, reading.ErrEncrypted)
	case !f.Mode().IsRegular():
		return out.Refused(f.Name, reading.ErrLink)
	}
	body, err := f.Open()
	if err != nil {
		return out.Refused(f.Name, fmt.Errorf("it cannot be opened: %w", err))
	}
	defer body.Close()
	return out.Nested(f.Name, body)
}

// directory refuses a table of contents that would take more memory than an archive is
// worth. The number of entries that the archive states is not what the library goes by;
// the length of the table is.
func directory(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 66<<10))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	at := strings.LastIndex(string(tail), "PK\x05\x06")
	if at < 0 || at+22 > len(tail) {
		return zip.ErrFormat
	}
	offset := int64(binary.LittleEndian.Uint32(tail[at+16:]))
	if offset == 0xFFFFFFFF {
		if at < 20 || string(tail[at-20:at-16]) != "PK\x06\x07" {
			return zip.ErrFormat
		}
		end := make([]byte, 56)
		if _, err := r.ReadAt(end, int64(binary.LittleEndian.Uint64(tail[at-12:]))); err != nil || string(end[:4]) != "PK\x06\x06" {
			return zip.ErrFormat
		}
		offset = int64(binary.LittleEndian.Uint64(end[48:]))
	}
	if offset < 0 || size-offset > maxDirectory {
		return reading.ErrEntries
	}
	return nil
}
