package simnet

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/node/store/sqlite"
	"github.com/crosscase/crosscase/policy/casework"
)

// Two of four do not expel a third; three do. What it published is gone at the others,
// its questions are refused, and its own copy of the ledger ends where it went.
func TestOneIsExpelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		a, b, c, gone := all[0], all[1], all[2], all[3]
		hold(t, gone, 0, 20)
		hold(t, a, 10, 30)
		call(t, api.Publish, gone, api.PublishRequest{})
		call(t, api.Publish, a, api.PublishRequest{})
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{gone.ID}}); asked.Peers[0].Hits != 10 {
			t.Fatalf("asked: %+v", asked.Peers)
		}
		received := slices.ContainsFunc(call(t, api.Status, a, api.None{}).Peers, func(p api.PeerStatus) bool { return p.Agency == gone.ID && p.Received >= 20 })
		if !received {
			t.Fatal("nothing of it is there")
		}
		expel := api.NetworkExpelRequest{Agency: gone.ID, Reason: "agreement-broken"}
		refuses(t, api.Denied, api.NetworkExpel, a, a.Supervisor, expel)
		refuses(t, api.Invalid, api.NetworkExpel, a, a.Operator, api.NetworkExpelRequest{Agency: gone.ID, Reason: "Because I say so"})
		refuses(t, api.Refused, api.NetworkExpel, a, a.Operator, api.NetworkExpelRequest{Agency: a.ID, Reason: "x"})
		for _, m := range []*Agency{a, b} {
			v := as(t, api.NetworkExpel, m, m.Operator, expel)
			if v.Expelled || v.Needed != 3 || !slices.Contains(v.WantGone, m.ID) {
				t.Errorf("%s: %+v", m.ID, v)
			}
		}
		refuses(t, api.Refused, api.NetworkExpel, a, a.Operator, expel)
		members := as(t, api.NetworkMembers, c, c.Operator, api.None{})
		if m := members[3]; len(m.WantGone) != 2 || m.Needed != 3 || m.State == "expelled" {
			t.Errorf("%+v", m)
		}
		if v := as(t, api.NetworkExpel, c, c.Operator, expel); !v.Expelled {
			t.Errorf("%+v", v)
		}
		<-time.After(time.Minute)
		hold(t, gone, 30, 31)
		if asked, err := api.Ask.Call(t.Context(), gone.As(gone.Supervisor), api.AskRequest{Case: "C-1"}); err == nil {
			t.Errorf("an expelled agency asks: %+v", asked)
		}
		if s := call(t, api.Status, gone, api.None{}); s.Phase != "expelled" || slices.ContainsFunc(s.Peers, func(p api.PeerStatus) bool { return p.Connected }) {
			t.Errorf("it is %s, and connected: %+v", s.Phase, s.Peers)
		}
		for _, m := range all[:3] {
			if s := call(t, api.Status, m, api.None{}); slices.ContainsFunc(s.Peers, func(p api.PeerStatus) bool { return p.Agency == gone.ID && p.Connected }) {
				t.Errorf("%s talks to it", m.ID)
			}
		}
		hold(t, b, 10, 15)
		call(t, api.Publish, a, api.PublishRequest{})
		if asked := call(t, api.Ask, b, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{a.ID}}); asked.Peers[0].Hits != 5 {
			t.Errorf("those who are left: %+v", asked.Peers)
		}
		if leads := call(t, api.Inbox, a, api.InboxRequest{}); len(leads) != 10 {
			t.Errorf("%d leads are left, want 10", len(leads))
		}
		ledger, last := call(t, api.Status, a, api.None{}).Ledger, call(t, api.Status, gone, api.None{}).Ledger
		if last.Entries == 0 || last.Entries >= ledger.Entries {
			t.Errorf("the expelled agency has %d entries, the others %d", last.Entries, ledger.Entries)
		}
		for _, m := range all {
			others := []casework.AgencyID{gone.ID}
			if m == gone {
				others = []casework.AgencyID{a.ID, b.ID, c.ID}
			}
			hasNothingOf(t, m, others...)
		}
	})
}

// hasNothingOf stops an agency's node and looks for sets of others in its store.
func hasNothingOf(t *testing.T, a *Agency, others ...casework.AgencyID) {
	t.Helper()
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(filepath.Join(a.Dir, "store"), a.storeKey.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, p := range others {
		if set, err := s.PeerSet(t.Context(), p); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s has set %d of %s still: %v", a.ID, set.Number, p, err)
		}
		if n, err := s.CountOwnTags(t.Context(), p, 1); n != 0 || err != nil {
			t.Errorf("%s has %d own tags for %s still: %v", a.ID, n, p, err)
		}
	}
}

// An agreement is proposed, read as differences, approved by fingerprint, and in force
// with the approval of two thirds; a draft that does not follow is refused before it is
// logged.
func TestAnAgreementIsAmended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		a, b, c, d := all[0], all[1], all[2], all[3]
		force := as(t, api.AgreementShow, b, b.Investigator, api.None{})
		if force.Version != 1 || len(force.Drafts) != 0 {
			t.Fatalf("%+v", force)
		}
		for name, text := range map[string]string{
			"nothing but its version": strings.Replace(force.Text, "version = 1", "version = 2", 1),
			"the same version":        strings.Replace(force.Text, "retention_days = 1095", "retention_days = 30", 1),
			"less than a majority":    strings.NewReplacer("version = 1", "version = 2", `expel_share = "2/3"`, `expel_share = "1/3"`).Replace(force.Text),
			"another network":         strings.NewReplacer("version = 1", "version = 2", "example.org/simulation", "example.org/other").Replace(force.Text),
			"no agreement":            "retention_days = 30",
		} {
			if _, err := api.AgreementPropose.Call(t.Context(), a.As(a.Operator), api.AgreementProposeRequest{Agreement: text}); err == nil {
				t.Errorf("%s: proposed", name)
			}
		}
		next := strings.NewReplacer("version = 1", "version = 2", "retention_days = 1095", "retention_days = 30", `"email", `, "").Replace(force.Text)
		refuses(t, api.Denied, api.AgreementPropose, a, a.Supervisor, api.AgreementProposeRequest{Agreement: next})
		proposed := as(t, api.AgreementPropose, a, a.Operator, api.AgreementProposeRequest{Agreement: next})
		if proposed.InForce || len(proposed.Approvals) != 1 || proposed.Needed != 3 {
			t.Errorf("%+v", proposed)
		}
		shown := as(t, api.AgreementShow, b, b.Operator, api.None{})
		if len(shown.Drafts) != 1 || shown.Drafts[0].Fingerprint != proposed.Fingerprint || shown.Drafts[0].By != a.ID || shown.Drafts[0].Text != proposed.Text {
			t.Fatalf("%+v", shown.Drafts)
		}
		words := map[string]string{}
		for _, change := range shown.Drafts[0].Changes {
			words[change.Setting] = strings.Join(change.Dropped, ",") + "|" + change.Was + "|" + change.Becomes
		}
		if len(words) != 3 || words["retention_days"] != "|1095|30" || words["kinds"] != "email||" {
			t.Errorf("%v", words)
		}
		refuses(t, api.Invalid, api.AgreementApprove, b, b.Operator, api.AgreementApproveRequest{Fingerprint: "K3QF"})
		refuses(t, api.NotFound, api.AgreementApprove, b, b.Operator, api.AgreementApproveRequest{Fingerprint: force.Fingerprint})
		approve := api.AgreementApproveRequest{Fingerprint: proposed.Fingerprint}
		if v := as(t, api.AgreementApprove, b, b.Operator, approve); v.InForce || len(v.Approvals) != 2 {
			t.Errorf("two of four: %+v", v)
		}
		if v := as(t, api.AgreementApprove, c, c.Operator, approve); !v.InForce || len(v.Approvals) != 3 {
			t.Errorf("three of four: %+v", v)
		}
		<-time.After(time.Minute)
		after := as(t, api.AgreementShow, d, d.Operator, api.None{})
		if after.Version != 2 || after.Fingerprint != proposed.Fingerprint || len(after.Drafts) != 0 || !strings.Contains(after.Text, "retention_days = 30") {
			t.Errorf("%+v", after)
		}
	})
}

// After a theft an agency changes all keys at once. The others follow with match keys
// of the new epoch, the tags under the stolen one are replaced, what was pending goes
// on, and the overseer's verdict stands.
func TestAllKeysAreChangedAfterATheft(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu", "cc-hotline")
		a, b, c := all[0], all[1], all[2]
		hold(t, a, 0, 20)
		hold(t, b, 10, 30)
		call(t, api.Publish, a, api.PublishRequest{})
		if asked := call(t, api.Ask, b, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{a.ID}}); asked.Peers[0].Hits != 10 {
			t.Fatalf("asked: %+v", asked.Peers)
		}
		before := as(t, api.NetworkMembers, b, b.Operator, api.None{})
		refuses(t, api.Denied, api.NetworkRotate, a, a.Supervisor, api.NetworkRotateRequest{Keys: api.KeysOfNode()})
		refuses(t, api.Invalid, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{"crown"}})
		refuses(t, api.Invalid, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{api.KeyOversight}})
		v := as(t, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: api.KeysOfNode()})
		if len(v.Rotated) != len(api.KeysOfNode()) || v.Epoch != 2 || len(v.Away) != 0 {
			t.Fatalf("%+v", v)
		}
		<-time.After(5 * time.Minute)
		for _, m := range all {
			s := call(t, api.Status, m, api.None{})
			if s.Epoch != 2 || s.Alarm != "" || s.Phase != "member" {
				t.Errorf("%s: epoch %d, %s %s", m.ID, s.Epoch, s.Phase, s.Alarm)
			}
			for _, p := range s.Peers {
				if !p.Connected {
					t.Errorf("%s has no connection with %s", m.ID, p.Agency)
				}
			}
		}
		after := as(t, api.NetworkMembers, b, b.Operator, api.None{})
		if after[0].Fingerprint != v.Fingerprint || after[0].Fingerprint == before[0].Fingerprint || after[0].Epoch != 2 || after[2].Epoch != 2 {
			t.Errorf("%+v", after)
		}
		// Matching goes on under the new keys, and what was found is not found twice.
		call(t, api.Publish, a, api.PublishRequest{})
		hold(t, b, 0, 5)
		if asked := call(t, api.Ask, b, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{a.ID}}); asked.Count != 25 || asked.Peers[0].Hits != 15 {
			t.Errorf("asked again: %d, %+v", asked.Count, asked.Peers)
		}
		if leads := call(t, api.Inbox, b, api.InboxRequest{}); len(leads) != 15 {
			t.Errorf("%d leads, want 15", len(leads))
		}
		// Its entries are taken, its node comes back under its new identity, and leads.
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Minute)
		hold(t, a, 20, 25)
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{b.ID, c.ID}}); asked.Entry == 0 {
			t.Errorf("after a restart: %+v", asked)
		}
		verified(t, a, b, c)
	})
}

// verified stops the nodes and lets the auditor's code judge each copy of the ledger.
func verified(t *testing.T, all ...*Agency) {
	t.Helper()
	for _, m := range all {
		if err := m.Stop(); err != nil {
			t.Fatal(err)
		}
		r, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(node.LedgerTiles(m.Dir))), audit.Options{})
		if err != nil || !r.OK {
			t.Errorf("%s: %v %+v", m.ID, err, r.Findings)
		}
	}
}

// Each key changes by itself, also in a network of two, where nothing is certified
// without both; what is under way goes on.
func TestEachKeyChangesByItself(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, all := network(t, "aa-police", "bb-fiu")
		a, b := all[0], all[1]
		hold(t, b, 0, 20)
		call(t, api.Publish, b, api.PublishRequest{})
		last := ""
		for i, key := range append(api.KeysOfNode(), api.Addresses) {
			for _, m := range []*Agency{a, b} {
				v := as(t, api.NetworkRotate, m, m.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{key}})
				if len(v.Rotated) != 1 || v.Rotated[0] != key {
					t.Fatalf("%s: %+v", key, v)
				}
				if m == a && v.Fingerprint == last && key != api.KeyAudit && key != api.Addresses {
					t.Errorf("%s: the record is the same", key)
				}
				if m == a {
					last = v.Fingerprint
				}
				<-time.After(time.Minute)
				if key == api.KeyMatch {
					break // the other follows
				}
			}
			call(t, api.Publish, b, api.PublishRequest{})
			hold(t, a, i, i+1)
			if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}); asked.Entry == 0 || asked.Peers[0].Queued != "" {
				t.Errorf("%s: %+v", key, asked)
			}
		}
		if leads := call(t, api.Inbox, a, api.InboxRequest{}); len(leads) != len(api.KeysOfNode())+1 {
			t.Errorf("%d leads", len(leads))
		}
		verified(t, a, b)
	})
}

// The node key does not change while a member is away that could not be told; all
// other keys do. Who joins afterwards has keys of the epoch that the network is in.
func TestKeysChangeWhileAMemberIsAway(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		f := NewFabric()
		_, oversight := overseer(t)
		all := start(t, f, oversight, "aa-police", "bb-fiu", "cc-hotline", "dd-customs")
		a, c, late := all[0], all[2], all[3]
		found(t, all[:3]...)
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		refuses(t, api.Refused, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{api.KeyNode}})
		v := as(t, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: api.KeysOfNode()})
		if slices.Contains(v.Rotated, api.KeyNode) || len(v.Away) != 1 || v.Away[0] != c.ID || !slices.Contains(v.Behind, c.ID) || v.NetworkEpoch != 1 {
			t.Errorf("%+v", v)
		}
		refuses(t, api.Refused, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{api.KeyMatch}})
		<-time.After(20 * time.Minute)
		if s := call(t, api.Status, a, api.None{}); s.Epoch != 1 {
			t.Errorf("epoch %d without the member that is away", s.Epoch)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		if s := call(t, api.Status, c, api.None{}); s.Epoch != 2 {
			t.Errorf("epoch %d with all", s.Epoch)
		}
		as(t, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: []api.KeyName{api.KeyNode}})
		<-time.After(time.Minute)
		invitation := as(t, api.NetworkInvite, a, a.Operator, api.None{})
		joined := as(t, api.NetworkJoin, late, late.Operator, api.NetworkJoinRequest(invitation))
		late.Network = a.Network
		if err := admit(t.Context(), all[:3], joined); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		if s := call(t, api.Status, late, api.None{}); s.Phase != "member" || s.Epoch != 2 {
			t.Errorf("%s in epoch %d", s.Phase, s.Epoch)
		}
	})
}

// A thief has a copy of the whole folder and the store key, from before all keys were
// changed. Nobody lets its node in, and nothing that it says is taken.
func TestAttackStolenFolder(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		f, all := network(t, "aa-police", "bb-fiu", "cc-hotline")
		a, b := all[0], all[1]
		hold(t, a, 0, 10)
		hold(t, b, 5, 15)
		call(t, api.Publish, b, api.PublishRequest{})
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		loot := filepath.Join(t.TempDir(), "loot")
		if err := os.CopyFS(loot, os.DirFS(a.Dir)); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		if v := as(t, api.NetworkRotate, a, a.Operator, api.NetworkRotateRequest{Keys: api.KeysOfNode()}); len(v.Away) != 0 {
			t.Fatalf("%+v", v)
		}
		<-time.After(5 * time.Minute)
		thief := f.Open(a.ID, loot, a.storeKey)
		thief.Network, thief.Supervisor = a.Network, a.Supervisor
		if err := thief.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := thief.Stop(); err != nil {
				t.Error(err)
			}
		}()
		<-time.After(5 * time.Minute)
		// A dialer has a connection for a moment before it is closed, so that is not looked at.
		stale, fresh := call(t, api.Status, thief, api.None{}).Ledger, call(t, api.Status, b, api.None{}).Ledger
		if stale.Entries == 0 || stale.Entries >= fresh.Entries || stale.Leader != "" {
			t.Errorf("the thief has %d entries of %d, and %q for a leader", stale.Entries, fresh.Entries, stale.Leader)
		}
		if asked := call(t, api.Ask, thief, api.AskRequest{Case: "C-1"}); asked.Entry != 0 {
			t.Errorf("the thief asks: %+v", asked)
		}
		if asked := call(t, api.Ask, a, api.AskRequest{Case: "C-1", Peers: []casework.AgencyID{b.ID}}); asked.Entry == 0 || asked.Peers[0].Hits != 5 {
			t.Errorf("the agency asks: %+v", asked)
		}
	})
}

// An oversight body changes its keys by the agencies under it: what was sealed before
// opens with the old one, what comes after with the new one.
func TestOversightKeyChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, file := overseer(t)
		all := start(t, NewFabric(), file, "aa-police", "bb-fiu")
		found(t, all...)
		a, b := all[0], all[1]
		hold(t, b, 0, 10)
		hold(t, a, 0, 5)
		call(t, api.Publish, b, api.PublishRequest{})
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		after, err := audit.NewOversight("Inspectorate")
		if err != nil {
			t.Fatal(err)
		}
		other, err := audit.NewOversight("Another body")
		if err != nil {
			t.Fatal(err)
		}
		rotate := func(s audit.Secret) api.NetworkRotateRequest {
			text, err := s.Public().Text()
			if err != nil {
				t.Fatal(err)
			}
			return api.NetworkRotateRequest{Keys: []api.KeyName{api.KeyOversight}, Oversight: string(text)}
		}
		refuses(t, api.Refused, api.NetworkRotate, a, a.Operator, rotate(other))
		as(t, api.NetworkRotate, a, a.Operator, rotate(after))
		if m := as(t, api.NetworkMembers, b, b.Operator, api.None{})[0]; m.OversightFingerprint != after.Public().Oversight().Fingerprint() {
			t.Errorf("%+v", m)
		}
		hold(t, a, 5, 8)
		call(t, api.Ask, a, api.AskRequest{Case: "C-1"})
		<-time.After(time.Minute)
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			secrets []audit.Secret
			opened  uint64
			closed  bool
		}{"both": {[]audit.Secret{before, after}, 2, false}, "the new": {[]audit.Secret{after}, 1, true}} {
			r, err := audit.Verify(t.Context(), tiles.Dir(os.DirFS(node.LedgerTiles(a.Dir))), audit.Options{Secrets: c.secrets})
			ours := false
			for _, d := range r.Sealed.Closed {
				ours = ours || d.Agency == a.ID && d.Ours
			}
			if err != nil || !r.OK || r.Sealed.Opened != c.opened || ours != c.closed {
				t.Errorf("%s: %v, %+v, %+v", name, err, r.Sealed, r.Findings)
			}
		}
	})
}
