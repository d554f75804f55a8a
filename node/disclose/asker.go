package disclose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
	"github.com/crosscase/crosscase/policy/sharing"
)

// Draft makes a request on a lead, which a second officer has to approve. What
// the request leaves open is filled in from the case.
func (s *Service) Draft(ctx context.Context, act Act, leadID casework.LeadID, r casework.Request) (store.Dossier, error) {
	lead, err := s.cfg.Store.Lead(ctx, leadID)
	if err != nil {
		return store.Dossier{}, err
	}
	if lead.State != casework.LeadNew {
		return store.Dossier{}, fmt.Errorf("%w: the lead is %s", ErrOrder, lead.State)
	}
	if err := s.notHeld(ctx, lead.Item); err != nil {
		return store.Dossier{}, err
	}
	r.ID, r.From, r.To = casework.NewRequestID(), s.cfg.Agency, lead.Peer
	r.Epoch, r.Kind, r.Handle = lead.Epoch, lead.Kind, lead.Tag
	if r.HitProof, err = s.cfg.Hits.HitProof(ctx, lead, r.ID); err != nil {
		return store.Dossier{}, err
	}
	r.Authority, r.Country = s.cfg.Name, s.cfg.Country
	if r.Contact == "" {
		r.Contact = s.cfg.Contact
	}
	r.Created = s.cfg.Now().UTC()
	if err := complete(r); err != nil {
		return store.Dossier{}, err
	}
	d := store.Dossier{DossierHeader: store.DossierHeader{
		Request: r, Direction: dossier.Out, Lead: lead.ID, Item: lead.Item,
		Draft: &act.Command, DraftOfficer: act.Officer.ID, Message: casework.NewMessageID(),
	}}
	if err := s.step(&d, dossier.DoDraft, 0); err != nil {
		return store.Dossier{}, err
	}
	return d, s.cfg.Store.SaveDossier(ctx, d) // nobody else knows its id yet
}

// notHeld refuses a request about an item that is held back: it would tell the other
// agency that it is held here.
func (s *Service) notHeld(ctx context.Context, id casework.ItemID) error {
	item, _, err := s.cfg.Store.Item(ctx, id)
	if err == nil && item.WhyNot == casework.OnHold {
		return fmt.Errorf("%w: the item is on hold: %s", ErrOrder, sharing.Why(casework.OnHold))
	}
	return err
}

// complete checks what a request must state.
func complete(r casework.Request) error {
	for _, f := range []struct{ name, value string }{
		{"facts", r.Facts}, {"necessity", r.Necessity}, {"purpose", string(r.Purpose)}, {"offence", r.Offence}, {"legal basis", r.LegalBasis},
	} {
		if strings.TrimSpace(f.value) == "" {
			return fmt.Errorf("%w: the request states no %s", ErrIncomplete, f.name)
		}
	}
	if len(r.Wanted) == 0 || len(r.Wanted) > len(casework.Fields()) {
		return fmt.Errorf("%w: a request wants 1 to %d fields, each once", ErrIncomplete, len(casework.Fields()))
	}
	for i, w := range r.Wanted {
		if !slices.Contains(casework.Fields(), w) {
			return fmt.Errorf("%w: %q cannot be asked for; %v can", ErrIncomplete, w, casework.Fields())
		}
		if slices.Contains(r.Wanted[:i], w) {
			return fmt.Errorf("%w: %q is wanted twice", ErrIncomplete, w)
		}
	}
	if r.Use != "intelligence" && r.Use != "evidence" {
		return fmt.Errorf("%w: use is intelligence or evidence, not %q", ErrIncomplete, r.Use)
	}
	if r.Retention < 1 {
		return fmt.Errorf("%w: the request states no retention", ErrIncomplete)
	}
	if text, err := json.Marshal(r); err != nil || len(text) > maxRequest {
		return fmt.Errorf("%w: a request of %d bytes, more than %d", ErrIncomplete, len(text), maxRequest)
	}
	return nil
}

// maxRequest is the size of the largest request in bytes, as JSON: more than the texts
// that one command may state, and what an officer can still read.
const maxRequest = 256 << 10

// Rendering is what a second officer reads of a dossier, and approves by its digest:
// the request that is drafted, or the request with the answer to it and the
// authorisation that the answer rests on. A dossier of which nothing waits for an
// approval has none.
func Rendering(d store.Dossier) (dossier.Rendering, error) {
	switch {
	case d.Direction == dossier.Out && d.State == dossier.Draft:
		return dossier.Rendering(nil).Render("request", d.Request)
	case d.Direction != dossier.In || d.State != dossier.AnswerDraft || d.Answer == nil:
		return nil, nil
	}
	r, err := dossier.Rendering(nil).Render("request", d.Request)
	if err == nil {
		r, err = r.Render("answer", d.Answer)
	}
	if err == nil && d.Authorisation != nil {
		r, err = r.Render("authorisation", d.Authorisation)
	}
	return r, err
}

// Digest names what of a dossier waits for an approval, to the last letter; it is
// empty, and approves nothing, where nothing does.
func Digest(d store.Dossier) string {
	r, err := Rendering(d)
	if err != nil {
		return ""
	}
	return r.Digest()
}

// Approve approves what another officer drafted: a request of ours, or our answer
// to one of theirs. It names what it approves by its Digest, so that nobody puts
// another draft in its place, and the officer's signature says what was approved.
// It is logged and sent before Approve returns, or as soon as the ledger has a
// quorum and the peer is there.
func (s *Service) Approve(ctx context.Context, act Act, id casework.RequestID, of string) (store.Dossier, error) {
	return s.decide(ctx, id, "", func(d *store.Dossier) error {
		if d.State != dossier.Draft && d.State != dossier.AnswerDraft {
			return fmt.Errorf("%w: nothing of it waits for an approval, it is %s", ErrOrder, d.State)
		}
		if d.Draft == nil || d.DraftOfficer == act.Officer.ID || string(d.Draft.Key) == string(act.Command.Key) {
			return ErrSameHand
		}
		if of == "" || of != Digest(*d) {
			return fmt.Errorf("%w: what is drafted now is not what you approve; look at it again", ErrOrder)
		}
		if d.Direction == dossier.Out {
			if err := s.notHeld(ctx, d.Item); err != nil {
				return err
			}
		}
		to, kind, step, message := d.Request.To, dossier.KindRequest, dossier.DoRequest, any(d.Request)
		if d.Direction == dossier.In {
			if err := s.stillPermitted(ctx, *d); err != nil {
				return err
			}
			to, kind, step, message = d.Request.From, dossier.KindDisclosure, dossier.DoDeliver, d.Answer
		}
		var err error
		if d.Sealed, err = s.wrap(kind, to, d.Request.ID, message); err != nil {
			return err
		}
		d.Second, d.SecondBy, d.Pending = &act.Command, act.Officer.ID, step
		return s.step(d, dossier.DoApprove, 0)
	})
}

// takeDecision takes a refusal, or another answer that discloses nothing.
func (s *Service) takeDecision(ctx context.Context, from casework.AgencyID, v receipt.Verified, hash entry.Hash, sealed []byte) error {
	b, ok := v.Entry.Body.(*entry.Decision)
	if !ok || b.Asker != s.cfg.Agency || b.Hash != hash || b.Discloses() {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	var answer casework.Disclosure
	if err := s.unwrap(dossier.KindDecision, from, b.Request, v.Index, sealed, &answer); err != nil {
		return err
	}
	if answer.Request != b.Request || answer.Outcome != b.Outcome || answer.Ground != b.Ground || len(answer.Values) > 0 || len(answer.Conditions) > 0 || answer.Note != "" {
		return fmt.Errorf("%w: the message says otherwise than the entry", ErrForged)
	}
	_, err := s.change(ctx, b.Request, dossier.Out, func(d *store.Dossier) error {
		if taken, err := awaited(*d, from, v.Index); err != nil || taken {
			return err
		}
		d.Answer, d.Outcome, d.Ground = &answer, b.Outcome, b.Ground
		return s.step(d, dossier.DoRefuse, v.Index)
	})
	return err
}

// awaited checks that an answer to an own request is due from an agency, or reports
// that the answer of this entry was taken before.
func awaited(d store.Dossier, from casework.AgencyID, index uint64) (taken bool, err error) {
	switch {
	case d.Request.To != from:
	case reached(d, index):
		return true, nil
	case d.State == dossier.Sent:
		return false, nil
	case d.Pending == dossier.DoRequest:
		return false, fmt.Errorf("%w: it came before the request was noted as sent", errLater)
	}
	return false, fmt.Errorf("%w: no answer of %s is awaited", ErrOrder, from)
}

// errLater means that a message is to come again: this node has yet to finish a
// step of its own, which it began before it was stopped.
var errLater = errors.New("not yet")

// reached reports whether a dossier has taken an entry in.
func reached(d store.Dossier, index uint64) bool {
	return slices.ContainsFunc(d.Steps, func(s store.Step) bool { return s.Entry == index })
}

// takeDisclosure keeps a sealed disclosure until an officer opens it.
func (s *Service) takeDisclosure(ctx context.Context, from casework.AgencyID, v receipt.Verified, hash entry.Hash, sealed []byte) error {
	b, ok := v.Entry.Body.(*entry.Delivery)
	if !ok || b.To != s.cfg.Agency || b.Hash != hash || b.Bytes != entry.PackageSize(len(sealed)) {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	answer, err := s.readDisclosure(from, b, v.Index, sealed)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, b.Request, dossier.Out, func(d *store.Dossier) error {
		if taken, err := awaited(*d, from, v.Index); err != nil || taken {
			return err
		}
		d.Sealed, d.Outcome, d.DeleteBy = sealed, b.Outcome, answer.DeleteBy
		return s.step(d, dossier.DoDeliver, v.Index)
	})
	return err
}

func (s *Service) readDisclosure(from casework.AgencyID, b *entry.Delivery, index uint64, sealed []byte) (casework.Disclosure, error) {
	var answer casework.Disclosure
	if err := s.unwrap(dossier.KindDisclosure, from, b.Request, index, sealed, &answer); err != nil {
		return answer, err
	}
	if answer.ID != b.Disclosure || answer.Request != b.Request || answer.Outcome != b.Outcome || answer.From != from || answer.DeleteBy.UnixMilli() != b.DeleteBy {
		return answer, fmt.Errorf("%w: the package says otherwise than the entry", ErrForged)
	}
	return answer, nil
}

// Open opens the answer to a request of ours. The ledger says so before the
// officer sees it.
func (s *Service) Open(ctx context.Context, act Act, id casework.RequestID) (store.Dossier, error) {
	d, err := s.cfg.Store.Dossier(ctx, id)
	if err == nil && d.Direction != dossier.Out {
		err = fmt.Errorf("request: %w", store.ErrNotFound)
	}
	if err != nil {
		return d, err
	}
	if d.Pending == "" && slices.Contains([]dossier.State{dossier.Opened, dossier.Closed, dossier.Refused}, d.State) {
		return d, nil
	}
	opened, err := s.decide(ctx, id, dossier.Out, func(d *store.Dossier) error {
		if _, err := dossier.Next(dossier.Asker, d.State, dossier.DoOpen); err != nil {
			return fmt.Errorf("there is no answer to open: %w", err)
		}
		var answer casework.Disclosure
		if err := s.unwrap(dossier.KindDisclosure, d.Request.To, id, d.Steps[len(d.Steps)-1].Entry, d.Sealed, &answer); err != nil {
			return err
		}
		d.Answer, d.Pending = &answer, dossier.DoOpen
		return nil
	})
	if err != nil || opened.Pending != "" {
		opened.Answer = nil // not before the ledger has it
	}
	return opened, err
}

// Use reports what a disclosure was good for, to the ledger and to the agency that
// made it. One officer does it alone, so it carries codes and no text.
func (s *Service) Use(ctx context.Context, act Act, report casework.UseReport) (store.Dossier, error) {
	if !slices.Contains(entry.UseOutcomes(), report.Outcome) {
		return store.Dossier{}, fmt.Errorf("%w: the outcome is one of %v, not %q", ErrIncomplete, entry.UseOutcomes(), report.Outcome)
	}
	if report.Note != "" {
		return store.Dossier{}, fmt.Errorf("%w: a use report carries codes alone; a text to another agency is approved by a second officer", ErrIncomplete)
	}
	report.At = s.cfg.Now().UTC()
	return s.decide(ctx, report.Request, dossier.Out, func(d *store.Dossier) error {
		if _, err := dossier.Next(dossier.Asker, d.State, dossier.DoUse); err != nil {
			return err
		}
		var err error
		if d.Sealed, err = s.wrap(dossier.KindUse, d.Request.To, report.Request, report); err != nil {
			return err
		}
		d.Use, d.Message, d.Pending = &report, casework.NewMessageID(), dossier.DoUse
		return nil
	})
}

// Expire deletes disclosures whose delete-by date has come, and says so in the
// ledger first.
func (s *Service) Expire(ctx context.Context) error {
	expiring, err := s.cfg.Store.Expiring(ctx, s.cfg.Now())
	if err != nil {
		return err
	}
	var failed error
	for _, id := range expiring {
		d, err := s.cfg.Store.Dossier(ctx, id)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if _, err := dossier.Next(d.Direction.Party(), d.State, dossier.DoExpire); err != nil {
			continue // what it would delete is the own
		}
		_, err = s.decide(ctx, id, dossier.Out, func(d *store.Dossier) error {
			d.Pending = dossier.DoExpire
			return nil
		})
		failed = errors.Join(failed, err)
	}
	return failed
}
