// Package disclosing is the desk at which officers draft, approve, answer, refuse and
// open requests for disclosure, and report what one was good for.
//
// The steps themselves, who may take them and what the rules say, are
// [github.com/crosscase/crosscase/node/disclose]'s; the desk completes what an officer
// leaves open with what the case says, and shows how a request stands.
package disclosing

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// Store keeps requests, and what they are about.
type Store interface {
	Lead(ctx context.Context, id casework.LeadID) (casework.Lead, error)
	Case(ctx context.Context, id casework.CaseID) (casework.Case, error)
	Item(ctx context.Context, id casework.ItemID) (casework.Item, []casework.Occurrence, error)
	Dossiers(ctx context.Context) ([]store.DossierHeader, error)
	Dossier(ctx context.Context, id casework.RequestID) (store.Dossier, error)
}

// Steps takes the steps of requests.
type Steps interface {
	Draft(ctx context.Context, act disclose.Act, lead casework.LeadID, r casework.Request) (store.Dossier, error)
	Approve(ctx context.Context, act disclose.Act, id casework.RequestID, of string) (store.Dossier, error)
	Refuse(ctx context.Context, act disclose.Act, id casework.RequestID, ground casework.Ground) (store.Dossier, error)
	Answer(ctx context.Context, act disclose.Act, id casework.RequestID, reply disclose.Reply) (store.Dossier, error)
	Open(ctx context.Context, act disclose.Act, id casework.RequestID) (store.Dossier, error)
	Use(ctx context.Context, act disclose.Act, report casework.UseReport) (store.Dossier, error)
}

// A Desk handles requests.
type Desk struct {
	Store Store
	Steps func() (Steps, error) // an error while the node is in no network
	Now   func() time.Time

	Ledger func() (Ledger, error) // likewise
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{
		api.Request.Handle(d.Request), api.Approve.Handle(d.Approve), api.Refuse.Handle(d.Refuse), api.Answer.Handle(d.Answer),
		api.Open.Handle(d.Open), api.Use.Handle(d.Use), api.Due.Handle(d.Due), api.RequestBundle.Handle(d.Bundle),
	}
}

// act is the officer's command as it becomes part of the record.
func act(call api.Call) disclose.Act {
	return disclose.Act{Officer: call.Officer, Command: call.Command}
}

// Request drafts a request on a lead.
func (d *Desk) Request(ctx context.Context, call api.Call, p api.DraftRequest) (api.DossierView, error) {
	handling, err := casework.ParseHandling(p.Handling, "")
	if err != nil {
		return api.DossierView{}, api.Errorf(api.Invalid, "", "%w", err)
	}
	lead, err := d.Store.Lead(ctx, p.Lead)
	if err != nil {
		return api.DossierView{}, desk.NotFound(err, "'crosscase inbox' shows the leads", "there is no such lead")
	}
	var cases []casework.Case
	for _, id := range lead.Cases {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return api.DossierView{}, err
		}
		cases = append(cases, c)
	}
	r := casework.Request{
		Wanted: p.Wanted, Purpose: p.Purpose, Offence: p.Offence, LegalBasis: p.LegalBasis, Facts: p.Facts, Necessity: p.Necessity, Use: p.Use,
		Urgency: p.Urgency, Judicial: p.Judicial, Handling: handling, TLP: casework.TLPAmberStrict, Retention: p.Retention, Contact: p.Contact,
	}.Of(cases...)
	return d.step(ctx, func(s Steps) (store.Dossier, error) { return s.Draft(ctx, act(call), p.Lead, r) })
}

// Approve approves the draft that the officer has read.
func (d *Desk) Approve(ctx context.Context, call api.Call, p api.ApproveRequest) (api.DossierView, error) {
	return d.step(ctx, func(s Steps) (store.Dossier, error) { return s.Approve(ctx, act(call), p.Request, p.Of) })
}

// Refuse refuses a request of another agency.
func (d *Desk) Refuse(ctx context.Context, call api.Call, p api.RefuseRequest) (api.DossierView, error) {
	return d.step(ctx, func(s Steps) (store.Dossier, error) { return s.Refuse(ctx, act(call), p.Request, p.Ground) })
}

// Answer drafts an answer to a request of another agency.
func (d *Desk) Answer(ctx context.Context, call api.Call, p api.AnswerRequest) (api.DossierView, error) {
	handling, err := casework.ParseHandling(p.Handling, "")
	if err != nil {
		return api.DossierView{}, api.Errorf(api.Invalid, "", "%w", err)
	}
	reply := disclose.Reply{
		Fields: p.Fields, Summary: p.Summary, Note: p.Note, Handling: handling, Conditions: p.Conditions, DeleteDays: p.DeleteDays,
		Authorisation: p.Authorisation,
	}
	return d.step(ctx, func(s Steps) (store.Dossier, error) { return s.Answer(ctx, act(call), p.Request, reply) })
}

// Open opens what was disclosed, once however often it is called.
func (d *Desk) Open(ctx context.Context, call api.Call, p api.OpenRequest) (api.OpenedView, error) {
	steps, err := d.Steps()
	if err != nil {
		return api.OpenedView{}, err
	}
	opened, err := steps.Open(ctx, act(call), p.Request)
	if err != nil {
		return api.OpenedView{}, stepError(err)
	}
	v, err := d.view(ctx, opened)
	if err != nil {
		return api.OpenedView{}, err
	}
	if opened.Answer == nil {
		return api.OpenedView{}, api.Errorf(api.NotFound, "'crosscase due' shows how it stands", "there is no answer to open")
	}
	return api.OpenedView{Dossier: v, Disclosure: *opened.Answer}, nil
}

// Use reports what a disclosure was good for.
func (d *Desk) Use(ctx context.Context, call api.Call, p api.UseRequest) (api.DossierView, error) {
	grading, err := casework.ParseGrading(p.Grading)
	if err != nil {
		return api.DossierView{}, api.Errorf(api.Invalid, "", "%w", err)
	}
	report := casework.UseReport{Request: p.Request, Outcome: p.Outcome, Grading: grading}
	return d.step(ctx, func(s Steps) (store.Dossier, error) { return s.Use(ctx, act(call), report) })
}

// step takes a step and shows what it came to. A step that is decided and waits for
// a quorum is no failure: it is kept, and goes on by itself.
func (d *Desk) step(ctx context.Context, take func(Steps) (store.Dossier, error)) (api.DossierView, error) {
	steps, err := d.Steps()
	if err != nil {
		return api.DossierView{}, err
	}
	taken, err := take(steps)
	if err != nil && taken.Pending != "" {
		v, verr := d.view(ctx, taken)
		if verr != nil {
			return v, errors.Join(err, verr)
		}
		v.Next = "it is decided and kept; it goes out as soon as the ledger takes it (" + err.Error() + ")"
		return v, nil
	}
	if err != nil {
		return api.DossierView{}, stepError(err)
	}
	return d.view(ctx, taken)
}

// stepError tells an officer why a step was not taken.
func stepError(err error) error {
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
	return desk.LedgerError(err)
}

// Due lists requests that somebody has to do something about, and then the others.
// An auditor sees no value of the agency's files.
func (d *Desk) Due(ctx context.Context, call api.Call, _ api.None) ([]api.DossierView, error) {
	all, err := d.Store.Dossiers(ctx)
	if err != nil {
		return nil, err
	}
	views := []api.DossierView{}
	for _, header := range all {
		one := store.Dossier{DossierHeader: header}
		if header.State == dossier.AnswerDraft { // whose answer is shown
			if one, err = d.Store.Dossier(ctx, header.Request.ID); err != nil {
				return nil, err
			}
		}
		v, err := d.view(ctx, one)
		if err != nil {
			return nil, err
		}
		if call.Officer.Role == casework.Auditor {
			v.Value, v.Draft, v.Rendering = "", nil, nil
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
