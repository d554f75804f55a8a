package audit

import (
	"bytes"

	"github.com/crosscase/crosscase/ledger/entry"
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
		v.commands(index, e, d)
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
	for what, want := range commits {
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
// agency, and that a second approval is a second key.
func (v *verifier) commands(index uint64, e entry.Entry, d entry.OversightDetail) {
	if d.Command.Method == "" {
		if !d.Officer.IsZero() {
			v.report.find(index, "unsigned", "an officer is named and no command is signed")
		}
		return
	}
	if err := d.Command.Verify(); err != nil {
		v.report.find(index, "signature", "the command: %v", err)
	}
	if d.Command.Network != e.Network || d.Command.Agency != e.Agency {
		v.report.find(index, "signature", "the command was given elsewhere")
	}
	if _, query := e.Body.(*entry.Query); query && (d.Justification == nil || d.Justification.LegalBasis == "" || d.Justification.Purpose == "") {
		v.report.find(index, "justification", "the query states no purpose or legal basis")
	}
	if d.Second == nil {
		if _, request := e.Body.(*entry.Request); request {
			v.report.find(index, "two-officers", "the request was approved by nobody else")
		}
		return
	}
	if err := d.Second.Verify(); err != nil {
		v.report.find(index, "signature", "the approval: %v", err)
	}
	if bytes.Equal(d.Second.Key, d.Command.Key) || d.Approver == d.Officer {
		v.report.find(index, "two-officers", "draft and approval are of one officer")
	}
	if d.Second.Network != e.Network || d.Second.Agency != e.Agency {
		v.report.find(index, "signature", "the approval was given elsewhere")
	}
}
