package replica_test

import (
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
)

// untilSigned waits until a replica's checkpoint has the lines of so many voters.
func (p *party) untilSigned(t *testing.T, voters int) checkpoint.Certified {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		changed := p.replica.Changed()
		if c := p.replica.Certified(); len(c.Cosigners) == voters {
			return c
		}
		select {
		case <-deadline:
			t.Fatalf("%s: a checkpoint of %v, want %d voters", p.id, p.replica.Certified().Cosigners, voters)
		case <-changed:
		}
	}
}

// A checkpoint at rest has the log signature and cosignature of every voter that is
// reachable, at every replica; with one voter away, of the others.
func TestEveryReachableVotersLines(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[0].add(t, erase(0), false)
	var policy checkpoint.Policy
	p[0].replica.View(func(s *state.State) { policy = s.Policy() })
	for _, q := range p {
		c := q.untilSigned(t, 3)
		if got := policy.Signers(c.Note); len(got) != 3 {
			t.Errorf("%s: signed by %v", q.id, got)
		}
		for _, v := range policy.Voters { // each voter's log line, for whoever pins it
			pinned := checkpoint.Policy{Origin: policy.Origin, Voters: []checkpoint.Voter{v}}
			if _, err := pinned.Verify(c.Note); err != nil {
				t.Errorf("%s, pinned by %s: %v", v.Agency, q.id, err)
			}
		}
	}
	m.cutOff("gb-hotline", true)
	p[0].add(t, erase(1), false)
	for _, q := range p[:2] {
		q.untilSigned(t, 2)
	}
	m.cutOff("gb-hotline", false)
	p[0].add(t, erase(2), false)
	for _, q := range p {
		q.untilSigned(t, 3)
	}
}
