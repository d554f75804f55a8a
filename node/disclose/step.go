package disclose

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// errOnItsWay means that a decided step of the dossier is being logged.
var errOnItsWay = errors.New("a step of it is on its way into the ledger")

// decide changes a dossier so that a step of it is pending, and takes the step on as
// far as it goes now.
func (s *Service) decide(ctx context.Context, id casework.RequestID, direction dossier.Direction, change func(*store.Dossier) error) (store.Dossier, error) {
	d, release, err := s.claimToDecide(ctx, id)
	if err != nil {
		d.Pending = "" // nothing was decided
		return d, err
	}
	defer release()
	d, err = s.change(ctx, id, direction, func(d *store.Dossier) error {
		if d.Pending != "" {
			return fmt.Errorf("%w: %w", ErrOrder, errOnItsWay)
		}
		return change(d)
	})
	if err != nil {
		d.Pending = "" // nothing was decided
		return d, err
	}
	return s.advanceClaimed(ctx, id)
}

// claimToDecide takes the logging of a dossier's next step before it is decided, so that
// the officer who decides it learns what came of it. It waits for nobody's step: while
// one is being logged it fails.
func (s *Service) claimToDecide(ctx context.Context, id casework.RequestID) (d store.Dossier, release func(), err error) {
	for {
		release, busy := s.claim(id)
		if busy == nil {
			return d, release, nil
		}
		if d, err = s.cfg.Store.Dossier(ctx, id); err != nil {
			return d, nil, err
		}
		if d.Pending != "" {
			return d, nil, fmt.Errorf("%w: %w", ErrOrder, errOnItsWay)
		}
		select {
		case <-busy: // its step is noted, and the claim about to end
		case <-ctx.Done():
			return d, nil, ctx.Err()
		}
	}
}

// advance takes a decided step into the ledger and queues its message. It may be
// repeated: the ledger takes each step once. A step that the ledger will never take
// ends the dossier, with the reason. Nothing is locked while the ledger is waited for.
func (s *Service) advance(ctx context.Context, id casework.RequestID) (store.Dossier, error) {
	d, err := s.cfg.Store.Dossier(ctx, id)
	if err != nil || d.Pending == "" {
		return d, err
	}
	release, busy := s.claim(id)
	if busy != nil {
		return d, errOnItsWay
	}
	defer release()
	return s.advanceClaimed(ctx, id)
}

// advanceClaimed is advance for who has the claim of logging the dossier's step.
func (s *Service) advanceClaimed(ctx context.Context, id casework.RequestID) (d store.Dossier, err error) {
	if d, err = s.cfg.Store.Dossier(ctx, id); err != nil || d.Pending == "" {
		return d, err
	}
	if step, ok := earlierNames[d.Pending]; ok {
		if d, err = s.change(ctx, id, d.Direction, func(d *store.Dossier) error { d.Pending = step; return nil }); err != nil {
			return d, err
		}
	}
	index, logged := s.logStep(ctx, d)
	if logged != nil && !neverTaken(logged) {
		return d, logged
	}
	// What the ledger took is noted, even where the officer's time is over.
	after, err := s.change(context.WithoutCancel(ctx), id, d.Direction, func(d *store.Dossier) error {
		if logged != nil {
			d.Pending, d.Failed = "", logged.Error()
			return s.step(d, dossier.DoFail, 0)
		}
		return s.logged(ctx, d, index)
	})
	if err != nil {
		return after, errors.Join(logged, err)
	}
	s.wake()
	return after, logged
}

// earlierNames are what stores of the first schema call pending steps.
var earlierNames = map[dossier.Step]dossier.Step{"decision": dossier.DoRefuse, "disclosure": dossier.DoDeliver, "receipt": dossier.DoOpen}

// claim takes the logging of a dossier's step, or returns what is closed when whoever has
// it is done.
func (s *Service) claim(id casework.RequestID) (release func(), busy <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.logging[id]; c != nil {
		return nil, c
	}
	done := make(chan struct{})
	s.logging[id] = done
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.logging, id)
		close(done)
	}, nil
}

// neverTaken reports whether the ledger refuses a step for a reason that stays.
func neverTaken(err error) bool {
	for _, final := range []error{state.ErrNotMember, state.ErrExpelled, state.ErrAgreement, state.ErrOrder, entry.ErrShape, entry.ErrTooLong} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// logStep appends the entries of the pending step and returns the index of the last.
func (s *Service) logStep(ctx context.Context, d store.Dossier) (uint64, error) {
	hash := entry.Hash(sha256.Sum256(d.Sealed))
	switch d.Pending {
	case dossier.DoRequest:
		return s.logRequest(ctx, d, hash)
	case dossier.DoRefuse:
		return s.logDecision(ctx, d, hash)
	case dossier.DoDeliver:
		if _, err := s.logDecision(ctx, d, hash); err != nil {
			return 0, err
		}
		return s.log(ctx, &entry.Delivery{
			Request: d.Request.ID, Disclosure: d.Answer.ID, To: d.Request.From, Outcome: d.Outcome,
			Hash: hash, Bytes: entry.PackageSize(len(d.Sealed)), DeleteBy: d.Answer.DeleteBy.UnixMilli(),
		})
	case dossier.DoOpen:
		return s.log(ctx, &entry.Receipt{Request: d.Request.ID, Disclosure: d.Answer.ID, Hash: hash})
	case dossier.DoUse:
		return s.log(ctx, &entry.Use{Request: d.Request.ID, To: d.Request.To, Outcome: d.Use.Outcome, Hash: hash})
	case dossier.DoExpire:
		return s.log(ctx, &entry.Erase{What: "disclosure", Count: 1, Reason: "delete-by"})
	}
	return 0, fmt.Errorf("%w: no step %q", ErrOrder, d.Pending)
}

// messages are the messages by which the other side learns of a step, where it does.
var messages = map[dossier.Step]dossier.Kind{
	dossier.DoRequest: dossier.KindRequest, dossier.DoRefuse: dossier.KindDecision, dossier.DoDeliver: dossier.KindDisclosure, dossier.DoUse: dossier.KindUse,
}

// logged notes that the pending step is in the ledger, and queues its message.
func (s *Service) logged(ctx context.Context, d *store.Dossier, index uint64) error {
	ctx = context.WithoutCancel(ctx)
	step := d.Pending
	if kind, ok := messages[step]; ok {
		to := d.Request.To
		if d.Direction == dossier.In {
			to = d.Request.From
		}
		if err := s.cfg.Store.PutOutgoing(ctx, store.Outgoing{ID: d.Message, To: to, Kind: kind, Entry: index, Created: s.cfg.Now()}, d.Sealed); err != nil {
			return err
		}
	}
	switch step {
	case dossier.DoRequest:
		s.cfg.Ledger.View(func(st *state.State) {
			if r, ok := st.Request(d.Request.ID); ok {
				d.Due = time.UnixMilli(r.Due).UTC()
			}
		})
		if lead, err := s.cfg.Store.Lead(ctx, d.Lead); err == nil {
			lead.State = casework.LeadRequested
			if err := s.cfg.Store.SaveLead(ctx, lead); err != nil {
				return err
			}
		}
	case dossier.DoExpire:
		d.Answer, d.Sealed = nil, nil
	}
	d.Pending = ""
	return s.step(d, step, index)
}

// log appends an entry and returns its index.
func (s *Service) log(ctx context.Context, body entry.Body) (uint64, error) {
	rec, err := s.cfg.Ledger.Append(ctx, body)
	if err != nil {
		return 0, err
	}
	return rec.Index()
}

func (s *Service) logRequest(ctx context.Context, d store.Dossier, hash entry.Hash) (uint64, error) {
	sealed, commits, err := s.oversight(d, nil)
	if err != nil {
		return 0, err
	}
	urgency := d.Request.Urgency
	if urgency == "" {
		urgency = casework.Routine
	}
	return s.log(ctx, &entry.Request{
		Request: d.Request.ID, To: d.Request.To, Hash: hash, Urgency: urgency,
		Due: dossier.Due(urgency, s.cfg.Now()).UnixMilli(), Officer: commits["officer"], Approver: commits["approver"], Detail: sealed,
	})
}

// maxPolicy is how many bytes of what the rules said an entry's detail holds.
const maxPolicy = 1800

// clip leaves out what the rules said beyond what a detail holds, and says so; the whole
// stays with the dossier.
func clip(policy []string) []string {
	left := maxPolicy
	for i, line := range policy {
		if left -= len(line) + 3; left < 0 {
			return append(policy[:i:i], fmt.Sprintf("%d more are kept with the dossier", len(policy)-i))
		}
	}
	return policy
}

func (s *Service) logDecision(ctx context.Context, d store.Dossier, hash entry.Hash) (uint64, error) {
	var policy []string
	if a := d.Authorisation; a != nil {
		policy = append(policy, fmt.Sprintf("authorised: %s of %s, %s, seen by %s", a.Reference, a.Authority, a.Date.Format(time.DateOnly), a.SeenBy))
	}
	sealed, commits, err := s.oversight(d, clip(append(policy, d.Policy...)))
	if err != nil {
		return 0, err
	}
	return s.log(ctx, &entry.Decision{
		Request: d.Request.ID, Asker: d.Request.From, Outcome: d.Outcome, Ground: d.Ground, Hash: hash,
		Officer: commits["officer"], Approver: commits["approver"], Detail: sealed,
	})
}

// oversight seals who acted, and why, to the own oversight body, and returns the
// salted commitments that the entry shows.
func (s *Service) oversight(d store.Dossier, policy []string) ([]byte, map[string]entry.Hash, error) {
	detail := entry.OversightDetail{Officer: d.DraftOfficer, Approver: d.SecondBy, Salts: map[string][32]byte{}, Policy: policy}
	if d.Draft != nil {
		detail.Command = d.Draft.Act()
	}
	if d.Second != nil {
		second := d.Second.Act()
		detail.Second = &second
	}
	if d.Direction == dossier.Out {
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
	sealed, err := detail.Seal(s.cfg.Oversight(), s.cfg.Network)
	return sealed, commits, err
}
