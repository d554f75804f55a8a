package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/seal"
	"github.com/crosscase/crosscase/ledger/entry"
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

	sharedOnly bool // leave silent items out of a search
}

// Ask makes batches of the items, logs them, and lets Run ask the peers. It returns
// the batches; what it cannot log for want of a quorum waits, and goes out later.
// Peers with whom other kinds are agreed get batches of their own; with no peers
// named, all members are asked. A rejection by the ledger leaves nothing behind. Of more
// than the quota of the day lets it ask, it asks what fits, and returns ErrRest with the
// batches: the rest can be asked on another day.
func (s *Service) Ask(ctx context.Context, spec Spec) ([]casework.BatchID, error) {
	groups, err := s.groups(spec.Peers)
	if err != nil {
		return nil, err
	}
	var ids []casework.BatchID
	rest := false
	for _, g := range groups {
		some, left, err := s.askGroup(ctx, spec, g)
		ids, rest = append(ids, some...), rest || left
		if err != nil {
			return ids, err
		}
	}
	switch {
	case rest:
		return ids, ErrRest
	case len(ids) == 0:
		return nil, ErrNothing
	}
	return ids, nil
}

// askGroup asks peers with whom the same kinds are agreed, and reports whether the quota
// of the day leaves something that was not asked.
func (s *Service) askGroup(ctx context.Context, spec Spec, g group) (ids []casework.BatchID, rest bool, err error) {
	all := g
	for more, after := true, int64(0); more; {
		g.kinds, g.most = s.room(all)
		if len(g.kinds) == 0 {
			break
		}
		var id casework.BatchID
		if len(spec.Items) > 0 {
			id, rest, err = s.askNamed(ctx, spec, g)
		} else {
			id, after, more, err = s.askNext(ctx, spec, g, after)
		}
		if err != nil {
			return ids, false, err
		}
		if !id.IsZero() {
			ids = append(ids, id)
		}
		if len(spec.Items) > 0 {
			return ids, rest, nil
		}
	}
	if len(spec.Items) > 0 {
		return ids, true, nil // nothing fits
	}
	left, _, err := s.cfg.Store.NotAsked(ctx, all.peers, all.epoch, store.MatchFilter{Limit: 1, Kinds: all.kinds, Case: spec.Case, SharedOnly: spec.sharedOnly})
	if err != nil {
		return ids, false, fmt.Errorf("items to ask: %w", err)
	}
	return ids, len(left) > 0 && len(s.spent(all)) > 0, nil
}

// askNamed asks those of the named items that fit into the quota of the day.
func (s *Service) askNamed(ctx context.Context, spec Spec, g group) (id casework.BatchID, rest bool, err error) {
	items, err := s.cfg.Store.MatchItemsOf(ctx, spec.Items)
	if err != nil {
		return id, false, fmt.Errorf("items to ask: %w", err)
	}
	if keep := int(g.most); len(items) > keep {
		for len(spec.Items) > 0 && len(items) > keep { // an item goes with all its forms
			last := spec.Items[len(spec.Items)-1]
			spec.Items = spec.Items[:len(spec.Items)-1]
			items = slices.DeleteFunc(items, func(m store.MatchItem) bool { return m.ID == last })
		}
		if rest = true; len(spec.Items) == 0 {
			return id, true, nil
		}
	}
	id, _, _, err = s.askNext(ctx, spec, g, 0)
	return id, rest, err
}

// checkSilent checks what a batch, whose items are stored, makes of the share of silent
// items that each peer is asked about in an epoch, against what is published to it.
func (s *Service) checkSilent(ctx context.Context, b store.Batch) error {
	for _, p := range b.Peers {
		t, err := s.terms(p)
		if err != nil {
			return err
		}
		silent, err := s.cfg.Store.SilentAsked(ctx, p, b.Epoch)
		if err != nil {
			return fmt.Errorf("own store: %w", err)
		}
		pub, err := s.cfg.Store.Publication(ctx, p, b.Epoch)
		if err != nil {
			return fmt.Errorf("own store: %w", err)
		}
		if silent*1000 > uint64(t.agreement.SilentPermille)*(silent+pub.Count) {
			return fmt.Errorf("%w: %d, with %d tags published to %s", ErrSilent, silent, pub.Count, p)
		}
	}
	return nil
}

// askNext makes and logs the next batch for a group, of items after a number. There is
// none, with a zero id, where no item is left.
func (s *Service) askNext(ctx context.Context, spec Spec, g group, after int64) (id casework.BatchID, last int64, more bool, err error) {
	from := after
	b := store.Batch{
		ID: casework.NewBatchID(), Created: s.cfg.Now(), Case: spec.Justification.Case, Peers: g.peers, Epoch: g.epoch,
		PartSize: wire.PartSize, Kinds: map[casework.Kind]uint32{}, Urgent: spec.Urgent,
	}
	k, err := s.keys(g.epoch)
	if err != nil {
		return id, after, false, err
	}
	b.AuditKey = uint32(len(k.Audit) - 1)
	release, ok := s.claim(making(b.ID))
	if !ok {
		return id, after, false, fmt.Errorf("batch %s: %w", b.ID, ErrBusy) // ids are random
	}
	defer release()
	if len(spec.Items) > 0 {
		err = s.takeNamed(ctx, spec, g, &b)
	} else {
		after, more, err = s.takeOpen(ctx, spec, g, &b, after)
	}
	if err == nil && b.Count > 0 {
		err = s.begin(ctx, spec, b)
	}
	if err != nil && b.Count > 0 {
		dropped := s.drop(context.WithoutCancel(ctx), b.ID)
		if dropped == nil && errors.Is(err, ErrSilent) && len(spec.Items) == 0 && !spec.sharedOnly {
			s.cfg.Logger.Warn("silent items are left out of a question: the agreement bounds them", "error", err)
			spec.sharedOnly = true
			return s.askNext(ctx, spec, g, from)
		}
		return id, after, false, errors.Join(err, dropped)
	}
	if err != nil || b.Count == 0 {
		return id, after, false, err
	}
	return b.ID, after, more, nil
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
		kinds := s.audience(t).Ask(p)
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

// addItems stores items of a batch that is being made, those of the group's kinds.
func (s *Service) addItems(ctx context.Context, g group, b *store.Batch, items []store.MatchKey, ended *store.Search) error {
	seqs := make([]int64, 0, len(items))
	for _, m := range items {
		if slices.Contains(g.kinds, m.Kind) {
			seqs = append(seqs, m.Seq)
			b.Kinds[m.Kind]++
		}
	}
	var err error
	switch {
	case len(seqs) == 0 && ended == nil:
		return nil
	case len(seqs) == 0:
		err = s.cfg.Store.EndSearch(ctx, g.peers, g.epoch, *ended)
	case b.Count == 0:
		err = s.cfg.Store.CreateBatch(ctx, *b, seqs, ended)
	default:
		err = s.cfg.Store.AddToBatch(ctx, *b, int(b.Count), seqs, ended)
	}
	if err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	b.Count += uint32(len(seqs))
	return nil
}

// takeNamed puts the items that the officer named into a batch, each once.
func (s *Service) takeNamed(ctx context.Context, spec Spec, g group, b *store.Batch) error {
	if uint64(len(spec.Items)) > uint64(g.most) {
		return fmt.Errorf("%d items in one query, at most %d: %w", len(spec.Items), g.most, ErrTooLarge)
	}
	items, err := s.cfg.Store.MatchItemsOf(ctx, spec.Items)
	if err != nil {
		return fmt.Errorf("items to ask: %w", err)
	}
	keys := make([]store.MatchKey, len(items))
	for i, m := range items {
		keys[i] = store.MatchKey{Seq: m.Seq, Kind: m.Identifier.Kind()}
	}
	slices.SortFunc(keys, func(a, b store.MatchKey) int { return cmp.Compare(a.Seq, b.Seq) })
	keys = slices.Compact(keys)
	for part := range slices.Chunk(keys, chunk) {
		if err := s.addItems(ctx, g, b, part, nil); err != nil {
			return err
		}
	}
	return nil
}

// takeOpen fills a batch with items that were not asked yet, and reports after which
// one it ended and whether there may be more. Items are chosen and stored a chunk at
// a time, so that another officer's question waits for a chunk at most.
func (s *Service) takeOpen(ctx context.Context, spec Spec, g group, b *store.Batch, after int64) (last int64, more bool, err error) {
	for b.Count < g.most {
		f := store.MatchFilter{AfterSeq: after, Limit: int(min(chunk, g.most-b.Count)), Kinds: g.kinds, Case: spec.Case, SharedOnly: spec.sharedOnly}
		n, ended, err := s.takeChunk(ctx, g, b, f)
		if err != nil {
			return after, false, err
		}
		if n > 0 {
			after = n
		}
		if ended {
			return after, false, nil
		}
	}
	return after, true, nil
}

// takeChunk chooses and stores the next items of a batch, and returns the number of
// the last one and whether no more are left.
func (s *Service) takeChunk(ctx context.Context, g group, b *store.Batch, f store.MatchFilter) (last int64, end bool, err error) {
	unlock, err := s.choosing.Lock(ctx, g.epoch)
	if err != nil {
		return 0, false, err
	}
	defer unlock()
	items, to, err := s.cfg.Store.NotAsked(ctx, g.peers, g.epoch, f)
	if err != nil {
		return 0, false, fmt.Errorf("items to ask: %w", err)
	}
	var ended *store.Search
	if to != nil && !f.SharedOnly {
		ended = &store.Search{Filter: f, To: *to}
	}
	if err := s.addItems(ctx, g, b, items, ended); err != nil {
		return 0, false, err
	}
	if len(items) > 0 {
		last = items[len(items)-1].Seq
	}
	return last, to != nil, nil
}

// begin blinds a batch whose items are stored, and logs it, or lets it wait for a
// quorum.
func (s *Service) begin(ctx context.Context, spec Spec, b store.Batch) error {
	if err := s.checkSilent(ctx, b); err != nil {
		return err
	}
	silent, err := s.cfg.Store.SilentInBatch(ctx, b.ID)
	if err != nil {
		return fmt.Errorf("own store: %w", err)
	}
	hashes, err := s.blind(ctx, b)
	if err != nil {
		return err
	}
	for _, h := range hashes {
		b.PartHashes = append(b.PartHashes, h)
	}
	if b.Body, err = s.queryBody(spec, b, hashes, silent); err != nil {
		return err
	}
	if err := s.cfg.Store.SaveBatch(ctx, b); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	b, err = s.logBatch(ctx, b)
	if err != nil || b.Logged {
		return err
	}
	for _, p := range b.Peers {
		s.wake(p, laneAsk, laneUrgent) // which try again
	}
	return nil
}

// queryBody makes the entry's body: commitments for all, the reasons for the own
// oversight body alone.
func (s *Service) queryBody(spec Spec, b store.Batch, hashes []entry.Hash, silent uint32) ([]byte, error) {
	t, err := s.terms(b.Peers[0])
	if err != nil {
		return nil, err
	}
	detail := entry.OversightDetail{
		Officer: spec.Justification.Officer, Command: spec.Command.Act(), Justification: &spec.Justification, Salts: map[string][32]byte{},
		Elements: &entry.Elements{Published: b.Count - silent, Silent: silent},
	}
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
