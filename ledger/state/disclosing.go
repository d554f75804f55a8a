package state

import (
	"fmt"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

var _ = on((*State).request)

func (s *State) request(e entry.Entry, b *entry.Request, at int64) (change, error) {
	if err := s.peer(e.Agency, b.To); err != nil {
		return nil, err
	}
	if _, ok := s.c.Requests[b.Request]; ok { // its own second one was found by its key
		return nil, fmt.Errorf("%w: the request is another agency's", ErrOrder)
	}
	// The clock runs from the append time, not from what the asker says.
	limit := b.Urgency.Limit().Milliseconds()
	if skew := s.agreement.MaxSkew().Milliseconds(); b.Due < at || b.Due < e.Time+limit-skew || b.Due > at+limit+skew {
		return nil, fmt.Errorf("%w: the due time does not fit the urgency", ErrOrder)
	}
	return func(index uint64) {
		s.c.Requests[b.Request] = Request{Index: index, From: e.Agency, To: b.To, Hash: b.Hash, At: at, Due: b.Due}
	}, nil
}

// party gives a request to which an agency is the one or the other side.
func (s *State) party(id casework.RequestID, asked, asker casework.AgencyID) (Request, error) {
	r, ok := s.c.Requests[id]
	if !ok || (asked != "" && r.To != asked) || (asker != "" && r.From != asker) {
		return r, fmt.Errorf("%w: there is no such request between the two", ErrOrder)
	}
	return r, nil
}

var _ = on((*State).decision)

func (s *State) decision(e entry.Entry, b *entry.Decision, _ int64) (change, error) {
	r, err := s.party(b.Request, e.Agency, b.Asker)
	if err != nil {
		return nil, err
	}
	if b.Discloses() {
		if _, err := s.active(r.From); err != nil {
			return nil, err
		}
	}
	return func(index uint64) {
		r.Decision, r.Outcome, r.Told = index, b.Outcome, b.Hash
		s.c.Requests[b.Request] = r
	}, nil
}

var _ = on((*State).delivery)

func (s *State) delivery(e entry.Entry, b *entry.Delivery, at int64) (change, error) {
	r, err := s.party(b.Request, e.Agency, b.To)
	if err != nil {
		return nil, err
	}
	if _, err := s.active(r.From); err != nil {
		return nil, err
	}
	if r.Decision == 0 || r.Outcome != b.Outcome {
		return nil, fmt.Errorf("%w: it was not decided that way", ErrOrder)
	}
	if longest := int64(s.agreement.RetentionDays) * dayMillis; b.DeleteBy <= at || b.DeleteBy > at+longest+s.agreement.MaxSkew().Milliseconds() {
		return nil, fmt.Errorf("%w: the delete-by date is past, or later than %d days", ErrAgreement, s.agreement.RetentionDays)
	}
	return func(index uint64) {
		r.Delivery, r.Disclosure, r.Package = index, b.Disclosure, b.Hash
		s.c.Requests[b.Request] = r
	}, nil
}

var _ = on((*State).receipt)

func (s *State) receipt(e entry.Entry, b *entry.Receipt, _ int64) (change, error) {
	r, err := s.party(b.Request, "", e.Agency)
	if err != nil {
		return nil, err
	}
	if r.Delivery == 0 || r.Disclosure != b.Disclosure || r.Package != b.Hash {
		return nil, fmt.Errorf("%w: no such disclosure was delivered", ErrOrder)
	}
	return func(index uint64) {
		r.Receipt = index
		s.c.Requests[b.Request] = r
	}, nil
}

var _ = on((*State).use)

func (s *State) use(e entry.Entry, b *entry.Use, _ int64) (change, error) {
	r, err := s.party(b.Request, b.To, e.Agency)
	if err != nil {
		return nil, err
	}
	if r.Receipt == 0 {
		return nil, fmt.Errorf("%w: the disclosure was not opened", ErrOrder)
	}
	return func(index uint64) {
		r.Use = index
		s.c.Requests[b.Request] = r
	}, nil
}
