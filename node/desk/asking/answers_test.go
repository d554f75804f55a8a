package asking

import (
	"context"
	"testing"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/match"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// told is a store of what one peer answered about one item.
type told struct {
	Store  // the rest is not called
	leads  []casework.Lead
	asked  *store.AskedItem
	set    store.PeerSet
	hasTag bool
	pub    store.Publication
}

func (s *told) LeadsOfItem(context.Context, casework.ItemID) ([]casework.Lead, error) {
	return s.leads, nil
}

func (s *told) AskedOfItem(context.Context, casework.ItemID, casework.AgencyID, uint32) (*store.AskedItem, error) {
	return s.asked, nil
}

func (s *told) PeerSet(context.Context, casework.AgencyID) (store.PeerSet, error) {
	if s.set.Number == 0 {
		return s.set, store.ErrNotFound
	}
	return s.set, nil
}

func (s *told) HasTagOf(context.Context, casework.ItemID, casework.AgencyID, uint32) (bool, error) {
	return s.hasTag, nil
}

func (s *told) Publication(context.Context, casework.AgencyID, uint32) (store.Publication, error) {
	return s.pub, nil
}

// That an item is not there, was not asked, was refused or waits are different answers.
func TestAnswersAreToldApart(t *testing.T) {
	shared := casework.Item{Identifier: casework.NewIdentifier(casework.Phone, "+441134960001"), Visibility: casework.Shared}
	local, listed, image := shared, shared, shared
	local.Visibility, listed.WhyNot = casework.Local, casework.OnWarningList
	image.Identifier = casework.NewIdentifier(casework.PDQ, "00")
	hit := casework.Lead{Peer: "fr-fiu", Epoch: 1, State: casework.LeadNew}
	gone, before := hit, hit
	gone.State, before.Epoch = casework.LeadWithdrawn, 9
	waits := func(why string) *store.AskedItem { return &store.AskedItem{Progress: store.Progress{Waits: why}} }
	none := &store.AskedItem{LookedUp: true, Progress: store.Progress{Set: 3}}
	for name, c := range map[string]struct {
		item casework.Item
		told told
		want api.AnswerView
	}{
		"a hit":                      {shared, told{leads: []casework.Lead{hit}, hasTag: true}, api.AnswerView{Answer: api.AnswerHit, Tag: "published"}},
		"a hit that was withdrawn":   {shared, told{leads: []casework.Lead{gone}}, api.AnswerView{Answer: api.AnswerNotAsked}},
		"a hit of another epoch":     {shared, told{leads: []casework.Lead{before}}, api.AnswerView{Answer: api.AnswerNotAsked}},
		"a kind that is not agreed":  {image, told{}, api.AnswerView{Answer: api.AnswerNotAgreed}},
		"a local item":               {local, told{}, api.AnswerView{Answer: api.AnswerKeptOut}},
		"an item on a list":          {listed, told{hasTag: true}, api.AnswerView{Answer: api.AnswerKeptOut, Tag: "leaving"}},
		"an item whose tag leaves":   {listed, told{pub: store.Publication{Number: 2, Acked: 1}}, api.AnswerView{Answer: api.AnswerKeptOut, Tag: "removing"}},
		"a refusal":                  {shared, told{asked: &store.AskedItem{Progress: store.Progress{Refusal: "quota"}}}, api.AnswerView{Answer: api.AnswerRefused}},
		"one that waits":             {shared, told{asked: waits("no quorum")}, api.AnswerView{Answer: api.AnswerWaits}},
		"a peer that is away":        {shared, told{asked: waits(match.Reason(peer.ErrUnreachable))}, api.AnswerView{Answer: api.AnswerAway}},
		"not there":                  {shared, told{asked: none}, api.AnswerView{Answer: api.AnswerNone, Set: 3}},
		"not in a later set":         {shared, told{asked: none, set: store.PeerSet{Epoch: 1, Number: 5}}, api.AnswerView{Answer: api.AnswerNone, Set: 5}},
		"not in another epoch's set": {shared, told{asked: none, set: store.PeerSet{Epoch: 2, Number: 5}}, api.AnswerView{Answer: api.AnswerNone, Set: 3}},
	} {
		b := newFixture(t, "fr-fiu")
		b.Store = &c.told
		got, err := b.Answers(t.Context(), c.item)
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		if g := got[0]; g.Peer != "fr-fiu" || g.Answer != c.want.Answer || g.Set != c.want.Set || g.Tag != c.want.Tag {
			t.Errorf("%s: %+v, want %+v", name, g, c.want)
		}
	}
}
