package intake

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"encoding/binary"
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
	ErrNesting   = errors.New("archives inside archives, deeper than the limit")
	ErrName      = errors.New("a name that points outside of its archive or cannot be shown")
	ErrEncrypted = errors.New("encrypted; take it out with its password and read what comes out")
	ErrLink      = errors.New("a link or a device, which is not followed")
)

// Bounds of what is held of an archive.
const (
	maxDirectory = 16 << 20 // bytes of a zip archive's table of contents
	maxNestedZip = 16 << 20 // bytes of a zip archive inside another archive
)

// A walk reads files and what is in them under one budget.
type walk struct {
	ctx      context.Context
	defaults Defaults
	options  Options
	limits   Limits
	yield    func(Source, Format, []Found) error
	done     func(Report) error
	entries  int
}

// A budget is what one archive may still expand to.
type budget struct {
	left  int64
	depth int
}

func (w *walk) budget(size int64) *budget {
	return &budget{left: min(w.limits.Expanded, 1<<20+w.limits.Ratio*size), depth: w.limits.Nesting}
}

// A metered reader draws on a budget.
type metered struct {
	r io.Reader
	b *budget
}

func (m metered) Read(p []byte) (int, error) {
	if m.b.left <= 0 {
		return 0, ErrBomb
	}
	if int64(len(p)) > m.b.left {
		p = p[:m.b.left]
	}
	n, err := m.r.Read(p)
	m.b.left -= int64(n)
	return n, err
}

// inside reads one file of an archive, or goes into it where it is an archive
// itself. Its records are named with the path inside the archive.
func (w *walk) inside(src Source, name string, r io.Reader, b *budget, rep *Report) error {
	if w.entries++; w.entries > w.limits.Entries {
		return ErrEntries
	}
	peek := newPeeker(metered{r, b})
	head, err := peek.head()
	if err != nil {
		return err
	}
	format, _ := Recognise(head, name)
	if len(head) == 0 && format == Unknown {
		return nil
	}
	switch format {
	case Gzip, TarArchive, ZipArchive:
		if b.depth == 0 {
			return ErrNesting
		}
		b.depth--
		defer func() { b.depth++ }()
	}
	switch format {
	case Gzip:
		return w.gunzip(src, name, peek, b, rep)
	case TarArchive:
		return w.untar(src, name, peek, b, rep)
	case ZipArchive:
		data, err := io.ReadAll(io.LimitReader(peek, maxNestedZip+1))
		if err != nil {
			return err
		}
		if len(data) > maxNestedZip {
			return fmt.Errorf("%w: a zip archive of more than %d bytes", ErrNesting, maxNestedZip)
		}
		return w.unzip(src, name, strings.NewReader(string(data)), int64(len(data)), b, rep)
	}
	one, err := Read(w.ctx, Source{Name: path.Base(name), SHA256: src.SHA256}, peek, w.defaults, w.options, func(found []Found) error {
		for i := range found {
			found[i].Record = printable(name) + ": " + found[i].Record
		}
		return w.yield(src, format, found)
	})
	one.Source = printable(name)
	rep.note(fmt.Sprintf("%s: %s", printable(name), or(string(one.Format), "in no format that is known")))
	rep.Merge(one, w.limits.Problems)
	if errors.Is(err, ErrEmpty) {
		return nil
	}
	return err
}

// entry reads one file of an archive; only what concerns the whole archive ends
// the reading of it.
func (w *walk) entry(src Source, name string, r io.Reader, b *budget, rep *Report) error {
	err := w.inside(src, name, r, b, rep)
	switch {
	case err == nil:
		return nil
	case w.ctx.Err() != nil, errors.Is(err, ErrBomb), errors.Is(err, ErrEntries), errors.Is(err, errYield):
		return err
	}
	w.refuse(rep, name, err)
	return nil
}

func (w *walk) refuse(rep *Report, name string, why error) {
	rep.Faults++
	if len(rep.Problems) < w.limits.Problems {
		rep.Problems = append(rep.Problems, Problem{Record: printable(name), Reason: reason(why)})
	}
}

func (w *walk) gunzip(src Source, name string, r io.Reader, b *budget, rep *Report) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	return w.entry(src, strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".tgz"), z, b, rep)
}

func (w *walk) untar(src Source, name string, r io.Reader, b *budget, rep *Report) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		inner := join(name, h.Name)
		switch {
		case h.Typeflag == tar.TypeDir:
		case h.Typeflag != tar.TypeReg:
			w.refuse(rep, inner, ErrLink)
		case !localName(h.Name):
			w.refuse(rep, inner, ErrName)
		default:
			if err := w.entry(src, inner, t, b, rep); err != nil {
				return err
			}
		}
		if w.entries > w.limits.Entries {
			return ErrEntries
		}
	}
}

func (w *walk) unzip(src Source, name string, r io.ReaderAt, size int64, b *budget, rep *Report) error {
	if err := zipDirectory(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	if len(z.File) > w.limits.Entries {
		return ErrEntries
	}
	for _, f := range z.File {
		inner := join(name, f.Name)
		switch {
		case strings.HasSuffix(f.Name, "/"):
			continue
		case !localName(f.Name):
			w.refuse(rep, inner, ErrName)
			continue
		case f.Flags&1 != 0:
			w.refuse(rep, inner, ErrEncrypted)
			continue
		case !f.Mode().IsRegular():
			w.refuse(rep, inner, ErrLink)
			continue
		}
		body, err := f.Open()
		if err != nil {
			w.refuse(rep, inner, err)
			continue
		}
		err = w.entry(src, inner, body, b, rep)
		body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// zipDirectory refuses a table of contents that would take more memory than an
// archive is worth. The number of entries that the archive states is not what
// the library goes by; the length of the table is.
func zipDirectory(r io.ReaderAt, size int64) error {
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
		return ErrEntries
	}
	return nil
}

// localName reports whether a name stays inside of its archive.
func localName(name string) bool {
	if name == "" || len(name) > 1024 || strings.ContainsAny(name, "\\\x00:") || path.IsAbs(name) || printable(name) != name && len(name) < 200 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}

// join names a file inside an archive; the archive itself is the source and is
// not named.
func join(archive, name string) string {
	if archive == "" {
		return name
	}
	return archive + "/" + name
}
