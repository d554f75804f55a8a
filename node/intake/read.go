package intake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	"github.com/crosscase/crosscase/node/intake/format"
	"github.com/crosscase/crosscase/node/intake/reading"
	"golang.org/x/text/encoding/htmlindex"
)

// Reasons for which a whole source is not read.
var (
	ErrEmpty   = errors.New("the source is empty")
	ErrUnknown = errors.New("the source is in no format that is known")
	ErrTooBig  = errors.New("the source is larger than the limit")
	ErrFormat  = errors.New("no such format")
)

// Options say how to read. The zero value reads anything.
type Options struct {
	Format   string            // "" tells the format by content
	Encoding string            // of the text, by its WHATWG name; "" detects it
	Columns  map[string]string // what columns of tables hold, by header: "Partner" -> "phone"
	Limits   Limits
	Progress func(bytes int64, records int) // called now and then, from one goroutine

	// Reports, if set, is given each report of the public or of a hotline as it stands
	// in the source, and nothing of it is stated as an identifier: a person is to look
	// at it first.
	Reports func(Source, PublicReport) error
}

// Read reads one source and hands what it finds to yield, in the order of the
// source, in batches of a few hundred, each good until yield returns. It returns when
// the source is read, when yield returns an error, or when ctx ends. The report is
// good as far as it came even beside an error; an error is about the source as a whole
// (its reader failed, it is empty, in no known format, too large), never about one
// record.
func Read(ctx context.Context, src Source, r io.Reader, d Defaults, o Options, yield func([]Found) error) (Report, error) {
	return read(ctx, src, r, nil, &visits{limit: limitsOf(o).Entries}, d, o, yield)
}

func limitsOf(o Options) Limits { return o.Limits.OrDefault() }

// read reads a source that may be open for reading at random.
func read(ctx context.Context, src Source, r io.Reader, file io.ReaderAt, v *visits, d Defaults, o Options, yield func([]Found) error) (Report, error) {
	limits := limitsOf(o)
	rep := Report{Source: src.Name, SHA256: src.SHA256}
	m := &meter{r: r, limit: limits.Bytes}
	if src.SHA256 == "" {
		m.hash = sha256.New()
	}
	plain, err := decoded(m, o.Encoding)
	if err != nil {
		return rep, err
	}
	buffered := bufio.NewReaderSize(plain, reading.HeadSize)
	head, err := headOf(buffered, src.Name)
	if err != nil {
		return rep, err
	}
	f, why, ok := format.Tell(head)
	rep.Format, rep.Why = f.Name, why
	switch {
	case o.Format != "" && o.Format != f.Name:
		if f, ok = format.Named(o.Format); !ok {
			return rep, fmt.Errorf("%w: %q", ErrFormat, o.Format)
		}
		rep.Format, rep.Why = f.Name, "as told"
		if len(head.Raw) == 0 && !f.Binary {
			return rep, ErrEmpty
		}
	case len(head.Raw) == 0 && !ok:
		return rep, ErrEmpty
	case !ok:
		return rep, fmt.Errorf("%w: %s", ErrUnknown, why)
	}
	c := &collector{report: &rep, limits: limits, yield: yield, meter: m, progress: o.Progress}
	err = run(ctx, limits.Workers, func(s reading.Statement) outcome { return canonicalForms(s, d) }, c.collect, func(p *pipe) error {
		n := &nest{ctx: ctx, limits: limits, options: o, visits: v, size: src.Size}
		out := &reading.Sink{Add: p.add, Open: n.open, Reports: &reading.Reports{}}
		if o.Reports != nil {
			out.Triage = func(r PublicReport) error {
				if err := o.Reports(src, r); err != nil {
					return fmt.Errorf("%w: %w", errYield, err)
				}
				return nil
			}
		}
		if err := n.read(f, head, buffered, file, src.Size, out); err != nil {
			return err
		}
		if note := out.Reports.Note(); note != "" {
			return out.Note(note)
		}
		return nil
	})
	c.finish()
	if err == nil {
		// what a reader left unread still belongs to the source's hash
		_, err = io.Copy(io.Discard, buffered)
	}
	rep.Bytes = m.read
	if err == nil && rep.SHA256 == "" {
		rep.SHA256 = hex.EncodeToString(m.hash.Sum(nil))
	}
	if err != nil {
		return rep, fmt.Errorf("%s: %w", f.Name, err)
	}
	return rep, nil
}

// ErrEncoding means that an encoding was asked for that is not known.
var ErrEncoding = errors.New("no such encoding")

// decoded reads a source in the encoding that a person said it is in.
func decoded(r io.Reader, encoding string) (io.Reader, error) {
	if encoding == "" {
		return r, nil
	}
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrEncoding, encoding)
	}
	return e.NewDecoder().Reader(r), nil
}

// headOf looks at the first bytes of a source without consuming them.
func headOf(r *bufio.Reader, name string) (*reading.Head, error) {
	head, err := r.Peek(reading.HeadSize)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	return reading.NewHead(append([]byte(nil), head...), err == io.EOF, name), nil
}

// A meter counts, hashes and limits what is read of a source.
type meter struct {
	r     io.Reader
	hash  hash.Hash // nil where the hash is known
	limit int64
	read  int64
	shown atomic.Int64 // read, for the collector
}

func (m *meter) Read(p []byte) (int, error) {
	if m.read >= m.limit {
		// a source of exactly the limit ends here; a longer one is refused
		var one [1]byte
		if n, err := m.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooBig
	}
	if int64(len(p)) > m.limit-m.read {
		p = p[:m.limit-m.read]
	}
	n, err := m.r.Read(p)
	m.read += int64(n)
	m.shown.Store(m.read)
	if m.hash != nil {
		m.hash.Write(p[:n])
	}
	return n, err
}

// progress returns the bytes read so far; the collector asks for it while the
// reader goes on.
func (m *meter) progress() int64 { return m.shown.Load() }
