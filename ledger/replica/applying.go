package replica

import (
	"crypto/ed25519"
	"fmt"
	"runtime"
	"sync"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
)

// A readLeaf is a leaf that was read.
type readLeaf struct {
	entry entry.Entry
	at    int64
	err   error
}

// readAhead reads leaves and verifies their signatures, on all processors, under the
// keys that a state has for their agencies: applying one whose signature holds under
// the same key does not verify it again. It judges nothing.
func (r *Replica) readAhead(s *state.State, leaves [][]byte) []readLeaf {
	out := make([]readLeaf, len(leaves))
	keys := map[string]ed25519.PublicKey{}
	for _, m := range s.Members() {
		keys[string(m.Agency)] = ed25519.PublicKey(m.AgencyKey)
	}
	workers := min(runtime.GOMAXPROCS(0), (len(leaves)+15)/16)
	var g sync.WaitGroup
	for w := range workers {
		g.Go(func() {
			for i := w; i < len(leaves); i += workers {
				l := &out[i]
				var raw []byte
				if l.at, raw, l.err = entry.SplitLeaf(leaves[i]); l.err != nil {
					continue
				}
				if l.entry, l.err = r.parse(raw); l.err != nil {
					continue
				}
				if key, ok := keys[string(l.entry.Agency)]; ok {
					_ = l.entry.Verify(key) // Apply says so again
				}
			}
		})
	}
	g.Wait()
	return out
}

// applyLeaves applies leaves to a state.
func (r *Replica) applyLeaves(s *state.State, leaves [][]byte) error {
	for _, l := range r.readAhead(s, leaves) {
		index := s.Size()
		if l.err == nil && index == 0 && l.entry.Hash() != r.cfg.Genesis {
			return fmt.Errorf("%w: the first entry is not the one that the invitation named", ErrAlarm)
		}
		if l.err == nil {
			l.err = s.Apply(l.entry, l.at)
		}
		if l.err != nil {
			return fmt.Errorf("entry %d: %w", index, l.err)
		}
	}
	return nil
}

// applyStored applies the leaves in the tiles from a state's size to another.
func (r *Replica) applyStored(s *state.State, size uint64) error {
	for s.Size() < size {
		n := s.Size() / pageSize
		leaves, err := r.tiles.Bundle(n)
		if err != nil {
			return err
		}
		from := s.Size() - n*pageSize
		to := min(uint64(len(leaves)), size-n*pageSize)
		if from >= to {
			return fmt.Errorf("entry %d is not stored", s.Size())
		}
		if err := r.applyLeaves(s, leaves[from:to]); err != nil {
			return err
		}
	}
	return nil
}
