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
		"changed after signing": {func(d *entry.OversightDetail) { d.Command.Params[0]++ }, "signature"},
		"nobody signed":         {func(d *entry.OversightDetail) { d.Command = casework.Act{} }, "unsigned"},
		"nobody acted": {func(d *entry.OversightDetail) {
			d.Command, d.Officer, d.Justification.Officer = casework.Act{}, casework.OfficerID{}, casework.OfficerID{}
		}, "unsigned"},
		"not in the agreement":    {func(d *entry.OversightDetail) { d.Justification.Offence = "parking" }, "not-agreed"},
		"no case":                 {func(d *entry.OversightDetail) { d.Justification.Case = casework.CaseID{} }, "justification"},
		"justified afterwards":    {func(d *entry.OversightDetail) { d.Justification.At = start.AddDate(0, 0, 1) }, "justification"},
		"another kind of command": {func(d *entry.OversightDetail) { o := newOfficer(t); d.Command = o.command("nl-police", "status", `{}`) }, "other-act"},
		"a command from later":    {func(d *entry.OversightDetail) { d.Command = later(t, d.Command) }, "other-act"},
		"a standing order that ended long ago": {func(d *entry.OversightDetail) {
			key := newKey(t)
			d.Command.Method, d.Command.Key, d.Command.At = casework.StandingMethod, key.Public().(ed25519.PublicKey), start.Add(-2*casework.MaxStanding).UnixMilli()
			d.Command.Signature = ed25519.Sign(key, d.Command.SigningBytes())
		}, "other-act"},
		"a key under which anybody signs": {func(d *entry.OversightDetail) {
			d.Command.Key = make([]byte, 32) // of small order
			d.Command.Key[0] = 1
			d.Command.Signature = make([]byte, 64)
			d.Command.Signature[0] = 1
		}, "signature"},
		"no legal basis":           {func(d *entry.OversightDetail) { d.Justification.LegalBasis = "" }, "justification"},
		"another officer's reason": {func(d *entry.OversightDetail) { d.Justification.Officer = casework.NewOfficerID() }, "justification"},
		"another agency's command": {func(d *entry.OversightDetail) { d.Command = newOfficer(t).command("fr-fiu", "ask", `{}`) }, "signature"},
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
	q.Detail[len(q.Detail)-1] ^= 1
	closed := l.add(l.nl, q)
	q = l.query(nil)
	q.Detail = l.seal(l.fr, entry.OversightDetail{}) // to another body
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

func later(t *testing.T, c casework.Act) casework.Act {
	t.Helper()
	key := newKey(t)
	c.Key, c.At = key.Public().(ed25519.PublicKey), start.AddDate(0, 0, 1).UnixMilli()
	c.Signature = ed25519.Sign(key, c.SigningBytes())
	return c
}

// An agency may not fasten an officer's signature to another act than the one
// that the officer signed.
func TestSignaturesOfOtherActs(t *testing.T) {
	other := casework.NewRequestID()
	for name, change := range map[string]func(*entry.OversightDetail){
		"approval of another request": func(d *entry.OversightDetail) {
			second := newOfficer(t).command(d.Command.Agency, "approve", naming(other))
			d.Second = &second
		},
		"approval that names none": func(d *entry.OversightDetail) {
			second := newOfficer(t).command(d.Command.Agency, "approve", `{}`)
			d.Second = &second
		},
		"approval that is another command": func(d *entry.OversightDetail) {
			second := newOfficer(t).command(d.Command.Agency, "open", naming(d.Second.Request))
			d.Second = &second
		},
		"draft that is another command": func(d *entry.OversightDetail) { d.Command = newOfficer(t).command(d.Command.Agency, "inbox", `{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			r := l.request(change)
			request := l.add(l.nl, r)
			decision := l.add(l.fr, l.decision(r, change))
			l.certify(l.nl, l.fr)
			report := l.verify(l.all())
			wants(t, report, "other-act", request)
			wants(t, report, "other-act", decision)
		})
	}
}

// One signature does not serve for two acts, nor one key for two officers.
func TestSignaturesThatServeTwice(t *testing.T) {
	l := newLedger(t)
	var first entry.OversightDetail
	keep := func(d *entry.OversightDetail) { first = *d }
	r := l.request(nil)
	l.add(l.nl, r)
	l.add(l.fr, l.decision(r, keep))
	again := l.request(nil)
	l.add(l.nl, again)
	reused := l.add(l.fr, l.decision(again, func(d *entry.OversightDetail) { d.Second, d.Approver = first.Second, first.Approver }))
	third := l.request(nil)
	l.add(l.nl, third)
	two := l.add(l.fr, l.decision(third, func(d *entry.OversightDetail) {
		d.Officer = casework.NewOfficerID() // another name for who approved the first
		d.Command.Key = first.Second.Key
		d.Command = *first.Second
	}))
	l.certify(l.nl, l.fr)
	report := l.verify(l.all())
	wants(t, report, "reused", reused)
	wants(t, report, "two-officers", two)
}

// A question that takes several batches is signed once; another question is not
// covered by it.
func TestOneQuestionInSeveralBatches(t *testing.T) {
	l := newLedger(t)
	var first entry.OversightDetail
	l.add(l.nl, l.query(func(d *entry.OversightDetail) { first = *d }))
	same := func(d *entry.OversightDetail) {
		d.Officer, d.Command, d.Justification = first.Officer, first.Command, first.Justification
	}
	l.add(l.nl, l.query(same))
	l.certify(l.nl, l.fr)
	if r := l.verify(l.all()); !r.OK {
		t.Errorf("%+v", r.Findings)
	}
	index := l.add(l.nl, l.query(func(d *entry.OversightDetail) {
		same(d)
		j := *d.Justification
		j.Case = casework.NewCaseID()
		d.Justification = &j
	}))
	l.certify(l.nl, l.fr)
	wants(t, l.verify(l.all()), "reused", index)
}

// TestAttackFalseReport: the coarse totals that members read are of the exact ones
// that the body reads.
func TestAttackFalseReport(t *testing.T) {
	l := newLedger(t)
	index := l.add(l.nl, l.report(9, 10))
	l.certify(l.nl, l.fr)
	if r := l.verify(l.all()); len(r.Findings) != 1 || r.Findings[0].Index != index || r.Findings[0].What != "report" {
		t.Errorf("%+v", r.Findings)
	}
}

// TestAttackSilentBeyondTheCap: an agency that asks and hides more than is agreed is
// found by its own body, also when it counts wrongly.
func TestAttackSilentBeyondTheCap(t *testing.T) {
	for name, c := range map[string]struct {
		elements entry.Elements
		what     string
	}{
		"all silent":   {entry.Elements{Silent: 3}, "silent"},
		"one too few":  {entry.Elements{Published: 2}, "elements"},
		"wraps around": {entry.Elements{Published: 4, Silent: 1<<32 - 1}, "elements"},
		"one of three": {entry.Elements{Published: 2, Silent: 1}, "silent"},
	} {
		l := newLedger(t)
		index := l.add(l.nl, l.query(func(d *entry.OversightDetail) { d.Elements = &c.elements }))
		l.certify(l.nl, l.fr)
		t.Run(name, func(t *testing.T) { wants(t, l.verify(l.all()), c.what, index) })
	}
	l := newLedger(t)
	l.add(l.nl, l.query(func(d *entry.OversightDetail) { d.Elements = &entry.Elements{Published: 3} }))
	l.certify(l.nl, l.fr)
	if r := l.verify(l.all()); !r.OK {
		t.Errorf("%+v", r.Findings)
	}
}
