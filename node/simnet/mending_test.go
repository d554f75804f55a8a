package simnet

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/seam"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// halt ends an agency's node.
func halt(t *testing.T, all ...*Agency) {
	t.Helper()
	for _, a := range all {
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func again(t *testing.T, all ...*Agency) {
	t.Helper()
	for _, a := range all {
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(time.Minute)
}

// finds asks an agency's case at all others, and waits until it has as many new leads.
func finds(t *testing.T, a *Agency, want uint64) {
	t.Helper()
	call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
	counts(t, a, casework.LeadNew, want)
}

// counts waits until an agency has so many leads in a state.
func counts(t *testing.T, a *Agency, state casework.LeadState, want uint64) {
	t.Helper()
	var n uint64
	for range 15 {
		if n = call(t, api.Status, a, api.None{}).Leads[string(state)]; n == want {
			return
		}
		<-time.After(time.Minute)
	}
	t.Errorf("%s has %d leads that are %s, want %d", a.ID, n, state, want)
}

// The disk of a voter is lost while another stays away: the members replace its log, and
// it takes part in the ledger and in matching again.
func TestReplacedDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terms := agreement.Default("example.org/simulation")
		terms.Voters, terms.Normaliser = 5, identify.NormaliserVersion
		text, err := terms.TOML()
		if err != nil {
			t.Fatal(err)
		}
		_, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu", "cc-hotline", "dd-customs", "ee-border")
		if err := FoundOn(t.Context(), "example.org/simulation", string(text), all...); err != nil {
			t.Fatal(err)
		}
		open(t, all...)
		a, lost, away := all[0], all[3], all[4]
		hold(t, a, 0, 10)
		hold(t, lost, 5, 15)
		call(t, api.Publish, lost, api.PublishRequest{})
		halt(t, lost, away)
		if err := os.RemoveAll(filepath.Join(lost.Dir, "ledger")); err != nil {
			t.Fatal(err)
		}
		again(t, lost)
		s := as(t, api.Status, lost, lost.Operator, api.None{})
		if s.Ledger.Identity == "" || s.Ledger.Waiting == "" {
			t.Fatalf("%+v", s.Ledger)
		}
		request := api.NetworkReplaceRequest{Agency: lost.ID, Identity: s.Ledger.Identity}
		refuses(t, api.Refused, api.NetworkReplace, lost, lost.Operator, request)
		for i, m := range all[:3] {
			if v := as(t, api.NetworkReplace, m, m.Operator, request); v.Replaced != (i == 2) || v.Approvals != i+1 {
				t.Errorf("%+v", v)
			}
		}
		<-time.After(time.Minute)
		if s := as(t, api.Status, lost, lost.Operator, api.None{}); s.Ledger.Waiting != "" || s.Ledger.Identity != "" {
			t.Errorf("replaced, it still waits: %+v", s.Ledger)
		}
		finds(t, a, 5)
	})
}

// Two of three voters are gone for good. Those who are left and their oversight body
// retire the network; its successor matches, and the audit goes across the seam.
func TestRecoveredQuorum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret, oversight := overseer(t)
		all := start(t, NewFabric(), oversight, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		found(t, all...)
		a, d := all[0], all[3]
		hold(t, a, 0, 10)
		hold(t, d, 5, 15)
		call(t, api.Publish, d, api.PublishRequest{})
		halt(t, all[1], all[2])

		made := as(t, api.NetworkRecover, a, a.Operator, api.NetworkRecoverRequest{Name: "example.org/simulation-2"})
		refuses(t, api.Refused, api.NetworkSucceed, a, a.Operator, api.NetworkSucceedRequest{Seam: made.Seam})
		refuses(t, api.Refused, api.NetworkSign, d, d.Operator, api.NetworkSignRequest{Seam: made.Seam, Fingerprint: "AAAA"})
		signed := as(t, api.NetworkSign, d, d.Operator, api.NetworkSignRequest{Seam: made.Seam, Fingerprint: made.Fingerprint})
		if len(signed.Survivors) != 2 || len(signed.Lost) != 2 || len(signed.Unsigned) != 2 {
			t.Errorf("%+v", signed)
		}
		doc, err := seam.Read([]byte(signed.Seam))
		if err != nil {
			t.Fatal(err)
		}
		doc.Seam = secret.SignSeam(doc.Seam)
		text, err := seam.Write(doc)
		if err != nil {
			t.Fatal(err)
		}
		founded := as(t, api.NetworkSucceed, a, a.Operator, api.NetworkSucceedRequest{Seam: string(text)})
		halt(t, a)
		again(t, a)
		a.Network = founded.Network

		invitation := as(t, api.NetworkInvite, a, a.Operator, api.None{})
		joined := as(t, api.NetworkJoin, d, d.Operator, api.NetworkJoinRequest{Invitation: invitation.Invitation, Fingerprint: founded.NetworkFingerprint})
		if !joined.Restart {
			t.Error("nothing says that the node is to be restarted")
		}
		halt(t, d)
		again(t, d)
		d.Network = founded.Network
		if v := as(t, api.NetworkApprove, a, a.Operator, api.NetworkApproveRequest{JoinRequest: joined.JoinRequest, Fingerprint: joined.MemberFingerprint}); !v.Admitted {
			t.Errorf("%+v", v)
		}
		<-time.After(time.Minute)
		call(t, api.Publish, d, api.PublishRequest{})
		finds(t, a, 5)
		halt(t, a, d)
		acrossTheSeam(t, a, founded)
	})
}

// acrossTheSeam verifies a successor with and without the ledger that it retires.
func acrossTheSeam(t *testing.T, a *Agency, founded api.JoinedView) {
	t.Helper()
	src := tiles.Dir(os.DirFS(node.LedgerTiles(a.Dir)))
	alone, err := audit.Verify(t.Context(), src, audit.Options{Genesis: founded.NetworkFingerprint})
	if err != nil || !alone.OK || alone.Seam == nil || alone.Seam.Checked {
		t.Errorf("alone: %+v, %+v, %v", alone.Findings, alone.Seam, err)
	}
	folders, err := filepath.Glob(filepath.Join(a.Dir, "retired", "*", "tiles"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	old := os.DirFS(folders[0])
	whole, err := audit.Verify(t.Context(), src, audit.Options{Genesis: founded.NetworkFingerprint, Retired: []tiles.Source{tiles.Dir(old)}})
	if err != nil || !whole.OK || whole.Seam == nil || !whole.Seam.Checked {
		t.Fatalf("across the seam: %+v, %+v, %v", whole.Findings, whole.Seam, err)
	}
	note, err := os.ReadFile(filepath.Join(folders[0], tiles.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	c, err := checkpoint.Parse(note)
	if want := []casework.AgencyID{"bb-fiu", "cc-hotline"}; err != nil || whole.Seam.Entries != c.Size || len(whole.Seam.Lost) != 2 || whole.Seam.Lost[0] != want[0] || whole.Seam.Lost[1] != want[1] {
		t.Errorf("%+v, %v", whole.Seam, err)
	}
}

// The leader is frozen, as a machine that does nothing for a while, and the others go on
// without it; when it runs again it has what they logged, and nobody logs anything twice.
func TestLeaderStopsWhileOthersAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fabric, all := network(t, "aa-police", "bb-fiu", "cc-hotline")
		for i, a := range all {
			hold(t, a, i*5, i*5+10)
		}
		leader, others := leading(t, all...)
		var machines []*Host
		for _, a := range others {
			machines = append(machines, a.Machine)
		}
		fabric.Part(leader.Machine, machines...)
		call(t, api.Publish, others[0], api.PublishRequest{})
		<-time.After(time.Minute)
		if next, _ := leading(t, others...); next == leader {
			t.Error("the others follow a leader that is away")
		}
		fabric.Join(leader.Machine, machines...)
		<-time.After(5 * time.Minute)
		for _, a := range all {
			call(t, api.Publish, a, api.PublishRequest{})
		}
		<-time.After(time.Minute)
		for i, want := range []uint64{5, 10, 5} {
			finds(t, all[i], want)
		}
		<-time.After(time.Minute) // the newest checkpoint reaches all
		var first api.StatusView
		for i, a := range all {
			s := call(t, api.Status, a, api.None{})
			if i == 0 {
				first = s
			}
			if s.Ledger.Certified != first.Ledger.Certified || s.Ledger.Root != first.Ledger.Root || s.Alarm != "" {
				t.Errorf("%s: %+v, alarm %q; the first has %+v", a.ID, s.Ledger, s.Alarm, first.Ledger)
			}
		}
	})
}

// leading returns who leads the ledger, as the first of some agencies sees it, and the
// others.
func leading(t *testing.T, all ...*Agency) (leader *Agency, others []*Agency) {
	t.Helper()
	id := casework.AgencyID(call(t, api.Status, all[0], api.None{}).Ledger.Leader)
	for _, a := range all {
		if a.ID == id {
			leader = a
		} else {
			others = append(others, a)
		}
	}
	if leader == nil {
		t.Fatalf("%q leads", id)
	}
	return leader, others
}

// A node's whole folder is put back to an older state, its ledger included, which nobody
// should do: it says so, takes no part until the others have told it what it signed, and
// publishes anew; what it came to hold is found at its peers.
func TestWholeNodePutBack(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu", "cc-hotline")
		a, b := all[0], all[1]
		hold(t, a, 0, 10)
		hold(t, b, 5, 10)
		call(t, api.Publish, b, api.PublishRequest{})
		finds(t, a, 5)
		halt(t, b)
		backup := filepath.Join(t.TempDir(), "backup")
		if err := os.CopyFS(backup, os.DirFS(b.Dir)); err != nil {
			t.Fatal(err)
		}
		again(t, b)
		hold(t, b, 3, 5)
		call(t, api.Publish, b, api.PublishRequest{})
		finds(t, a, 7)
		halt(t, b)
		if err := os.RemoveAll(b.Dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(b.Dir, os.DirFS(backup)); err != nil {
			t.Fatal(err)
		}
		again(t, b)
		<-time.After(10 * time.Minute)
		if s := call(t, api.Status, b, api.None{}); s.Ledger.Waiting != "" || s.Alarm != "" {
			t.Errorf("put back: it waits for %q, alarm %q", s.Ledger.Waiting, s.Alarm)
		}
		hold(t, b, 1, 3)
		call(t, api.Publish, b, api.PublishRequest{})
		counts(t, a, casework.LeadWithdrawn, 2) // what it came to hold after the backup it holds no more
		finds(t, a, 7)
		finds(t, b, 7) // what the first one holds was published all the time
	})
}
