package state

import (
	"fmt"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

var _ = on((*State).published)

func (s *State) published(e entry.Entry, b *entry.TagsPublished, _ int64) (change, error) {
	if err := s.peer(e.Agency, b.Peer); err != nil {
		return nil, err
	}
	if len(s.agreement.KindsBetween(e.Agency, b.Peer)) == 0 {
		return nil, fmt.Errorf("%w: %s and %s may match nothing", ErrAgreement, e.Agency, b.Peer)
	}
	if b.Epoch != s.Epoch() {
		return nil, fmt.Errorf("%w: epoch %d, the network's is %d", ErrOrder, b.Epoch, s.Epoch())
	}
	key := publication(e.Agency, b.Peer, b.Epoch)
	last := s.c.Published[key]
	if b.Number != last.Number+1 {
		return nil, fmt.Errorf("%w: set %d after %d", ErrOrder, b.Number, last.Number)
	}
	return func(index uint64) {
		s.c.Published[key] = Publication{
			Number: b.Number, Commitment: b.Commitment, Bytes: b.Bytes, Index: index, Acked: last.Acked,
			Open: append(slices.Clone(last.Open), b.Commitment),
		}
	}, nil
}

var _ = on((*State).acknowledged)

func (s *State) acknowledged(e entry.Entry, b *entry.TagsAcknowledged, _ int64) (change, error) {
	key := publication(b.Publisher, e.Agency, b.Epoch)
	p, ok := s.c.Published[key]
	if !ok || b.Number > p.Number {
		return nil, fmt.Errorf("%w: %s published no such set to %s", ErrOrder, b.Publisher, e.Agency)
	}
	if b.Number <= p.Acked {
		return nil, fmt.Errorf("%w: set %d is acknowledged already", ErrOrder, p.Acked)
	}
	if p.Open[b.Number-p.Acked-1] != b.Commitment {
		return nil, fmt.Errorf("%w: %s published another set %d to %s", ErrOrder, b.Publisher, b.Number, e.Agency)
	}
	return func(uint64) {
		p.Open = slices.Clone(p.Open[b.Number-p.Acked:])
		p.Acked = b.Number
		s.c.Published[key] = p
	}, nil
}

// peer checks that another agency is a member now.
func (s *State) peer(self, other casework.AgencyID) error {
	if self == other {
		return fmt.Errorf("%w: %s cannot be its own peer", ErrAgreement, self)
	}
	_, err := s.active(other)
	return err
}

var _ = on((*State).query)

func (s *State) query(e entry.Entry, b *entry.Query, at int64) (change, error) {
	if b.Count > s.agreement.MaxBatch {
		return nil, fmt.Errorf("%w: %d elements, more than %d in one query", ErrAgreement, b.Count, s.agreement.MaxBatch)
	}
	if b.Epoch != s.Epoch() {
		return nil, fmt.Errorf("%w: epoch %d, the network's is %d", ErrOrder, b.Epoch, s.Epoch())
	}
	if _, ok := s.Find(anybody, e.Type, b.Key()); ok { // its own second one was found by its key
		return nil, fmt.Errorf("%w: the batch is another agency's", ErrOrder)
	}
	for _, p := range b.Peers {
		if err := s.peer(e.Agency, p); err != nil {
			return nil, err
		}
		for _, k := range slices.Sorted(maps.Keys(b.Kinds)) {
			if !s.agreement.MayMatch(e.Agency, p, k) {
				return nil, fmt.Errorf("%w: %s and %s may not match %s", ErrAgreement, e.Agency, p, k)
			}
		}
	}
	asked, err := s.quota(e.Agency, b, at)
	if err != nil {
		return nil, err
	}
	return func(index uint64) {
		maps.Copy(s.c.Asked, asked)
		s.c.Keys[keyOf(anybody, e.Type, b.Key())] = index
		s.c.Queries[b.Batch] = Query{
			Index: index, Agency: e.Agency, Peers: b.Peers, Epoch: b.Epoch,
			Count: b.Count, PartSize: b.PartSize, Commitment: b.Commitment, At: at,
		}
	}, nil
}

var _ = on((*State).answer)

func (s *State) answer(e entry.Entry, b *entry.Answer, at int64) (change, error) {
	q, ok := s.c.Queries[b.Batch]
	switch {
	case !ok || q.Index != b.Query || q.Agency != b.Asker:
		return nil, fmt.Errorf("%w: %s asked no such batch", ErrOrder, b.Asker)
	case !slices.Contains(q.Peers, e.Agency):
		return nil, fmt.Errorf("%w: %s was not asked", ErrOrder, e.Agency)
	case b.Refusal != "":
		return s.concludes(q, e.Agency, b.Batch), nil
	case b.Count != q.Count:
		return nil, fmt.Errorf("%w: %d answered of %d", ErrOrder, b.Count, q.Count)
	case at-q.At > s.agreement.MaxQueryAge().Milliseconds():
		return nil, fmt.Errorf("%w: the query is older than %s", ErrOrder, s.agreement.MaxQueryAge())
	}
	if _, err := s.active(q.Agency); err != nil { // from the entry that expels, nobody answers
		return nil, err
	}
	return s.concludes(q, e.Agency, b.Batch), nil
}

// concludes notes a peer's answer or refusal. The last one closes the batch: whatever
// else comes for it is a duplicate, or of somebody who was not asked.
func (s *State) concludes(q Query, by casework.AgencyID, batch casework.BatchID) change {
	return func(index uint64) {
		if len(q.Answered)+1 == len(q.Peers) {
			delete(s.c.Queries, batch)
			return
		}
		answered := maps.Clone(q.Answered)
		if answered == nil {
			answered = map[casework.AgencyID]uint64{}
		}
		answered[by] = index
		q.Answered = answered
		s.c.Queries[batch] = q
	}
}
