package audit

import (
	"bytes"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// sealedOf gives what an entry seals to its agency's oversight body, and the
// commitments that the detail must open.
func sealedOf(body entry.Body) (sealed []byte, commits map[string]entry.Hash) {
	switch b := body.(type) {
	case *entry.Query:
		return b.Sealed, map[string]entry.Hash{"case": b.Case, "officer": b.Officer, "justification": b.Justification}
	case *entry.Request:
		return b.Sealed, map[string]entry.Hash{"officer": b.Officer, "approver": b.Approver}
	case *entry.Decision:
		return b.Sealed, map[string]entry.Hash{"officer": b.Officer, "approver": b.Approver}
	}
	return nil, nil
}

// detail opens what is sealed to a body whose key is at hand, and checks it.
func (v *verifier) detail(index uint64, e entry.Entry) {
	sealed, commits := sealedOf(e.Body)
	if sealed == nil {
		return
	}
	m, ok := v.state.Member(e.Agency)
	if !ok {
		return
	}
	for _, s := range v.options.Secrets {
		if !bytes.Equal(s.key.Public().Bytes(), m.Oversight.SealKey) {
			continue
		}
		v.report.Sealed.Opened++
		plain, err := s.key.Open(entry.SealInfo(e.Network), nil, sealed)
		if err != nil {
			v.report.find(index, "sealed", "the detail does not open: %v", err)
			return
		}
		d, err := entry.ParseDetail(plain)
		if err != nil {
			v.report.find(index, "sealed", "the detail cannot be read: %v", err)
			return
		}
		v.commitments(index, commits, d)
		v.commands(index, e, commits, d)
		return
	}
	v.report.Sealed.Others++
}

// commitments opens each commitment of an entry with the detail's salts.
func (v *verifier) commitments(index uint64, commits map[string]entry.Hash, d entry.OversightDetail) {
	values := map[string][]byte{"officer": d.Officer[:], "approver": d.Approver[:]}
	if d.Justification != nil {
		values["case"] = d.Justification.Case[:]
		values["justification"] = entry.JustificationBytes(*d.Justification)
	}
	for _, what := range slices.Sorted(maps.Keys(commits)) {
		want := commits[what]
		if want.IsZero() {
			continue // the rules alone acted: no officer did
		}
		salt, ok := d.Salts[what]
		if !ok || values[what] == nil || entry.Commit(&salt, what, values[what]) != want {
			v.report.find(index, "commitment", "the commitment to the %s does not open", what)
		}
	}
}

// commands checks that the officers signed what was done, for this network and
// agency, and that a second approval is a second key. Whoever an entry commits to
// must have signed: an agency may not name nobody, or a person without a signature.
func (v *verifier) commands(index uint64, e entry.Entry, commits map[string]entry.Hash, d entry.OversightDetail) {
	r := v.report
	if _, query := e.Body.(*entry.Query); query {
		if j := d.Justification; j == nil || j.LegalBasis == "" || j.Purpose == "" {
			r.find(index, "justification", "the query states no purpose or legal basis")
		} else if j.Officer != d.Officer {
			r.find(index, "justification", "another officer justified the query than asked it")
		}
	}
	switch {
	case d.Command.Method != "":
		v.command(index, e, "command", d.Command)
	case !d.Officer.IsZero() || !commits["officer"].IsZero():
		r.find(index, "unsigned", "an officer acted and no command is signed")
	}
	if d.Second == nil {
		if _, request := e.Body.(*entry.Request); request || !commits["approver"].IsZero() {
			r.find(index, "two-officers", "it was approved by nobody else")
		}
		return
	}
	v.command(index, e, "approval", *d.Second)
	if bytes.Equal(d.Second.Key, d.Command.Key) || d.Approver == d.Officer {
		r.find(index, "two-officers", "draft and approval are of one officer")
	}
}

// command checks one officer's signature. What the command says stays out of the
// report: it was written by whoever is audited.
func (v *verifier) command(index uint64, e entry.Entry, what string, c casework.Command) {
	if c.Verify() != nil {
		v.report.find(index, "signature", "the officer's signature on the %s does not hold", what)
	}
	if c.Network != e.Network || c.Agency != e.Agency {
		v.report.find(index, "signature", "the %s was given elsewhere", what)
	}
}
