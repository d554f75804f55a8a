// Package gzipfile opens files compressed with gzip (RFC 1952) and hands what is inside
// to be read as what it is.
package gzipfile

import (
	"bytes"
	"compress/gzip"
	"strings"

	"github.com/crosscase/crosscase/node/intake/reading"
)

// Format is the entry of the list of formats.
var Format = reading.Format{
	Name:       "gzip",
	Title:      "gzip",
	Source:     "RFC 1952",
	MediaTypes: []string{"application/gzip"},
	Binary:     true,
	Container:  true,
	Archive:    true,
	Tell: func(h *reading.Head) (string, bool) {
		return "begins like gzip", bytes.HasPrefix(h.Raw, []byte{0x1F, 0x8B, 8})
	},
	Read: func(in *reading.Input, out *reading.Sink) error {
		z, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		return out.Nested(strings.TrimSuffix(strings.TrimSuffix(in.Name, ".gz"), ".tgz"), z)
	},
}
