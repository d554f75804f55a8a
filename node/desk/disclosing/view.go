package disclosing

import (
	"context"
	"errors"
	"slices"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// view shows a dossier to an officer.
func (d *Desk) view(ctx context.Context, of store.Dossier) (api.DossierView, error) {
	v := api.DossierView{
		Request: of.Request, Direction: of.Direction, State: of.State, Lead: of.Lead, Outcome: of.Outcome, Ground: of.Ground,
		Policy: of.Policy, Due: of.Due, Peer: of.Request.To, Failed: of.Failed,
	}
	if of.Direction == dossier.In {
		v.Peer = of.Request.From
	}
	for _, s := range of.Steps {
		v.Steps = append(v.Steps, api.DossierStep{At: s.At, State: s.State, Entry: s.Entry})
	}
	if !of.Item.IsZero() {
		item, _, err := d.Store.Item(ctx, of.Item)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		v.Value = item.Identifier.Reveal()
	}
	var err error
	if v.Rendering, err = disclose.Rendering(of); err != nil {
		return v, err
	}
	v.Of = v.Rendering.Digest()
	if of.State == dossier.AnswerDraft {
		v.Draft = of.Answer
	}
	if v.Next = next(of.Request.ID, of.State, of.Pending, v.Of); v.Next != "" && v.Rendering == nil {
		// Whoever decides on a request sees all of it, drafted or not.
		if v.Rendering, err = v.Rendering.Render("request", of.Request); err != nil {
			return v, err
		}
	}
	waiting := slices.Contains([]dossier.State{dossier.Sent, dossier.Received, dossier.Escalated, dossier.AnswerDraft}, of.State)
	v.Overdue = waiting && !of.Due.IsZero() && d.Now().After(of.Due)
	return v, nil
}

// next says what somebody of the agency has to do, if anything.
func next(id casework.RequestID, state dossier.State, pending dossier.Step, of string) string {
	switch state {
	case dossier.Draft, dossier.AnswerDraft:
		return "a second officer, a supervisor, reads it and runs 'crosscase approve " + id.String() + " --of " + of[:min(12, len(of))] + "'"
	case dossier.Received, dossier.Escalated:
		if pending == "" {
			return "'crosscase answer " + id.String() + "' drafts an answer, 'crosscase refuse " + id.String() + " --ground ...' refuses"
		}
	case dossier.Answered:
		return "'crosscase open " + id.String() + "'"
	case dossier.Opened:
		return "'crosscase use " + id.String() + " --outcome ...' reports what it was good for"
	}
	return ""
}
