package match

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/policy/casework"
)

// What a peer's answers came to is kept, one place for each own item and peer: a
// hit may come years after the answer, and a request upon it needs the output. Each
// is covered by a pad of its own, made from the epoch's first audit key: an item's number
// is never used again and its output never changes, so no pad covers two values.

func (s *Service) outputsPath(p casework.AgencyID, epoch uint32) string {
	return filepath.Join(s.cfg.Dir, "outputs", fmt.Sprintf("%s-%d", p, epoch))
}

// pads makes the pads of one peer and epoch, with one keyed state for all.
type pads struct {
	mac  hash.Hash
	info []byte // what is authenticated, up to the item's number
	pad  [oprf.OutputSize]byte
}

func outputPads(k Keys, p casework.AgencyID, epoch uint32) *pads {
	info := fmt.Appendf(nil, "crosscase/1 kept output\x00%s\x00", p)
	return &pads{mac: hmac.New(sha512.New, k.Audit[0][:]), info: binary.BigEndian.AppendUint32(info, epoch)}
}

// cover covers an item's output, or uncovers it.
func (x *pads) cover(output []byte, seq int64) {
	x.mac.Reset()
	x.mac.Write(binary.BigEndian.AppendUint64(x.info, uint64(seq)))
	subtle.XORBytes(output, output, x.mac.Sum(x.pad[:0]))
}

// keepOutputs stores the outputs of items, before the store says that they were asked.
func (s *Service) keepOutputs(k Keys, p casework.AgencyID, epoch uint32, items []store.MatchItem, outputs []byte) (err error) {
	if err := os.MkdirAll(filepath.Join(s.cfg.Dir, "outputs"), 0o700); err != nil {
		return fmt.Errorf("keep answers: %w", err)
	}
	f, err := os.OpenFile(s.outputsPath(p, epoch), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep answers: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var together []byte // of items that follow one another
	pads := outputPads(k, p, epoch)
	for i, m := range items {
		together = append(together, outputs[i*oprf.OutputSize:(i+1)*oprf.OutputSize]...)
		pads.cover(together[len(together)-oprf.OutputSize:], m.Seq)
		if i+1 < len(items) && items[i+1].Seq == m.Seq+1 {
			continue
		}
		if _, err := f.WriteAt(together, (m.Seq+1)*oprf.OutputSize-int64(len(together))); err != nil {
			return fmt.Errorf("keep answers: %w", err)
		}
		together = together[:0]
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("keep answers: %w", err)
	}
	return nil
}

// readOutputs returns what keepOutputs stored of items, and which of them it has:
// an output is never zero.
func (s *Service) readOutputs(k Keys, p casework.AgencyID, epoch uint32, seqs []int64) (outputs []byte, has []bool, err error) {
	f, err := os.Open(s.outputsPath(p, epoch))
	if err != nil {
		return nil, nil, fmt.Errorf("kept answers: %w", err)
	}
	defer f.Close()
	outputs, has = make([]byte, len(seqs)*oprf.OutputSize), make([]bool, len(seqs))
	for from := 0; from < len(seqs); {
		to := from + 1
		for to < len(seqs) && seqs[to] == seqs[to-1]+1 {
			to++
		}
		run := outputs[from*oprf.OutputSize : to*oprf.OutputSize]
		if _, err := f.ReadAt(run, seqs[from]*oprf.OutputSize); err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("kept answers: %w", err)
		}
		from = to
	}
	pads := outputPads(k, p, epoch)
	for i, seq := range seqs {
		output := outputs[i*oprf.OutputSize : (i+1)*oprf.OutputSize]
		has[i] = [oprf.OutputSize]byte(output) != [oprf.OutputSize]byte{}
		pads.cover(output, seq)
	}
	return outputs, has, nil
}

// HitProof makes the proof, for a request upon a lead, that the peer answered this
// agency for the item.
func (s *Service) HitProof(ctx context.Context, l casework.Lead, request casework.RequestID) ([32]byte, error) {
	key, may, err := s.cfg.Store.KeyByAskedTag(ctx, l.Peer, l.Epoch, l.Tag)
	if err != nil {
		return [32]byte{}, fmt.Errorf("proof of a hit: %w", err)
	}
	if !may {
		return [32]byte{}, fmt.Errorf("proof of a hit: %w: the item may not match any more", store.ErrNotFound)
	}
	k, err := s.keys(l.Epoch)
	if err != nil {
		return [32]byte{}, fmt.Errorf("proof of a hit: %w", err)
	}
	output, has, err := s.readOutputs(k, l.Peer, l.Epoch, []int64{key.Seq})
	if err == nil && !has[0] {
		err = fmt.Errorf("%w: no answer for the item is kept", store.ErrNotFound)
	}
	if err != nil {
		return [32]byte{}, fmt.Errorf("proof of a hit: %w", err)
	}
	return hitProof(output, request), nil
}

// EraseOutputs erases what peers' answers to some match keys came to, in every epoch:
// the items were erased.
func (s *Service) EraseOutputs(seqs []int64) (err error) {
	files, err := os.ReadDir(filepath.Join(s.cfg.Dir, "outputs"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was asked
	}
	if err != nil {
		return fmt.Errorf("kept answers: %w", err)
	}
	for _, f := range files {
		if err := eraseIn(filepath.Join(s.cfg.Dir, "outputs", f.Name()), seqs); err != nil {
			return fmt.Errorf("kept answers: %w", err)
		}
	}
	return nil
}

func eraseIn(path string, seqs []int64) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var none [oprf.OutputSize]byte
	for _, seq := range seqs {
		if at := seq * oprf.OutputSize; at < info.Size() {
			if _, err := f.WriteAt(none[:], at); err != nil {
				return err
			}
		}
	}
	return f.Sync()
}
