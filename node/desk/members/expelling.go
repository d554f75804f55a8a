package members

import (
	"context"
	"errors"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/replica"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/policy/casework"
)

// Expel asks that a member be expelled, or supports that; or this agency leaves.
func (d *Desk) Expel(ctx context.Context, _ api.Call, p api.NetworkExpelRequest) (api.ExpelView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.ExpelView{}, err
	}
	if p.Leave {
		p.Agency = d.Agency.ID
	}
	if err := d.checkExpel(ledger, p); err != nil {
		return api.ExpelView{}, err
	}
	v := api.ExpelView{Agency: p.Agency}
	ledger.View(func(st *state.State) { v.Needed = st.ExpelNeeds() }) // it shrinks with the member that goes now
	gone := func(st *state.State) bool {
		m, ok := st.Member(p.Agency)
		return ok && !m.Active()
	}
	if err := logged(ctx, ledger, &entry.MemberExpel{Agency: p.Agency, Reason: p.Reason}, gone); err != nil {
		return v, desk.LedgerError(err)
	}
	ledger.View(func(st *state.State) {
		v.Expelled, v.WantGone = gone(st), st.WantGone(p.Agency)
	})
	return v, nil
}

func (d *Desk) checkExpel(ledger Ledger, p api.NetworkExpelRequest) error {
	switch {
	case p.Reason == "":
		return api.Errorf(api.Invalid, "give one with --reason, such as key-stolen or agreement-broken: a code of lower-case letters, digits, dots and hyphens, which every member reads", "a reason is missing")
	case p.Agency == d.Agency.ID && !p.Leave:
		return api.Errorf(api.Refused, "to leave the network for good, run 'crosscase network leave'", "%s is this agency", p.Agency)
	}
	if err := entry.CheckCode("reason", p.Reason); err != nil {
		return api.Errorf(api.Invalid, "give a code such as key-stolen: lower-case letters, digits, dots and hyphens; every member reads it", "%w", err)
	}
	var err error
	ledger.View(func(st *state.State) {
		m, ok := st.Member(p.Agency)
		switch {
		case !ok:
			err = api.Errorf(api.NotFound, "'crosscase network members' lists the members", "there is no member %q", p.Agency)
		case !m.Active():
			err = api.Errorf(api.Refused, "", "%s is no member any more", p.Agency)
		case st.Count() < 2:
			err = api.Errorf(api.Refused, "stop the node instead", "the last member cannot go")
		case st.Count() == 2 && !p.Leave:
			err = api.Errorf(api.Refused, "leave the network yourself with 'crosscase network leave', or admit others first", "in a network of two nobody can be expelled: one of two is no majority")
		}
	})
	return err
}

// logged appends an entry. One that takes effect without being certified, because
// whoever signs is changed by it, is certified once the others are there.
func logged(ctx context.Context, ledger Ledger, body entry.Body, effective func(*state.State) bool) error {
	_, err := ledger.Append(ctx, body)
	if errors.Is(err, replica.ErrNoQuorum) || errors.Is(err, replica.ErrStopped) {
		took := false
		ledger.View(func(st *state.State) { took = effective(st) })
		if took {
			return nil
		}
	}
	return err
}

// wantGone is what a list of members shows of a wish that one be expelled.
func wantGone(st *state.State, id casework.AgencyID, v *api.MemberView) {
	if v.WantGone = st.WantGone(id); len(v.WantGone) > 0 {
		v.Needed = st.ExpelNeeds()
	}
}
