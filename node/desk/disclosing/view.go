package disclosing

import (
	"context"
	"errors"
	"slices"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/store"
	"github.com/crosscase/crosscase/policy/casework"
)

// view shows a dossier to an officer.
func (d *Desk) view(ctx context.Context, dossier store.Dossier) (api.DossierView, error) {
	v := api.DossierView{
		Request: dossier.Request, Direction: dossier.Direction, State: dossier.State, Lead: dossier.Lead, Outcome: dossier.Outcome, Ground: dossier.Ground,
		Policy: dossier.Policy, Due: dossier.Due, Peer: dossier.Request.To, Failed: dossier.Failed,
	}
	if dossier.Direction == "in" {
		v.Peer = dossier.Request.From
	}
	for _, s := range dossier.Steps {
		v.Steps = append(v.Steps, api.DossierStep{At: s.At, State: s.State, Entry: s.Entry})
	}
	if !dossier.Item.IsZero() {
		item, _, err := d.Store.Item(ctx, dossier.Item)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		v.Value = item.Identifier.Reveal()
	}
	switch dossier.State {
	case disclose.StateDraft, disclose.StateDrafted:
		v.Of = disclose.Digest(dossier)
		if dossier.State == disclose.StateDrafted {
			v.Draft = dossier.Answer
		}
	}
	v.Next = next(dossier.Request.ID, dossier.State, dossier.Pending, v.Of)
	waiting := slices.Contains([]string{disclose.StateSent, disclose.StateReceived, disclose.StateEscalated, disclose.StateDrafted}, dossier.State)
	v.Overdue = waiting && !dossier.Due.IsZero() && d.Now().After(dossier.Due)
	return v, nil
}

// next says what somebody of the agency has to do, if anything.
func next(id casework.RequestID, state, pending, of string) string {
	switch state {
	case disclose.StateDraft, disclose.StateDrafted:
		return "a second officer, a supervisor, reads it and runs 'crosscase approve " + id.String() + " --of " + of[:12] + "'"
	case disclose.StateReceived, disclose.StateEscalated:
		if pending == "" {
			return "'crosscase answer " + id.String() + "' drafts an answer, 'crosscase refuse " + id.String() + " --ground ...' refuses"
		}
	case disclose.StateAnswered:
		return "'crosscase open " + id.String() + "'"
	case disclose.StateOpened:
		return "'crosscase use " + id.String() + " --outcome ...' reports what it was good for"
	}
	return ""
}
