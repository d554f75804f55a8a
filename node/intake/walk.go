package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/node/intake/reading"
)

var errYield = errors.New("what was found was not taken")

var errCannotOpen = errors.New("it cannot be opened")

// Walk reads a file, an archive, or every file below a folder. Links are not
// followed, nothing is written, and a file that cannot be read is a problem of
// the report and ends nothing.
//
// Each file is hashed first, so that its source carries its hash; what stands in
// an archive has the archive for its source and its own path in its records.
// yield gets the batches of a source in order; done, where given, the report of
// each source. The report that Walk returns is of all of them.
func Walk(ctx context.Context, root string, d Defaults, o Options, yield func(Source, []Found) error, done func(Report) error) (Report, error) {
	limits := limitsOf(o)
	w := &walk{
		ctx: ctx, defaults: d, options: o, limits: limits, done: done, visits: &visits{limit: limits.Entries},
		yield: func(s Source, found []Found) error {
			if err := yield(s, found); err != nil {
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

// A walk reads files and what is in them under one budget.
type walk struct {
	ctx      context.Context
	defaults Defaults
	options  Options
	limits   Limits
	visits   *visits
	yield    func(Source, []Found) error
	done     func(Report) error
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
			w.refuse(&total, name, errCannotOpen)
			return nil
		case e.IsDir():
			return nil
		case !e.Type().IsRegular():
			w.refuse(&total, name, reading.ErrLink)
			return nil
		}
		if err := w.visits.another(); err != nil {
			return err
		}
		file, err := dir.Open(name)
		if err != nil {
			w.refuse(&total, name, errCannotOpen)
			return nil
		}
		defer file.Close()
		one, err := w.file(name, file)
		total.Merge(one, w.limits.Problems)
		total.file(one, err)
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
	rep := Report{Source: reading.Printable(name)}
	info, err := file.Stat()
	if err != nil {
		return rep, fmt.Errorf("opening the source: %w", err)
	}
	src := Source{Name: reading.Printable(filepath.Base(name)), Size: info.Size()}
	var random io.ReaderAt
	if info.Mode().IsRegular() {
		sum := sha256.New()
		if _, err := io.Copy(sum, file); err != nil {
			return rep, fmt.Errorf("reading the source: %w", err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return rep, fmt.Errorf("reading the source: %w", err)
		}
		src.SHA256, random = hex.EncodeToString(sum.Sum(nil)), file
	}
	rep, err = read(w.ctx, src, file, random, w.visits, w.defaults, w.options, func(found []Found) error { return w.yield(src, found) })
	rep.Source = reading.Printable(name)
	if w.done != nil && !errors.Is(err, errYield) {
		if doneErr := w.done(rep); doneErr != nil {
			return rep, fmt.Errorf("%w: %w", errYield, doneErr)
		}
	}
	return rep, err
}

func (w *walk) refuse(rep *Report, name string, why error) {
	rep.Faults++
	if len(rep.Problems) < w.limits.Problems {
		rep.Problems = append(rep.Problems, Problem{Record: reading.Printable(name), Reason: wordsOf(why).Error()})
	}
}

// wordsOf returns an error without the path that the system puts into it.
func wordsOf(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// heldSize is how much of a stream is held in memory until its hash is known.
const heldSize = 16 << 20

// ReadStream reads a source that comes once and has no file, as [Read] does, and
// names it to yield with, where it is no longer than 16 MB, its hash. What a longer one
// holds is handed on before all of it was seen: its provenance has no hash, which the
// report says.
func ReadStream(ctx context.Context, name string, r io.Reader, d Defaults, o Options, yield func(Source, []Found) error) (Report, error) {
	held, err := io.ReadAll(io.LimitReader(r, heldSize+1))
	if err != nil {
		return Report{Source: name}, fmt.Errorf("reading the source: %w", err)
	}
	src := Source{Name: name}
	whole := len(held) <= heldSize
	if whole {
		sum := sha256.Sum256(held)
		src.SHA256, src.Size = hex.EncodeToString(sum[:]), int64(len(held))
	}
	rep, err := Read(ctx, src, io.MultiReader(bytes.NewReader(held), r), d, o, func(found []Found) error { return yield(src, found) })
	if !whole {
		rep.note("a stream of more than 16 MB: what was found in it is kept without the hash of the source; give a file to have it")
	}
	return rep, err
}
