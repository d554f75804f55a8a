package audit

import (
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/state"
	"github.com/crosscase/crosscase/policy/casework"
)

// closed says how many details of an agency stay closed under one key of an oversight
// body. Bodies change their keys: what was sealed before opens with the key of then.
type closed struct {
	Agency      casework.AgencyID `json:"agency"`
	Fingerprint string            `json:"fingerprint"` // of the key; 'crosscase-audit fingerprint' shows that of a file
	Details     uint64            `json:"details"`
	First       uint64            `json:"first"`          // entry
	Ours        bool              `json:"ours,omitempty"` // another key of that body is at hand
}

// bodiesOf lists the keys of its oversight body that an agency has named so far, the
// one in force first.
func bodiesOf(m state.Member) []entry.Hash {
	out := []entry.Hash{m.Oversight.Hash()}
	for _, f := range slices.Backward(m.Bodies) {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// close counts a detail that cannot be opened under a key.
func (v *verifier) close(index uint64, id casework.AgencyID, body entry.Hash) {
	key := entry.Fingerprint(body)
	all := v.report.Sealed.Closed
	for i := range all {
		if all[i].Agency == id && all[i].Fingerprint == key {
			all[i].Details++
			return
		}
	}
	v.report.Sealed.Closed = append(all, closed{Agency: id, Fingerprint: key, Details: 1, First: index})
}

// ours tells, at the end, which of the details that stayed closed are for a body one
// of whose keys is at hand: with its other key they open.
func (v *verifier) ours() {
	v.report.Sealed.Others = 0
	for i := range v.report.Sealed.Closed {
		c := &v.report.Sealed.Closed[i]
		m, _ := v.state.Member(c.Agency)
		c.Ours = slices.ContainsFunc(bodiesOf(m), func(h entry.Hash) bool { return slices.Contains(v.bodies, h) })
		if !c.Ours {
			v.report.Sealed.Others += c.Details
		}
	}
}

// strangers finds keys that no member of the ledger ever named: with them nothing
// was opened, which must not look like a ledger that holds.
func (v *verifier) strangers() {
	for i, body := range v.bodies {
		named := slices.ContainsFunc(v.state.Members(), func(m state.Member) bool { return slices.Contains(bodiesOf(m), body) })
		if !named && v.state.Size() > 0 {
			v.report.differs("key", "no member named %q, under this key, as its oversight body: nothing was opened with it", v.options.Secrets[i].name)
		}
	}
}
