package match

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Spec is what an officer wants to have asked. The caller has verified the
// command and that the officer may ask.
type Spec struct {
	Items         []casework.ItemID // these; or
	Case          casework.CaseID   // what this case holds and was not asked yet; zero: what any case holds
	Peers         []casework.AgencyID
	Justification casework.Justification
	Command       casework.Command
	Urgent        bool
}

// Ask makes batches of the items, logs them, and lets Run ask the peers. It gives
// the batches; what it cannot log for want of a quorum waits, and goes out later.
// Peers with whom other kinds are agreed get batches of their own; with no peers
// named, all members are asked. A rejection by the ledger leaves nothing behind.
func (s *Service) Ask(ctx context.Context, spec Spec) ([]casework.BatchID, error) {
	groups, err := s.groups(spec.Peers)
	if err != nil {
		return nil, err
	}
	var ids []casework.BatchID
	s.made.Lock()
	defer s.made.Unlock()
	for _, g := range groups {
		after := int64(0)
		for {
			b, seqs, ended, err := s.collect(ctx, spec, g, after)
			if err != nil {
				return ids, err
			}
			if len(seqs) == 0 {
				if ended != nil {
					if err := s.cfg.Store.EndSearch(ctx, g.peers, g.epoch, *ended); err != nil {
						return ids, fmt.Errorf("own store: %w", err)
					}
				}
				break
			}
			if err := s.begin(ctx, spec, b, seqs, ended); err != nil {
				return ids, err
			}
			ids = append(ids, b.ID)
			after = seqs[len(seqs)-1]
			if len(spec.Items) > 0 || ended != nil {
				break // all of them are in
			}
		}
	}
	if len(ids) == 0 {
		return nil, ErrNothing
	}
	for _, p := range s.members() {
		s.wake(p)
	}
	return ids, nil
}

// A group is peers with whom the same kinds are agreed.
type group struct {
	peers []casework.AgencyID
	kinds []casework.Kind
	epoch uint32
	most  uint32 // elements in a batch
}

func (s *Service) groups(wanted []casework.AgencyID) ([]group, error) {
	members := s.members()
	if len(wanted) == 0 {
		wanted = members
	}
	found := map[string]*group{}
	for _, p := range wanted {
		t, err := s.terms(p)
		if err != nil {
			return nil, err
		}
		if !t.member {
			return nil, fmt.Errorf("%w: %s", ErrNotMember, p)
		}
		kinds := t.agreement.KindsBetween(s.cfg.Agency, p)
		if len(kinds) == 0 {
			continue
		}
		slices.Sort(kinds)
		var names []string
		for _, k := range kinds {
			names = append(names, string(k))
		}
		key := strings.Join(names, " ")
		g := found[key]
		if g == nil || len(g.peers) == entry.MaxPeers {
			g = &group{kinds: kinds, epoch: t.epoch, most: t.agreement.MaxBatch}
			if found[key] != nil {
				key = fmt.Sprintf("%s|%d", key, len(found))
			}
			found[key] = g
		}
		if !slices.Contains(g.peers, p) {
			g.peers = append(g.peers, p)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNoPeer, ErrAgreement)
	}
	var out []group
	for _, key := range slices.Sorted(maps.Keys(found)) {
		slices.Sort(found[key].peers)
		out = append(out, *found[key])
	}
	return out, nil
}

// collect chooses the items of the next batch for a group, and says where the
// search for them ended.
func (s *Service) collect(ctx context.Context, spec Spec, g group, after int64) (store.Batch, []int64, *store.Search, error) {
	b := store.Batch{
		ID: casework.NewBatchID(), Created: s.cfg.Now(), Case: spec.Justification.Case, Peers: g.peers, Epoch: g.epoch,
		PartSize: wire.PartSize, Kinds: map[casework.Kind]uint32{}, Urgent: spec.Urgent,
	}
	var seqs []int64
	take := func(items []store.MatchItem) {
		for _, m := range items {
			if slices.Contains(g.kinds, m.Identifier.Kind()) && !slices.Contains(seqs[:min(len(seqs), len(spec.Items))], m.Seq) {
				seqs = append(seqs, m.Seq)
				b.Kinds[m.Identifier.Kind()]++
			}
		}
	}
	if len(spec.Items) > 0 {
		if uint64(len(spec.Items)) > uint64(g.most) {
			return b, nil, nil, fmt.Errorf("%d items in one query, at most %d: %w", len(spec.Items), g.most, ErrTooLarge)
		}
		items, err := s.cfg.Store.MatchItemsOf(ctx, spec.Items)
		if err != nil {
			return b, nil, nil, fmt.Errorf("items to ask: %w", err)
		}
		take(items)
	}
	var ended *store.Search
	for len(spec.Items) == 0 && ended == nil && uint64(len(seqs)) < uint64(g.most) {
		f := store.MatchFilter{AfterSeq: after, Limit: min(chunk, int(g.most)-len(seqs)), Kinds: g.kinds, Case: spec.Case}
		items, to, err := s.cfg.Store.NotAsked(ctx, g.peers, g.epoch, f)
		if err != nil {
			return b, nil, nil, fmt.Errorf("items to ask: %w", err)
		}
		if to != nil {
			ended = &store.Search{Filter: f, To: *to}
		}
		if len(items) > 0 {
			take(items)
			after = items[len(items)-1].Seq
		}
	}
	b.Count = uint32(len(seqs))
	return b, seqs, ended, nil
}

// begin stores a batch, blinds it, and logs it, or lets it wait for a quorum.
func (s *Service) begin(ctx context.Context, spec Spec, b store.Batch, seqs []int64, ended *store.Search) error {
	if err := s.cfg.Store.CreateBatch(ctx, b, seqs, ended); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	err := func() error {
		hashes, err := s.blind(ctx, b)
		if err != nil {
			return err
		}
		for _, h := range hashes {
			b.PartHashes = append(b.PartHashes, h)
		}
		if b.Body, err = s.queryBody(spec, b, hashes); err != nil {
			return err
		}
		return s.cfg.Store.SaveBatch(ctx, b)
	}()
	if err == nil {
		_, err = s.logBatch(ctx, b)
	}
	if err != nil {
		return errors.Join(err, s.drop(context.WithoutCancel(ctx), b.ID))
	}
	return nil
}

// logBatch appends the query entry. Only a rejection is an error, and not that a
// quota is spent where the batch waited already; anything else leaves it waiting.
func (s *Service) logBatch(ctx context.Context, b store.Batch) (store.Batch, error) {
	q, err := entry.ParseBody(entry.TypeQuery, b.Body)
	if err != nil {
		return b, fmt.Errorf("batch: %w", err)
	}
	r, err := s.cfg.Ledger.Append(ctx, q)
	switch {
	case errors.Is(err, state.ErrQuota) && b.Waits != "":
		// Its officer was told that it waits; now it waits for another day.
		b.Waits = reason(err)
		return b, s.cfg.Store.SaveBatch(context.WithoutCancel(ctx), b)
	case errors.Is(err, replica.ErrRejected):
		return b, fmt.Errorf("the query: %w", err)
	case err != nil:
		b.Waits = reason(err)
		for _, p := range b.Peers {
			s.tell(Progress{Kind: "ask", Batch: b.ID, Peer: p, Total: uint64(len(b.PartHashes)), Waits: b.Waits})
		}
		return b, s.cfg.Store.SaveBatch(context.WithoutCancel(ctx), b)
	}
	if b.Index, err = r.Index(); err != nil {
		return b, err
	}
	b.Logged, b.Waits = true, ""
	return b, s.cfg.Store.SaveBatch(context.WithoutCancel(ctx), b)
}

// queryBody makes the entry's body: commitments for all, the reasons for the own
// oversight body alone.
func (s *Service) queryBody(spec Spec, b store.Batch, hashes []entry.Hash) ([]byte, error) {
	t, err := s.terms(b.Peers[0])
	if err != nil {
		return nil, err
	}
	detail := entry.OversightDetail{Officer: spec.Justification.Officer, Command: spec.Command.Act(), Justification: &spec.Justification, Salts: map[string][32]byte{}}
	commit := func(what string, value []byte) entry.Hash {
		salt := newSalt()
		detail.Salts[what] = salt
		return entry.Commit(&salt, what, value)
	}
	q := entry.Query{
		Batch: b.ID, Peers: b.Peers, Epoch: b.Epoch, Count: b.Count, Kinds: b.Kinds, PartSize: b.PartSize,
		Commitment:    entry.BatchCommitment(b.Count, b.PartSize, hashes),
		Case:          commit("case", spec.Justification.Case[:]),
		Officer:       commit("officer", spec.Justification.Officer[:]),
		Justification: commit("justification", entry.JustificationBytes(spec.Justification)),
		Urgent:        b.Urgent,
	}
	to, err := seal.ParsePublicKey(t.own.Oversight.SealKey)
	if err != nil {
		return nil, fmt.Errorf("oversight body: %w", err)
	}
	if q.Detail, err = detail.Seal(to, s.cfg.Network); err != nil {
		return nil, err
	}
	return entry.BodyBytes(&q), nil
}
