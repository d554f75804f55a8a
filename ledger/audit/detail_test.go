package audit_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/casework"
)

// What an agency may seal to its overseer in the hope that nobody looks.
func TestDishonestQueries(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*entry.OversightDetail)
		what   string
	}{
		"signed by another key": {func(d *entry.OversightDetail) {
			d.Command.Signature = ed25519.Sign(newKey(t), d.Command.SigningBytes())
		}, "signature"},
		"changed after signing": {func(d *entry.OversightDetail) { d.Command.Params = []byte(`{"more":1}`) }, "signature"},
		"nobody signed":         {func(d *entry.OversightDetail) { d.Command = casework.Command{} }, "unsigned"},
		"nobody acted": {func(d *entry.OversightDetail) {
			d.Command, d.Officer, d.Justification.Officer = casework.Command{}, casework.OfficerID{}, casework.OfficerID{}
		}, "unsigned"},
		"no legal basis":           {func(d *entry.OversightDetail) { d.Justification.LegalBasis = "" }, "justification"},
		"another officer's reason": {func(d *entry.OversightDetail) { d.Justification.Officer = casework.NewOfficerID() }, "justification"},
		"another agency's command": {func(d *entry.OversightDetail) { d.Command = newOfficer(t).command("fr-fiu", "ask") }, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			index := l.add(l.nl, l.query(c.change))
			l.certify(l.nl, l.fr)
			wants(t, l.verify(l.all()), c.what, index)
		})
	}
}

func TestCommitmentsThatDoNotOpen(t *testing.T) {
	for name, change := range map[string]func(*entry.Query){
		"case":          func(q *entry.Query) { q.Case[0] ^= 1 },
		"officer":       func(q *entry.Query) { q.Officer[0] ^= 1 },
		"justification": func(q *entry.Query) { q.Justification[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			q := l.query(nil)
			change(q)
			index := l.add(l.nl, q)
			l.certify(l.nl, l.fr)
			wants(t, l.verify(l.all()), "commitment", index)
		})
	}
}

func TestDetailsThatCannotBeRead(t *testing.T) {
	l := newLedger(t)
	q := l.query(nil)
	q.Sealed[len(q.Sealed)-1] ^= 1
	closed := l.add(l.nl, q)
	q = l.query(nil)
	q.Sealed = l.seal(l.fr, entry.OversightDetail{}) // to another body
	other := l.add(l.nl, q)
	l.certify(l.nl, l.fr)
	r := l.verify(l.all())
	wants(t, r, "sealed", closed)
	wants(t, r, "sealed", other)
}

func TestApprovalsThatAreNone(t *testing.T) {
	for name, change := range map[string]func(*entry.OversightDetail){
		"nobody":   func(d *entry.OversightDetail) { d.Second = nil },
		"zero":     func(d *entry.OversightDetail) { d.Second, d.Approver = nil, casework.OfficerID{} },
		"same key": func(d *entry.OversightDetail) { same := d.Command; d.Second = &same },
		"same id":  func(d *entry.OversightDetail) { d.Approver = d.Officer },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			r := l.request(change)
			request := l.add(l.nl, r)
			decision := l.add(l.fr, l.decision(r, change))
			l.certify(l.nl, l.fr)
			report := l.verify(l.all())
			wants(t, report, "two-officers", request)
			wants(t, report, "two-officers", decision)
		})
	}
}
