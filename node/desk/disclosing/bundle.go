package disclosing

import (
	"context"
	"strings"

	"github.com/crosscase/crosscase/ledger/bundle"
	"github.com/crosscase/crosscase/ledger/receipt"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/policy/casework"
)

// Ledger proves what was logged.
type Ledger interface {
	View(func(*state.State))
	Receipt(ctx context.Context, index uint64) (receipt.Receipt, error)
}

// Bundle gathers what proves a request's steps to somebody who has nothing else. It
// holds nothing that another member could not gather.
func (d *Desk) Bundle(ctx context.Context, _ api.Call, r api.BundleRequest) (api.BundleView, error) {
	l, err := d.Ledger()
	if err != nil {
		return api.BundleView{}, err
	}
	b := bundle.Bundle{Request: r.Request}
	var of state.Request
	var known bool
	var admitted []uint64
	l.View(func(st *state.State) {
		if of, known = st.Request(r.Request); !known {
			return
		}
		for _, id := range []casework.AgencyID{of.From, of.To} {
			m, _ := st.Member(id)
			b.Parties = append(b.Parties, bundle.Party{Record: m.Record})
			admitted = append(admitted, m.Admitted)
		}
	})
	if !known {
		return api.BundleView{}, api.Errorf(api.NotFound, "'crosscase due' lists those that are open", "the ledger has no request %s", r.Request)
	}
	indexes := []uint64{of.Index}
	for _, i := range []uint64{of.Decision, of.Delivery, of.Receipt, of.Use} {
		if i > 0 {
			indexes = append(indexes, i)
		}
	}
	for _, i := range indexes {
		proof, err := l.Receipt(ctx, i)
		if err != nil {
			return api.BundleView{}, err
		}
		b.Receipts = append(b.Receipts, proof.Bytes())
	}
	for i, index := range admitted {
		proof, err := l.Receipt(ctx, index)
		if err != nil {
			return api.BundleView{}, err
		}
		b.Parties[i].Admission = proof.Bytes()
	}
	l.View(func(st *state.State) { b.Policy = st.Policy().String() })
	return bundled(b)
}

// bundled checks a bundle as its reader will, and writes its page.
func bundled(b bundle.Bundle) (api.BundleView, error) {
	statement, err := b.Check()
	if err != nil {
		return api.BundleView{}, api.Errorf(api.Unavailable, "run the same command again: the members may have changed meanwhile", "the bundle does not hold: %w", err)
	}
	file, err := b.Bytes()
	if err != nil {
		return api.BundleView{}, err
	}
	var page strings.Builder
	if err := statement.WriteHTML(&page); err != nil {
		return api.BundleView{}, err
	}
	return api.BundleView{Bundle: string(file), Page: page.String(), Fingerprint: statement.Fingerprint, Steps: len(statement.Steps)}, nil
}
