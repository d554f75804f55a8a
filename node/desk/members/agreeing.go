package members

import (
	"bytes"
	"context"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/desk"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// Agreements returns the agreement in force and those that wait for approval.
func (d *Desk) Agreements(context.Context, api.Call, api.None) (api.AgreementsView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.AgreementsView{}, err
	}
	return agreements(ledger)
}

func agreements(ledger Ledger) (api.AgreementsView, error) {
	var force agreement.Agreement
	var drafts []state.Draft
	var members, needed int
	ledger.View(func(st *state.State) {
		force, members, needed = st.Agreement(), st.Count(), st.AmendNeeds()
		for _, draft := range st.Drafts() {
			drafts = append(drafts, draft)
		}
	})
	text, err := force.TOML()
	if err != nil {
		return api.AgreementsView{}, err
	}
	v := api.AgreementsView{Version: force.Version, Fingerprint: fingerprint(force), Text: string(text), Drafts: []api.DraftView{}}
	slices.SortFunc(drafts, func(a, b state.Draft) int { return bytes.Compare(a.Text, b.Text) })
	for _, draft := range drafts {
		terms, err := agreement.Parse(draft.Text)
		if err != nil {
			return v, err
		}
		view, err := draftView(force, terms, members)
		if err != nil {
			return v, err
		}
		view.By, view.Approvals, view.Needed = draft.By, draft.Approvals, needed
		v.Drafts = append(v.Drafts, view)
	}
	return v, nil
}

func fingerprint(a agreement.Agreement) string { return entry.Fingerprint(entry.Hash(a.Hash())) }

func draftView(force, terms agreement.Agreement, members int) (api.DraftView, error) {
	text, err := terms.TOML()
	if err != nil {
		return api.DraftView{}, err
	}
	return api.DraftView{
		Version: terms.Version, Fingerprint: fingerprint(terms), Changes: agreement.Diff(force, terms, members), Text: string(text),
	}, nil
}

// ProposeAgreement puts an agreement to the members.
func (d *Desk) ProposeAgreement(ctx context.Context, _ api.Call, p api.AgreementProposeRequest) (api.DraftView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.DraftView{}, err
	}
	terms, err := agreement.ParseTOML([]byte(p.Agreement))
	if err != nil {
		return api.DraftView{}, api.Errorf(api.Invalid, "correct the agreement; 'crosscase network agreement export' writes the one in force, to begin with", "%w", err)
	}
	var force agreement.Agreement
	ledger.View(func(st *state.State) { force = st.Agreement() })
	switch {
	case terms.Network != force.Network || terms.Normaliser != force.Normaliser:
		return api.DraftView{}, api.Errorf(api.Invalid, "leave network and normaliser as they are", "an agreement of network %q and normaliser %d cannot follow one of %q and %d",
			terms.Network, terms.Normaliser, force.Network, force.Normaliser)
	case terms.Version != force.Version+1:
		return api.DraftView{}, api.Errorf(api.Invalid, "write the next version into the text", "the agreement in force is version %d, and the one that follows is %d, not %d", force.Version, force.Version+1, terms.Version)
	case len(agreement.Diff(force, terms, 0)) == 1:
		return api.DraftView{}, api.Errorf(api.Invalid, "change something, or leave the one in force", "it differs from the agreement in force in nothing but its version")
	}
	return d.support(ctx, ledger, force, terms, &entry.AgreementPropose{Agreement: terms.Bytes()})
}

// ApproveAgreement approves what another member proposed.
func (d *Desk) ApproveAgreement(ctx context.Context, _ api.Call, p api.AgreementApproveRequest) (api.DraftView, error) {
	ledger, err := d.Ledger()
	if err != nil {
		return api.DraftView{}, err
	}
	if err := entry.CheckFingerprint(p.Fingerprint); err != nil {
		return api.DraftView{}, api.Errorf(api.Invalid, "call the member that proposed the agreement, and give what it reads to you with --fingerprint", "%w", err)
	}
	var force, terms agreement.Agreement
	found := false
	ledger.View(func(st *state.State) {
		force = st.Agreement()
		for _, draft := range st.Drafts() {
			if a, err := agreement.Parse(draft.Text); err == nil && entry.SameFingerprint(p.Fingerprint, fingerprint(a)) {
				terms, found = a, true
			}
		}
	})
	if !found {
		return api.DraftView{}, api.Errorf(api.NotFound, "'crosscase network agreement show' lists what waits; if the fingerprint that you heard is not there, another text was proposed than the one that was read to you",
			"no agreement with this fingerprint waits for approval")
	}
	return d.support(ctx, ledger, force, terms, &entry.AgreementApprove{Agreement: entry.Hash(terms.Hash())})
}

// support logs the own approval of an agreement and returns where it stands then.
func (d *Desk) support(ctx context.Context, ledger Ledger, force, terms agreement.Agreement, body entry.Body) (api.DraftView, error) {
	hash := entry.Hash(terms.Hash())
	var members int
	var before state.Draft
	ledger.View(func(st *state.State) { members, before = st.Count(), st.Drafts()[hash] })
	v, err := draftView(force, terms, members)
	if err != nil {
		return v, err
	}
	if err := logged(ctx, ledger, body, func(st *state.State) bool { return entry.Hash(st.Agreement().Hash()) == hash }); err != nil {
		return v, desk.LedgerError(err)
	}
	ledger.View(func(st *state.State) {
		v.Needed = st.AmendNeeds()
		if draft, waits := st.Drafts()[hash]; waits {
			v.By, v.Approvals = draft.By, draft.Approvals
			return
		}
		v.InForce = entry.Hash(st.Agreement().Hash()) == hash
		v.By, v.Approvals = before.By, slices.Concat(before.Approvals, []casework.AgencyID{d.Agency.ID})
		if v.By == "" {
			v.By = d.Agency.ID
		}
	})
	return v, nil
}
