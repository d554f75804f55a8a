package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crosscase/crosscase/cmd/crosscase/internal/agency"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// disclose takes one lead from request to use report, and shows a request that
// the other side's rules refuse.
func (s *story) disclose(ctx context.Context) error {
	nl, fr, gb := s.agencies[0], s.agencies[1], s.agencies[2]
	lead, err := nl.lead(ctx, fr.ID, casework.Handle)
	if err != nil {
		return err
	}
	why, err := api.Why.Call(ctx, nl.As(nl.Investigator), api.WhyRequest{Lead: lead.Lead.ID})
	if err != nil {
		return err
	}
	s.tell.event("lead", map[string]any{"agency": nl.ID, "peer": fr.ID, "kind": lead.Lead.Kind, "score": lead.Lead.Score, "factors": why.Factors},
		"%s picks a lead: the %s that %s also holds (score %.2f: %s)", nl.ID, lead.Lead.Kind, fr.ID, lead.Lead.Score, lead.Reason)
	if err := s.permitted(ctx, nl, fr, lead); err != nil {
		return err
	}
	lead, err = gb.lead(ctx, nl.ID, casework.Email)
	if err != nil {
		return err
	}
	return s.refused(ctx, gb, nl, lead)
}

// lead returns one of an agency's leads with a peer.
func (a *party) lead(ctx context.Context, peer casework.AgencyID, kind casework.Kind) (api.LeadView, error) {
	leads, err := api.Inbox.Call(ctx, a.As(a.Investigator), api.InboxRequest{})
	if err != nil {
		return api.LeadView{}, err
	}
	for _, l := range leads {
		if l.Lead.Peer == peer && l.Lead.Kind == kind {
			return l, nil
		}
	}
	return api.LeadView{}, fmt.Errorf("%s has no %s lead with %s", a.ID, kind, peer)
}

// permitted is the way of a request that the rules and two agency.Officers let through.
func (s *story) permitted(ctx context.Context, asker, holder *party, lead api.LeadView) error {
	draft := api.DraftRequest{
		Lead: lead.Lead.ID, Wanted: []casework.Field{casework.FieldContact, casework.FieldSummary, casework.FieldDates},
		Facts: "The account books rooms for arrivals in our case.", Necessity: "There is no other way to identify who runs it.",
		Use: "intelligence", Urgency: casework.UrgentIndirect, Handling: "H1+H2", Retention: 180,
	}
	d, err := api.Request.Call(ctx, asker.As(asker.Investigator), draft)
	if err != nil {
		return err
	}
	// The officer who drafted it cannot approve it, by role and by key.
	_, err = api.Approve.Call(ctx, asker.As(asker.Investigator), api.ApproveRequest{Request: d.Request.ID, Of: d.Of})
	var denied *api.Error
	if !errors.As(err, &denied) {
		return fmt.Errorf("an officer approved their own draft: %w", err)
	}
	s.tell.event("draft", map[string]any{"agency": asker.ID, "request": d.Request.ID, "own_approval": string(denied.Code)},
		"%s drafts a request; its drafter tries to approve it: %s", asker.ID, denied.Message)
	if err := step(ctx, s, asker, asker.Supervisor, api.Approve, api.ApproveRequest{Request: d.Request.ID, Of: d.Of}, "approved by a second officer, and sent"); err != nil {
		return err
	}
	in, err := holder.dossier(ctx, d.Request.ID, "received")
	if err != nil {
		return err
	}
	s.tell.event("decided", map[string]any{"agency": holder.ID, "policy": in.Policy, "due": in.Due},
		"%s: its rules say %s; due %s", holder.ID, strings.Join(in.Policy, ", "), in.Due.Format(time.RFC3339))
	answer := api.AnswerRequest{
		Request: d.Request.ID, Summary: "Runs bookings for a network under investigation since May; known under two names.",
		Handling: "H1+H2", DeleteDays: 90, Conditions: []string{"call before any arrest"},
	}
	if err := step(ctx, s, holder, holder.Investigator, api.Answer, answer, "answer drafted"); err != nil {
		return err
	}
	drafted, err := holder.dossier(ctx, d.Request.ID, "answer drafted")
	if err != nil {
		return err
	}
	if err := step(ctx, s, holder, holder.Supervisor, api.Approve, api.ApproveRequest{Request: d.Request.ID, Of: drafted.Of}, "approved by a second officer, sealed and sent"); err != nil {
		return err
	}
	if _, err := asker.dossier(ctx, d.Request.ID, "answered"); err != nil {
		return err
	}
	opened, err := api.Open.Call(ctx, asker.As(asker.Investigator), api.OpenRequest{Request: d.Request.ID})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s opens it: %s, handling %s, TLP:%s, delete by %s", asker.ID, opened.Disclosure.Outcome, opened.Disclosure.Handling,
		opened.Disclosure.TLP, opened.Disclosure.DeleteBy.Format(time.DateOnly))
	for _, v := range opened.Disclosure.Values {
		text += fmt.Sprintf("\n   %-13s %s  (%s, %s)", v.Field, v.Value, v.Handling, v.Grading)
	}
	s.tell.event("opened", map[string]any{"agency": asker.ID, "outcome": opened.Disclosure.Outcome, "values": len(opened.Disclosure.Values)}, "%s", text)
	if err := step(ctx, s, asker, asker.Investigator, api.Use, api.UseRequest{Request: d.Request.ID, Outcome: "useful"}, "reports its use"); err != nil {
		return err
	}
	_, err = holder.dossier(ctx, d.Request.ID, "used")
	return err
}

// refused is the way of a request that the rules refuse by themselves.
func (s *story) refused(ctx context.Context, asker, holder *party, lead api.LeadView) error {
	draft := api.DraftRequest{
		Lead: lead.Lead.ID, Wanted: []casework.Field{casework.FieldFiles}, Facts: "The address wrote to our line.", Necessity: "We want the whole file.",
		Use: "intelligence", Urgency: casework.Routine, Handling: "H1", Retention: 180,
	}
	d, err := api.Request.Call(ctx, asker.As(asker.Investigator), draft)
	if err != nil {
		return err
	}
	if err := step(ctx, s, asker, asker.Supervisor, api.Approve, api.ApproveRequest{Request: d.Request.ID, Of: d.Of}, "asks for whole files, without a judge"); err != nil {
		return err
	}
	out, err := asker.dossier(ctx, d.Request.ID, "refused")
	if err != nil {
		return err
	}
	in, err := holder.dossier(ctx, d.Request.ID, "refused")
	if err != nil {
		return err
	}
	s.tell.event("refused", map[string]any{"agency": holder.ID, "ground": out.Ground, "policy": in.Policy},
		"%s: its rules refuse, on the ground %s (%s); %s learns the ground and nothing else", holder.ID, out.Ground, strings.Join(in.Policy, ", "), asker.ID)
	return nil
}

// step takes one step of a request as one officer.
func step[Request any](ctx context.Context, s *story, a *party, o agency.Officer, m api.Method[Request, api.DossierView], request Request, text string) error {
	d, err := m.Call(ctx, a.As(o), request)
	if err != nil {
		return err
	}
	entry := ""
	if n := len(d.Steps); n > 0 && d.Steps[n-1].Entry > 0 {
		entry = fmt.Sprintf(" (ledger entry %d)", d.Steps[n-1].Entry)
	}
	s.tell.event("step", map[string]any{"agency": a.ID, "request": d.Request.ID, "state": d.State}, "%s: %s%s", a.ID, text, entry)
	return nil
}

// dossier waits until a request has reached a state on one side.
func (a *party) dossier(ctx context.Context, id casework.RequestID, state dossier.State) (api.DossierView, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	last := dossier.State("not there")
	for {
		all, err := api.Due.Call(ctx, a.As(a.Investigator), api.None{})
		if err != nil {
			return api.DossierView{}, fmt.Errorf("%s: request is %s, not %s: %w", a.ID, last, state, err)
		}
		for _, d := range all {
			if d.Request.ID != id {
				continue
			}
			if last = d.State; d.State == state {
				return d, nil
			}
		}
		select {
		case <-ctx.Done():
			return api.DossierView{}, fmt.Errorf("%s: request is %s, not %s", a.ID, last, state)
		case <-time.After(30 * time.Millisecond):
		}
	}
}
