//lint:file-ignore SA1019 a forger fills in the fields of old protocols, too

package replica_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// A leader that says "it is entry 0" of what it dropped does not make an author
// believe that its entry is logged: the author would send its message.
func TestLeaderThatNamesAnotherEntry(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[1].add(t, erase(0), false)
	var lies atomic.Int32
	p[1].answers(func(method string) []byte {
		if method == "submit" && lies.Add(1) > 0 {
			return make([]byte, 9) // taken, as entry 0
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	if rec, err := p[1].replica.Append(ctx, erase(1)); !errors.Is(err, replica.ErrNoQuorum) {
		index, _ := rec.Index()
		t.Errorf("it believes that its entry is number %d: %v", index, err)
	}
	if lies.Load() == 0 {
		t.Error("nobody lied")
	}
}

// An attacker speaks raft over connections that prove who it is.
type attacker struct{ p *party }

func (a attacker) Accept() (net.Conn, error) { <-a.p.listener.closed; return nil, net.ErrClosed }
func (a attacker) Close() error              { return nil }
func (a attacker) Addr() net.Addr            { return name(a.p.id) }
func (a attacker) Dial(to raft.ServerAddress, d time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return a.p.dial(ctx, casework.AgencyID(to))
}

// attackDial opens a connection on which no transport of raft speaks.
func (p *party) attackDial(t *testing.T, to *party) (net.Conn, error) {
	t.Helper()
	return attacker{p}.Dial(raft.ServerAddress(to.id), 2*time.Second)
}

func (p *party) attack(t *testing.T) *raft.NetworkTransport {
	t.Helper()
	tr := raft.NewNetworkTransportWithLogger(attacker{p}, 0, 2*time.Second, hclog.New(&hclog.LoggerOptions{Output: io.Discard}))
	t.Cleanup(func() { tr.Close() })
	return tr
}

func header(id casework.AgencyID) raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(id), Addr: []byte(id)}
}

// Raft believes what a call says of its sender. A member without a vote, or one
// that bears another's name, changes no term, no leader and no log.
func TestRaftCallsOfWhomTheyName(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline", "de-bka")
	leader := p[0].replica
	victim := p[1].replica
	term, last := victim.Term(), victim.LastLog()
	forged := []*raft.Log{{Index: last + 1, Term: term + 100, Type: raft.LogNoop}}
	for what, c := range map[string]struct{ sender, named *party }{
		"no vote, in its own name":       {p[3], p[3]},
		"no vote, in the leader's name":  {p[3], p[0]},
		"a voter in another's name":      {p[2], p[0]},
		"a voter in the victim's name":   {p[2], p[1]},
		"no vote, in the victim's name":  {p[3], p[1]},
		"no vote, in a stranger's name":  {p[3], &party{id: "xx-nobody"}},
		"a voter, in a nobody's name":    {p[2], &party{}},
		"a voter, in a stranger's name":  {p[2], &party{id: "xx-nobody"}},
		"no vote, and again in its name": {p[3], p[3]},
	} {
		tr, h := c.sender.attack(t), header(c.named.id)
		for call, err := range map[string]error{
			"append": tr.AppendEntries("fr-fiu", "fr-fiu", &raft.AppendEntriesRequest{
				RPCHeader: h, Term: term + 100, Leader: h.Addr, PrevLogEntry: last, PrevLogTerm: term, Entries: forged, LeaderCommitIndex: last + 1,
			}, &raft.AppendEntriesResponse{}),
			"heartbeat": tr.AppendEntries("fr-fiu", "fr-fiu", &raft.AppendEntriesRequest{RPCHeader: h, Term: term + 100, Leader: h.Addr}, &raft.AppendEntriesResponse{}),
			"vote":      tr.RequestVote("fr-fiu", "fr-fiu", &raft.RequestVoteRequest{RPCHeader: h, Term: term + 100, Candidate: h.Addr, LeadershipTransfer: true, LastLogIndex: last + 9, LastLogTerm: term + 9}, &raft.RequestVoteResponse{}),
			"pre-vote":  tr.RequestPreVote("fr-fiu", "fr-fiu", &raft.RequestPreVoteRequest{RPCHeader: h, Term: term + 100, LastLogIndex: last + 9, LastLogTerm: term + 9}, &raft.RequestPreVoteResponse{}),
			"timeout":   tr.TimeoutNow("fr-fiu", "fr-fiu", &raft.TimeoutNowRequest{RPCHeader: h}, &raft.TimeoutNowResponse{}),
			"snapshot": tr.InstallSnapshot("fr-fiu", "fr-fiu", &raft.InstallSnapshotRequest{RPCHeader: h, SnapshotVersion: 1, Term: term + 100, Leader: h.Addr, LastLogIndex: last + 9, LastLogTerm: term + 9, Size: 3},
				&raft.InstallSnapshotResponse{}, strings.NewReader("abc")),
		} {
			if err == nil {
				t.Errorf("%s: %s was taken", what, call)
			}
		}
	}
	// A slow machine may have held an election of its own meanwhile; the forged term
	// is far from any such.
	if victim.Term() >= term+100 || leader.Term() >= term+100 {
		t.Errorf("the term went from %d to %d", term, victim.Term())
	}
	if got := victim.Status().Leader; got != "" && !slices.Contains(victim.Status().Voters, got) {
		t.Errorf("it follows %q", got)
	}
	for i, q := range p {
		q.add(t, erase(i), false)
	}
}

// The voters change while a member is away: who leads now had no vote when it
// left, and brings it up to date all the same.
func TestVotersChangeWhileAway(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline", "de-bka")
	hash := p[0].genesisHash(t)
	for p[1].replica.Voting() < 3 {
		p[1].add(t, erase(0), false)
	}
	p[2].stop(t)
	p[1].add(t, &entry.MemberExpel{Agency: "fr-fiu", Reason: "leaves"}, false)
	for deadline := time.Now().Add(20 * time.Second); p[3].replica.Status().Leader != "de-bka"; {
		if time.Now().After(deadline) {
			t.Fatalf("%s leads", p[3].replica.Status().Leader)
		}
		p[0].add(t, erase(1), false)
		_ = p[0].replica.LetLead("de-bka") // it fails until de-bka votes
	}
	index := p[3].add(t, erase(2), false)
	p[2].start(t, hash, nil)
	p[2].until(t, func(s *state.State) bool { return s.Size() > index })
	p[2].add(t, erase(3), false)
}

// An entry that is far from being due does not get into everybody's log.
func TestEntriesThatAreNeverDue(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu")
	p[0].add(t, erase(0), false)
	var seq uint64
	var prev entry.Hash
	p[0].replica.View(func(s *state.State) { seq, prev = s.Chain("fr-fiu") })
	before := p[0].replica.LastLog()
	const times = 30
	wrongs := []uint64{2} // this one may become due soon, and is kept
	for range times {
		wrongs = append(wrongs, seq+258, seq+1<<40)
	}
	for _, wrong := range wrongs {
		if prev.IsZero() {
			prev = entry.Hash{1}
		}
		e, err := entry.Sign(entry.Header{Network: network, Agency: "fr-fiu", Seq: wrong, Prev: prev, Time: time.Now().UnixMilli()}, erase(1), p[1].key)
		if err != nil {
			t.Fatal(err)
		}
		var answer []byte
		err = p[0].whileLeading(t, func() (err error) {
			answer, err = p[0].replica.Serve(t.Context(), "fr-fiu", "submit", submission(e))
			return err
		})
		if wrong == 2 && seq == 1 {
			continue // it is due after all
		}
		if err != nil || !bytes.Equal(answer, append([]byte{1, 3}, "seq"...)) {
			t.Errorf("seq %d: %q, %v", wrong, answer, err)
		}
	}
	if after := p[0].replica.LastLog(); after >= before+times { // checkpoints, and a change of leader, may have come in between
		t.Errorf("%d commands more in the log", after-before)
	}
}

// A snapshot does not take back what was applied.
func TestSnapshotThatGoesBack(t *testing.T) {
	_, p := found(t, "nl-police")
	for i := range 5 {
		p[0].add(t, erase(i), false)
	}
	if err := p[0].replica.RestoreFirst(3); !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("it went back to 3 entries: %v", err)
	}
	if err := <-p[0].done; !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("it goes on: %v", err)
	}
	p[0].done <- nil
}

// raft-wal gives back a changed byte as if it had been stored.
func TestChangedRaftLogIsNoticed(t *testing.T) {
	_, p := found(t, "nl-police")
	hash := p[0].genesisHash(t)
	index := p[0].add(t, erase(0), false)
	e, _, err := p[0].replica.Entry(index)
	if err != nil {
		t.Fatal(err)
	}
	p[0].stop(t)
	files, err := filepath.Glob(filepath.Join(p[0].dir, "raft", "*.wal"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := false
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, e.Raw())
		if at < 0 {
			continue
		}
		found = true
		data[at+len(e.Raw())/2] ^= 1
		if err := os.WriteFile(f, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatal("the entry is in no file of the log")
	}
	p[0].start(t, hash, nil)
	for changed := p[0].replica.Changed(); p[0].replica.Status().Waiting == ""; changed = p[0].replica.Changed() {
		<-changed
	}
	if p[0].said.times("other bytes than were stored") == 0 {
		t.Error("nothing says what was found")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := p[0].replica.Append(ctx, erase(1)); !errors.Is(err, replica.ErrNoQuorum) {
		t.Errorf("it goes on with a changed log: %v", err)
	}
}

// Voters that certified two histories are found out as soon as members who were
// shown the one and the other meet. What they did not certify stops nobody.
func TestTwoHistoriesMeet(t *testing.T) {
	_, p := found(t, "nl-police", "fr-fiu", "gb-hotline")
	p[2].add(t, erase(0), false)
	c := p[2].replica.Certified().Checkpoint
	c.Root[0] ^= 1
	sign := func(by ...*party) []byte {
		var lines [][]byte
		for _, q := range by {
			signed, err := checkpoint.Sign(c, q.log, q.cosign)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, signed)
		}
		return checkpoint.Assemble(c, lines...)
	}
	for name, note := range map[string][]byte{"nobody's": checkpoint.Assemble(c), "one voter's": sign(p[0]), "garbage": []byte("x"), "none": nil} {
		theirs, err := p[2].replica.Serve(t.Context(), "fr-fiu", "note", note)
		if err != nil || len(theirs) == 0 || p[2].replica.Err() != nil {
			t.Fatalf("%s: %v, %v", name, err, p[2].replica.Err())
		}
	}
	// A member that is asked shows the other history.
	hash := p[2].genesisHash(t)
	p[2].stop(t)
	other := sign(p[0], p[1])
	p[2].refresh = 20 * time.Millisecond
	p[2].answers(func(method string) []byte {
		if method == "note" {
			return other
		}
		return nil
	})
	p[2].start(t, hash, nil)
	if err := <-p[2].done; !errors.Is(err, replica.ErrAlarm) || !strings.Contains(err.Error(), "[nl-police fr-fiu]") {
		t.Errorf("it goes on: %v", err)
	}
	p[2].done <- nil
	if seen, err := os.ReadFile(filepath.Join(p[2].dir, "evidence", "seen")); err != nil || !bytes.Equal(seen, other) {
		t.Errorf("evidence: %v", err)
	}
	// and one that shows it by itself
	if _, err := p[1].replica.Serve(t.Context(), "gb-hotline", "note", other); !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("%v", err)
	}
	if err := <-p[1].done; !errors.Is(err, replica.ErrAlarm) {
		t.Errorf("%v", err)
	}
	p[1].done <- nil
}

// A leader that sends one follower other bytes of an entry than the others: the follower
// refuses what its author did not sign, finds out by the next checkpoint that it lacks an
// entry, stops and says the way back; the others go on, and the way back works.
func TestAttackLeaderFeedsOneFollowerOtherBytes(t *testing.T) {
	m := newMesh()
	first := m.party(t, "nl-police")
	var tampered, off atomic.Int32
	first.tamper = func(to casework.AgencyID, data []byte) []byte {
		if to != "gb-hotline" || off.Load() > 0 || !bytes.Contains(data, []byte("feed-this")) {
			return data
		}
		tampered.Add(1)
		return bytes.ReplaceAll(data, []byte("feed-this"), []byte("feed-that"))
	}
	g := first.genesis(t)
	first.start(t, g.Hash(), &g)
	p := admit(t, m, first, "fr-fiu", "gb-hotline")
	promoted(t, p)
	victim := p[2]
	receipts := map[uint64]entry.Hash{}
	for done := false; !done; {
		if err := p[0].whileLeading(t, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		p[0].add(t, &entry.Erase{What: "item", Count: 1, Reason: "feed-this"}, false)
		select {
		case err := <-victim.done:
			if !errors.Is(err, replica.ErrDamaged) && !errors.Is(err, replica.ErrAlarm) || !strings.Contains(err.Error(), "folder") {
				t.Errorf("it stops, and says: %v", err)
			}
			victim.done <- nil
			done = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	if tampered.Load() == 0 {
		t.Fatal("nothing was changed")
	}
	off.Store(1)
	p[0].receipted(t, 2, receipts)
	p[1].receipted(t, 1, receipts)
	victim.stop(t)
	if err := os.RemoveAll(victim.dir); err != nil {
		t.Fatal(err)
	}
	victim.start(t, g.Hash(), nil)
	victim.logged(t, receipts)
	victim.receipted(t, 1, receipts)
	for _, q := range p {
		q.logged(t, receipts)
	}
}
