package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// MaxAnswer is the size in bytes of the largest answer between replicas: a page of
// leaves.
const MaxAnswer = 256 << 10

// serveLeaves answers which leaves follow from an index on (8 bytes, big-endian), as
// many as one answer holds, each behind its length in two bytes.
func (r *Replica) serveLeaves(request []byte) ([]byte, error) {
	if len(request) != 8 {
		return nil, fmt.Errorf("%w: an index of %d bytes", ErrDenied, len(request))
	}
	var out []byte
	var stored page
	size := r.tiles.Size()
	for i := binary.BigEndian.Uint64(request); i < size; i++ {
		leaf, err := stored.leaf(r.tiles, i)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		if len(out)+2+len(leaf) > MaxAnswer {
			break
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(leaf))), leaf...)
	}
	return out, nil
}

func readLeaves(answer []byte) ([][]byte, error) {
	var out [][]byte
	for len(answer) > 0 {
		if len(answer) < 2 {
			return nil, errors.New("leaves that end inside a length")
		}
		n := int(binary.BigEndian.Uint16(answer))
		if n > 8+entry.MaxSize || len(answer) < 2+n {
			return nil, fmt.Errorf("a leaf of %d bytes in an answer of %d", n, len(answer))
		}
		out, answer = append(out, answer[2:2+n]), answer[2+n:]
	}
	return out, nil
}

// refillFromAny takes what is certified from whoever has more of it than this
// replica, before raft has started. A source that shows anything else is passed over.
func (r *Replica) refillFromAny(ctx context.Context) {
	ids, _ := r.others()
	if r.cfg.Peers != nil {
		for _, id := range r.cfg.Peers() {
			if id != r.cfg.Agency && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	for _, id := range ids {
		if err := r.refill(ctx, id); err != nil && ctx.Err() == nil {
			r.cfg.Logger.Info("ledger not taken from a member", "agency", string(id), "err", err)
		}
	}
}

// refill takes the leaves that another has certified and this replica does not have
// from it, applies them, and keeps them if they hash to what the voters signed.
func (r *Replica) refill(ctx context.Context, from casework.AgencyID) error {
	note, err := r.cfg.Caller.Call(ctx, from, methodNote, r.Certified().Note)
	if err != nil {
		return err
	}
	if len(note) == 0 {
		return nil
	}
	c, err := checkpoint.Parse(note)
	if err != nil {
		return err
	}
	r.mu.Lock()
	have := r.view().Bytes()
	r.mu.Unlock()
	next, err := state.Restore(have)
	if err != nil {
		return err
	}
	if c.Size <= next.Size() {
		return nil
	}
	if err := r.take(ctx, from, c, note, next); err != nil {
		return errors.Join(err, r.tiles.Rewind())
	}
	return nil
}

// take fetches, applies and stores leaves up to a checkpoint, and adopts the result.
func (r *Replica) take(ctx context.Context, from casework.AgencyID, c checkpoint.Checkpoint, note []byte, next *state.State) error {
	for next.Size() < c.Size {
		answer, err := r.cfg.Caller.Call(ctx, from, methodLeaves, binary.BigEndian.AppendUint64(nil, next.Size()))
		if err != nil {
			return err
		}
		leaves, err := readLeaves(answer)
		if err != nil {
			return err
		}
		if len(leaves) == 0 {
			return fmt.Errorf("it shows a checkpoint of %d entries, and %d of them", c.Size, next.Size())
		}
		leaves = leaves[:min(uint64(len(leaves)), c.Size-next.Size())]
		if err := r.applyLeaves(next, leaves); err != nil {
			return err
		}
		if err := r.tiles.Append(leaves...); err != nil {
			return err
		}
	}
	certified, err := next.Policy().Verify(note)
	if err != nil {
		return err
	}
	if size, root := r.tiles.Root(); size != c.Size || root != c.Root {
		return fmt.Errorf("its entries do not hash to the root that the voters signed for %d", c.Size)
	}
	if err := r.tiles.Publish(c, note); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stored, r.certified = next, certified
	r.sawSigned(c, note, certified.Cosigners...)
	r.wake()
	return nil
}
