package reading

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Reasons for which an archive, or a file in it, is not read.
var (
	ErrBomb      = errors.New("the archive grows more than the limit allows")
	ErrEntries   = errors.New("the archive holds more files than the limit allows")
	ErrNesting   = errors.New("files inside files, deeper than the limit")
	ErrName      = errors.New("a name that points outside of its archive or cannot be shown")
	ErrEncrypted = errors.New("encrypted; take it out with its password and read what comes out")
	ErrLink      = errors.New("a link or a device, which is not followed")
)

// maxHeld is how much of a file is held in memory that has to be read at random and
// stands inside of another.
const maxHeld = 16 << 20

// Random returns the source for reading at random: the file itself, or what a stream
// holds where that is little.
func (in *Input) Random() (io.ReaderAt, int64, error) {
	if in.File != nil {
		return in.File, in.Size, nil
	}
	data, err := io.ReadAll(io.LimitReader(in, maxHeld+1))
	if err != nil {
		return nil, 0, err
	}
	if len(data) > maxHeld {
		return nil, 0, fmt.Errorf("%w: one of more than %d bytes that is no file of its own; take it out and read it by itself", ErrNesting, maxHeld)
	}
	return bytes.NewReader(data), int64(len(data)), nil
}

// LocalName reports whether a name stays inside of its archive.
func LocalName(name string) bool {
	if name == "" || len(name) > 1024 || strings.ContainsAny(name, "\\\x00:") || path.IsAbs(name) || Printable(name) != name && len(name) < 200 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}
