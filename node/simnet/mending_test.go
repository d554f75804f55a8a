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

// leads asks an agency's case at all others and counts its new leads.
func leads(t *testing.T, a *Agency) uint64 {
	t.Helper()
	call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
	<-time.After(15 * time.Minute)
	return call(t, api.Status, a, api.None{}).Leads["new"]
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
		if n := leads(t, a); n != 5 {
			t.Errorf("%d leads at the other, want 5", n)
		}
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
		if n := leads(t, a); n != 5 {
			t.Errorf("%d leads in the successor, want 5", n)
		}
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
