package members

import (
	"context"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
)

// Replace approves that a voter which lost its disk begins again with the raft log
// whose identity its operator read out. Approved already, it only counts.
func (d *Desk) Replace(ctx context.Context, _ api.Call, p api.NetworkReplaceRequest) (api.ReplacementView, error) {
	v := api.ReplacementView{Agency: p.Agency}
	identity, err := entry.ParseIdentity(p.Identity)
	if err != nil {
		return v, api.Errorf(api.Invalid, "call the agency, and give what 'crosscase status' shows there with --identity", "%w", err)
	}
	v.Identity = identity.String()
	ledger, err := d.Ledger()
	if err != nil {
		return v, err
	}
	if p.Agency == d.Agency.ID {
		return v, api.Errorf(api.Refused, "read the identity to the other members, who approve it", "a voter cannot replace itself")
	}
	var voter, approved bool
	ledger.View(func(st *state.State) {
		voter = slices.Contains(st.Voters(), p.Agency)
		v.Needed = st.JoinNeeds()
		r, _ := st.Replacement(p.Agency)
		approved = r.Identity == identity || st.Replaces(d.Agency.ID, p.Agency, identity)
	})
	if !voter {
		return v, api.Errorf(api.Refused, "a member without a vote comes back by itself", "%s has no vote", p.Agency)
	}
	if !approved {
		if _, err := ledger.Append(ctx, &entry.VoterReplace{Agency: p.Agency, Identity: identity}); err != nil {
			return v, desk.LedgerError(err)
		}
	}
	ledger.View(func(st *state.State) {
		r, _ := st.Replacement(p.Agency)
		if v.Replaced = r.Identity == identity; v.Replaced {
			v.Approvals = v.Needed
			return
		}
		v.Approvals = st.Replacing(p.Agency, identity)
	})
	return v, nil
}
