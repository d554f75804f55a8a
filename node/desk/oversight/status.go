// Package oversight is the desk of those who watch the node: how its ledger and its
// peers stand, what waits for whom, and which officer changed what.
//
// It counts and names agencies, batches and requests; no value out of a case file is
// in it.
package oversight

import (
	"context"
	"errors"
	"time"

	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/identify"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store counts what a node keeps, and lists what waits.
type Store interface {
	Counts(ctx context.Context, id casework.CaseID) (byKind, keptOut map[string]uint64, err error)
	LeadCounts(ctx context.Context) (map[string]uint64, error)
	Publication(ctx context.Context, peer casework.AgencyID, epoch uint32) (store.Publication, error)
	PeerSet(ctx context.Context, peer casework.AgencyID) (store.PeerSet, error)
	OpenBatches(ctx context.Context) ([]store.Batch, error)
	Outgoing(ctx context.Context) ([]store.Outgoing, error)
	Commands(ctx context.Context) ([]store.KeptCommand, error)
	Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error)
}

// Ledger tells how the ledger stands, as this replica sees it.
type Ledger interface {
	Status() replica.Status
	View(func(*state.State))
}

// Peers tells how other members are connected.
type Peers interface {
	Connected(a casework.AgencyID) bool
	Bytes(a casework.AgencyID, protocols ...string) (sent, received uint64)
}

// Questions tells how one peer's answer to a batch stands.
type Questions interface {
	Answer(ctx context.Context, b store.Batch, peer casework.AgencyID) (of api.AskedOf, final bool, err error)
}

// A Desk shows how the node stands.
type Desk struct {
	Agency        casework.AgencyID
	Version       string
	QueryProtocol string // whose bytes are counted apart
	Store         Store
	Questions     Questions
	Network       func() string                // its name; empty while the node is in none
	Services      func() (Ledger, Peers, bool) // false while the node is in no network, or starts
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{api.Status.Handle(d.Status), api.CommandList.Handle(d.Commands)}
}

// Status shows how the node, its ledger and its peers stand, and what waits.
func (d *Desk) Status(ctx context.Context, _ api.Call, _ api.None) (api.StatusView, error) {
	v := api.StatusView{
		Agency: d.Agency, Phase: "alone", Version: d.Version, Normaliser: identify.NormaliserVersion, Queued: []api.Queued{},
	}
	var err error
	if v.Items, v.Kept, err = d.Store.Counts(ctx, casework.CaseID{}); err != nil {
		return v, err
	}
	if v.Leads, err = d.Store.LeadCounts(ctx); err != nil {
		return v, err
	}
	if v.Network = d.Network(); v.Network != "" {
		v.Phase = "starting"
	}
	if ledger, peers, ok := d.Services(); ok {
		if err := d.network(ctx, ledger, peers, &v); err != nil {
			return v, err
		}
	}
	return v, d.queued(ctx, &v)
}

func (d *Desk) network(ctx context.Context, ledger Ledger, peers Peers, v *api.StatusView) error {
	st := ledger.Status()
	v.Phase = "joining"
	v.Ledger = api.LedgerStatus{Entries: st.Entries, Certified: st.Certified.Size, At: st.Certified.Time, Leader: string(st.Leader), Quorum: st.Quorum, Waiting: st.Waiting, Identity: st.Identity, ClockAhead: int64(st.ClockAhead / time.Second)}
	if st.Certified.Size > 0 {
		v.Ledger.Root = st.Certified.Root.String()
	}
	for _, voter := range st.Voters {
		v.Ledger.Voters = append(v.Ledger.Voters, string(voter))
	}
	if st.Alarm != nil {
		v.Alarm = st.Alarm.Error()
	}
	var members []state.Member
	ledger.View(func(st *state.State) {
		v.Epoch = st.Epoch()
		members = st.Members()
	})
	for _, m := range members {
		switch {
		case m.Agency == d.Agency && m.Active():
			v.Phase = "member"
		case m.Agency == d.Agency:
			v.Phase = "expelled"
		case m.Active():
			p, err := d.peer(ctx, peers, m, v.Epoch)
			if err != nil {
				return err
			}
			v.Peers = append(v.Peers, p)
		}
	}
	return nil
}

func (d *Desk) peer(ctx context.Context, peers Peers, m state.Member, epoch uint32) (api.PeerStatus, error) {
	p := api.PeerStatus{Agency: m.Agency, Name: m.Name, Country: m.Country, Connected: peers.Connected(m.Agency)}
	p.Sent, p.Recv = peers.Bytes(m.Agency)
	sent, received := peers.Bytes(m.Agency, d.QueryProtocol)
	p.Queries = sent + received
	pub, err := d.Store.Publication(ctx, m.Agency, epoch)
	if err != nil {
		return p, err
	}
	if pub.Acked > 0 {
		p.Published = pub.Count
	}
	set, err := d.Store.PeerSet(ctx, m.Agency)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	p.Received = set.Count
	return p, nil
}

// queued lists what waits, and for what.
func (d *Desk) queued(ctx context.Context, v *api.StatusView) error {
	batches, err := d.Store.OpenBatches(ctx)
	if err != nil {
		return err
	}
	for _, b := range batches {
		for _, peer := range b.Peers {
			of, final, err := d.Questions.Answer(ctx, b, peer)
			if err != nil {
				return err
			}
			if of.Queued != "" || !final {
				v.Queued = append(v.Queued, api.Queued{What: "query", ID: b.ID.String(), Peer: peer, Reason: of.Queued, Since: b.Created})
			}
		}
	}
	messages, err := d.Store.Outgoing(ctx)
	if err != nil {
		return err
	}
	for _, m := range messages {
		v.Queued = append(v.Queued, api.Queued{What: string(m.Kind), ID: m.ID.String(), Peer: m.To, Reason: m.Waits, Since: m.Created})
	}
	return nil
}
