// Package tarfile opens tar archives (POSIX.1-2001) and hands each file in them to be
// read as what it is. Links and devices are not followed.
package tarfile

import (
	"archive/tar"
	"io"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "tar",
	Title:      "tar archives",
	Source:     "POSIX.1-2001, pax",
	MediaTypes: []string{"application/x-tar"},
	Binary:     true,
	Container:  true,
	Archive:    true,
	Tell: func(h *reading.Head) (string, bool) {
		return "holds a tar header", len(h.Raw) >= 262 && string(h.Raw[257:262]) == "ustar"
	},
	Read: read,
}

func read(in *reading.Input, out *reading.Sink) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case h.Typeflag == tar.TypeDir:
		case h.Typeflag != tar.TypeReg:
			err = out.Refused(h.Name, reading.ErrLink)
		case !reading.LocalName(h.Name):
			err = out.Refused(h.Name, reading.ErrName)
		default:
			err = out.Nested(h.Name, t)
		}
		if err != nil {
			return err
		}
	}
}
