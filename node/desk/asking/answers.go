package asking

import (
	"context"
	"errors"
	"slices"

	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/rank"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// Answers tells what is known of an item with each other member. "It is not there", "it
// is suppressed as common", "it was not asked" and "the peer is away" are different
// answers, and none stands for another.
func (d *Desk) Answers(ctx context.Context, item casework.Item) ([]api.AnswerView, error) {
	network, err := d.Network()
	if err != nil {
		return nil, nil // there is nobody else
	}
	var peers []casework.AgencyID
	var epoch uint32
	agreed := map[casework.AgencyID]bool{}
	network.Ledger.View(func(st *state.State) {
		epoch = st.Epoch()
		for _, m := range st.Members() {
			if m.Active() && m.Agency != d.Agency {
				peers = append(peers, m.Agency)
				agreed[m.Agency] = slices.Contains(st.Agreement().KindsBetween(d.Agency, m.Agency), item.Identifier.Kind())
			}
		}
	})
	leads, err := d.Store.LeadsOfItem(ctx, item.ID)
	if err != nil {
		return nil, err
	}
	leads = slices.DeleteFunc(leads, func(l casework.Lead) bool { return l.Epoch != epoch || l.State == casework.LeadWithdrawn })
	out := make([]api.AnswerView, 0, len(peers))
	for _, p := range peers {
		v := api.AnswerView{Peer: p}
		at := slices.IndexFunc(leads, func(l casework.Lead) bool { return l.Peer == p })
		switch {
		case at >= 0 && 1+len(leads) >= rank.DefaultParams().Hub:
			v.Answer, v.At, v.Why = api.AnswerCommon, leads[at].Found, "so many agencies hold it that it names nobody; it is listed and does not alert"
		case at >= 0:
			v.Answer, v.At = api.AnswerHit, leads[at].Found
		default:
			if v, err = d.notHit(ctx, item, p, epoch, agreed[p]); err != nil {
				return nil, err
			}
		}
		if v.Tag, err = d.tagOf(ctx, item, p, epoch); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// notHit tells what is known of an item with a peer that is no hit.
func (d *Desk) notHit(ctx context.Context, item casework.Item, p casework.AgencyID, epoch uint32, agreed bool) (api.AnswerView, error) {
	v := api.AnswerView{Peer: p}
	asked, err := d.Store.AskedOfItem(ctx, item.ID, p, epoch)
	if err != nil {
		return v, err
	}
	switch {
	case !agreed:
		v.Answer, v.Why = api.AnswerNotAgreed, "not in the agreement with this agency"
	case asked == nil && item.WhyNot != "":
		v.Answer, v.Why = api.AnswerKeptOut, "it takes no part in matching"
	case asked == nil && item.Visibility == casework.Local:
		v.Answer, v.Why = api.AnswerKeptOut, "it is local: it never leaves this agency"
	case asked == nil:
		v.Answer, v.Why = api.AnswerNotAsked, "'crosscase ask' asks it"
	case asked.Progress.Refusal != "" && !asked.LookedUp:
		v.Answer, v.At, v.Why = api.AnswerRefused, asked.Progress.Updated, asked.Progress.Refusal
	case !asked.LookedUp:
		if v.Answer, v.At, v.Why = api.AnswerWaits, asked.Batch.Created, asked.Progress.Waits; v.Why == "" {
			v.Why = asked.Batch.Waits
		}
		if match.IsAway(v.Why) {
			v.Answer = api.AnswerAway
		}
	default:
		v.Answer, v.Set, v.At = api.AnswerNone, asked.Progress.Set, asked.Progress.Updated
		set, err := d.Store.PeerSet(ctx, p)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		if err == nil && set.Epoch == epoch && set.Number > v.Set { // looked through when it came
			v.Set, v.At = set.Number, set.Received
		}
	}
	return v, nil
}

// tagOf says what a peer has of the own item.
func (d *Desk) tagOf(ctx context.Context, item casework.Item, p casework.AgencyID, epoch uint32) (string, error) {
	has, err := d.Store.HasTagOf(ctx, item.ID, p, epoch)
	if err != nil {
		return "", err
	}
	matched := item.WhyNot == ""
	switch {
	case has && matched:
		return "published", nil
	case has:
		return "leaving", nil
	case matched || item.Visibility != casework.Shared:
		return "", nil
	}
	pub, err := d.Store.Publication(ctx, p, epoch)
	if err != nil || pub.Number == pub.Acked {
		return "", err
	}
	return "removing", nil // by the set that is on its way, if it ever had one
}
