package disclose

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// States of a dossier on the asker's side.
const (
	StateDraft    = "draft"
	StateApproved = "approved" // decided, on its way into the ledger
	StateSent     = "sent"
	StateRefused  = "refused"
	StateAnswered = "answered"
	StateOpened   = "opened"
	StateClosed   = "closed"
	StateExpired  = "expired"
	StateFailed   = "failed" // the ledger refuses the step, for a reason that stays
)

// Draft makes a request on a lead, which a second officer has to approve. What
// the request leaves open is filled in from the case.
func (s *Service) Draft(ctx context.Context, act Act, leadID casework.LeadID, r casework.Request) (store.Dossier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lead, err := s.cfg.Store.Lead(ctx, leadID)
	if err != nil {
		return store.Dossier{}, err
	}
	if lead.State != casework.LeadNew {
		return store.Dossier{}, fmt.Errorf("%w: the lead is %s", ErrOrder, lead.State)
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
		Request: r, Direction: "out", Lead: lead.ID, Item: lead.Item,
		Draft: &act.Command, DraftOfficer: act.Officer.ID, Message: casework.NewMessageID(),
	}}
	s.step(&d, StateDraft, 0)
	return d, s.cfg.Store.SaveDossier(ctx, d)
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
	for _, w := range r.Wanted {
		if !slices.Contains(casework.Fields(), w) {
			return fmt.Errorf("%w: %q cannot be asked for; %v can", ErrIncomplete, w, casework.Fields())
		}
	}
	if r.Use != "intelligence" && r.Use != "evidence" {
		return fmt.Errorf("%w: use is intelligence or evidence, not %q", ErrIncomplete, r.Use)
	}
	if r.Retention < 1 {
		return fmt.Errorf("%w: the request states no retention", ErrIncomplete)
	}
	return nil
}

// Digest names what of a dossier waits for an approval, the request or the answer
// as it is drafted, to the last letter.
func Digest(d store.Dossier) string {
	var of any = d.Request
	if d.Direction == "in" {
		of = d.Answer
	}
	text, err := json.Marshal(of)
	if err != nil {
		return "" // which approves nothing
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Approve approves what another officer drafted: a request of ours, or our answer
// to one of theirs. It names what it approves by its Digest, so that nobody puts
// another draft in its place, and the officer's signature says what was approved.
// It is logged and sent before Approve returns, or as soon as the ledger has a
// quorum and the peer is there.
func (s *Service) Approve(ctx context.Context, act Act, id casework.RequestID, of string) (store.Dossier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.dossier(ctx, id, "")
	if err != nil {
		return d, err
	}
	if d.State != StateDraft && d.State != StateDrafted {
		return d, fmt.Errorf("%w: nothing of it waits for an approval, it is %s", ErrOrder, d.State)
	}
	if d.Draft == nil || d.DraftOfficer == act.Officer.ID || string(d.Draft.Key) == string(act.Command.Key) {
		return d, ErrSameHand
	}
	if of == "" || of != Digest(d) {
		return d, fmt.Errorf("%w: what is drafted now is not what you approve; look at it again", ErrOrder)
	}
	if d.Direction == "in" && !s.cfg.Now().Before(d.Answer.DeleteBy) {
		return d, fmt.Errorf("%w: the other side would have to delete the answer at once; answer it again", ErrOrder)
	}
	if d.Direction == "in" {
		permitted, err := s.permitted(ctx, d)
		if err != nil {
			return d, err
		}
		for _, v := range d.Answer.Values {
			if !slices.Contains(permitted, v.Field) {
				return d, fmt.Errorf("%w: the rules do not permit %q any more; answer it again", ErrOrder, v.Field)
			}
		}
	}
	d.Second, d.SecondBy = &act.Command, act.Officer.ID
	if d.Direction == "out" {
		if d.Sealed, err = s.wrap(kindRequest, d.Request.To, d.Request.ID, d.Request); err != nil {
			return d, err
		}
		d.Pending = kindRequest
	} else {
		if d.Sealed, err = s.wrap(kindDisclosure, d.Request.From, d.Request.ID, d.Answer); err != nil {
			return d, err
		}
		d.Pending = kindDisclosure
	}
	s.step(&d, StateApproved, 0)
	return s.decided(ctx, d)
}

// decided stores a decided step and takes it on as far as it goes now.
func (s *Service) decided(ctx context.Context, d store.Dossier) (store.Dossier, error) {
	if err := s.cfg.Store.SaveDossier(ctx, d); err != nil {
		return d, err
	}
	err := s.advance(ctx, &d)
	return d, err
}

// advance takes a decided step into the ledger and queues its message. It may be
// repeated: the ledger takes each step once. A step that the ledger will never take
// ends the dossier, with the reason.
func (s *Service) advance(ctx context.Context, d *store.Dossier) error {
	err := s.advanceStep(ctx, d)
	for _, final := range []error{state.ErrNotMember, state.ErrExpelled, state.ErrAgreement, state.ErrOrder} {
		if errors.Is(err, final) {
			d.Pending, d.Failed = "", err.Error()
			s.step(d, StateFailed, 0)
			return errors.Join(err, s.cfg.Store.SaveDossier(ctx, *d))
		}
	}
	return err
}

func (s *Service) advanceStep(ctx context.Context, d *store.Dossier) error {
	hash := entry.Hash(sha256.Sum256(d.Sealed))
	switch d.Pending {
	case kindRequest:
		return s.advanceRequest(ctx, d, hash)
	case kindDecision, kindDisclosure:
		return s.advanceDecision(ctx, d, hash)
	case "receipt":
		index, err := s.log(ctx, &entry.Receipt{Request: d.Request.ID, Disclosure: d.Answer.ID, Hash: hash})
		if err != nil {
			return err
		}
		s.step(d, StateOpened, index)
	case kindUse:
		index, err := s.log(ctx, &entry.Use{Request: d.Request.ID, To: d.Request.To, Outcome: d.Use.Outcome, Hash: hash})
		if err != nil {
			return err
		}
		if err := s.send(ctx, d, d.Request.To, kindUse, index, d.Sealed); err != nil {
			return err
		}
		s.step(d, StateClosed, index)
	default:
		return fmt.Errorf("%w: no step %q", ErrOrder, d.Pending)
	}
	d.Pending = ""
	return s.cfg.Store.SaveDossier(ctx, *d)
}

// log appends an entry and gives its index.
func (s *Service) log(ctx context.Context, body entry.Body) (uint64, error) {
	rec, err := s.cfg.Ledger.Append(ctx, body)
	if err != nil {
		return 0, err
	}
	return rec.Index()
}

func (s *Service) advanceRequest(ctx context.Context, d *store.Dossier, hash entry.Hash) error {
	sealed, commits, err := s.oversight(d, nil)
	if err != nil {
		return err
	}
	urgency := d.Request.Urgency
	if urgency == "" {
		urgency = casework.Routine
	}
	index, err := s.log(ctx, &entry.Request{
		Request: d.Request.ID, To: d.Request.To, Hash: hash, Urgency: urgency,
		Due: s.cfg.Now().Add(urgency.Limit()).UnixMilli(), Officer: commits["officer"], Approver: commits["approver"], Detail: sealed,
	})
	if err != nil {
		return err
	}
	s.cfg.Ledger.View(func(st *state.State) {
		if r, ok := st.Request(d.Request.ID); ok {
			d.Due = time.UnixMilli(r.Due).UTC()
		}
	})
	if err := s.send(ctx, d, d.Request.To, kindRequest, index, d.Sealed); err != nil {
		return err
	}
	if lead, err := s.cfg.Store.Lead(ctx, d.Lead); err == nil {
		lead.State = casework.LeadRequested
		if err := s.cfg.Store.SaveLead(ctx, lead); err != nil {
			return err
		}
	}
	s.step(d, StateSent, index)
	d.Pending = ""
	return s.cfg.Store.SaveDossier(ctx, *d)
}

// oversight seals who acted, and why, to the own oversight body, and gives the
// salted commitments that the entry shows.
func (s *Service) oversight(d *store.Dossier, policy []string) ([]byte, map[string]entry.Hash, error) {
	detail := entry.OversightDetail{Officer: d.DraftOfficer, Approver: d.SecondBy, Salts: map[string][32]byte{}, Policy: policy}
	if d.Draft != nil {
		detail.Command = d.Draft.Act()
	}
	if d.Second != nil {
		second := d.Second.Act()
		detail.Second = &second
	}
	if d.Direction == "out" {
		detail.Justification = &casework.Justification{
			Purpose: d.Request.Purpose, Offence: d.Request.Offence, LegalBasis: d.Request.LegalBasis, Officer: d.DraftOfficer, At: d.Request.Created,
		}
	}
	commits := map[string]entry.Hash{}
	for what, id := range map[string]casework.OfficerID{"officer": d.DraftOfficer, "approver": d.SecondBy} {
		if id.IsZero() {
			continue
		}
		var salt [32]byte
		rand.Read(salt[:])
		detail.Salts[what] = salt
		commits[what] = entry.Commit(&salt, what, id[:])
	}
	sealed, err := detail.Seal(s.cfg.Oversight, s.cfg.Network)
	return sealed, commits, err
}

// takeDecision takes a refusal, or another answer that discloses nothing.
func (s *Service) takeDecision(ctx context.Context, from casework.AgencyID, v receipt.Verified, hash entry.Hash, sealed []byte) error {
	b, ok := v.Entry.Body.(*entry.Decision)
	if !ok || b.Asker != s.cfg.Agency || b.Hash != hash || b.Discloses() {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	d, taken, err := s.awaited(ctx, from, b.Request, v.Index)
	if err != nil || taken {
		return err
	}
	var answer casework.Disclosure
	if err := s.unwrap(kindDecision, from, b.Request, sealed, &answer); err != nil {
		return err
	}
	if answer.Request != b.Request || answer.Outcome != b.Outcome || answer.Ground != b.Ground || len(answer.Values) > 0 {
		return fmt.Errorf("%w: the message says otherwise than the entry", ErrForged)
	}
	d.Answer, d.Outcome, d.Ground = &answer, b.Outcome, b.Ground
	s.step(&d, StateRefused, v.Index)
	return s.cfg.Store.SaveDossier(ctx, d)
}

// awaited gives an own request that was sent to an agency and not answered yet, or
// says that the answer of this entry was taken before.
func (s *Service) awaited(ctx context.Context, from casework.AgencyID, id casework.RequestID, index uint64) (d store.Dossier, taken bool, err error) {
	if d, err = s.dossier(ctx, id, "out"); err != nil {
		return d, false, err
	}
	switch {
	case d.Request.To != from:
	case reached(d, index):
		return d, true, nil
	case d.State == StateSent:
		return d, false, nil
	case d.Pending == kindRequest:
		return d, false, fmt.Errorf("%w: it came before the request was noted as sent", errLater)
	}
	return d, false, fmt.Errorf("%w: no answer of %s is awaited", ErrOrder, from)
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
	if !ok || b.To != s.cfg.Agency || b.Hash != hash || b.Bytes != uint64(len(sealed)) {
		return fmt.Errorf("%w: the entry is another one", ErrForged)
	}
	d, taken, err := s.awaited(ctx, from, b.Request, v.Index)
	if err != nil || taken {
		return err
	}
	answer, err := s.readDisclosure(from, b, sealed)
	if err != nil {
		return err
	}
	d.Sealed, d.Outcome, d.DeleteBy = sealed, b.Outcome, answer.DeleteBy
	s.step(&d, StateAnswered, v.Index)
	return s.cfg.Store.SaveDossier(ctx, d)
}

func (s *Service) readDisclosure(from casework.AgencyID, b *entry.Delivery, sealed []byte) (casework.Disclosure, error) {
	var answer casework.Disclosure
	if err := s.unwrap(kindDisclosure, from, b.Request, sealed, &answer); err != nil {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.dossier(ctx, id, "out")
	if err != nil {
		return d, err
	}
	switch d.State {
	case StateOpened, StateClosed, StateRefused:
		return d, nil
	case StateAnswered:
	default:
		return d, fmt.Errorf("%w: there is no answer yet, it is %s", ErrOrder, d.State)
	}
	var answer casework.Disclosure
	if err := s.unwrap(kindDisclosure, d.Request.To, id, d.Sealed, &answer); err != nil {
		return d, err
	}
	d.Answer, d.Pending = &answer, "receipt"
	opened, err := s.decided(ctx, d)
	if err != nil {
		opened.Answer = nil // not before the ledger has it
	}
	return opened, err
}

// Use reports what a disclosure was good for, to the ledger and to the agency
// that made it.
func (s *Service) Use(ctx context.Context, act Act, report casework.UseReport) (store.Dossier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.dossier(ctx, report.Request, "out")
	if err != nil {
		return d, err
	}
	if d.State != StateOpened {
		return d, fmt.Errorf("%w: the disclosure is %s", ErrOrder, d.State)
	}
	if !slices.Contains(entry.UseOutcomes(), report.Outcome) {
		return d, fmt.Errorf("%w: the outcome is one of %v, not %q", ErrIncomplete, entry.UseOutcomes(), report.Outcome)
	}
	report.At = s.cfg.Now().UTC()
	if d.Sealed, err = s.wrap(kindUse, d.Request.To, report.Request, report); err != nil {
		return d, err
	}
	d.Use, d.Message, d.Pending = &report, casework.NewMessageID(), kindUse
	return s.decided(ctx, d)
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
		s.mu.Lock()
		d, err := s.cfg.Store.Dossier(ctx, id)
		if err == nil && (d.Direction != "out" || d.State == StateExpired) {
			s.mu.Unlock()
			continue
		}
		var index uint64
		if err == nil {
			index, err = s.log(ctx, &entry.Erase{What: "disclosure", Count: 1, Reason: "delete-by"})
		}
		if err == nil {
			d.Answer, d.Sealed, d.Pending = nil, nil, ""
			s.step(&d, StateExpired, index)
			err = s.cfg.Store.SaveDossier(ctx, d)
		}
		s.mu.Unlock()
		failed = errors.Join(failed, err)
	}
	return failed
}
