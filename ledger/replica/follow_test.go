package replica_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// Members without a vote are not in raft's configuration: they append and hold all the
// same, after restarts too, and one that gets a vote takes part.
func TestMembersWithoutAVoteFollow(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline", "de-bka", "es-guardia")
	hash := p[0].genesisHash(t)
	receipts := map[uint64]entry.Hash{}
	for _, q := range p {
		q.receipted(t, 3, receipts)
	}
	for _, q := range p {
		q.logged(t, receipts)
	}
	if n := p[0].replica.Servers(); n != 3 {
		t.Errorf("%d replicas take part in raft, want the 3 that vote", n)
	}
	follower := p[4]
	if s := follower.replica.Status(); s.Leader == "" || s.Waiting != "" {
		t.Errorf("a follower's status: %+v", s)
	}
	follower.stop(t)
	p[0].receipted(t, 2, receipts)
	follower.start(t, hash, nil)
	follower.receipted(t, 2, receipts)
	follower.logged(t, receipts)

	p[1].add(t, &entry.MemberExpel{Agency: "fr-fiu", Reason: "leaves"}, false)
	p[3].until(t, func(s *state.State) bool { return len(s.Voters()) == 3 && s.Voters()[2] == "de-bka" })
	for p[0].replica.Voting() != 3 || p[3].replica.Voting() != 3 {
		p[0].receipted(t, 1, receipts)
	}
	p[2].stop(t) // the newcomer is needed for a quorum
	p[3].receipted(t, 2, receipts)
	follower.receipted(t, 1, receipts)
	p[2].start(t, hash, nil)
	for _, q := range []*party{p[0], p[2], p[3], follower} {
		q.logged(t, receipts)
		if err := q.replica.Err(); err != nil {
			t.Errorf("%s: %v", q.id, err)
		}
	}
}

// A voter that shows a follower other entries than were certified, or none, is passed
// over: the next one is asked.
func TestAttackVoterMisleadsAFollower(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline", "de-bka")
	receipts := map[uint64]entry.Hash{}
	p[3].receipted(t, 1, receipts)
	var lies atomic.Int32
	p[3].answers(func(method string) []byte {
		if method == "leaves" && lies.Add(1)%2 == 1 {
			return []byte{0, 3, 1, 2, 3}
		}
		return nil
	})
	p[0].receipted(t, 5, receipts)
	p[3].logged(t, receipts)
	p[3].receipted(t, 2, receipts)
	if lies.Load() == 0 {
		t.Error("nobody lied")
	}
	if err := p[3].replica.Err(); err != nil {
		t.Error(err)
	}
}

// Many followers hold what many append.
func TestManyFollowers(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve replicas")
	}
	ids := []casework.AgencyID{"nl-police"}
	for i := range 11 {
		ids = append(ids, casework.AgencyID(fmt.Sprintf("m%d-agency", i)))
	}
	_, p := found(t, ids...)
	var mu sync.Mutex
	receipts := map[uint64]entry.Hash{}
	var g sync.WaitGroup
	for _, q := range p {
		g.Go(func() {
			own := map[uint64]entry.Hash{}
			q.receipted(t, 3, own)
			mu.Lock()
			defer mu.Unlock()
			for i, h := range own {
				if _, ok := receipts[i]; ok {
					t.Errorf("entry %d was receipted twice", i)
				}
				receipts[i] = h
			}
		})
	}
	g.Wait()
	for _, q := range p {
		q.logged(t, receipts)
	}
}
