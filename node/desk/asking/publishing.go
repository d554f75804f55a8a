package asking

import (
	"context"
	"slices"
	"time"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// publishPatience is how long an officer waits for peers to acknowledge the tags.
const publishPatience = 10 * time.Minute

// Publish brings the peers' copies of the own tags up to date, and waits a while
// for them to acknowledge it.
func (d *Desk) Publish(ctx context.Context, call api.Call, p api.PublishRequest) (api.PublishView, error) {
	var v api.PublishView
	network, err := d.Network()
	if err != nil {
		return v, err
	}
	peers, err := d.Others(network.Ledger, p.Peers)
	if err != nil {
		return v, err
	}
	network.Match.Publish(peers...)
	waits := map[casework.AgencyID]string{}
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	err = d.Progress.follow(ctx, network.Ledger, call.Emit, func(p match.Progress) bool {
		if p.Kind == "publish" && p.Waits != "" {
			waits[p.Peer] = p.Waits
		}
		return p.Kind == "publish"
	}, func() (bool, error) {
		v.Peers = nil
		all := true
		for _, peer := range peers {
			to, current, err := d.published(ctx, network.Ledger, peer)
			if err != nil {
				return false, err
			}
			if !current {
				if to.Queued = waits[peer]; to.Queued == "" {
					all = false
				}
			}
			v.Peers = append(v.Peers, to)
		}
		return all, nil
	})
	return v, err
}

// PublishToAll begins to bring all peers' copies up to date and does not wait. A
// node that is in no network, or alone in it, has nobody to publish to.
func (d *Desk) PublishToAll() {
	network, err := d.Network()
	if err != nil {
		return
	}
	if peers, err := d.Others(network.Ledger, nil); err == nil {
		network.Match.Publish(peers...)
	}
}

// published says how one peer's copy stands, and whether it is up to date.
func (d *Desk) published(ctx context.Context, ledger Ledger, peer casework.AgencyID) (api.PublishedTo, bool, error) {
	var epoch uint32
	var in state.Publication
	var kinds []casework.Kind
	ledger.View(func(st *state.State) {
		epoch = st.Epoch()
		in, _ = st.Publication(d.Agency, peer, epoch)
		kinds = st.Agreement().KindsBetween(d.Agency, peer)
	})
	pub, err := d.Store.Publication(ctx, peer, epoch)
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	left, err := d.Store.MatchItems(ctx, store.MatchFilter{AfterSeq: pub.UpToSeq, Limit: 1, Kinds: kinds})
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	changed, err := d.Store.Changes(ctx, pub, kinds, 1000)
	if err != nil {
		return api.PublishedTo{}, false, err
	}
	due := len(left) > 0 || slices.ContainsFunc(changed, func(c store.Change) bool { return c.May != c.Published })
	to := api.PublishedTo{Peer: peer, Number: in.Acked, Tags: pub.Count, Bytes: in.Bytes}
	begun := in.Number > 0 || len(kinds) == 0 // the first set is sent even where it is padding alone
	return to, begun && !due && in.Acked == in.Number && in.Number == pub.Number && pub.Acked == pub.Number, nil
}
