package replica_test

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
)

const (
	clockWrong = "this node's clock differs"
	clockRight = "this node's clock agrees"
)

// aheadNow is how far a party says that its clock is ahead, after it has looked.
func (p *party) aheadNow(t *testing.T) time.Duration {
	t.Helper()
	p.replica.CompareClock(t.Context())
	return p.replica.Status().ClockAhead
}

// near reports whether a clock is off by what it was put off, give or take a call.
func near(got, want time.Duration) bool { return (got - want).Abs() < 30*time.Second }

// TestOwnClockOff: the node whose clock is off says so, by how much, and in the log
// once when it begins and once when it ends; the others say nothing.
func TestOwnClockOff(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	for _, off := range []time.Duration{time.Hour, -time.Hour, -50 * year} {
		begun, ended := p[2].said.times(clockWrong), p[2].said.times(clockRight)
		p[2].ahead.Store(off.Milliseconds())
		for range 3 {
			if got := p[2].aheadNow(t); !near(got, off) {
				t.Fatalf("ahead by %s, not by %s", got, off)
			}
		}
		for _, q := range p[:2] {
			if got := q.aheadNow(t); got != 0 || q.said.times(clockWrong) != 0 {
				t.Errorf("%s: ahead by %s", q.id, got)
			}
		}
		p[2].ahead.Store(0)
		for range 3 {
			if got := p[2].aheadNow(t); got != 0 {
				t.Fatalf("ahead by %s, once set", got)
			}
		}
		if p[2].said.times(clockWrong) != begun+1 || p[2].said.times(clockRight) != ended+1 {
			t.Errorf("logged %d times that it began, %d times that it ended", p[2].said.times(clockWrong)-begun, p[2].said.times(clockRight)-ended)
		}
	}
}

// TestClockIsWatched: a replica that starts with a wrong clock finds out by itself.
func TestClockIsWatched(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	hash := p[2].genesisHash(t)
	p[2].stop(t)
	p[2].refresh = 50 * time.Millisecond
	p[2].ahead.Store(-time.Hour.Milliseconds())
	p[2].start(t, hash, nil)
	p[2].until(t, func(*state.State) bool { return p[2].said.times(clockWrong) == 1 })
	p[2].ahead.Store(0)
	p[2].until(t, func(*state.State) bool { return p[2].said.times(clockRight) == 1 })
}

// TestClockOfOneOther: one other member is no majority, whatever it says, and what was
// known before stays while the others are away.
func TestClockOfOneOther(t *testing.T) {
	m, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[2].ahead.Store(time.Hour.Milliseconds())
	m.cutOff("fr-fiu", true)
	if got := p[2].aheadNow(t); got != 0 {
		t.Errorf("ahead by %s of one other", got)
	}
	m.cutOff("fr-fiu", false)
	if got := p[2].aheadNow(t); !near(got, time.Hour) {
		t.Fatalf("ahead by %s", got)
	}
	m.cutOff("fr-fiu", true)
	if got := p[2].aheadNow(t); !near(got, time.Hour) {
		t.Errorf("ahead by %s, with the others away", got)
	}
}

// TestAttackClockLie: a member that lies about its time, however far or in no form,
// makes no node whose clock is right say that it is wrong.
func TestAttackClockLie(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	for _, lie := range []time.Duration{time.Hour, -time.Hour, 200 * year, -200 * year} {
		p[1].ahead.Store(lie.Milliseconds())
		for _, q := range []*party{p[0], p[2]} {
			if got := q.aheadNow(t); got != 0 {
				t.Errorf("%s: ahead by %s", q.id, got)
			}
		}
	}
	p[1].ahead.Store(0)
	for _, answer := range [][]byte{{}, {1}, make([]byte, 9), binary.BigEndian.AppendUint64(nil, 1<<63), binary.BigEndian.AppendUint64(nil, 1<<63-1)} {
		var calls atomic.Int64 // to two others, of whom one answers so
		p[0].answers(func(method string) []byte {
			if method != "time" {
				return nil
			}
			if calls.Add(1)%2 == 0 {
				return answer
			}
			return nil
		})
		if got := p[0].aheadNow(t); got != 0 {
			t.Errorf("%x: ahead by %s", answer, got)
		}
	}
}

func TestAheadOfMost(t *testing.T) {
	const h = time.Hour
	for _, c := range []struct {
		of   []time.Duration
		want time.Duration
		ok   bool
	}{
		{nil, 0, false},
		{[]time.Duration{h}, 0, false},
		{[]time.Duration{h, 2 * h}, h, true},
		{[]time.Duration{-2 * h, -h}, -h, true},
		{[]time.Duration{9 * h, 0}, 0, true},
		{[]time.Duration{-9 * h, 9 * h}, 0, true},
		{[]time.Duration{h, -9 * h, h}, h, true},
		{[]time.Duration{0, 9 * h, 1}, 1, true},
		{[]time.Duration{-1 << 63, 1<<63 - 1, -h}, -h, true},
		{[]time.Duration{h, h, 0, 9 * h}, h, true},
		{[]time.Duration{0, 9 * h, 9 * h, 0}, 0, true},
	} {
		if got, ok := replica.AheadOfMost(c.of); got != c.want || ok != c.ok {
			t.Errorf("%v: %s, %t", c.of, got, ok)
		}
	}
}
