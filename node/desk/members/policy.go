package members

import (
	"context"
	"slices"

	"github.com/crosscase/crosscase/ledger/bundle"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// Policy shows the keys by which anybody follows the ledger, as a policy for clients that
// are not ours.
func (d *Desk) Policy(_ context.Context, _ api.Call, r api.NetworkPolicyRequest) (api.PolicyView, error) {
	l, err := d.Ledger()
	if err != nil {
		return api.PolicyView{}, err
	}
	var p checkpoint.Policy
	l.View(func(st *state.State) { p = st.Policy() })
	if len(p.Voters) == 0 {
		return api.PolicyView{}, api.Errorf(api.Unavailable, "run the same command again in a moment", "the ledger has no entry here yet")
	}
	out := api.PolicyView{Network: p.Origin, Whole: p.String(), Fingerprint: bundle.PolicyFingerprint(p.String())}
	pin := r.Pin
	if own := d.Agency.ID; pin == "" && slices.ContainsFunc(p.Voters, func(v checkpoint.Voter) bool { return v.Agency == own }) {
		pin = own
	} else if pin == "" {
		pin = p.Voters[0].Agency
	}
	var ids []casework.AgencyID
	for _, v := range p.Voters {
		ids = append(ids, v.Agency)
		out.Voters = append(out.Voters, api.VoterView{Agency: v.Agency, Log: v.LogKey, Cosigner: v.CosignerKey})
	}
	if out.Pinned, err = p.Pinned(pin); err != nil {
		return api.PolicyView{}, api.Errorf(api.Invalid, "name a voter", "%s is no voter; they are %v", pin, ids)
	}
	return out, nil
}
