// Package handover reads a source in the officer's own process and hands what is
// found to the node, a batch at a time, over its local socket. The node sees kinds
// and canonical values and where they stood, and never the file.
package handover

import (
	"context"
	"io"
	"time"

	"github.com/crosscase/crosscase/node/control"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/intake"
	"github.com/crosscase/crosscase/policy/casework"
)

// batch is how many items go in one call.
const batch = 2000

// A Hand brings the items of one case to a node.
type Hand struct {
	Client  *control.Client
	CaseRef string

	known  map[casework.Kind]int // how many the node held before
	source intake.Source
	format intake.Format
	items  []control.Item
}

// Walk takes in a file, a folder or an archive.
func (h *Hand) Walk(ctx context.Context, path string, d intake.Defaults, o intake.Options) (intake.Report, error) {
	report, err := intake.Walk(ctx, path, d, o, func(src intake.Source, format intake.Format, found []intake.Found) error {
		return h.take(ctx, src, format, found)
	}, nil)
	return h.settle(ctx, report, err)
}

// Read takes in a stream.
func (h *Hand) Read(ctx context.Context, name string, r io.Reader, d intake.Defaults, o intake.Options) (intake.Report, error) {
	report, err := intake.Read(ctx, intake.Source{Name: name}, r, d, o, func(found []intake.Found) error {
		return h.take(ctx, intake.Source{Name: name}, intake.Unknown, found)
	})
	return h.settle(ctx, report, err)
}

// settle brings the last items over and tells the report what was new.
func (h *Hand) settle(ctx context.Context, report intake.Report, err error) (intake.Report, error) {
	if ferr := h.flush(ctx); err == nil {
		err = ferr
	}
	if err == nil {
		report.Settle(h.known)
	}
	return report, err
}

func (h *Hand) take(ctx context.Context, src intake.Source, format intake.Format, found []intake.Found) error {
	if src != h.source || format != h.format {
		if err := h.flush(ctx); err != nil {
			return err
		}
		h.source, h.format = src, format
	}
	for _, f := range found {
		h.items = append(h.items, Item(f))
		if len(h.items) == batch {
			if err := h.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Hand) flush(ctx context.Context) error {
	if len(h.items) == 0 {
		return nil
	}
	p := control.ItemsAdd{
		Case: h.CaseRef, Normaliser: identify.NormaliserVersion, Items: h.items,
		Source: casework.Provenance{Source: h.source.Name, SHA256: h.source.SHA256, Format: string(h.format), Imported: time.Now().UTC()},
	}
	var r control.ItemsAdded
	if err := h.Client.Call(ctx, control.MethodItemsAdd, p, &r, nil); err != nil {
		return err
	}
	if h.known == nil {
		h.known = map[casework.Kind]int{}
	}
	for i, isNew := range r.New {
		if !isNew && i < len(h.items) && h.items[i].WhyNot == "" {
			h.known[h.items[i].Kind]++
		}
	}
	h.items = h.items[:0]
	return nil
}

// Item is a found identifier as it goes to the node.
func Item(f intake.Found) control.Item {
	return control.Item{
		Kind: f.Identifier.Kind(), Value: f.Identifier.Reveal(), Visibility: f.Visibility, WhyNot: f.WhyNot, Confidence: f.Confidence,
		Category: f.Category, Consent: f.Consent, Grading: f.Grading, Handling: f.Handling, TLP: f.TLP, Seen: f.Seen, Record: f.Record, Assumed: f.Assumed,
	}
}
