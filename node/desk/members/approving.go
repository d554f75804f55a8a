package members

import (
	"context"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/policy/casework"
)

// Approve proposes an agency, or approves the proposal of another member.
func (d *Desk) Approve(ctx context.Context, _ api.Call, p api.NetworkApproveRequest) (api.ApprovalView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.ApprovalView{}, err
	}
	m, signed, err := candidate(ledger, p)
	if err != nil {
		return api.ApprovalView{}, err
	}
	if !entry.SameFingerprint(p.Fingerprint, m.Fingerprint()) {
		return api.ApprovalView{}, api.Errorf(api.Refused, "call "+string(m.Agency)+", and give what it reads to you with --fingerprint; if it differs, the request was exchanged on its way",
			"the record of %s has another fingerprint than the one given", m.Agency)
	}
	v := api.ApprovalView{Agency: m.Agency, Fingerprint: m.Fingerprint()}
	var proposed bool
	var epoch uint32
	ledger.View(func(st *state.State) {
		epoch = st.Epoch()
		_, proposed = st.Proposed(m.Hash())
		v.Needed = st.JoinNeeds() // it may grow with the member that is admitted now
	})
	if m.Epoch != epoch {
		return v, api.Errorf(api.Refused, "run 'crosscase network invite' again, and let it join with the new file", "the keys of %s are of epoch %d, and the network's are of epoch %d", m.Agency, m.Epoch, epoch)
	}
	var body entry.Body = &entry.MemberPropose{Member: signed}
	if proposed {
		body = &entry.MemberApprove{Agency: m.Agency, Record: m.Hash()}
	}
	if err := logged(ctx, ledger, body, func(st *state.State) bool { return active(st, m.Agency) }); err != nil {
		return v, desk.LedgerError(err)
	}
	ledger.View(func(st *state.State) {
		if q, ok := st.Proposed(m.Hash()); ok {
			v.Approvals = len(q.Approvals)
			return
		}
		v.Admitted, v.Approvals = true, v.Needed
	})
	return v, nil
}

func active(st *state.State, id casework.AgencyID) bool {
	m, ok := st.Member(id)
	return ok && m.Active()
}

// candidate returns the record that is to be approved.
func candidate(ledger Ledger, p api.NetworkApproveRequest) (m entry.Member, signed entry.SignedMember, err error) {
	if p.JoinRequest != "" {
		m, signed, err = readJoinRequest([]byte(p.JoinRequest))
	} else {
		if signed, err = proposal(ledger, p.Agency, p.Fingerprint); err != nil {
			return m, signed, err
		}
		m, err = signed.Open()
	}
	if err != nil {
		return m, signed, api.Errorf(api.Invalid, "ask the agency for the file again", "this is no join request: %w", err)
	}
	return m, signed, nil
}

// proposal finds what was proposed under an agency's name. Anybody can propose a
// record under that name; the one that the agency read out is meant.
func proposal(ledger Ledger, agency casework.AgencyID, fingerprint string) (signed entry.SignedMember, err error) {
	found := false
	ledger.View(func(st *state.State) {
		for _, q := range st.Pending() {
			r, err := q.Record.Open()
			if err != nil || r.Agency != agency {
				continue
			}
			if !found || entry.SameFingerprint(fingerprint, r.Fingerprint()) {
				signed, found = q.Record, true
			}
		}
	})
	if !found {
		return signed, api.Errorf(api.NotFound, "give the file of its join request", "nobody proposed an agency %q", agency)
	}
	return signed, nil
}
