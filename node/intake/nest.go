package intake

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/crosscase/crosscase/node/intake/charset"
	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/reading"
)

// maxNested is how many files may stand inside each other, archives or not.
const maxNested = 8

// A nest reads one source and the files that stand inside of it under one budget.
type nest struct {
	ctx     context.Context
	limits  Limits
	options Options
	visits  *visits
	size    int64 // of the source; 0 where it is not known

	depth    int
	archives int
	budget   *budget // nil outside of archives
}

// visits counts the files of one walk.
type visits struct {
	mu    sync.Mutex
	n     int // guarded by mu
	limit int
}

func (v *visits) another() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.n++; v.n > v.limit {
		return reading.ErrEntries
	}
	return nil
}

// A budget is what one archive may still expand to.
type budget struct{ left int64 }

// A metered reader draws on a budget.
type metered struct {
	r io.Reader
	b *budget
}

func (m metered) Read(p []byte) (int, error) {
	if m.b.left <= 0 {
		return 0, reading.ErrBomb
	}
	if int64(len(p)) > m.b.left {
		p = p[:m.b.left]
	}
	n, err := m.r.Read(p)
	m.b.left -= int64(n)
	return n, err
}

// read reads a source whose format is known.
func (n *nest) read(f reading.Format, head *reading.Head, r *bufio.Reader, file io.ReaderAt, size int64, out *reading.Sink) error {
	in := &reading.Input{Reader: r, Head: head, Name: head.Name, Limits: n.limits, Columns: n.options.Columns, File: file, Size: size}
	if !f.Binary {
		name, mark := charset.Detect(head.Raw)
		in.Reader = charset.Reader(r, name, mark)
		if name != charset.UTF8 {
			if err := out.Note("encoding " + name); err != nil {
				return err
			}
		}
	}
	if f.Container {
		n.depth++
		defer func() { n.depth-- }()
	}
	if f.Archive {
		if n.budget == nil {
			n.budget = &budget{left: n.limits.Expanded}
			if n.size > 0 {
				n.budget.left = min(n.limits.Expanded, 1<<20+n.limits.Ratio*n.size)
			}
			defer func() { n.budget = nil }()
		}
		n.archives++
		defer func() { n.archives-- }()
	}
	return f.Read(in, out)
}

// open reads a file that stands inside of the source. Only what concerns the source as
// a whole is an error; a file that cannot be read is refused by its name.
func (n *nest) open(out *reading.Sink, name string, r io.Reader) error {
	err := n.inside(out, name, r)
	switch {
	case err == nil:
		return nil
	case n.ctx.Err() != nil, errors.Is(err, errStopped), errors.Is(err, reading.ErrBomb), errors.Is(err, reading.ErrEntries), errors.Is(err, errYield):
		return err
	}
	return out.Refused(name, wordsOf(err))
}

func (n *nest) inside(out *reading.Sink, name string, r io.Reader) error {
	if err := n.visits.another(); err != nil {
		return err
	}
	if n.budget != nil {
		r = metered{r, n.budget}
	}
	buffered := bufio.NewReaderSize(r, reading.HeadSize)
	head, err := headOf(buffered, name)
	if err != nil {
		return err
	}
	f, why, ok := format.Tell(head)
	if !ok && len(head.Raw) == 0 {
		return nil
	}
	if err := out.Note(fmt.Sprintf("%s: %s", out.Path(name), cmp.Or(f.Name, "in no format that is known"))); err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknown, why)
	}
	if n.depth >= maxNested || f.Archive && n.archives > n.limits.Nesting {
		return reading.ErrNesting
	}
	inner := out.Inside(name, f.Name)
	if f.Archive {
		inner = out.Within(name)
	}
	return guardedRead(func() error { return n.read(f, head, buffered, nil, 0, inner) })
}
