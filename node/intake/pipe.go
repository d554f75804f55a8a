package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/crosscase/crosscase/node/intake/reading"
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
}

type chunk struct {
	statements []reading.Statement
	bytes      int
	outcomes   []outcome
	done       chan struct{} // closed when outcomes is complete
}

// An outcome is what became of the statement at the same place of its chunk.
type outcome struct {
	found    []Found
	national int // telephone numbers of a text that cannot be read without a region
	err      error
}

var errStopped = errors.New("reading was stopped")

// run reads with read and hands each chunk, in order, to collect once its values are
// canonical.
func run(ctx context.Context, workers int, canonical func(reading.Statement) outcome, collect func(*chunk) error, read func(*pipe) error) error {
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
				c.outcomes = make([]outcome, len(c.statements))
				for i, s := range c.statements {
					if s.What == reading.IsValue && ctx.Err() == nil {
						c.outcomes[i] = guardedValue(canonical, s)
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
	err := guardedRead(func() error { return read(p) })
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

// A fault in a parser costs the value or the file that set it off, and is told;
// it does not cost what stands around it. What it says stays out of the report
// but for the runtime's own words, which hold no value.
var (
	ErrFault      = errors.New("a fault in the reader of this format; please report it")
	errValueFault = errors.New("a fault in reading this value; please report it")
)

func guardedValue(canonical func(reading.Statement) outcome, s reading.Statement) (out outcome) {
	defer func() {
		if recover() != nil {
			out = outcome{err: errValueFault}
		}
	}()
	return canonical(s)
}

func guardedRead(read func() error) (err error) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("%w: %w", ErrFault, fault)
		default:
			err = ErrFault
		}
	}()
	return read()
}

// add takes one statement of the reader.
func (p *pipe) add(s reading.Statement) error {
	if p.filling == nil {
		p.filling = &chunk{statements: make([]reading.Statement, 0, chunkStatements), done: make(chan struct{})}
	}
	p.filling.statements = append(p.filling.statements, s)
	p.filling.bytes += len(s.Value)
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
