package audit

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/crosscase/crosscase/crypto/sign"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// A detail is one sealed detail that is to be opened, with what it is compared
// with. Details do not depend on one another, so several are opened at a time.
type detail struct {
	index  uint64
	entry  entry.Entry
	at     int64               // appended
	bodies []Secret            // to try: of the body's key in force, and of those before
	older  []entry.Hash        // keys of the body that are not at hand
	terms  agreement.Agreement // in force at the entry
	sealed entry.Sealed
	public uint64 // of a query: tags published to that of its peers which has the fewest
	keys   *sign.Cache

	// What opening it came to.
	detail   *entry.OversightDetail
	findings []Finding
	acts     []act
	closed   bool // it does not open, and may under a key that is not at hand
}

// detailOf returns an entry's detail, if it has one for a body whose key is at hand.
func (v *verifier) detailOf(index uint64, e entry.Entry, at int64) *detail {
	sealed := e.Body.Sealed()
	if sealed.Detail == nil {
		return nil
	}
	m, ok := v.state.Member(e.Agency)
	if !ok {
		return nil
	}
	d := &detail{index: index, entry: e, at: at, terms: v.state.Agreement(), sealed: sealed, public: v.public(e), keys: v.officers}
	for _, body := range bodiesOf(m) {
		if i := slices.Index(v.bodies, body); i >= 0 {
			d.bodies = append(d.bodies, v.options.Secrets[i])
		} else {
			d.older = append(d.older, body)
		}
	}
	if len(d.bodies) == 0 {
		v.close(index, e.Agency, d.older[0])
		return nil
	}
	v.report.Sealed.Opened++
	return d
}

// public is how many tags the asker of a query has published to each of its peers.
func (v *verifier) public(e entry.Entry) uint64 {
	q, ok := e.Body.(*entry.Query)
	if !ok || len(q.Peers) == 0 {
		return 0
	}
	least := v.published[publishedTo{e.Agency, q.Peers[0], q.Epoch}]
	for _, p := range q.Peers[1:] {
		least = min(least, v.published[publishedTo{e.Agency, p, q.Epoch}])
	}
	return least
}

func (d *detail) find(what, format string, args ...any) {
	d.findings = append(d.findings, Finding{Index: d.index, What: what, Detail: fmt.Sprintf(format, args...)})
}

// open opens the detail and checks it.
func (d *detail) open() {
	var o entry.OversightDetail
	var err error
	for _, s := range d.bodies { // it may have been made before the newest was in force
		if o, err = entry.OpenDetail(s.key, d.entry.Network, d.sealed.Detail); err == nil {
			break
		}
	}
	switch {
	case err != nil && len(d.older) > 0:
		d.closed = true
		return
	case err != nil:
		d.find("sealed", "the detail does not open: %v", err)
		return
	}
	d.detail = &o
	d.commitments(o)
	if d.sealed.Justified {
		d.justified(o)
	}
	switch b := d.entry.Body.(type) {
	case *entry.Report:
		d.totals(o, b)
	case *entry.Query:
		d.silent(o, b)
	}
	d.commands(o)
}

// silent checks how much of a batch is of items that the agency does not publish,
// against what it does: it learns by them and lets nobody learn.
func (d *detail) silent(o entry.OversightDetail, b *entry.Query) {
	if o.Elements == nil {
		return
	}
	silent, all := uint64(o.Elements.Silent), uint64(o.Elements.Silent)+uint64(o.Elements.Published)
	if all != uint64(b.Count) {
		d.find("elements", "the detail counts %d elements, and the query %d", all, b.Count)
	}
	if limit := uint64(d.terms.SilentPermille); silent*1000 > limit*(silent+d.public) {
		d.find("silent", "%d elements are of items that are not published, beside %d published tags: more than the %d in a thousand that are agreed", silent, d.public, limit)
	}
}

// totals compares what a report tells the members with the exact counts.
func (d *detail) totals(o entry.OversightDetail, b *entry.Report) {
	var hits uint64
	for _, n := range o.Hits {
		hits += uint64(n)
	}
	if entry.Coarse(hits) != b.Hits {
		d.find("report", "the report says about %d hits, and its detail %d", b.Hits, hits)
	}
}

// commitments opens each commitment of an entry with the detail's salts.
func (d *detail) commitments(o entry.OversightDetail) {
	values := map[string][]byte{"officer": o.Officer[:], "approver": o.Approver[:]}
	if o.Justification != nil {
		values["case"] = o.Justification.Case[:]
		values["justification"] = entry.JustificationBytes(*o.Justification)
	}
	for _, what := range slices.Sorted(maps.Keys(d.sealed.Commits)) {
		want := d.sealed.Commits[what]
		if want.IsZero() {
			continue // the rules alone acted: no officer did
		}
		salt, ok := o.Salts[what]
		if !ok || values[what] == nil || entry.Commit(&salt, what, values[what]) != want {
			d.find("commitment", "the commitment to the %s does not open", what)
		}
	}
}

// justified checks a query's justification against the agreement in force: the
// ledger's rules see only a commitment to it.
func (d *detail) justified(o entry.OversightDetail) {
	j := o.Justification
	switch {
	case j == nil || j.LegalBasis == "" || j.Purpose == "":
		d.find("justification", "the query states no purpose or legal basis")
		return
	case j.Officer != o.Officer:
		d.find("justification", "another officer justified the query than asked it")
	case j.Case.IsZero():
		d.find("justification", "the query names no case")
	}
	if !d.terms.Allows(j.Purpose, j.Offence, j.LegalBasis) {
		d.find("not-agreed", "the agreement in force does not cover the purpose, the offence and the legal basis that the query states")
	}
	if j.At.UnixMilli() > d.at+d.terms.MaxSkew().Milliseconds() {
		d.find("justification", "the query was justified after it was logged")
	}
}

// commands checks that the officers signed what was done, for this network and
// agency, and that a second approval is a second key. Whoever an entry commits to
// must have signed: an agency may not name nobody, or a person without a signature.
func (d *detail) commands(o entry.OversightDetail) {
	switch {
	case o.Command.Method != "":
		d.command("command", o.Command, o.Officer, o.Justification)
	case !o.Officer.IsZero() || !d.sealed.Commits["officer"].IsZero():
		d.find("unsigned", "an officer acted and no command is signed")
	}
	if o.Second == nil {
		if d.sealed.Second || !d.sealed.Commits["approver"].IsZero() {
			d.find("two-officers", "it was approved by nobody else")
		}
		return
	}
	d.command("approval", *o.Second, o.Approver, nil)
	if bytes.Equal(o.Second.Key, o.Command.Key) || o.Approver == o.Officer {
		d.find("two-officers", "draft and approval are of one officer")
	}
}

// approval is the command of the second officer.
const approval = "approve"

// command checks one officer's signature, and that it is for this act. What the
// command says stays out of the report: it was written by whoever is audited.
func (d *detail) command(what string, c casework.Act, by casework.OfficerID, j *casework.Justification) {
	if !d.keys.Verify(c.Key, c.SigningBytes(), c.Signature) {
		d.find("signature", "the officer's signature on the %s does not hold", what)
		return
	}
	if c.Network != d.entry.Network || c.Agency != d.entry.Agency {
		d.find("signature", "the %s was given elsewhere", what)
	}
	if c.At > d.at+d.terms.MaxSkew().Milliseconds() {
		d.find("other-act", "the %s is dated after the entry that it led to", what)
	}
	if c.Method == casework.StandingMethod && d.at-c.At > casework.MaxStanding.Milliseconds()+d.terms.MaxSkew().Milliseconds() {
		d.find("other-act", "the standing order was signed longer ago than any may hold")
	}
	wanted, first := d.sealed.Methods, what == "command"
	if !first {
		wanted = []string{approval}
	}
	if !slices.Contains(wanted, c.Method) {
		d.find("other-act", "the officer signed another %s than one that leads to a %s", what, d.entry.Type)
	} else if id := d.sealed.Request; !id.IsZero() && (!first || d.sealed.Named) && c.Request != id {
		d.find("other-act", "the officer signed the %s of another request", what)
	}
	a := act{index: d.index, agency: d.entry.Agency, officer: by, key: string(c.Key), nonce: c.Nonce, what: what}
	if j != nil {
		a.why = sha256.Sum256(entry.JustificationBytes(*j))
	}
	d.acts = append(d.acts, a)
}
