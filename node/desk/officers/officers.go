// Package officers is the desk of the operator who says who may act at this node.
//
// One key is one person: an officer with two roles could approve their own draft.
// An officer is never deleted, since the record names them; a removed one is refused
// from the next call on.
package officers

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/node/keyring"
	"github.com/crosscase/crosscase/policy/casework"
)

// Store keeps the officers of a node.
type Store interface {
	Officer(ctx context.Context, id casework.OfficerID) (casework.Officer, error)
	OfficerByKey(ctx context.Context, key ed25519.PublicKey) (casework.Officer, error)
	Officers(ctx context.Context) ([]casework.Officer, error)
	PutOfficer(ctx context.Context, o casework.Officer) error
}

// A Desk registers officers.
type Desk struct {
	Store Store
	Now   func() time.Time
}

// Handlers binds the desk's commands.
func (d *Desk) Handlers() []api.Handler {
	return []api.Handler{api.OfficerAdd.Handle(d.Add), api.OfficerList.Handle(d.List), api.OfficerRemove.Handle(d.Remove)}
}

// Add registers an officer's key.
func (d *Desk) Add(ctx context.Context, _ api.Call, p api.OfficerAddRequest) (casework.Officer, error) {
	var none casework.Officer
	key, err := keyring.ParseOfficerPublic(p.Key)
	if err != nil {
		return none, api.Errorf(api.Invalid, "the officer makes a key with 'crosscase officer keygen', or uses an ssh-ed25519 one", "%w", err)
	}
	if !p.Role.Valid() {
		return none, api.Errorf(api.Invalid, "", "--role is investigator, supervisor, operator or auditor, not %q", p.Role)
	}
	if p.Name == "" {
		return none, api.Errorf(api.Invalid, "", "the officer has no name")
	}
	if o, err := d.Store.OfficerByKey(ctx, key); err == nil && o.Active() {
		return none, api.Errorf(api.Refused, "remove that officer first", "the key is %s's (%s)", o.Name, o.Role)
	}
	o := casework.Officer{ID: casework.NewOfficerID(), Name: p.Name, Unit: p.Unit, Role: p.Role, Key: key, Added: d.Now().UTC()}
	return o, d.Store.PutOfficer(ctx, o)
}

// List returns all officers, those that were removed too.
func (d *Desk) List(ctx context.Context, _ api.Call, _ api.None) ([]casework.Officer, error) {
	all, err := d.Store.Officers(ctx)
	if all == nil {
		all = []casework.Officer{}
	}
	return all, err
}

// Remove ends an officer's right to act.
func (d *Desk) Remove(ctx context.Context, call api.Call, p api.OfficerRemoveRequest) (casework.Officer, error) {
	o, err := d.Store.Officer(ctx, p.Officer)
	if err != nil {
		return o, desk.NotFound(err, "'crosscase officer list' shows the ids", "there is no such officer")
	}
	if o.ID == call.Officer.ID {
		return o, api.Errorf(api.Refused, "let another operator do it", "an operator cannot remove themselves: nobody might be left who can")
	}
	o.Removed = d.Now().UTC()
	return o, d.Store.PutOfficer(ctx, o)
}
