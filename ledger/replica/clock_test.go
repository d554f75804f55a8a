package replica_test

import (
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
)

const year = 365 * 24 * time.Hour

// TestAttackLeaderStampsACenturyAhead: a leader that wrote its own program commits an
// entry of its own with a time a century ahead. No replica takes it, and the ledger
// goes on.
func TestAttackLeaderStampsACenturyAhead(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	far := time.Now().Add(100 * year).UnixMilli()
	err := p[0].whileLeading(t, func() error {
		var h entry.Header
		p[0].replica.View(func(s *state.State) {
			seq, prev := s.Chain(p[0].id)
			h = entry.Header{Network: network, Agency: p[0].id, Seq: seq + 1, Prev: prev, Time: far}
		})
		e, err := entry.Sign(h, erase(1), p[0].key)
		if err != nil {
			t.Fatal(err)
		}
		return p[0].replica.CommitStamped(far, e.Raw())
	})
	if !errors.Is(err, state.ErrTime) {
		t.Fatalf("%v", err)
	}
	for i, q := range p {
		q.add(t, erase(i), false)
	}
}

// TestHonestLeaderWithAWrongClock does no harm: the others log as before, their
// entries have times near their own, and only its own entries are refused.
func TestHonestLeaderWithAWrongClock(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	for _, off := range []time.Duration{10 * year, -10 * year} {
		p[0].ahead.Store(off.Milliseconds())
		for i, q := range p[1:] {
			var index uint64
			if err := p[0].whileLeading(t, func() error {
				if p[0].replica.Status().Leader != p[0].id {
					return replica.ErrDenied
				}
				index = q.add(t, erase(i), false)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			_, at, err := q.replica.Entry(index)
			if d := time.Since(time.UnixMilli(at)); err != nil || d > 5*time.Minute || d < -5*time.Minute {
				t.Errorf("appended %s ago, %v", d, err)
			}
		}
		if _, err := p[0].replica.Append(t.Context(), erase(3)); !errors.Is(err, state.ErrTime) {
			t.Errorf("its own entry: %v", err)
		}
		p[0].ahead.Store(0)
		p[0].add(t, erase(4), false)
	}
}
