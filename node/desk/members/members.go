// Package members is the desk of the operator who founds a network, joins one, or
// admits another agency to it.
//
//	newcomer                                    member
//	                <--- invitation, and its fingerprint over the phone
//	join request, and its fingerprint over the phone --->
//	                                            member.propose, member.approve in the ledger
//
// Neither document holds a secret, and neither is believed: an exchanged invitation
// or record has another fingerprint than the one that was read over the phone, and is
// refused. A record is signed by the keys in it.
package members

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/durable"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/config"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/keylock"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// FirstEpoch is the epoch that every network begins with.
const FirstEpoch = 1

// Files in the node's folder that this package writes.
const (
	GenesisFile     = "genesis.entry"     // the founder's first entry, until it is in the ledger, and after
	joinRequestFile = "join-request.json" // what this node asked to join with
)

// startPatience is how long an operator waits for what the node runs in a network.
const startPatience = 30 * time.Second

// Host is the node among its peers.
type Host interface {
	PeerID() string
	Addrs() []string
	Connected(a casework.AgencyID) bool
}

// Ledger is the ledger of the network that the node is in.
type Ledger interface {
	View(func(*state.State))
	Changed() <-chan struct{}
	Certified() checkpoint.Certified
	Entry(index uint64) (entry.Entry, int64, error)
	Append(ctx context.Context, body entry.Body) (receipt.Receipt, error)
}

// A Desk keeps the node's membership.
type Desk struct {
	Dir        string
	Agency     config.Agency
	Announce   []string                        // addresses that the record names instead of those listened on
	Oversight  func() (entry.Oversight, error) // of the record with which the agency founds or joins
	Keys       *keyring.Ring
	Host       Host
	Membership *Membership
	Ledger     func() (Ledger, error)                    // an error while the node is in no network
	Started    func(ctx context.Context) (Ledger, error) // waits until the network's services have started
	Now        func() time.Time

	// KeepOversight keeps the public keys of the oversight body that the record names.
	KeepOversight func(audit.Public) error

	rotating keylock.Locks[struct{}] // while own keys are changed
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.NetworkCreate.Handle(d.Create), api.NetworkInvite.Handle(d.Invite), api.NetworkJoin.Handle(d.Join),
		api.NetworkApprove.Handle(d.Approve), api.NetworkMembers.Handle(d.List), api.NetworkPolicy.Handle(d.Policy),
		api.NetworkReplace.Handle(d.Replace),
		api.NetworkExpel.Handle(d.Expel), api.NetworkRotate.Handle(d.Rotate), api.AgreementShow.Handle(d.Agreements), api.AgreementPropose.Handle(d.ProposeAgreement), api.AgreementApprove.Handle(d.ApproveAgreement),
		api.NetworkRecover.Handle(d.Recover), api.NetworkSign.Handle(d.Sign), api.NetworkSucceed.Handle(d.Succeed),
	}
}

// record returns the own member record for a network that is in an epoch, with log keys
// drawn for it.
func (d *Desk) record(network string, epoch uint32) (entry.SignedMember, entry.Member, error) {
	none := func(err error) (entry.SignedMember, entry.Member, error) {
		return entry.SignedMember{}, entry.Member{}, err
	}
	if err := d.Keys.DrawEpoch(epoch); err != nil {
		return none(err)
	}
	match, err := d.Keys.MatchKey(epoch)
	if err != nil {
		return none(err)
	}
	disclosure, err := d.Keys.DisclosureKey(epoch)
	if err != nil {
		return none(err)
	}
	logSigner, logVerifier, err := checkpoint.NewLogKey(network)
	if err != nil {
		return none(api.Errorf(api.Invalid, "a network's name is like example.org/pilot", "%w", err))
	}
	cosigner, cosignerVerifier, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(network, d.Agency.ID))
	if err != nil {
		return none(err)
	}
	oversight, err := d.Oversight()
	if err != nil {
		return none(err)
	}
	sign := d.Keys.SignKey()
	m := entry.Member{
		Agency: d.Agency.ID, Name: d.Agency.Name, Country: d.Agency.Country, AgencyKey: sign.Public().(ed25519.PublicKey),
		PeerID: d.Host.PeerID(), Addrs: d.addresses(), LogKey: logVerifier, CosignerKey: cosignerVerifier, Epoch: epoch,
		MatchKey: match.Public().Bytes(), DisclosureKey: disclosure.Public().Bytes(), Oversight: oversight,
		Contact: d.Agency.Contact, Normaliser: identify.NormaliserVersion, Level: agreement.Level,
	}
	signed, err := entry.SignMember(m, entry.MemberKeys{Agency: sign, Node: d.Keys.NodeKey(), Log: logSigner, Cosigner: cosigner, Match: match})
	if err != nil {
		return none(api.Errorf(api.Invalid, "check the settings", "%w", err))
	}
	return signed, m, d.Keys.SetLogKeys(logSigner, cosigner)
}

// addresses are where the own record says that the node is reached.
func (d *Desk) addresses() []string {
	addrs := d.Announce
	if len(addrs) == 0 {
		for _, a := range d.Host.Addrs() {
			if entry.CheckAddress(a) == nil { // those of one link alone help nobody
				addrs = append(addrs, a)
			}
		}
	}
	return addrs
}

// defaultTerms is the default agreement for nodes of this build: the ledger takes no
// record of another normaliser than the agreement's.
func defaultTerms(network string) agreement.Agreement {
	terms := agreement.Default(network)
	terms.Normaliser = identify.NormaliserVersion
	return terms
}

// Create founds a network with this agency as its first member.
func (d *Desk) Create(ctx context.Context, _ api.Call, p api.NetworkCreateRequest) (api.JoinedView, error) {
	terms := defaultTerms(p.Name)
	if p.Agreement != "" {
		var err error
		if terms, err = agreement.ParseTOML([]byte(p.Agreement)); err != nil {
			return api.JoinedView{}, api.Errorf(api.Invalid, "correct the agreement", "%w", err)
		}
		if terms.Network != p.Name {
			return api.JoinedView{}, api.Errorf(api.Invalid, "give both the same name", "the agreement is for the network %q, not %q", terms.Network, p.Name)
		}
	}
	if err := terms.Validate(); err != nil {
		return api.JoinedView{}, api.Errorf(api.Invalid, "a network's name is like example.org/pilot", "%w", err)
	}
	if terms.Normaliser != identify.NormaliserVersion {
		return api.JoinedView{}, api.Errorf(api.Invalid, "correct the agreement, or use the crosscase that it was written for",
			"the agreement's normaliser is version %d, this node's is version %d", terms.Normaliser, identify.NormaliserVersion)
	}
	if err := d.Membership.claim(); err != nil {
		return api.JoinedView{}, err
	}
	defer d.Membership.release()
	signed, m, err := d.record(p.Name, FirstEpoch)
	if err != nil {
		return api.JoinedView{}, err
	}
	first, err := entry.Sign(entry.Header{Network: p.Name, Agency: m.Agency, Seq: 1, Time: d.Now().UnixMilli()},
		&entry.Genesis{Agreement: terms.Bytes(), Founder: signed}, d.Keys.SignKey())
	if err != nil {
		return api.JoinedView{}, err
	}
	if err := state.New().Check(first, first.Time); err != nil {
		return api.JoinedView{}, api.Errorf(api.Invalid, "correct the agreement, or the settings of this agency", "the network cannot be founded: %w", err)
	}
	if err := durable.Replace(filepath.Join(d.Dir, GenesisFile), first.Raw(), 0o600); err != nil {
		return api.JoinedView{}, err
	}
	nw := config.Network{Name: p.Name, Genesis: first.Hash().String(), Founder: true}
	if err := d.enter(ctx, nw, func(st *state.State) bool { return st.Size() > 0 }); err != nil {
		return api.JoinedView{}, err
	}
	return api.JoinedView{Network: p.Name, NetworkFingerprint: entry.Fingerprint(first.Hash()), MemberFingerprint: m.Fingerprint()}, nil
}

// enter keeps the network, and waits for what the node runs in it.
func (d *Desk) enter(ctx context.Context, nw config.Network, ready func(*state.State) bool) error {
	if err := d.Membership.enter(nw); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	late := func() error {
		return api.Errorf(api.Unavailable, "look at the node's log", "the network's services did not start in time")
	}
	ledger, err := d.Started(ctx)
	if err != nil {
		return late()
	}
	for {
		changed := ledger.Changed()
		done := false
		ledger.View(func(st *state.State) { done = ready(st) })
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return late()
		case <-changed:
		}
	}
}

// Invite writes an invitation.
func (d *Desk) Invite(_ context.Context, _ api.Call, _ api.None) (api.InvitationView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.InvitationView{}, err
	}
	inv := invitation{Version: invitationVersion, Network: d.Membership.Network().Name, Members: map[casework.AgencyID]config.Location{}}
	var genesis entry.Hash
	ledger.View(func(st *state.State) {
		genesis, inv.Epoch = st.Genesis(), st.Epoch()
		for _, m := range st.Members() {
			if m.Active() {
				inv.Members[m.Agency] = config.Location{PeerID: m.PeerID, Addrs: m.Addrs}
			}
		}
	})
	inv.Genesis = genesis.String()
	if first, _, err := ledger.Entry(0); err == nil && first.Type == entry.TypeRecover {
		inv.First = first.Raw() // members of the network that it succeeds check it
	}
	text, err := json.MarshalIndent(inv, "", "  ")
	if err != nil {
		return api.InvitationView{}, err
	}
	return api.InvitationView{Invitation: string(text) + "\n", Fingerprint: entry.Fingerprint(genesis)}, nil
}

// Join accepts an invitation and returns the join request for the members. Called
// again, it returns the same request.
func (d *Desk) Join(ctx context.Context, _ api.Call, p api.NetworkJoinRequest) (api.JoinedView, error) {
	inv, genesis, err := readInvitation([]byte(p.Invitation))
	if err != nil {
		return api.JoinedView{}, api.Errorf(api.Invalid, "ask the member for the file again", "this is no invitation: %w", err)
	}
	if p.Fingerprint == "" {
		return api.JoinedView{}, api.Errorf(api.Invalid, "call the inviting agency, and give what it reads to you with --fingerprint", "--fingerprint is missing")
	}
	if !entry.SameFingerprint(p.Fingerprint, entry.Fingerprint(genesis)) {
		return api.JoinedView{}, api.Errorf(api.Refused, "call the inviting agency, and give what it reads to you with --fingerprint; if it differs, the file was exchanged on its way",
			"the invitation's network has another fingerprint than the one given")
	}
	v := api.JoinedView{Network: inv.Network, NetworkFingerprint: entry.Fingerprint(genesis)}
	requestFile := filepath.Join(d.Dir, joinRequestFile)
	if in := d.Membership.upcoming(); in.Name == inv.Network && in.Genesis == inv.Genesis {
		// Asked before, and the officer lost the file, or could not write it.
		if text, err := os.ReadFile(requestFile); err == nil {
			m, _, err := readJoinRequest(text)
			if err == nil && m.Epoch < inv.Epoch { // the members changed their match keys since
				return d.joinAgain(inv, v)
			}
			v.JoinRequest, v.MemberFingerprint = string(text), m.Fingerprint()
			return v, err
		}
	}
	if len(inv.First) > 0 && d.Membership.Network().Name != "" {
		return d.joinSuccessor(inv, v)
	}
	if err := d.Membership.claim(); err != nil {
		return api.JoinedView{}, err
	}
	defer d.Membership.release()
	if v, err = d.joinRequest(inv, v); err != nil {
		return api.JoinedView{}, err
	}
	nw := config.Network{Name: inv.Network, Genesis: inv.Genesis, Members: inv.Members}
	if err := d.enter(ctx, nw, func(*state.State) bool { return true }); err != nil {
		return api.JoinedView{}, err
	}
	return v, nil
}

// joinRequest makes and keeps the own join request, and adds it to the view.
func (d *Desk) joinRequest(inv invitation, v api.JoinedView) (api.JoinedView, error) {
	signed, m, err := d.record(inv.Network, inv.Epoch)
	if err != nil {
		return v, err
	}
	text, err := writeJoinRequest(inv.Network, m, signed)
	if err != nil {
		return v, err
	}
	if err := durable.Replace(filepath.Join(d.Dir, joinRequestFile), text, 0o600); err != nil {
		return v, err
	}
	v.JoinRequest, v.MemberFingerprint = string(text), m.Fingerprint()
	return v, nil
}

// joinAgain makes another join request in place of one that no member can approve any
// more.
func (d *Desk) joinAgain(inv invitation, v api.JoinedView) (api.JoinedView, error) {
	if ledger, err := d.Ledger(); err == nil {
		if _, err := d.own(ledger); err == nil {
			return v, api.Errorf(api.Refused, "", "this agency is a member already")
		}
	}
	return d.joinRequest(inv, v)
}

// List returns members and candidates.
func (d *Desk) List(_ context.Context, _ api.Call, _ api.None) ([]api.MemberView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return nil, err
	}
	views := []api.MemberView{}
	ledger.View(func(st *state.State) {
		voters := st.Voters()
		for _, m := range st.Members() {
			stands := "member"
			switch {
			case !m.Active():
				stands = "expelled"
			case slices.Contains(voters, m.Agency):
				stands = "voter"
			}
			v := api.MemberView{
				Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: m.Fingerprint(), State: stands,
				Oversight: m.Oversight.Name, OversightFingerprint: m.Oversight.Fingerprint(), Epoch: m.Epoch, Self: m.Agency == d.Agency.ID,
			}
			wantGone(st, m.Agency, &v)
			views = append(views, v)
		}
		for _, q := range st.Pending() {
			m, err := q.Record.Open()
			if err != nil {
				continue
			}
			views = append(views, api.MemberView{
				Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: m.Fingerprint(), State: "proposed",
				Approvals: len(q.Approvals), Needed: st.JoinNeeds(), Oversight: m.Oversight.Name, OversightFingerprint: m.Oversight.Fingerprint(), Epoch: m.Epoch,
			})
		}
	})
	for i := range views {
		views[i].Connected = d.Host.Connected(views[i].Agency)
	}
	return views, nil
}
