package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// Sizes of a chunk: what one worker brings into canonical form at a time.
const (
	chunkStatements = 256
	chunkBytes      = 256 << 10
)

// A pipe carries statements from the reader to the caller, in their order:
//
//	reader -> chunk -> workers (canonical forms, extraction) -> collector -> yield
//
// The reader runs in Read's goroutine, the collector in one of its own; a slow
// caller slows the reader, so that only a few chunks are ever in memory.
type pipe struct {
	ctx     context.Context
	filling *chunk      // owned by the reader
	jobs    chan *chunk // to the workers
	order   chan *chunk // the same, to the collector

	triage   func(PublicReport) error // nil: reports are stated
	folded   map[[32]byte]bool        // reports of the source that were read
	repeated int
}

type chunk struct {
	statements []statement
	bytes      int
	settled    []settled
	done       chan struct{} // closed when settled is complete
}

// settled is what became of the statement at the same place of its chunk.
type settled struct {
	found    []Found
	national int // telephone numbers of a text that cannot be read without a region
	err      error
}

var errStopped = errors.New("reading was stopped")

// run reads with read and hands each settled chunk, in order, to collect.
func run(ctx context.Context, workers int, settle func(statement) settled, collect func(*chunk) error, read func(*pipe) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := &pipe{ctx: ctx, jobs: make(chan *chunk, workers), order: make(chan *chunk, 2*workers)}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for c := range p.jobs {
				c.settled = make([]settled, len(c.statements))
				for i, s := range c.statements {
					if s.what == isValue && ctx.Err() == nil {
						c.settled[i] = guarded(settle, s)
					}
				}
				close(c.done)
			}
		})
	}
	group.Go(func() {
		for c := range p.order {
			<-c.done
			if ctx.Err() != nil {
				continue
			}
			if err := collect(c); err != nil {
				cancel(err)
			}
		}
	})
	err := guardedRead(read, p)
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	close(p.jobs)
	close(p.order)
	group.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// A fault in a parser costs the value or the source that set it off, and is told;
// it does not cost what stands around it. What it says stays out of the report
// but for the runtime's own words, which hold no value.
var (
	ErrFault      = errors.New("a fault in the reader of this format; please report it")
	errValueFault = errors.New("a fault in reading this value; please report it")
)

func guarded(settle func(statement) settled, s statement) (out settled) {
	defer func() {
		if recover() != nil {
			out = settled{err: errValueFault}
		}
	}()
	return settle(s)
}

func guardedRead(read func(*pipe) error, p *pipe) (err error) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("%w: %w", ErrFault, fault)
		default:
			err = ErrFault
		}
	}()
	return read(p)
}

func (p *pipe) add(s statement) error {
	if p.filling == nil {
		p.filling = &chunk{statements: make([]statement, 0, chunkStatements), done: make(chan struct{})}
	}
	p.filling.statements = append(p.filling.statements, s)
	p.filling.bytes += len(s.value)
	if len(p.filling.statements) >= chunkStatements || p.filling.bytes >= chunkBytes {
		return p.flush()
	}
	return nil
}

func (p *pipe) flush() error {
	c := p.filling
	if c == nil {
		return nil
	}
	p.filling = nil
	if p.ctx.Err() != nil {
		return fmt.Errorf("%w: %w", errStopped, context.Cause(p.ctx))
	}
	// jobs first: the collector waits only for chunks that a worker will take
	select {
	case p.jobs <- c:
	case <-p.ctx.Done():
		return fmt.Errorf("%w: %w", errStopped, context.Cause(p.ctx))
	}
	p.order <- c
	return nil
}

func (p *pipe) value(s statement) error {
	if s.value == "" {
		return nil
	}
	return p.add(s)
}

// problem reports a record, or a part of one, that cannot be used. The reason
// holds no value.
func (p *pipe) problem(record, reason string) error {
	return p.add(statement{what: isProblem, record: record, reason: reason})
}

// record marks the end of a record.
func (p *pipe) record() error { return p.add(statement{what: isRecord}) }

// ignored marks the end of a record that holds nothing to match on.
func (p *pipe) ignored() error { return p.add(statement{what: isIgnored}) }

// note makes a remark on the whole source.
func (p *pipe) note(text string) error { return p.add(statement{what: isNote, reason: text}) }
