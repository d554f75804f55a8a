package match

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

func newSalt() (salt [32]byte) {
	rand.Read(salt[:]) // never fails (Go 1.24)
	return salt
}

func (s *Service) batchPath(id casework.BatchID) string {
	return filepath.Join(s.cfg.Dir, "batches", id.String())
}

func parts(count uint32) uint32 { return (count + chunk - 1) / chunk }

// partItems gives the items and blinds of one part.
func (s *Service) partItems(ctx context.Context, k Keys, b store.Batch, part uint32) ([]store.MatchItem, []oprf.Blind, error) {
	from := part * chunk
	want := int(min(chunk, b.Count-from))
	items, err := s.cfg.Store.BatchItems(ctx, b.ID, int(from), want)
	if err != nil {
		return nil, nil, fmt.Errorf("part %d: %w", part, err)
	}
	if len(items) != want {
		return nil, nil, fmt.Errorf("part %d: %w: %d of %d are left", part, ErrItems, len(items), want)
	}
	all, err := oprf.BlindsFrom(k.Audit, b.ID[:])
	if err != nil {
		return nil, nil, fmt.Errorf("part %d: %w", part, err)
	}
	blinds := make([]oprf.Blind, want)
	for i := range blinds {
		if blinds[i], err = all.At(uint64(from) + uint64(i)); err != nil {
			return nil, nil, fmt.Errorf("part %d: %w", part, err)
		}
	}
	return items, blinds, nil
}

// blind writes the batch's blinded elements into its file and gives the hash of
// each part. The same batch makes the same file: every blind follows from the audit
// key, the batch and the position.
func (s *Service) blind(ctx context.Context, b store.Batch) (hashes []entry.Hash, err error) {
	k, err := s.keys(b.Epoch)
	if err != nil {
		return nil, err
	}
	path := s.batchPath(b.ID)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	w := bufio.NewWriterSize(f, chunk*oprf.ElementSize)
	err = func() error {
		for part := range parts(b.Count) {
			items, blinds, err := s.partItems(ctx, k, b, part)
			if err != nil {
				return err
			}
			elements := make([]byte, len(items)*oprf.ElementSize)
			if err := s.compute(ctx, func() error { return oprf.BlindBatch(ctx, s.options(), s.inputs(items), blinds, elements) }); err != nil {
				return fmt.Errorf("part %d: %w", part, err)
			}
			hashes = append(hashes, sha256.Sum256(elements))
			if _, err := w.Write(elements); err != nil {
				return fmt.Errorf("batch: %w", err)
			}
		}
		return errors.Join(w.Flush(), f.Sync())
	}()
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path+".new"))
	}
	return hashes, os.Rename(path+".new", path)
}

// elements reads one part from the batch's file.
func elements(f io.ReaderAt, b store.Batch, part uint32) ([]byte, error) {
	from := part * chunk
	out := make([]byte, min(chunk, b.Count-from)*oprf.ElementSize)
	if _, err := f.ReadAt(out, int64(from)*oprf.ElementSize); err != nil {
		return nil, fmt.Errorf("batch file: %w", err)
	}
	return out, nil
}

// openBatch opens the batch's file, made again where it is gone.
func (s *Service) openBatch(ctx context.Context, b store.Batch) (*os.File, error) {
	f, err := os.Open(s.batchPath(b.ID))
	if errors.Is(err, os.ErrNotExist) {
		if _, err = s.blind(ctx, b); err == nil {
			f, err = os.Open(s.batchPath(b.ID))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("batch file: %w", err)
	}
	return f, nil
}

// drop forgets a batch that was not logged.
func (s *Service) drop(ctx context.Context, id casework.BatchID) error {
	err := os.Remove(s.batchPath(id))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.cfg.Store.DropBatch(ctx, id))
}
