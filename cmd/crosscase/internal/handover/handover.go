// Package handover reads a source in the officer's own process and hands what is
// found to the node, a batch at a time, over its local socket. The node sees kinds
// and canonical values and where they stood, and never the file.
package handover

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// batch is how many items go in one call, and batchBytes about how many bytes. A call
// is one transaction of the store, whose indexes are written page by page: the more
// items share a page, the less is written.
const (
	batch      = 16_000
	batchBytes = 3 << 20
	itemBytes  = 160 // of one beside its own values
)

// senders is how many calls are under way at a time: the node reads one while it
// stores another.
const senders = 2

// A Hand brings the items of one case to a node. While the node stores one batch the
// next is read.
type Hand struct {
	Client  *control.Client
	CaseRef string

	mu    sync.Mutex
	known map[casework.Kind]int // how many the node held before; guarded by mu until settle

	source intake.Source
	format string
	parcel parcel
	bytes  int

	full   chan parcel
	fail   context.CancelCauseFunc
	failed context.Context // ends, with its cause, when a batch was not stored
	sender sync.WaitGroup
}

// A parcel is a batch on its way.
type parcel struct {
	source casework.Provenance
	items  []api.Item
	keys   []api.Item // other forms of some of them, which count nowhere
}

// Walk takes in a file, a folder or an archive.
func (h *Hand) Walk(ctx context.Context, path string, d intake.Defaults, o intake.Options) (intake.Report, error) {
	h.begin(ctx)
	report, err := intake.Walk(ctx, path, d, o, h.take, nil)
	return h.settle(report, err)
}

// Read takes in a stream.
func (h *Hand) Read(ctx context.Context, name string, r io.Reader, d intake.Defaults, o intake.Options) (intake.Report, error) {
	h.begin(ctx)
	report, err := intake.ReadStream(ctx, name, r, d, o, h.take)
	return h.settle(report, err)
}

// begin starts the senders; settle waits for them.
func (h *Hand) begin(ctx context.Context) {
	ctx, fail := context.WithCancelCause(ctx)
	h.known, h.full, h.failed, h.fail = map[casework.Kind]int{}, make(chan parcel), ctx, fail
	for range senders {
		h.sender.Go(func() {
			for p := range h.full {
				if ctx.Err() != nil {
					continue
				}
				if err := h.send(ctx, p); err != nil {
					fail(err)
				}
			}
		})
	}
}

// settle brings the last items over and tells the report what was new.
func (h *Hand) settle(report intake.Report, err error) (intake.Report, error) {
	if ferr := h.flush(); err == nil {
		err = ferr
	}
	close(h.full)
	h.sender.Wait()
	h.fail(nil)
	if cause := context.Cause(h.failed); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	if err == nil {
		report.Settle(h.known)
	}
	return report, err
}

func (h *Hand) take(src intake.Source, found []intake.Found) error {
	for _, f := range found {
		if src != h.source || f.Format != h.format {
			if err := h.flush(); err != nil {
				return err
			}
			h.source, h.format = src, f.Format
		}
		it := item(f)
		h.parcel.items = append(h.parcel.items, it)
		h.bytes += itemBytes + len(it.Value) + len(it.Record) + len(it.Handling.Text) + len(it.Tool)
		for _, key := range f.Keys {
			h.parcel.keys = append(h.parcel.keys, WithKey(it, key))
		}
		if len(h.parcel.items) == batch || h.bytes >= batchBytes {
			if err := h.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush hands what was gathered to the sender.
func (h *Hand) flush() error {
	if len(h.parcel.items) == 0 {
		return nil
	}
	p := h.parcel
	p.source = casework.Provenance{Source: h.source.Name, SHA256: h.source.SHA256, Format: h.format, Imported: time.Now().UTC()}
	h.parcel, h.bytes = parcel{}, 0
	select {
	case h.full <- p:
		return nil
	case <-h.failed.Done():
		return context.Cause(h.failed)
	}
}

// send brings one batch to the node, which has stored it when it answers.
func (h *Hand) send(ctx context.Context, p parcel) error {
	add := func(items []api.Item) (api.ItemsAddedView, error) {
		params := api.ItemsAddRequest{Case: h.CaseRef, Normaliser: identify.NormaliserVersion, Source: p.source, Items: api.Gather(items)}
		return api.ItemsAdd.Call(ctx, h.Client, params)
	}
	r, err := add(p.items)
	if err == nil && len(p.keys) > 0 {
		_, err = add(p.keys)
	}
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for kind, n := range r.Known {
		h.known[kind] += n
	}
	return nil
}

// WithKey is an item in another of its forms, which is matched beside the first.
func WithKey(it api.Item, form casework.Identifier) api.Item {
	it.Kind, it.Value = form.Kind(), form.Reveal()
	it.Assumed = append(slices.Clone(it.Assumed), identify.OtherForm)
	return it
}

// item is a found identifier as it goes to the node.
func item(f intake.Found) api.Item {
	return api.Item{
		Kind: f.Identifier.Kind(), Value: f.Identifier.Reveal(), Visibility: f.Visibility, WhyNot: f.WhyNot, Confidence: f.Confidence,
		Category: f.Category, Consent: f.Consent, Grading: f.Grading, Handling: f.Handling, TLP: f.TLP, Seen: f.Seen, Captured: f.Captured, Tool: f.Tool, Record: f.Record, Assumed: f.Assumed,
	}
}
