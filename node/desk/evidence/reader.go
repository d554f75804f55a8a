package evidence

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// batchItems is how many items go in one call, and batchBytes about how many bytes. A call
// is one transaction of the store, whose indexes are written page by page: the more
// items share a page, the less is written.
const (
	batchItems = 16_000
	batchBytes = 3 << 20
	itemBytes  = 160 // of one beside its own values
)

// senders is how many calls are under way at a time: the node reads one while it
// stores another.
const senders = 2

// A Reader reads sources in the officer's own process and brings what they hold to a
// node, a batch at a time: the node sees kinds and canonical values and where they
// stood, and never the file. While the node stores one batch the next is read. A
// Reader reads one source after another and is not safe for concurrent use.
type Reader struct {
	Node    api.Caller
	CaseRef string

	mu    sync.Mutex
	known map[casework.Kind]int // how many the node held before; guarded by mu until finish

	source intake.Source
	format string
	items  *api.Gathering // nil: none
	bytes  int

	full   chan batch
	fail   context.CancelCauseFunc
	failed context.Context // ends, with its cause, when a batch was not stored
	sender sync.WaitGroup
}

// A batch is on its way to the node in one call.
type batch struct {
	source casework.Provenance
	items  api.Items
}

// Walk takes in a file, a folder or an archive.
func (r *Reader) Walk(ctx context.Context, path string, d intake.Defaults, o intake.Options) (intake.Report, error) {
	r.begin(ctx)
	report, err := intake.Walk(ctx, path, d, o, r.take, nil)
	return r.finish(report, err)
}

// Read takes in a stream.
func (r *Reader) Read(ctx context.Context, name string, in io.Reader, d intake.Defaults, o intake.Options) (intake.Report, error) {
	r.begin(ctx)
	report, err := intake.ReadStream(ctx, name, in, d, o, r.take)
	return r.finish(report, err)
}

// begin starts the senders; finish waits for them.
func (r *Reader) begin(ctx context.Context) {
	ctx, fail := context.WithCancelCause(ctx)
	r.known, r.full, r.failed, r.fail = map[casework.Kind]int{}, make(chan batch), ctx, fail
	for range senders {
		r.sender.Go(func() {
			for p := range r.full {
				if ctx.Err() != nil {
					continue
				}
				if err := r.send(ctx, p); err != nil {
					fail(err)
				}
			}
		})
	}
}

// finish brings the last items over and tells the report what was new.
func (r *Reader) finish(report intake.Report, err error) (intake.Report, error) {
	if ferr := r.flush(); err == nil {
		err = ferr
	}
	close(r.full)
	r.sender.Wait()
	r.fail(nil)
	if cause := context.Cause(r.failed); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	if err == nil {
		report.Settle(r.known)
	}
	return report, err
}

func (r *Reader) take(src intake.Source, found []intake.Found) error {
	for i := range found {
		f := &found[i]
		if src != r.source || f.Provenance.Format != r.format {
			if err := r.flush(); err != nil {
				return err
			}
			r.source, r.format = src, f.Provenance.Format
		}
		if r.items == nil {
			r.items = api.NewGathering(batchItems)
		}
		r.items.Add(&f.Evidence)
		r.bytes += itemBytes + f.Identifier.Len() + len(f.Provenance.Record) + len(f.Handling.Text) + len(f.Provenance.Tool)
		for _, c := range f.Provenance.Context {
			r.bytes += len(c)
		}
		for _, key := range f.Keys {
			r.bytes += key.Len()
		}
		if r.items.Len() == batchItems || r.bytes >= batchBytes {
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush hands what was gathered to the sender.
func (r *Reader) flush() error {
	if r.items == nil {
		return nil
	}
	source := casework.Provenance{Source: r.source.Name, SHA256: r.source.SHA256, Format: r.format, Imported: time.Now().UTC()}
	p := batch{source, r.items.Items()}
	r.items, r.bytes = nil, 0
	select {
	case r.full <- p:
		return nil
	case <-r.failed.Done():
		return context.Cause(r.failed)
	}
}

// send brings one batch to the node, which has stored it when it answers.
func (r *Reader) send(ctx context.Context, p batch) error {
	added, err := api.ItemsAdd.Call(ctx, r.Node, api.ItemsAddRequest{Case: r.CaseRef, Normaliser: identify.NormaliserVersion, Source: p.source, Items: p.items})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for kind, n := range added.Known {
		r.known[kind] += n
	}
	return nil
}
