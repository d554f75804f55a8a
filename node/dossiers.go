package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// act is the officer's command as it becomes part of the record.
func act(call api.Call) disclose.Act {
	return disclose.Act{Officer: call.Officer, Command: call.Command}
}

// disclosing returns the service.
func (n *Node) disclosing() (*disclose.Service, error) {
	s, err := n.inNetwork()
	if err != nil {
		return nil, err
	}
	return s.disclose, nil
}

// dossierResult shows what a step came to. A step that is decided and waits for a
// quorum is no failure: it is kept, and goes on by itself.
func (n *Node) dossierResult(ctx context.Context, d store.Dossier, err error) (v api.DossierView, _ error) {
	if err != nil && d.Pending != "" {
		v, verr := n.dossierView(ctx, d)
		if verr != nil {
			return v, errors.Join(err, verr)
		}
		v.Next = "it is decided and kept; it goes out as soon as the ledger takes it (" + err.Error() + ")"
		return v, nil
	}
	if err != nil {
		return v, disclosureError(err)
	}
	return n.dossierView(ctx, d)
}

// disclosureError tells an officer why a step was not taken.
func disclosureError(err error) error {
	switch {
	case errors.Is(err, disclose.ErrSameHand):
		return api.Errorf(api.Refused, "let another officer approve it: --officer OTHER.key", "%w", err)
	case errors.Is(err, disclose.ErrIncomplete):
		return api.Errorf(api.Invalid, "see --help of the command", "%w", err)
	case errors.Is(err, disclose.ErrOrder):
		return api.Errorf(api.Refused, "'crosscase due' shows how it stands", "%w", err)
	case errors.Is(err, store.ErrNotFound):
		return api.Errorf(api.NotFound, "'crosscase due' shows the requests, 'crosscase inbox' the leads", "%w", err)
	}
	return ledgerError(err)
}

func (n *Node) request(ctx context.Context, call api.Call, p api.DraftRequest) (view api.DossierView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	handling, err := casework.ParseHandling(p.Handling, "")
	if err != nil {
		return view, api.Errorf(api.Invalid, "", "%w", err)
	}
	r := casework.Request{
		Wanted: p.Wanted, Purpose: p.Purpose, Offence: p.Offence, LegalBasis: p.LegalBasis, Facts: p.Facts, Necessity: p.Necessity, Use: p.Use,
		Urgency: p.Urgency, Judicial: p.Judicial, Handling: handling, TLP: casework.TLPAmberStrict, Retention: p.Retention, Contact: p.Contact,
	}
	lead, err := n.store.Lead(ctx, p.Lead)
	if err != nil {
		return view, notFound(err, "'crosscase inbox' shows the leads", "there is no such lead")
	}
	for _, id := range lead.Cases { // what the officer left open, the case says
		c, err := n.store.Case(ctx, id)
		if err != nil {
			return view, err
		}
		if r.Purpose == "" {
			r.Purpose = c.Purpose
		}
		if r.Offence == "" {
			r.Offence = c.Offence
		}
		if r.LegalBasis == "" {
			r.LegalBasis = c.LegalBasis
		}
	}
	d, err := svc.Draft(ctx, act(call), p.Lead, r)
	return n.dossierResult(ctx, d, err)
}

func (n *Node) approve(ctx context.Context, call api.Call, p api.ApproveRequest) (view api.DossierView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	d, err := svc.Approve(ctx, act(call), p.Request, p.Of)
	return n.dossierResult(ctx, d, err)
}

func (n *Node) refuse(ctx context.Context, call api.Call, p api.RefuseRequest) (view api.DossierView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	d, err := svc.Refuse(ctx, act(call), p.Request, p.Ground, p.Note)
	return n.dossierResult(ctx, d, err)
}

func (n *Node) answer(ctx context.Context, call api.Call, p api.AnswerRequest) (view api.DossierView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	handling, err := casework.ParseHandling(p.Handling, "")
	if err != nil {
		return view, api.Errorf(api.Invalid, "", "%w", err)
	}
	d, err := svc.Answer(ctx, act(call), p.Request, disclose.Reply{
		Fields: p.Fields, Summary: p.Summary, Note: p.Note, Handling: handling, Conditions: p.Conditions, DeleteDays: p.DeleteDays,
	})
	return n.dossierResult(ctx, d, err)
}

func (n *Node) open(ctx context.Context, call api.Call, p api.OpenRequest) (view api.OpenedView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	d, err := svc.Open(ctx, act(call), p.Request)
	if err != nil {
		return view, disclosureError(err)
	}
	v, err := n.dossierView(ctx, d)
	if err != nil {
		return view, err
	}
	if d.Answer == nil {
		return view, api.Errorf(api.NotFound, "'crosscase due' shows how it stands", "there is no answer to open")
	}
	return api.OpenedView{Dossier: v, Disclosure: *d.Answer}, nil
}

func (n *Node) use(ctx context.Context, call api.Call, p api.UseRequest) (view api.DossierView, err error) {
	svc, err := n.disclosing()
	if err != nil {
		return view, err
	}
	grading, err := casework.ParseGrading(p.Grading)
	if err != nil {
		return view, api.Errorf(api.Invalid, "", "%w", err)
	}
	d, err := svc.Use(ctx, act(call), casework.UseReport{Request: p.Request, Outcome: p.Outcome, Grading: grading, Note: p.Note})
	return n.dossierResult(ctx, d, err)
}

// due lists requests that somebody has to do something about, and then the others.
func (n *Node) due(ctx context.Context, call api.Call, _ api.None) (view []api.DossierView, err error) {
	all, err := n.store.Dossiers(ctx)
	if err != nil {
		return view, err
	}
	views := []api.DossierView{}
	for _, header := range all {
		d := store.Dossier{DossierHeader: header}
		if d.State == disclose.StateDrafted { // whose answer is shown
			if d, err = n.store.Dossier(ctx, header.Request.ID); err != nil {
				return view, err
			}
		}
		v, err := n.dossierView(ctx, d)
		if err != nil {
			return view, err
		}
		if call.Officer.Role == casework.Auditor {
			v.Value, v.Draft = "", nil
		}
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b api.DossierView) int {
		if open := func(v api.DossierView) bool { return v.Next != "" }; open(a) != open(b) {
			if open(a) {
				return -1
			}
			return 1
		}
		return a.Due.Compare(b.Due)
	})
	return views, nil
}

// dossierView shows a dossier to an officer.
func (n *Node) dossierView(ctx context.Context, d store.Dossier) (api.DossierView, error) {
	v := api.DossierView{
		Request: d.Request, Direction: d.Direction, State: d.State, Lead: d.Lead, Outcome: d.Outcome, Ground: d.Ground,
		Policy: d.Policy, Due: d.Due, Peer: d.Request.To, Failed: d.Failed,
	}
	if d.Direction == "in" {
		v.Peer = d.Request.From
	}
	for _, s := range d.Steps {
		v.Steps = append(v.Steps, api.DossierStep{At: s.At, State: s.State, Entry: s.Entry})
	}
	if !d.Item.IsZero() {
		item, _, err := n.store.Item(ctx, d.Item)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		v.Value = item.Identifier.Reveal()
	}
	id := d.Request.ID.String()
	switch d.State {
	case disclose.StateDraft, disclose.StateDrafted:
		v.Of = disclose.Digest(d)
		if d.State == disclose.StateDrafted {
			v.Draft = d.Answer
		}
		v.Next = "a second officer, a supervisor, reads it and runs 'crosscase approve " + id + " --of " + v.Of[:12] + "'"
	case disclose.StateFailed:
		v.Next = ""
	case disclose.StateReceived, disclose.StateEscalated:
		if d.Pending == "" {
			v.Next = "'crosscase answer " + id + "' drafts an answer, 'crosscase refuse " + id + " --ground ...' refuses"
		}
	case disclose.StateAnswered:
		v.Next = "'crosscase open " + id + "'"
	case disclose.StateOpened:
		v.Next = "'crosscase use " + id + " --outcome ...' reports what it was good for"
	}
	waiting := slices.Contains([]string{disclose.StateSent, disclose.StateReceived, disclose.StateEscalated, disclose.StateDrafted}, d.State)
	v.Overdue = waiting && !d.Due.IsZero() && time.Now().After(d.Due)
	return v, nil
}
