package disclose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
	"github.com/crosscase/crosscase/policy/rules"
)

// takeRequest takes another agency's request: what it proves, what the rules say.
func (s *Service) takeRequest(ctx context.Context, from casework.AgencyID, v receipt.Verified, hash entry.Hash, sealed []byte) error {
	b, ok := v.Entry.Body.(*entry.Request)
	if !ok || b.To != s.cfg.Agency || b.Hash != hash {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	unlock, err := s.dossiers.Lock(ctx, b.Request)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := s.cfg.Store.Dossier(ctx, b.Request); err == nil {
		return nil // taken before its message was marked as seen
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var r casework.Request
	if err := s.unwrap(dossier.KindRequest, from, b.Request, v.Index, sealed, &r); err != nil {
		return err
	}
	if r.ID != b.Request || r.From != from || r.To != s.cfg.Agency {
		return fmt.Errorf("%w: the request says otherwise than the entry", ErrForged)
	}
	d := store.Dossier{DossierHeader: store.DossierHeader{Request: r, Direction: dossier.In, Due: time.UnixMilli(b.Due).UTC(), Message: casework.NewMessageID()}}
	decision, err := s.judge(ctx, from, &d)
	if err != nil {
		return err
	}
	step := dossier.DoRequest
	if decision.Verdict == rules.Escalate {
		step = dossier.DoEscalate
	}
	if err := s.step(&d, step, v.Index); err != nil {
		return err
	}
	if decision.Verdict == rules.Refuse {
		if err := s.refusal(&d, decision.Ground); err != nil {
			return err
		}
	}
	return s.cfg.Store.SaveDossier(ctx, d)
}

// judge finds the item that a request means, and notes what the rules say.
func (s *Service) judge(ctx context.Context, from casework.AgencyID, d *store.Dossier) (rules.Decision, error) {
	facts, item, err := s.facts(ctx, from, d.Request)
	if err != nil {
		return rules.Decision{}, err
	}
	d.Item = item
	decision := rules.Decision{Ground: casework.RequestDefective, Reasons: []string{"the asker does not prove that it was answered for an item of ours"}}
	if err := complete(d.Request); err != nil {
		decision.Reasons = []string{"the request is not complete"}
	} else if !item.IsZero() {
		decision = s.cfg.Rules.Decide(facts, s.cfg.Now())
	}
	d.Verdict, d.Policy, d.Fields = decision.Verdict.String(), decision.Reasons, decision.Fields
	return decision, nil
}

// facts gathers what the rules rest on. The item is zero when the asker does not
// prove that it was answered for one of ours.
func (s *Service) facts(ctx context.Context, from casework.AgencyID, r casework.Request) (rules.Facts, casework.ItemID, error) {
	id, err := s.cfg.Hits.VerifyHit(ctx, from, r.Epoch, tagset.Tag(r.Handle), r.HitProof, r.ID)
	if errors.Is(err, store.ErrNotFound) {
		return rules.Facts{}, casework.ItemID{}, nil
	}
	if err != nil {
		return rules.Facts{}, casework.ItemID{}, err
	}
	item, occurrences, err := s.cfg.Store.Item(ctx, id)
	if err != nil {
		return rules.Facts{}, casework.ItemID{}, err
	}
	return s.factsOf(from, r, item, occurrences), id, nil
}

// factsOf gathers what the rules rest on for one item of ours.
func (s *Service) factsOf(from casework.AgencyID, r casework.Request, item casework.Item, occurrences []casework.Occurrence) rules.Facts {
	f := rules.Facts{Asker: from, Request: r, Kind: item.Identifier.Kind(), Category: item.Category, Consent: item.Consent, Hold: item.WhyNot == casework.OnHold}
	for _, o := range occurrences {
		f.Handling = append(f.Handling, o.Handling)
	}
	var terms agreement.Agreement
	s.cfg.Ledger.View(func(st *state.State) {
		terms = st.Agreement()
		if m, ok := st.Member(from); ok {
			f.AskerCountry = m.Country
		}
	})
	f.Agreed = terms.Allows(r.Purpose, r.Offence, r.LegalBasis) && terms.MayMatch(s.cfg.Agency, from, f.Kind)
	return f
}

// refusal prepares an answer that discloses nothing but its ground: a code, since the
// rules or one officer alone decide on it.
func (s *Service) refusal(d *store.Dossier, ground casework.Ground) error {
	answer := &casework.Disclosure{
		ID: casework.NewDisclosureID(), Request: d.Request.ID, From: s.cfg.Agency, To: d.Request.From,
		Outcome: casework.Refused, Ground: ground, Contact: s.cfg.Contact, Made: s.cfg.Now().UTC(),
	}
	var err error
	if d.Sealed, err = s.wrap(dossier.KindDecision, d.Request.From, d.Request.ID, answer); err != nil {
		return err
	}
	d.Answer, d.Outcome, d.Ground, d.Pending = answer, casework.Refused, ground, dossier.DoRefuse
	return nil
}

// Refuse refuses a request of another agency, with its ground. One officer does it
// alone, so it carries a code and no text.
func (s *Service) Refuse(ctx context.Context, act Act, id casework.RequestID, ground casework.Ground) (store.Dossier, error) {
	if !slices.Contains(casework.Grounds(), ground) {
		return store.Dossier{}, fmt.Errorf("%w: the ground is one of %v, not %q", ErrIncomplete, casework.Grounds(), ground)
	}
	return s.decide(ctx, id, dossier.In, func(d *store.Dossier) error {
		if _, err := dossier.Next(dossier.Holder, d.State, dossier.DoRefuse); err != nil {
			return err
		}
		d.Draft, d.DraftOfficer, d.Authorisation = &act.Command, act.Officer.ID, nil
		return s.refusal(d, ground)
	})
}

// Reply is what an officer puts into an answer.
type Reply struct {
	Fields     []casework.Field // none: all that was asked and the rules permit
	Summary    string
	Note       string
	Handling   casework.Handling
	Conditions []string
	DeleteDays int
	// Authorisation is needed where the rules escalate; who answers has seen it.
	Authorisation *casework.Authorisation
}

// Answer drafts an answer to another agency's request, which a second officer has
// to approve. It holds nothing that the rules do not permit.
func (s *Service) Answer(ctx context.Context, act Act, id casework.RequestID, reply Reply) (store.Dossier, error) {
	if reply.DeleteDays < 1 {
		return store.Dossier{}, fmt.Errorf("%w: no number of days after which the other side deletes it", ErrIncomplete)
	}
	if reply.Authorisation != nil {
		seen := *reply.Authorisation
		seen.SeenBy = act.Officer.ID
		reply.Authorisation = &seen
	}
	return s.change(ctx, id, dossier.In, func(d *store.Dossier) error {
		if d.Pending != "" {
			return fmt.Errorf("%w: %w", ErrOrder, errOnItsWay)
		}
		if _, err := dossier.Next(dossier.Holder, d.State, dossier.DoAnswer); err != nil {
			return err
		}
		d.Authorisation = reply.Authorisation
		var err error
		if d.Fields, err = s.permitted(ctx, *d); err != nil {
			return err
		}
		fields := reply.Fields
		if len(fields) == 0 {
			fields = d.Fields
		}
		for _, f := range fields {
			if !slices.Contains(d.Fields, f) {
				return fmt.Errorf("%w: the rules do not permit %q (%s)", ErrOrder, f, strings.Join(d.Policy, "; "))
			}
		}
		if d.Answer, err = s.compose(ctx, *d, fields, reply); err != nil {
			return err
		}
		d.Outcome, d.Ground = d.Answer.Outcome, ""
		d.Draft, d.DraftOfficer = &act.Command, act.Officer.ID
		return s.step(d, dossier.DoAnswer, 0)
	})
}

// maxAnswer is the size of the largest answer in bytes, as JSON: what a message carries,
// less what signing and sealing add.
const maxAnswer = wire.MaxSealed / 16 * 15

// compose gathers the values of the permitted fields, each with what must travel
// with it.
func (s *Service) compose(ctx context.Context, d store.Dossier, fields []casework.Field, reply Reply) (*casework.Disclosure, error) {
	_, occurrences, err := s.cfg.Store.Item(ctx, d.Item)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	var longest int
	s.cfg.Ledger.View(func(st *state.State) { longest = int(st.Agreement().RetentionDays) })
	answer := &casework.Disclosure{
		ID: casework.NewDisclosureID(), Request: d.Request.ID, From: s.cfg.Agency, To: d.Request.From, Outcome: casework.Full,
		Note: reply.Note, Conditions: reply.Conditions, Handling: reply.Handling, TLP: casework.TLPAmberStrict,
		DeleteBy: dossier.DeleteBy(now, reply.DeleteDays, d.Request.Retention, longest).Truncate(time.Millisecond), Contact: s.cfg.Contact, Made: now,
	}
	for _, w := range d.Request.Wanted {
		if !slices.Contains(fields, w) {
			answer.Outcome = casework.Partial
		}
	}
	for _, f := range fields {
		values, err := s.values(ctx, f, d, occurrences, reply)
		if err != nil {
			return nil, err
		}
		answer.Values = append(answer.Values, values...)
	}
	if len(answer.Values) == 0 {
		return nil, fmt.Errorf("%w: nothing is held for %v; add --summary, or refuse with not_available", ErrIncomplete, fields)
	}
	if text, err := json.Marshal(answer); err != nil || len(text) > maxAnswer {
		return nil, fmt.Errorf("%w: an answer of %d bytes, more than %d; ask for fewer --fields", ErrIncomplete, len(text), maxAnswer)
	}
	return answer, nil
}

// values returns what is disclosed for one field.
func (s *Service) values(ctx context.Context, f casework.Field, d store.Dossier, occurrences []casework.Occurrence, reply Reply) ([]casework.DisclosedValue, error) {
	one := func(value string, o casework.Occurrence) casework.DisclosedValue {
		handling := o.Handling
		if reply.Handling.Codes != "" {
			handling = reply.Handling
		}
		return casework.DisclosedValue{Field: f, Value: value, Handling: handling, Grading: o.Grading, Category: o.Category.Or(), Provenance: outward(o.Provenance)}
	}
	var first casework.Occurrence
	if len(occurrences) > 0 {
		first = occurrences[0]
	}
	switch f {
	case casework.FieldContact:
		return []casework.DisclosedValue{one(s.cfg.Contact, casework.Occurrence{Category: casework.Contact})}, nil
	case casework.FieldSummary:
		if reply.Summary == "" {
			return nil, nil
		}
		v := one(reply.Summary, first)
		v.Assessment = true
		return []casework.DisclosedValue{v}, nil
	case casework.FieldVictim:
		var out []casework.DisclosedValue
		for _, o := range occurrences {
			out = append(out, one(string(o.Category.Or()), o))
		}
		return out, nil
	case casework.FieldDates:
		item, _, err := s.cfg.Store.Item(ctx, d.Item)
		if err != nil || item.LastSeen.IsZero() {
			return nil, err
		}
		return []casework.DisclosedValue{one(item.FirstSeen.Format(time.DateOnly)+" to "+item.LastSeen.Format(time.DateOnly), first)}, nil
	case casework.FieldIdentifiers:
		return s.associated(ctx, d, occurrences, one)
	}
	return nil, nil
}

// outward leaves out what is the agency's own business: names of files, places in
// them, and spellings.
func outward(p casework.Provenance) casework.Provenance {
	p.Source, p.Record, p.Original, p.Assumed = "", "", "", nil
	return p
}

// takeUse keeps what the other side reports of a disclosure of ours.
func (s *Service) takeUse(ctx context.Context, from casework.AgencyID, v receipt.Verified, hash entry.Hash, sealed []byte) error {
	b, ok := v.Entry.Body.(*entry.Use)
	if !ok || b.To != s.cfg.Agency || b.Hash != hash {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	var report casework.UseReport
	if err := s.unwrap(dossier.KindUse, from, b.Request, v.Index, sealed, &report); err != nil {
		return err
	}
	if report.Request != b.Request || report.Outcome != b.Outcome {
		return fmt.Errorf("%w: the report says otherwise than the entry", ErrForged)
	}
	_, err := s.change(ctx, b.Request, dossier.In, func(d *store.Dossier) error {
		switch {
		case d.Request.From != from:
			return fmt.Errorf("%w: it is another's", ErrOrder)
		case reached(*d, v.Index):
			return nil
		case d.Pending == dossier.DoDeliver:
			return fmt.Errorf("%w: it came before the disclosure was noted as delivered", errLater)
		}
		d.Use = &report
		return s.step(d, dossier.DoUse, v.Index)
	})
	return err
}
