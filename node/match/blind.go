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

	"github.com/google/renameio/v2"

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

// partItems returns the items of one part, each at its own position. A part of which
// an item was erased has none: a blind is never used for another item than the one
// at its position.
func (s *Service) partItems(ctx context.Context, b store.Batch, part uint32) ([]store.MatchItem, error) {
	from := int(part * chunk)
	want := int(min(chunk, b.Count-part*chunk))
	left, err := s.cfg.Store.BatchItems(ctx, b.ID, from, want)
	if err != nil {
		return nil, fmt.Errorf("part %d: %w", part, err)
	}
	items := make([]store.MatchItem, want)
	for i := range items {
		if i >= len(left) || left[i].Pos != from+i {
			return nil, fmt.Errorf("part %d: %w: %d of %d are left", part, ErrItems, len(left), want)
		}
		items[i] = left[i].MatchItem
	}
	return items, nil
}

// blinds are those of a batch, from the audit key that it was made with.
func (k Keys) blinds(b store.Batch) (oprf.Blinds, error) {
	if b.AuditKey >= uint32(len(k.Audit)) {
		return oprf.Blinds{}, fmt.Errorf("%w: its audit key is number %d of %d", ErrBatchFile, b.AuditKey+1, len(k.Audit))
	}
	return oprf.BlindsFrom(k.Audit[b.AuditKey], b.ID[:])
}

// blind writes the batch's blinded elements into its file and returns the hash of
// each part. The same batch makes the same file: every blind follows from the audit
// key, the batch and the position. Where the hashes are known, a file with other
// elements is not kept.
func (s *Service) blind(ctx context.Context, b store.Batch) (hashes []entry.Hash, err error) {
	k, err := s.keys(b.Epoch)
	if err != nil {
		return nil, err
	}
	blinds, err := k.blinds(b)
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	f, err := renameio.NewPendingFile(s.batchPath(b.ID), renameio.WithPermissions(0o600))
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	defer f.Cleanup() // does nothing once the file is in its place
	w := bufio.NewWriterSize(f, oprf.KeptSize(chunk))
	for part := range parts(b.Count) {
		blinded, err := s.blindPart(ctx, blinds, b, part)
		if err != nil {
			return nil, err
		}
		kept, err := blinds.Keep(blinded, uint64(part)*chunk)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", part, err)
		}
		hashes = append(hashes, sha256.Sum256(blinded.Elements()))
		if len(b.PartHashes) > 0 && hashes[part] != entry.Hash(b.PartHashes[part]) {
			return nil, fmt.Errorf("part %d, made again: %w", part, ErrSwapped)
		}
		if _, err := w.Write(kept); err != nil {
			return nil, fmt.Errorf("batch: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	return hashes, nil
}

// blindPart blinds the items of one part.
func (s *Service) blindPart(ctx context.Context, blinds oprf.Blinds, b store.Batch, part uint32) (blinded *oprf.Blinded, err error) {
	items, err := s.partItems(ctx, b, part)
	if err != nil {
		return nil, err
	}
	err = s.compute(ctx, isSmallUrgent(b), func() error {
		blinded, err = blinds.Blind(ctx, s.options(), s.inputs(items), uint64(part)*chunk)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("part %d: %w", part, err)
	}
	return blinded, nil
}

// restorePart returns one part as it was blinded, from the batch's file. What the
// file holds is of these items and these blinds, or it is an error.
func (s *Service) restorePart(ctx context.Context, k Keys, f io.ReaderAt, b store.Batch, part uint32) (items []store.MatchItem, blinded *oprf.Blinded, err error) {
	if items, err = s.partItems(ctx, b, part); err != nil {
		return nil, nil, err
	}
	blinds, err := k.blinds(b)
	if err != nil {
		return nil, nil, fmt.Errorf("part %d: %w", part, err)
	}
	kept := make([]byte, oprf.KeptSize(len(items)))
	if _, err := f.ReadAt(kept, int64(part)*int64(oprf.KeptSize(chunk))); err != nil {
		return nil, nil, fmt.Errorf("part %d: %w: %w", part, ErrBatchFile, err)
	}
	err = s.compute(ctx, isSmallUrgent(b), func() error {
		blinded, err = blinds.Restore(ctx, s.options(), s.inputs(items), uint64(part)*chunk, kept)
		return err
	})
	if errors.Is(err, oprf.ErrKept) {
		return nil, nil, fmt.Errorf("part %d: %w: %w", part, ErrBatchFile, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("part %d: %w", part, err)
	}
	return items, blinded, nil
}

// elements reads the elements of one part from the batch's file.
func elements(f io.ReaderAt, b store.Batch, part uint32) ([]byte, error) {
	out := make([]byte, min(chunk, b.Count-part*chunk)*oprf.ElementSize)
	if _, err := f.ReadAt(out, int64(part)*int64(oprf.KeptSize(chunk))); err != nil {
		return nil, fmt.Errorf("part %d: %w: %w", part, ErrBatchFile, err)
	}
	if sha256.Sum256(out) != b.PartHashes[part] {
		return nil, fmt.Errorf("part %d: %w", part, ErrBatchFile)
	}
	return out, nil
}

// openBatch opens the batch's file, made again where it is gone.
func (s *Service) openBatch(ctx context.Context, b store.Batch) (*os.File, error) {
	f, err := os.Open(s.batchPath(b.ID))
	if errors.Is(err, os.ErrNotExist) {
		err = s.blindAgain(ctx, b)
		if err == nil {
			f, err = os.Open(s.batchPath(b.ID))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("batch file: %w", err)
	}
	return f, nil
}

// blindAgain makes the file of a batch that is in the ledger. Elements other than
// those that were committed to never leave: a blind would serve for two inputs.
func (s *Service) blindAgain(ctx context.Context, b store.Batch) error {
	hashes, err := s.blind(ctx, b)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		if i >= len(b.PartHashes) || b.PartHashes[i] != h {
			return errors.Join(fmt.Errorf("part %d: %w", i, ErrItems), os.Remove(s.batchPath(b.ID)))
		}
	}
	return nil
}

// drop forgets a batch that was not logged.
func (s *Service) drop(ctx context.Context, id casework.BatchID) error {
	err := os.Remove(s.batchPath(id))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.cfg.Store.DropBatch(ctx, id))
}
