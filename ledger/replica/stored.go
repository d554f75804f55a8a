package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/ledger/tiles"
)

// reread brings a node that starts without a quorum to what it knew: from the state that
// it kept last, and the leaves in the tiles after it, whose hashes it recomputes. Where
// it kept none it recomputes all before it says anything to anybody; else recheck does,
// while the node runs. Raft replays them once more: only its own replay decides what
// comes next.
func (r *Replica) reread() error {
	note, size := r.tiles.Checkpoint()
	if size == 0 {
		return nil
	}
	s, err := r.stateUpTo(size)
	if err != nil {
		return err
	}
	if r.unchecked = s.Size(); r.unchecked == 0 {
		if err := r.checkTiles(context.Background(), size); err != nil {
			return err
		}
	} else if err := r.tiles.CheckFrom(r.unchecked); err != nil {
		return fmt.Errorf("%w: %w; %s", ErrDamaged, err, wayBack)
	}
	if err := r.applyStored(s, size); errors.Is(err, ErrAlarm) || errors.Is(err, state.ErrUpgrade) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrAlarm, err)
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

// checkTiles recomputes the hashes of all leaves of a size.
func (r *Replica) checkTiles(ctx context.Context, size uint64) error {
	root, err := r.tiles.RootAt(size)
	if err != nil {
		return err
	}
	// Not as a Lister: what is left from earlier checkpoints stops nobody.
	dir := struct{ tiles.Source }{tiles.Dir(os.DirFS(filepath.Join(r.cfg.Dir, "tiles")))}
	if err := tiles.NewReader(dir, size).Check(ctx, root); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w; %s", ErrDamaged, err, wayBack)
	}
	return nil
}

// recheck recomputes the hashes of the leaves that the start passed over. A byte that
// the disk changed stops this replica.
func (r *Replica) recheck(ctx context.Context) error {
	size := r.unchecked / pageSize * pageSize // whole bundles, which do not change any more
	if size == 0 {
		return nil
	}
	if err := r.checkTiles(ctx, size); err != nil {
		r.fail(err)
	}
	return nil
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
