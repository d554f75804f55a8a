package replica

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// reread recomputes every hash from the leaves in the tiles and replays them, so
// that a node that starts without a quorum knows its members, and can tell that
// its disk changed a byte before it says anything to anybody. Raft replays them
// once more: only its own replay decides what comes next.
func (r *Replica) reread() error {
	note, size := r.tiles.Checkpoint()
	if size == 0 {
		return nil
	}
	root, err := r.tiles.RootAt(size)
	if err != nil {
		return err
	}
	// Not as a Lister: what is left from earlier checkpoints stops nobody.
	dir := struct{ tiles.Source }{tiles.Dir(os.DirFS(filepath.Join(r.cfg.Dir, "tiles")))}
	if err := tiles.NewReader(dir, size).Check(context.Background(), root); err != nil {
		return fmt.Errorf("%w: %w; %s", ErrDamaged, err, wayBack)
	}
	s := state.New()
	var stored page
	for i := range size {
		leaf, err := stored.leaf(r.tiles, i)
		if err != nil {
			return err
		}
		at, raw, err := entry.SplitLeaf(leaf)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		e, err := entry.Parse(raw)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if i == 0 && e.Hash() != r.cfg.Genesis {
			return fmt.Errorf("%w: the first entry is not the one that the invitation named", ErrAlarm)
		}
		if err := s.Apply(e, at); err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrAlarm, i, err)
		}
	}
	r.stored = s
	c, err := s.Policy().Verify(note)
	if err != nil {
		return nil // the voters changed in between; raft's replay has it
	}
	r.certified = c
	r.sawSigned(c.Checkpoint, note, c.Cosigners...)
	return r.holdsJournal(c)
}

// holdsJournal compares the journal with a certified note that bears this replica's
// own cosignature. A journal that does not know of it is an older one.
func (r *Replica) holdsJournal(c checkpoint.Certified) error {
	if !slices.Contains(c.Cosigners, r.cfg.Agency) {
		return nil
	}
	own := r.signed.known()
	switch {
	case own.Log == "":
	case own.Size < c.Size:
		r.forgot = fmt.Sprintf("its journal says that it signed %d entries, and the checkpoint in its tiles bears its signature for %d", own.Size, c.Size)
	case own.Size == c.Size && own.Root != c.Root:
		return r.evidence(fmt.Sprintf("this node signed two roots of %d entries: the one in %s is not the certified one", c.Size, r.signed.path), c.Note, []byte(checkpoint.Checkpoint{Origin: c.Origin, Size: own.Size, Root: own.Root}.Text()))
	}
	return nil
}

// view is the state that is furthest; r.mu is held.
func (r *Replica) view() *state.State {
	if r.stored != nil {
		return r.stored
	}
	return r.state
}

// caughtUpWithStored forgets the stored state once raft's replay is as far; r.mu
// is held.
func (r *Replica) caughtUpWithStored() {
	if r.stored != nil && r.state.Size() >= r.stored.Size() {
		r.stored = nil
	}
}

// A page is the bundle of stored leaves that was read last.
type page struct {
	n      uint64
	leaves [][]byte
}

const pageSize = 256

func (p *page) leaf(t *tiles.Store, i uint64) ([]byte, error) {
	if n := i / pageSize; p.n != n || i%pageSize >= uint64(len(p.leaves)) {
		leaves, err := t.Bundle(n)
		if err != nil {
			return nil, err
		}
		if i%pageSize >= uint64(len(leaves)) {
			return nil, fmt.Errorf("entry %d is not stored", i)
		}
		p.n, p.leaves = n, leaves
	}
	return p.leaves[i%pageSize], nil
}
