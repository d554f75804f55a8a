package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// A Filter says which entries are wanted; empty fields want all.
type Filter struct {
	From   uint64
	Type   string
	Agency string
}

// A Line is one entry as a list shows it.
type Line struct {
	Index  uint64    `json:"index"`
	At     time.Time `json:"at"` // appended
	Agency string    `json:"agency"`
	Type   string    `json:"type"`
	Seq    uint64    `json:"seq"`
	Key    string    `json:"key,omitempty"`
	Facts  string    `json:"facts,omitempty"`
}

// List returns the entries of a copy, in order. It verifies nothing: see Verify.
func List(ctx context.Context, src tiles.Source, f Filter, each func(Line) error) error {
	note, err := tiles.Checkpoint(ctx, src)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	c, err := checkpoint.Parse(note)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	reader := tiles.NewReader(src, c.Size)
	const bundle = 256
	for first := f.From / bundle * bundle; first < c.Size; first += bundle {
		leaves, err := reader.Bundle(ctx, int64(first/bundle))
		if err != nil {
			return fmt.Errorf("log: %w", err)
		}
		for i, leaf := range leaves {
			index := first + uint64(i)
			if index < f.From {
				continue
			}
			line, err := lineOf(index, leaf)
			if err != nil {
				return fmt.Errorf("log: entry %d: %w", index, err)
			}
			if (f.Type == "" || f.Type == line.Type) && (f.Agency == "" || f.Agency == line.Agency) {
				if err := each(line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func lineOf(index uint64, leaf []byte) (Line, error) {
	at, raw, err := entry.SplitLeaf(leaf)
	if err != nil {
		return Line{}, err
	}
	e, err := entry.Parse(raw)
	if errors.Is(err, entry.ErrUnknownType) {
		return Line{Index: index, At: time.UnixMilli(at).UTC(), Agency: string(e.Agency), Type: string(e.Type), Seq: e.Seq, Facts: "of a type that this build does not know"}, nil
	}
	if err != nil {
		return Line{}, err
	}
	return Line{
		Index: index, At: time.UnixMilli(at).UTC(), Agency: string(e.Agency), Type: string(e.Type), Seq: e.Seq, Key: e.Body.Key(), Facts: e.Body.Facts(),
	}, nil
}
