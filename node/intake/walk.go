package intake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

var errYield = errors.New("what was found was not taken")

// Walk reads a file, an archive, or every file below a folder. Links are not
// followed, nothing is written, and a file that cannot be read is a problem of
// the report and ends nothing.
//
// Each file is hashed first, so that its source carries its hash; what stands in
// an archive has the archive for its source and its own path in its records.
// yield gets the batches of a source in order; done, where given, the report of
// each source. The report that Walk returns is of all of them.
func Walk(ctx context.Context, root string, d Defaults, o Options, yield func(Source, Format, []Found) error, done func(Report) error) (Report, error) {
	w := &walk{
		ctx: ctx, defaults: d, options: o, limits: o.Limits.orDefault(), done: done,
		yield: func(s Source, f Format, found []Found) error {
			if err := yield(s, f, found); err != nil {
				return fmt.Errorf("%w: %w", errYield, err)
			}
			return nil
		},
	}
	info, err := os.Stat(root)
	if err != nil {
		return Report{}, fmt.Errorf("opening the source: %w", err)
	}
	if !info.IsDir() {
		file, err := os.Open(root)
		if err != nil {
			return Report{}, fmt.Errorf("opening the source: %w", err)
		}
		defer file.Close()
		return w.file(filepath.Base(root), file)
	}
	return w.folder(root)
}

func (w *walk) folder(root string) (Report, error) {
	total := Report{Source: filepath.Base(root), Why: "a folder"}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return total, fmt.Errorf("opening the folder: %w", err)
	}
	defer dir.Close()
	err = fs.WalkDir(dir.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case w.ctx.Err() != nil:
			return context.Cause(w.ctx)
		case err != nil:
			w.refuse(&total, name, errors.New("it cannot be opened"))
			return nil
		case e.IsDir():
			return nil
		case !e.Type().IsRegular():
			w.refuse(&total, name, ErrLink)
			return nil
		}
		if w.entries++; w.entries > w.limits.Entries {
			return ErrEntries
		}
		file, err := dir.Open(name)
		if err != nil {
			w.refuse(&total, name, errors.New("it cannot be opened"))
			return nil
		}
		defer file.Close()
		one, err := w.file(name, file)
		total.Merge(one, w.limits.Problems)
		if err != nil && (w.ctx.Err() != nil || errors.Is(err, errYield)) {
			return err
		}
		if err != nil {
			w.refuse(&total, name, err)
		}
		return nil
	})
	return total, err
}

// file reads one file after hashing it.
func (w *walk) file(name string, file *os.File) (Report, error) {
	rep := Report{Source: printable(name)}
	info, err := file.Stat()
	if err != nil {
		return rep, fmt.Errorf("opening the source: %w", err)
	}
	src := Source{Name: printable(filepath.Base(name)), Size: info.Size()}
	if info.Mode().IsRegular() {
		sum := sha256.New()
		if _, err := io.Copy(sum, file); err != nil {
			return rep, fmt.Errorf("reading the source: %w", err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return rep, fmt.Errorf("reading the source: %w", err)
		}
		src.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	peek := newPeeker(file)
	head, err := peek.head()
	if err != nil {
		return rep, err
	}
	format, why := Recognise(head, name)
	switch format {
	case ZipArchive, TarArchive, Gzip:
		rep.Format, rep.Why, rep.SHA256, rep.Bytes = format, why, src.SHA256, src.Size
		err = w.archive(format, src, file, peek, &rep)
	default:
		rep, err = Read(w.ctx, src, peek, w.defaults, w.options, func(found []Found) error { return w.yield(src, format, found) })
		rep.Source = printable(name)
	}
	if w.done != nil && !errors.Is(err, errYield) {
		if doneErr := w.done(rep); doneErr != nil {
			return rep, fmt.Errorf("%w: %w", errYield, doneErr)
		}
	}
	return rep, err
}

func (w *walk) archive(format Format, src Source, file *os.File, r io.Reader, rep *Report) error {
	b := w.budget(src.Size)
	switch format {
	case ZipArchive:
		return w.unzip(src, "", file, src.Size, b, rep)
	case TarArchive:
		return w.untar(src, "", metered{r, b}, b, rep)
	}
	return w.gunzip(src, src.Name, r, b, rep)
}

// reason gives the words of an error without the path that the system puts into
// it.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// A peeker gives the head of a source and then all of it.
type peeker struct{ *bufio.Reader }

func newPeeker(r io.Reader) peeker { return peeker{bufio.NewReaderSize(r, headSize)} }

func (p peeker) head() ([]byte, error) {
	head, err := p.Peek(headSize)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	return head, nil
}
