package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// inNetwork gives the services, or tells the officer how to get some.
func (n *Node) inNetwork() (*services, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.services == nil && n.network.Name != "" {
		return nil, api.Errorf(api.Unavailable, "run the same command again in a moment; 'crosscase status' tells when it is ready", "this node has just started and is reading its ledger")
	}
	if n.services == nil {
		return nil, api.Errorf(api.Unavailable, "found one with 'crosscase network create', or join one with 'crosscase network join'", "this node is in no network")
	}
	return n.services, nil
}

// enterNetwork claims the one moment in which a node founds or joins a network.
func (n *Node) enterNetwork() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.network.Name != "" || n.founding {
		return api.Errorf(api.Refused, "make another node with 'crosscase init' for another network", "this node is in a network already")
	}
	n.founding = true
	return nil
}

func (n *Node) leaveEntering() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.founding = false
}

// record makes the own member record for a network, drawing log keys if there are none.
func (n *Node) record(network string) (entry.SignedMember, entry.Member, error) {
	epoch, err := n.epoch(firstEpoch)
	if err != nil {
		return entry.SignedMember{}, entry.Member{}, err
	}
	logSigner, logVerifier, err := checkpoint.NewLogKey(network)
	if err != nil {
		return entry.SignedMember{}, entry.Member{}, api.Errorf(api.Invalid, "a network's name is like example.org/pilot", "%w", err)
	}
	cosigner, cosignerVerifier, err := checkpoint.NewCosignerKey(checkpoint.CosignerName(network, n.cfg.Agency.ID))
	if err != nil {
		return entry.SignedMember{}, entry.Member{}, err
	}
	addrs := n.cfg.Listen.Announce
	if len(addrs) == 0 {
		addrs = n.host.Addrs()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	m := entry.Member{
		Agency: n.cfg.Agency.ID, Name: n.cfg.Agency.Name, Country: n.cfg.Agency.Country, AgencyKey: n.keys.SignKey().Public().(ed25519.PublicKey),
		PeerID: n.host.PeerID(), Addrs: addrs, LogKey: logVerifier, CosignerKey: cosignerVerifier, Epoch: firstEpoch,
		MatchKey: epoch.match.Public().Bytes(), DisclosureKey: epoch.disclosure.Public().Bytes(), Oversight: n.oversight.Oversight(),
		Contact: n.cfg.Agency.Contact, Normaliser: identify.NormaliserVersion,
	}
	signed, err := entry.SignMember(m, n.keys.SignKey())
	if err != nil {
		return signed, m, api.Errorf(api.Invalid, "check the settings", "%w", err)
	}
	n.keys.Log, n.keys.Cosigner = logSigner, cosigner
	return signed, m, n.keys.Save(filepath.Join(n.cfg.Dir, agencyKeys), n.storeKey)
}

// networkCreate founds a network.
func (n *Node) networkCreate(ctx context.Context, _ api.Call, p api.NetworkCreateRequest) (view api.JoinedView, err error) {
	terms := agreement.Default(p.Name)
	if p.Agreement != "" {
		var err error
		if terms, err = agreement.ParseTOML([]byte(p.Agreement)); err != nil {
			return view, api.Errorf(api.Invalid, "correct the agreement", "%w", err)
		}
		if terms.Network != p.Name {
			return view, api.Errorf(api.Invalid, "give both the same name", "the agreement is for the network %q, not %q", terms.Network, p.Name)
		}
	}
	if err := terms.Validate(); err != nil {
		return view, api.Errorf(api.Invalid, "a network's name is like example.org/pilot", "%w", err)
	}
	if err := n.enterNetwork(); err != nil {
		return view, err
	}
	defer n.leaveEntering()
	signed, m, err := n.record(p.Name)
	if err != nil {
		return view, err
	}
	first, err := entry.Sign(entry.Header{Network: p.Name, Agency: m.Agency, Seq: 1, Time: time.Now().UnixMilli()},
		&entry.Genesis{Agreement: terms.Bytes(), Founder: signed}, n.keys.SignKey())
	if err != nil {
		return view, err
	}
	if err := writeWhole(filepath.Join(n.cfg.Dir, genesisFile), first.Raw()); err != nil {
		return view, err
	}
	nw := Network{Name: p.Name, Genesis: first.Hash().String(), Founder: true}
	if err := n.enter(ctx, nw, func(st *state.State) bool { return st.Size() > 0 }); err != nil {
		return view, err
	}
	return api.JoinedView{Network: p.Name, NetworkFingerprint: entry.Fingerprint(first.Hash()), MemberFingerprint: m.Fingerprint()}, nil
}

// enter stores the network, starts its services and waits for them.
func (n *Node) enter(ctx context.Context, nw Network, ready func(*state.State) bool) error {
	if err := nw.save(n.cfg.Dir); err != nil {
		return err
	}
	n.mu.Lock()
	n.network = nw
	n.mu.Unlock()
	n.begin <- nw
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		s, err := n.inNetwork()
		var changed <-chan struct{}
		if err == nil {
			changed = s.replica.Changed()
			done := false
			s.replica.View(func(st *state.State) { done = ready(st) })
			if done {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return api.Errorf(api.Unavailable, "look at the node's log", "the network's services did not start in time")
		case <-changed:
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// networkApprove proposes an agency, or approves the proposal of another member.
func (n *Node) networkApprove(ctx context.Context, call api.Call, p api.NetworkApproveRequest) (view api.ApprovalView, err error) {
	s, err := n.inNetwork()
	if err != nil {
		return view, err
	}
	m, signed, err := n.candidate(s, p)
	if err != nil {
		return view, err
	}
	if !entry.SameFingerprint(p.Fingerprint, m.Fingerprint()) {
		return view, api.Errorf(api.Refused, "call "+string(m.Agency)+", and give what it reads to you with --fingerprint; if it differs, the request was exchanged on its way",
			"the record of %s has another fingerprint than the one given", m.Agency)
	}
	var proposed bool
	r := api.ApprovalView{Agency: m.Agency, Fingerprint: m.Fingerprint()}
	s.replica.View(func(st *state.State) {
		_, proposed = st.Proposed(m.Hash())
		r.Needed = st.JoinNeeds() // it may grow with the member that is admitted now
	})
	var body entry.Body = &entry.MemberPropose{Member: signed}
	if proposed {
		body = &entry.MemberApprove{Agency: m.Agency, Record: m.Hash()}
	}
	_, err = s.replica.Append(ctx, body)
	if errors.Is(err, replica.ErrNoQuorum) && n.memberNow(s, m.Agency) {
		err = nil // admitted; it is certified once the newcomer's node is there
	}
	if err != nil {
		return view, ledgerError(err)
	}
	s.replica.View(func(st *state.State) {
		if q, ok := st.Proposed(m.Hash()); ok {
			r.Approvals = len(q.Approvals)
			return
		}
		r.Admitted, r.Approvals = true, r.Needed
	})
	return r, nil
}

func (n *Node) memberNow(s *services, id casework.AgencyID) (yes bool) {
	s.replica.View(func(st *state.State) {
		m, ok := st.Member(id)
		yes = ok && m.Active()
	})
	return yes
}

// candidate gives the record that is to be approved.
func (n *Node) candidate(s *services, p api.NetworkApproveRequest) (m entry.Member, signed entry.SignedMember, err error) {
	bad := func(err error) (entry.Member, entry.SignedMember, error) {
		return m, signed, api.Errorf(api.Invalid, "ask the agency for the file again", "this is no join request: %w", err)
	}
	if p.JoinRequest == "" {
		// Anybody can propose a record under an agency's name; the one that the agency
		// read out is meant.
		found := false
		s.replica.View(func(st *state.State) {
			for _, q := range st.Pending() {
				r, err := q.Record.Open()
				if err != nil || r.Agency != p.Agency {
					continue
				}
				if !found || entry.SameFingerprint(p.Fingerprint, r.Fingerprint()) {
					signed, found = q.Record, true
				}
			}
		})
		if !found {
			return m, signed, api.Errorf(api.NotFound, "give the file of its join request", "nobody proposed an agency %q", p.Agency)
		}
		if m, err = signed.Open(); err != nil {
			return bad(err)
		}
		return m, signed, nil
	}
	if m, signed, err = readJoinRequest([]byte(p.JoinRequest)); err != nil {
		return bad(err)
	}
	return m, signed, nil
}

// networkMembers lists members and candidates.
func (n *Node) networkMembers(_ context.Context, _ api.Call, _ api.None) (view []api.MemberView, err error) {
	s, err := n.inNetwork()
	if err != nil {
		return view, err
	}
	out := []api.MemberView{}
	s.replica.View(func(st *state.State) {
		voters := st.Voters()
		for _, m := range st.Members() {
			stands := "member"
			switch {
			case !m.Active():
				stands = "expelled"
			case slices.Contains(voters, m.Agency):
				stands = "voter"
			}
			out = append(out, api.MemberView{
				Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: m.Fingerprint(), State: stands,
				Oversight: m.Oversight.Name, Self: m.Agency == n.cfg.Agency.ID,
			})
		}
		for _, q := range st.Pending() {
			m, err := q.Record.Open()
			if err != nil {
				continue
			}
			out = append(out, api.MemberView{
				Agency: m.Agency, Name: m.Name, Country: m.Country, Fingerprint: m.Fingerprint(), State: "proposed",
				Approvals: len(q.Approvals), Needed: st.JoinNeeds(), Oversight: m.Oversight.Name,
			})
		}
	})
	for i := range out {
		out[i].Connected = n.host.Connected(out[i].Agency)
	}
	return out, nil
}

func parseHash(text string) (entry.Hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return entry.Hash{}, err
	}
	if len(raw) != len(entry.Hash{}) {
		return entry.Hash{}, fmt.Errorf("a hash of %d bytes", len(raw))
	}
	return entry.Hash(raw), nil
}

// ledgerError tells an officer why the ledger did not take something.
func ledgerError(err error) error {
	switch {
	case errors.Is(err, replica.ErrNoQuorum):
		return api.Errorf(api.Unavailable, "nothing was asked, answered or sent; 'crosscase status' shows who is away, and it works again when they are back", "%w", err)
	case errors.Is(err, state.ErrQuota):
		return api.Errorf(api.Refused, "wait until tomorrow (UTC), or ask for less", "%w", err)
	case errors.Is(err, state.ErrAgreement):
		return api.Errorf(api.Refused, "the agreement of the network says what may be asked", "%w", err)
	case errors.Is(err, replica.ErrRejected):
		return api.Errorf(api.Refused, "", "%w", err)
	case errors.Is(err, replica.ErrAlarm):
		return api.Errorf(api.Fault, "stop, keep the folder, and tell the oversight body", "%w", err)
	}
	return err
}
