package node

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// An invitation is what a newcomer must know of a network. It holds no secret; the
// genesis hash in it is compared over the phone.
type invitation struct {
	Version string                           `json:"version"`
	Network string                           `json:"network"`
	Genesis string                           `json:"genesis"`
	Members map[casework.AgencyID]KnownPeers `json:"members"`
}

// A joinRequest is a newcomer's signed record.
type joinRequest struct {
	Version string            `json:"version"`
	Network string            `json:"network"`
	Agency  casework.AgencyID `json:"agency"`
	Record  string            `json:"record"` // base64
}

const (
	invitationVersion  = "crosscase-invitation/1"
	joinRequestVersion = "crosscase-join/1"
	maxDocument        = 1 << 20
)

// networkInvite writes an invitation.
func (n *Node) networkInvite(_ context.Context, _ api.Call, _ api.None) (view api.InvitationView, err error) {
	s, err := n.inNetwork()
	if err != nil {
		return view, err
	}
	inv := invitation{Version: invitationVersion, Network: s.network.Name, Members: map[casework.AgencyID]KnownPeers{}}
	var genesis entry.Hash
	s.replica.View(func(st *state.State) {
		genesis = st.Genesis()
		for _, m := range st.Members() {
			if m.Active() {
				inv.Members[m.Agency] = KnownPeers{PeerID: m.PeerID, Addrs: m.Addrs}
			}
		}
	})
	inv.Genesis = genesis.String()
	text, err := json.MarshalIndent(inv, "", "  ")
	if err != nil {
		return view, err
	}
	return api.InvitationView{Invitation: string(text) + "\n", Fingerprint: entry.Fingerprint(genesis)}, nil
}

// networkJoin accepts an invitation and gives the join request for the members.
func (n *Node) networkJoin(ctx context.Context, call api.Call, p api.NetworkJoinRequest) (view api.JoinedView, err error) {
	var inv invitation
	if len(p.Invitation) > maxDocument || json.Unmarshal([]byte(p.Invitation), &inv) != nil || inv.Version != invitationVersion || len(inv.Members) == 0 {
		return view, api.Errorf(api.Invalid, "ask the member for the file again", "this is no invitation")
	}
	genesis, err := parseHash(inv.Genesis)
	if err != nil {
		return view, api.Errorf(api.Invalid, "ask the member for the file again", "the invitation names no first entry: %w", err)
	}
	if p.Fingerprint == "" {
		return view, api.Errorf(api.Invalid, "call the inviting agency, and give what it reads to you with --fingerprint", "--fingerprint is missing")
	}
	if !entry.SameFingerprint(p.Fingerprint, entry.Fingerprint(genesis)) {
		return view, api.Errorf(api.Refused, "call the inviting agency, and give what it reads to you with --fingerprint; if it differs, the file was exchanged on its way",
			"the invitation's network has another fingerprint than the one given")
	}
	joined := api.JoinedView{Network: inv.Network, NetworkFingerprint: entry.Fingerprint(genesis)}
	requestFile := filepath.Join(n.cfg.Dir, joinRequestFile)
	if text, err := os.ReadFile(requestFile); err == nil && n.joined(inv) {
		// Asked before, and the officer lost the file, or could not write it.
		m, _, err := readJoinRequest(text)
		joined.JoinRequest, joined.MemberFingerprint = string(text), m.Fingerprint()
		return joined, err
	}
	if err := n.enterNetwork(); err != nil {
		return view, err
	}
	defer n.leaveEntering()
	signed, m, err := n.record(inv.Network)
	if err != nil {
		return view, err
	}
	text, err := json.MarshalIndent(joinRequest{Version: joinRequestVersion, Network: inv.Network, Agency: m.Agency, Record: base64.StdEncoding.EncodeToString(signed.Bytes())}, "", "  ")
	if err != nil {
		return view, err
	}
	text = append(text, '\n')
	if err := writeWhole(requestFile, text); err != nil {
		return view, err
	}
	if err := n.enter(ctx, Network{Name: inv.Network, Genesis: inv.Genesis, Members: inv.Members}, func(*state.State) bool { return true }); err != nil {
		return view, err
	}
	joined.JoinRequest, joined.MemberFingerprint = string(text), m.Fingerprint()
	return joined, nil
}

// joined reports whether this node asked to join the network of an invitation.
func (n *Node) joined(inv invitation) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.network.Name == inv.Network && n.network.Genesis == inv.Genesis
}

// readJoinRequest opens a join request and the record in it.
func readJoinRequest(text []byte) (m entry.Member, signed entry.SignedMember, err error) {
	var j joinRequest
	if len(text) > maxDocument {
		return m, signed, fmt.Errorf("%d bytes", len(text))
	}
	if err := json.Unmarshal(text, &j); err != nil || j.Version != joinRequestVersion {
		return m, signed, fmt.Errorf("version %q", j.Version)
	}
	raw, err := base64.StdEncoding.DecodeString(j.Record)
	if err != nil {
		return m, signed, err
	}
	if signed, err = entry.ParseSignedMember(raw); err != nil {
		return m, signed, err
	}
	m, err = signed.Open()
	return m, signed, err
}
