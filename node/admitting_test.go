package node

import (
	"slices"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/peer"
)

// A peer id that the ledger drops is let in a moment longer, and no longer; whom the
// ledger names now is the one that is dialled.
func TestPeerIDsPart(t *testing.T) {
	at := time.Unix(1e9, 0)
	m := func(agency, id string) peer.Member {
		return peer.Member{Agency: "x-" + "y", PeerID: id, Addrs: []string{agency}}
	}
	ids := func(members []peer.Member) (out []string) {
		for _, m := range members {
			out = append(out, m.PeerID)
		}
		return out
	}
	var a admission
	for _, step := range []struct {
		after  time.Duration
		named  []peer.Member
		want   []string
		timed  bool
		reason string
	}{
		{0, []peer.Member{m("a", "1"), m("b", "2")}, []string{"1", "2"}, false, "two members"},
		{time.Second, []peer.Member{m("a", "9"), m("b", "2")}, []string{"1", "9", "2"}, true, "one has a new key"},
		{partingTime / 2, []peer.Member{m("a", "9")}, []string{"1", "2", "9"}, true, "the other is expelled"},
		{partingTime / 2, []peer.Member{m("a", "9")}, []string{"2", "9"}, true, "the time of the first is over"},
		{partingTime / 2, []peer.Member{m("a", "9")}, []string{"9"}, false, "and of the second"},
		{time.Second, []peer.Member{m("a", "1")}, []string{"9", "1"}, true, "an old one is back"},
	} {
		at = at.Add(step.after)
		got, until := a.next(step.named, at)
		if !slices.Equal(ids(got), step.want) || until.IsZero() == step.timed || step.timed && !until.After(at) {
			t.Errorf("%s: %v until %v, want %v", step.reason, ids(got), until, step.want)
		}
	}
	a.alone()
	if got, until := a.next(nil, at); len(got) != 0 || !until.IsZero() {
		t.Errorf("alone with %v until %v", got, until)
	}
}
