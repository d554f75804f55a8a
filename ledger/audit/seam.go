package audit

import (
	"context"
	"crypto/ed25519"
	"slices"

	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// A Seam is what the first entry of a ledger says of the one that it succeeds, because
// that one's voters were gone for good.
type Seam struct {
	Network   string              `json:"network"` // retired
	Entries   uint64              `json:"entries"` // of the retired ledger
	Survivors []casework.AgencyID `json:"survivors"`
	Bodies    int                 `json:"oversight_bodies"`
	Checked   bool                `json:"checked"` // against a copy of the retired ledger
	Lost      []casework.AgencyID `json:"lost,omitempty"`
}

// SignSeam signs a seam as the oversight body.
func (s Secret) SignSeam(seam entry.Seam) entry.Seam {
	return seam.SignedByBody(ed25519.NewKeyFromSeed(s.sign))
}

// seam checks a successor against the ledger that it retires: that one holds, ends
// where the seam says, and its members and their oversight bodies signed.
func (v *verifier) seam(ctx context.Context) error {
	b, ok := v.first.(*entry.Recover)
	if !ok {
		return nil
	}
	r := v.report
	c, err := checkpoint.Parse(b.Seam.Note)
	if err != nil {
		r.find(0, "seam", "%v", err)
		return nil
	}
	r.Seam = &Seam{Network: b.Seam.Network, Entries: c.Size, Bodies: len(b.Seam.Bodies)}
	for _, s := range b.Seam.Survivors {
		r.Seam.Survivors = append(r.Seam.Survivors, s.Agency)
	}
	if len(v.options.Retired) == 0 {
		return nil
	}
	old := v.options
	old.Genesis, old.Known, old.Retired, old.Kept = entry.Fingerprint(b.Seam.Genesis), nil, v.options.Retired[1:], nil
	old.Keep, old.Each, old.Progress = false, nil, nil
	report, st, err := verify(ctx, v.options.Retired[0], old)
	if err != nil {
		return err
	}
	before := len(r.Findings)
	for _, f := range slices.Concat(report.Findings, report.Input) {
		r.whole("retired", "the retired ledger, entry %d: %s: %s", f.Index, f.What, f.Detail)
	}
	switch {
	case report.Unjudged != nil:
		r.whole("retired", "the retired ledger could not be judged: %s", report.Unjudged.Why)
	case report.Entries > c.Size:
		r.whole("seam", "the seam ends the retired ledger at %d entries, and its copy has %d certified: the newest were left out", c.Size, report.Entries)
	case report.Entries < c.Size:
		r.whole("retired", "the copy of the retired ledger ends at %d entries, and the seam at %d: find a copy with all", report.Entries, c.Size)
	case report.Root != c.Root.String():
		r.whole("seam", "the seam names another root of the retired ledger's %d entries than its copy has", c.Size)
	default:
		if _, err := st.Retires(b.Seam, report.Entries); err != nil {
			r.find(0, "seam", "%v", err)
		} else if ids := st.Unsigned(b.Seam); len(ids) > 0 {
			r.find(0, "seam", "the oversight bodies of %v did not sign it", ids)
		}
		r.Seam.Lost = st.Lost(b.Seam)
	}
	r.Seam.Checked = len(r.Findings) == before
	return nil
}
