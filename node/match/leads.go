package match

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/policy/casework"
)

// leadBatch is how many leads go into the store at a time.
const leadBatch = 1000

// leads makes a lead of each hit. One that is known stays as it is.
func (s *Service) leads(ctx context.Context, p casework.AgencyID, epoch uint32, hits []store.Hit) error {
	for part := range slices.Chunk(hits, leadBatch) {
		if err := s.leadPart(ctx, p, epoch, part); err != nil {
			return fmt.Errorf("lead: %w", err)
		}
	}
	return nil
}

func (s *Service) leadPart(ctx context.Context, p casework.AgencyID, epoch uint32, hits []store.Hit) error {
	seqs := make([]int64, len(hits))
	for i, h := range hits {
		seqs[i] = h.Seq
	}
	items, err := s.cfg.Store.MatchItemsBySeq(ctx, seqs)
	if err != nil {
		return err
	}
	leads := make([]casework.Lead, len(hits))
	for i, h := range hits {
		cases, err := s.cfg.Store.CasesOfItem(ctx, h.Item)
		if err != nil {
			return err
		}
		leads[i] = casework.Lead{
			ID: casework.NewLeadID(), Peer: p, Item: h.Item, Kind: items[i].Identifier.Kind(), Cases: cases,
			Epoch: epoch, Tag: h.Tag, Found: s.cfg.Now(), State: casework.LeadNew,
		}
	}
	fresh, err := s.cfg.Store.PutLeads(ctx, leads)
	if err != nil {
		return err
	}
	for _, l := range fresh {
		if s.cfg.OnLead != nil {
			s.cfg.OnLead(ctx, l)
		}
	}
	return nil
}

// hitProof is what only a holder of the item who was answered can make.
func hitProof(output []byte, request casework.RequestID) [32]byte {
	m := hmac.New(sha256.New, output)
	m.Write([]byte("crosscase/1 hit"))
	m.Write(request[:])
	return [32]byte(m.Sum(nil))
}

// VerifyHit finds the own item that a peer's request means by our tag, and checks
// that the peer was answered for it. A tag that is padding, or that the peer was
// not answered for, is nobody's item; the same is done for it as for an item, so that
// the time tells nothing.
func (s *Service) VerifyHit(ctx context.Context, from casework.AgencyID, epoch uint32, handle tagset.Tag, proof [32]byte, request casework.RequestID) (casework.ItemID, error) {
	decoy, err := s.decoy(ctx)
	if err != nil {
		return casework.ItemID{}, fmt.Errorf("handle: %w", err)
	}
	meant, may, err := s.cfg.Store.KeyByOwnTag(ctx, from, epoch, handle, decoy.Seq)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return casework.ItemID{}, fmt.Errorf("handle: %w", err)
	}
	evaluated := meant
	if !may {
		evaluated = decoy
	}
	k, err := s.keys(epoch)
	if err != nil {
		return casework.ItemID{}, err
	}
	output, err := oprf.NewServer(k.Match, s.options()).Index(ctx, s.inputs([]store.MatchItem{evaluated}))
	if err != nil {
		return casework.ItemID{}, fmt.Errorf("handle: %w", err)
	}
	want := hitProof(output, request)
	proved := hmac.Equal(want[:], proof[:])
	switch {
	case !known:
		return casework.ItemID{}, fmt.Errorf("handle: %w", store.ErrNotFound)
	case !may:
		return casework.ItemID{}, fmt.Errorf("handle: %w: the item may not match any more", store.ErrNotFound)
	case !proved:
		return casework.ItemID{}, fmt.Errorf("handle: %w: %w", store.ErrNotFound, ErrProof)
	}
	return meant.ID, nil
}

// decoy is an item of the own that stands for one that there is not. Where nothing is
// shared there is nothing to hide.
func (s *Service) decoy(ctx context.Context) (store.MatchItem, error) {
	items, err := s.cfg.Store.MatchItems(ctx, store.MatchFilter{Kinds: casework.Kinds(), Limit: 1})
	if err != nil || len(items) == 0 {
		return store.MatchItem{Identifier: casework.NewIdentifier(casework.Email, "decoy@example.org")}, err
	}
	return items[0], nil
}
