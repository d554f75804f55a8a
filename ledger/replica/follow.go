package replica

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// A member without a vote takes no part in raft. It asks one voter at a time for what
// is certified after what it has, and applies that as far as the leaves hash to what
// the voters signed:
//
//	follower                              voter
//	newest checkpoint that it has, and
//	who leads by what it knows  --------> waits for a later one, or another leader
//	                            <-------- who leads, certified checkpoint
//	leaves from its size on     --------> (call "leaves")
//
// So an idle follower costs a call each followWait, and a voter can only delay it: the
// next call goes to another one.

// followWait is how long a voter lets a follower wait for news.
const followWait = 20 * time.Second

// maxFollow is how many entries are taken in one piece; who is further behind refills.
const maxFollow = 4096

// A followed is what a follower knows: the size and time of its newest checkpoint, and
// who leads.
type followed struct {
	size   uint64
	time   int64 // Unix seconds, as cosignatures have them
	leader casework.AgencyID
}

func (f followed) encode() []byte {
	out := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, f.size), uint64(f.time))
	return append(out, f.leader...)
}

func decodeFollowed(data []byte) (followed, error) {
	if len(data) < 16 || len(data) > 16+32 {
		return followed{}, fmt.Errorf("%w: a follower's question of %d bytes", ErrDenied, len(data))
	}
	return followed{binary.BigEndian.Uint64(data), int64(binary.BigEndian.Uint64(data[8:])), casework.AgencyID(data[16:])}, nil
}

// news is what this replica can tell a follower.
func (r *Replica) news() followed {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := followed{size: r.certified.Size, leader: r.guide}
	if f.size > 0 {
		f.time = r.certified.Time.Unix()
	}
	return f
}

// serveFollow answers a follower when there is news for it: who leads, behind its
// length, and the newest certified checkpoint if it is a later one.
func (r *Replica) serveFollow(ctx context.Context, request []byte) ([]byte, error) {
	has, err := decodeFollowed(request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, followWait)
	defer cancel()
	for {
		changed := r.Changed()
		now := r.news()
		now.leader = r.leads()
		later := now.size > has.size || now.size == has.size && now.time > has.time
		if later || now.leader != has.leader || ctx.Err() != nil {
			out := append([]byte{byte(len(now.leader))}, now.leader...)
			if later {
				out = append(out, r.Certified().Note...)
			}
			return out, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-r.ended:
			return nil, ErrStopped
		}
	}
}

// leads is who leads: by raft for a voter, and by what a voter said for a follower.
func (r *Replica) leads() casework.AgencyID {
	select {
	case <-r.started:
	default:
		return ""
	}
	if r.hasVote() {
		return r.leader()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.guide
}

// follow keeps a replica without a vote up to date.
func (r *Replica) follow(ctx context.Context) error {
	pause := r.cfg.Heartbeat
	for turn := 0; ctx.Err() == nil; turn++ {
		ids, _ := r.others()
		r.mu.Lock()
		r.caughtUpWithStored() // where raft stands as far as what it followed
		size := r.view().Size()
		r.mu.Unlock()
		if size > 0 && r.hasVote() {
			r.waitChange(ctx, 10*r.cfg.Heartbeat) // raft feeds it
			continue
		}
		if size == 0 && r.cfg.Peers != nil {
			ids = r.cfg.Peers()
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id casework.AgencyID) bool { return id == r.cfg.Agency })
		if len(ids) > 0 {
			if err := r.followOne(ctx, ids[turn%len(ids)]); err == nil {
				if err := r.keepOwnState(); err != nil {
					r.fail(err)
					return nil
				}
				turn-- // it serves: ask it again
				pause = r.cfg.Heartbeat
				continue
			} else if errors.Is(err, ErrAlarm) {
				r.fail(err)
				return nil
			}
		}
		r.waitFor(ctx, pause)
		pause = min(2*pause, 8*r.cfg.Heartbeat)
	}
	return nil
}

// waitFor waits for a while.
func (r *Replica) waitFor(ctx context.Context, while time.Duration) {
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// followOne asks one member for news and takes them.
func (r *Replica) followOne(ctx context.Context, from casework.AgencyID) error {
	cctx, cancel := context.WithTimeout(ctx, followWait+5*r.cfg.Heartbeat)
	defer cancel()
	answer, err := r.cfg.Caller.Call(cctx, from, methodFollow, r.news().encode())
	if err != nil {
		return err
	}
	if len(answer) == 0 || len(answer) < 1+int(answer[0]) || answer[0] > 32 {
		return fmt.Errorf("%s: news of %d bytes", from, len(answer))
	}
	note := answer[1+answer[0]:]
	r.mu.Lock()
	if leader := casework.AgencyID(answer[1 : 1+answer[0]]); leader != r.guide {
		r.guide = leader
		r.wake()
	}
	r.mu.Unlock()
	if len(note) == 0 {
		return nil
	}
	c, err := checkpoint.Parse(note)
	if err != nil {
		return err
	}
	r.mu.Lock()
	v := r.view()
	size, policy := v.Size(), v.Policy()
	r.mu.Unlock()
	certified, err := policy.Verify(note)
	switch {
	case c.Size < size:
		return fmt.Errorf("%s: it is behind", from)
	case err != nil || c.Size-size > maxFollow: // the voters changed in between, or much is missing
		return r.refillAside(cctx, from)
	}
	leaves, err := r.leavesUpTo(cctx, from, size, c.Size)
	if err != nil {
		return err
	}
	return r.takeCertified(certified, size, leaves)
}

// refillAside refills beside raft, which ends it when it has something to append.
func (r *Replica) refillAside(ctx context.Context, from casework.AgencyID) error {
	ctx, done, err := r.leaves.refill(ctx)
	if err != nil {
		return err
	}
	defer done()
	_, published := r.tiles.Checkpoint()
	r.mu.Lock()
	fed := r.state.Size() > published
	before := r.view().Size()
	r.mu.Unlock()
	if fed {
		return errFed
	}
	if err := r.refill(ctx, from); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view().Size() == before {
		return fmt.Errorf("%s: it shows nothing that is new", from)
	}
	return nil
}

// leavesUpTo fetches leaves from an index on.
func (r *Replica) leavesUpTo(ctx context.Context, from casework.AgencyID, index, size uint64) ([][]byte, error) {
	var out [][]byte
	for at := index; at < size; at = index + uint64(len(out)) {
		answer, err := r.cfg.Caller.Call(ctx, from, methodLeaves, binary.BigEndian.AppendUint64(nil, at))
		if err != nil {
			return nil, err
		}
		page, err := readLeaves(answer)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("%s: it shows a checkpoint of %d entries, and %d of them", from, size, at)
		}
		out = append(out, page[:min(uint64(len(page)), size-at)]...)
	}
	return out, nil
}

// takeCertified applies leaves that hash to a certified checkpoint. One that does not
// apply, though a majority certified it, ends the ledger here.
func (r *Replica) takeCertified(c checkpoint.Certified, size uint64, leaves [][]byte) error {
	defer r.leaves.take()()
	if r.tiles.Size() != size {
		return nil // raft was first
	}
	if root := r.tiles.RootWith(leaves...); root != c.Root {
		if len(leaves) == 0 {
			return r.evidence(fmt.Sprintf("a majority signed another root than this node's own at size %d", c.Size), c.Note, r.Certified().Note)
		}
		return errors.New("its entries do not hash to the root that the voters signed")
	}
	r.mu.Lock()
	members := r.view()
	r.mu.Unlock()
	next := r.readAhead(members, leaves) // only this goroutine changes what is followed
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.view().Voters(), r.cfg.Agency) {
		return nil // it has a vote by now: raft feeds it
	}
	if r.stored == nil && r.state.Size() > 0 && len(leaves) > 0 {
		own, err := state.Restore(r.state.Bytes()) // raft's own stays where raft is
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		r.stored = own
	}
	base := r.view()
	for _, l := range next {
		index := base.Size()
		if l.err == nil {
			l.err = base.Apply(l.entry, l.at)
		}
		if errors.Is(l.err, state.ErrUpgrade) {
			r.failHeld(l.err)
			return l.err
		} else if l.err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrAlarm, index, l.err)
		}
		if l.entry.Agency == r.cfg.Agency {
			r.ownAt(l.entry, index)
		}
	}
	if err := r.tiles.Append(leaves...); err != nil {
		return err
	}
	if c.Size > r.certified.Size || c.Time.After(r.certified.Time) {
		r.certified, r.certifiedSince = c, time.Now()
	}
	r.sawSigned(c.Checkpoint, bytes.Clone(c.Note), c.Cosigners...)
	r.wake()
	return nil
}

// hasVote reports whether this replica has a vote, as far as it has got in the ledger.
func (r *Replica) hasVote() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.view().Voters(), r.cfg.Agency)
}
