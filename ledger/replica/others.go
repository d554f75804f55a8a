package replica

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crosscase/crosscase/policy/casework"
)

// watchClock compares this node's clock with those of the other voters, every Refresh,
// so that the operator reads that it is wrong before the ledger refuses what it dates.
// Nothing but what the operator reads comes of it: the others' clocks set nothing.
func (r *Replica) watchClock(ctx context.Context) error {
	t := time.NewTicker(r.cfg.Refresh)
	defer t.Stop()
	for {
		r.compareClock(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// compareClock asks the other voters for their time and notes how far this node's is
// ahead of it. Where too few answer, what was known before stays.
func (r *Replica) compareClock(ctx context.Context) {
	r.mu.Lock()
	others := slices.DeleteFunc(r.view().Voters(), func(id casework.AgencyID) bool { return id == r.cfg.Agency })
	tolerated := r.view().Agreement().MaxSkew() / 2 // beyond the whole of it entries are refused
	r.mu.Unlock()
	ahead, ok := aheadOfMost(r.clocks(ctx, others))
	if !ok || ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.clockAhead
	if was != 0 {
		tolerated /= 2 // so that one at the limit is not logged again and again
	}
	if r.clockAhead = 0; ahead > tolerated || ahead < -tolerated {
		r.clockAhead = ahead
	}
	switch {
	case was == 0 && r.clockAhead != 0:
		r.cfg.Logger.Warn("this node's clock differs from those of most other voters: set it", "ahead", r.clockAhead.Round(time.Second))
	case was != 0 && r.clockAhead == 0:
		r.cfg.Logger.Info("this node's clock agrees with those of most other voters again")
	}
	if r.clockAhead != was {
		r.wake()
	}
}

// clocks asks voters for their time, side by side, and returns how far this node's is
// ahead of each that answered.
func (r *Replica) clocks(ctx context.Context, ids []casework.AgencyID) []time.Duration {
	ctx, cancel := context.WithTimeout(ctx, 3*r.cfg.Heartbeat)
	defer cancel()
	var mu sync.Mutex
	var out []time.Duration
	var asking sync.WaitGroup
	for _, id := range ids {
		asking.Go(func() {
			asked := r.cfg.Now()
			answer, err := r.cfg.Caller.Call(ctx, id, methodTime, nil)
			if err != nil {
				return
			}
			theirs, err := readTime(answer)
			if err != nil {
				r.cfg.Logger.Warn("time of another voter", "agency", id, "err", err)
				return
			}
			half := r.cfg.Now().Sub(asked) / 2 // it answered about in the middle
			mu.Lock()
			defer mu.Unlock()
			out = append(out, asked.Add(half).Sub(theirs))
		})
	}
	asking.Wait()
	return out
}

// aheadOfMost is the median of how far one clock is ahead of others; of an even number
// the one of the middle two that is nearer to zero, and zero where their signs differ.
// What it returns is thus between zero and what more than half of the others say: no
// minority of liars makes a right clock look wrong. There is none of fewer than two.
func aheadOfMost(of []time.Duration) (time.Duration, bool) {
	if len(of) < 2 {
		return 0, false
	}
	slices.Sort(of)
	low, high := of[(len(of)-1)/2], of[len(of)/2]
	switch {
	case low > 0:
		return low, true
	case high < 0:
		return high, true
	}
	return 0, true
}

// serveTime answers with this node's clock, in Unix milliseconds.
func (r *Replica) serveTime() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(r.cfg.Now().UnixMilli()))
}

func readTime(answer []byte) (time.Time, error) {
	if len(answer) != 8 {
		return time.Time{}, fmt.Errorf("a time of %d bytes", len(answer))
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(answer))), nil
}
