package state

import (
	"fmt"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

var _ = on((*State).request)

func (s *State) request(e entry.Entry, b *entry.Request, at int64) (change, error) {
	if err := s.peer(e.Agency, b.To); err != nil {
		return nil, err
	}
	if _, ok := s.c.Requests[b.Request]; ok { // its own second one was found by its key
		return nil, fmt.Errorf("%w: the request is another agency's", ErrOrder)
	}
	if err := dossier.CheckDue(b.Urgency, time.UnixMilli(b.Due), time.UnixMilli(e.Time), time.UnixMilli(at), s.agreement.MaxSkew()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	r, err := Request{From: e.Agency, To: b.To, Hash: b.Hash, At: at, Due: b.Due}.after(dossier.DoRequest)
	if err != nil {
		return nil, err
	}
	return func(index uint64) {
		r.Index = index
		s.c.Requests[b.Request] = r
	}, nil
}

// after is the request after a step, which has to be due.
func (r Request) after(step dossier.Step) (Request, error) {
	next, err := dossier.Next(dossier.Ledger, r.Stage, step)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	r.Stage = next
	return r, nil
}

// party returns a request to which an agency is the one or the other side.
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
	step := dossier.DoRefuse
	if b.Discloses() {
		step = dossier.DoGrant
		if _, err := s.active(r.From); err != nil {
			return nil, err
		}
	}
	if r, err = r.after(step); err != nil {
		return nil, err
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
	if r, err = r.after(dossier.DoDeliver); err != nil {
		return nil, err
	}
	if r.Outcome != b.Outcome {
		return nil, fmt.Errorf("%w: it was not decided that way", ErrOrder)
	}
	if err := dossier.CheckDeleteBy(time.UnixMilli(b.DeleteBy), time.UnixMilli(at), int(s.agreement.RetentionDays), s.agreement.MaxSkew()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAgreement, err)
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
	if r, err = r.after(dossier.DoOpen); err != nil {
		return nil, err
	}
	if r.Disclosure != b.Disclosure || r.Package != b.Hash {
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
	if r, err = r.after(dossier.DoUse); err != nil {
		return nil, err
	}
	return func(index uint64) {
		r.Use = index
		s.c.Requests[b.Request] = r
	}, nil
}
