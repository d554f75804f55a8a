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

	"github.com/crosscase/crosscase/node/intake/charset"
)

// Reasons for which a whole source is not read.
var (
	ErrEmpty   = errors.New("the source is empty")
	ErrUnknown = errors.New("the source is in no format that is known")
	ErrTooBig  = errors.New("the source is larger than the limit")
	ErrFormat  = errors.New("no such format")
	ErrArchive = errors.New("an archive is read from its file, not from a stream")
)

// headSize is how much of a source its format is told by.
const headSize = 64 << 10

// Options say how to read. The zero value reads anything.
type Options struct {
	Format   Format // "" tells the format by content
	Limits   Limits
	Progress func(bytes int64, records int) // called now and then, from one goroutine

	// Reports, if set, is given each report of the public or of a hotline as it stands
	// in the source, and nothing of it is stated as an identifier: a person is to look
	// at it first.
	Reports func(Source, PublicReport) error
}

// A reader reads one format.
type reader func(in *input, p *pipe) error

// input is a source on its way through a reader.
type input struct {
	io.Reader // UTF-8 for the text formats
	head      []byte
	whole     bool // head is all of it
	name      string
	encoding  string
	limits    Limits
	defaults  Defaults
}

// Read reads one source and hands what it finds to yield, in the order of the
// source, in batches of a few hundred. It returns when the source is read, when
// yield gives an error, or when ctx ends. The report is good as far as it came
// even beside an error; an error is about the source as a whole (its reader
// failed, it is empty, in no known format, too large), never about one record.
func Read(ctx context.Context, src Source, r io.Reader, d Defaults, o Options, yield func([]Found) error) (Report, error) {
	limits := o.Limits.orDefault()
	rep := Report{Source: src.Name, SHA256: src.SHA256}
	m := &meter{r: r, hash: sha256.New(), limit: limits.Bytes}
	buffered := bufio.NewReaderSize(m, headSize)
	head, err := buffered.Peek(headSize)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return rep, fmt.Errorf("reading the source: %w", err)
	}
	format, why := Recognise(head, src.Name)
	if len(head) == 0 && format != Image {
		return rep, ErrEmpty
	}
	if o.Format != "" && o.Format != format {
		format, why = o.Format, "as told"
	}
	rep.Format, rep.Why = format, why
	if format == Unknown {
		return rep, fmt.Errorf("%w: %s", ErrUnknown, why)
	}
	read, ok := readers[format]
	if !ok && unencoded[format] {
		return rep, fmt.Errorf("%w: %s", ErrArchive, format)
	}
	if !ok {
		return rep, fmt.Errorf("%w: %q", ErrFormat, format)
	}
	in := &input{
		head: head, whole: err == io.EOF, name: src.Name,
		limits: limits, defaults: d, Reader: buffered,
	}
	if !unencoded[format] {
		name, mark := charset.Detect(head)
		in.encoding = name
		in.Reader = charset.Reader(buffered, name, mark)
		in.head, _ = charset.Head(head)
		if name != charset.UTF8 {
			rep.note("encoding " + name)
		}
	} else {
		in.head = append([]byte(nil), head...)
	}
	c := &collector{report: &rep, limits: limits, yield: yield, meter: m, progress: o.Progress}
	err = run(ctx, limits.Workers, func(s statement) settled { return settle(s, d) }, c.collect, func(p *pipe) error {
		if o.Reports != nil {
			p.triage = func(r PublicReport) error {
				if err := o.Reports(src, r); err != nil {
					return fmt.Errorf("%w: %w", errYield, err)
				}
				return nil
			}
		}
		if err := read(in, p); err != nil {
			return err
		}
		return p.noteRepeated()
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
		return rep, fmt.Errorf("%s: %w", format, err)
	}
	return rep, nil
}

// A meter counts, hashes and limits what is read of a source.
type meter struct {
	r     io.Reader
	hash  hash.Hash
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
	m.hash.Write(p[:n])
	return n, err
}

// progress gives the bytes read so far; the collector asks for it while the
// reader goes on.
func (m *meter) progress() int64 { return m.shown.Load() }
