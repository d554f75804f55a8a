package match

import (
	"errors"
	"testing"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// The set of a further peer is made of what the set of the first one left: without the
// match key, and of the same items.
func TestFurtherPeerNeedsNoMatchKey(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb", "cc")
	b := ps[1]
	ctx := t.Context()
	b.add(casework.Shared, values("x", 0, 300)...)
	b.meet()
	b.newService()
	if err := b.service.prepare(ctx, "aa", nil); err != nil {
		t.Fatal(err)
	}
	keys := b.service.cfg.Keys
	b.service.cfg.Keys = func(uint32) (Keys, error) { return Keys{}, errors.New("the key is not to be used") }
	if err := b.service.prepare(ctx, "cc", nil); err != nil {
		t.Fatal(err)
	}
	pub := must(b.store.Publication(ctx, "cc", 1))(t)
	if pub.Number != 1 || pub.Count < 300 {
		t.Fatalf("set %d of %d tags", pub.Number, pub.Count)
	}
	items := must(b.store.MatchItems(ctx, store.MatchFilter{Kinds: casework.Kinds(), Limit: 300}))(t)
	k := must(keys(1))(t)
	outputs := must(oprf.NewServer(k.Match, oprf.Options{}).Index(ctx, b.service.inputs(items)))(t)
	for i, m := range items {
		tag := tagset.Of(&pub.PeerKey, outputs[i*oprf.OutputSize:(i+1)*oprf.OutputSize])
		if got, may, err := b.store.KeyByOwnTag(ctx, "cc", 1, tag, 0); err != nil || !may || got.Seq != m.Seq {
			t.Fatalf("item %d was not published to the second peer: %v", m.Seq, err)
		}
	}
}
