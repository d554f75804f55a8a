package node

import (
	"context"
	"errors"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

func (n *Node) status(ctx context.Context, _ api.Call, _ api.None) (view api.StatusView, err error) {
	r := api.StatusView{
		Agency: n.cfg.Agency.ID, Phase: "alone", Version: n.version, Normaliser: identify.NormaliserVersion,
		Queued: []api.Queued{},
	}
	if r.Items, r.Kept, err = n.store.Counts(ctx, casework.CaseID{}); err != nil {
		return view, err
	}
	if r.Leads, err = n.store.LeadCounts(ctx); err != nil {
		return view, err
	}
	s, err := n.inNetwork()
	if r.Network = n.networkName(); r.Network != "" {
		r.Phase = "starting"
	}
	if err == nil {
		if err := n.networkStatus(ctx, s, &r); err != nil {
			return view, err
		}
	}
	return r, n.queued(ctx, &r)
}

func (n *Node) networkStatus(ctx context.Context, s *services, r *api.StatusView) error {
	st := s.replica.Status()
	r.Network, r.Phase = s.network.Name, "joining"
	r.Ledger = api.LedgerStatus{Entries: st.Entries, Certified: st.Certified.Size, At: st.Certified.Time, Leader: string(st.Leader), Quorum: st.Quorum}
	if st.Certified.Size > 0 {
		r.Ledger.Root = st.Certified.Root.String()
	}
	for _, v := range st.Voters {
		r.Ledger.Voters = append(r.Ledger.Voters, string(v))
	}
	if st.Alarm != nil {
		r.Alarm = st.Alarm.Error()
	}
	var members []state.Member
	s.replica.View(func(v *state.State) {
		r.Epoch = v.Epoch()
		members = v.Members()
	})
	for _, m := range members {
		switch {
		case m.Agency == n.cfg.Agency.ID && m.Active():
			r.Phase = "member"
		case m.Agency == n.cfg.Agency.ID:
			r.Phase = "expelled"
		case m.Active():
			p, err := n.peerStatus(ctx, m, r.Epoch)
			if err != nil {
				return err
			}
			r.Peers = append(r.Peers, p)
		}
	}
	return nil
}

func (n *Node) peerStatus(ctx context.Context, m state.Member, epoch uint32) (api.PeerStatus, error) {
	p := api.PeerStatus{Agency: m.Agency, Name: m.Name, Country: m.Country, Connected: n.host.Connected(m.Agency)}
	p.Sent, p.Recv = n.host.Bytes(m.Agency)
	sent, received := n.host.Bytes(m.Agency, match.QueryProtocol)
	p.Queries = sent + received
	pub, err := n.store.Publication(ctx, m.Agency, epoch)
	if err != nil {
		return p, err
	}
	if pub.Acked > 0 {
		p.Published = pub.Count
	}
	set, err := n.store.PeerSet(ctx, m.Agency)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	p.Received = set.Count
	return p, nil
}

// queued lists what waits, and for what.
func (n *Node) queued(ctx context.Context, r *api.StatusView) error {
	batches, err := n.store.OpenBatches(ctx)
	if err != nil {
		return err
	}
	for _, b := range batches {
		for _, peer := range b.Peers {
			of, settled, err := n.answerOf(ctx, b, peer)
			if err != nil {
				return err
			}
			if of.Queued != "" || !settled {
				r.Queued = append(r.Queued, api.Queued{What: "query", ID: b.ID.String(), Peer: peer, Reason: of.Queued, Since: b.Created})
			}
		}
	}
	messages, err := n.store.Outgoing(ctx)
	if err != nil {
		return err
	}
	for _, m := range messages {
		r.Queued = append(r.Queued, api.Queued{What: m.Kind, ID: m.ID.String(), Peer: m.To, Reason: m.Waits, Since: m.Created})
	}
	return nil
}

// storeError tells an officer why the store did not take something.
func storeError(err error) error {
	if errors.Is(err, store.ErrFull) {
		return api.Errorf(api.Unavailable, "free space on the node's disk and run the same command again: what was stored before stays, and nothing is stored twice", "%w", err)
	}
	if errors.Is(err, store.ErrClosed) {
		return api.Errorf(api.Refused, "open another case", "%w", err)
	}
	return err
}

// matchError tells an officer why a question was not asked.
func matchError(err error) error {
	switch {
	case errors.Is(err, match.ErrNothing):
		return api.Errorf(api.Refused, "'crosscase search' shows what keeps an item out of matching", "%w", err)
	case errors.Is(err, match.ErrNoPeer), errors.Is(err, match.ErrAgreement):
		return api.Errorf(api.Refused, "the agreement of the network says who may match what with whom", "%w", err)
	case errors.Is(err, match.ErrStopped):
		return api.Errorf(api.Fault, "stop, keep the folder, and tell the oversight body", "%w", err)
	}
	return ledgerError(err)
}
