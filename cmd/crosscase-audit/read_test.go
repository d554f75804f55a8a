package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/bundle"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/ledger/oversight"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const pilot = "example.org/pilot"

// A body oversees nl-police in a network with fr-fiu.
type body struct {
	t      *testing.T
	ledger *ledgertest.Ledger
	nl, fr *ledgertest.Party
	secret audit.Secret
	key    string // file
	now    time.Time
}

func newBody(t *testing.T) *body {
	t.Helper()
	b := &body{t: t, key: filepath.Join(t.TempDir(), "oversight.key"), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	var err error
	if b.secret, err = audit.NewOversight("Inspectorate (sample)"); err != nil {
		t.Fatal(err)
	}
	text, err := b.secret.Wrap(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.key, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b.nl, b.fr = ledgertest.NewParty(t, pilot, "nl-police"), ledgertest.NewParty(t, pilot, "fr-fiu")
	b.nl.Record.Oversight = b.secret.Public().Oversight()
	b.ledger = ledgertest.Empty(t, pilot)
	b.ledger.Now = func() time.Time { return b.now }
	b.ledger.Found(agreement.Default(pilot), b.nl, b.fr)
	return b
}

// An asker is an officer with a key.
type asker struct {
	id  casework.OfficerID
	key ed25519.PrivateKey
}

func newAsker(t *testing.T) asker {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return asker{casework.NewOfficerID(), key}
}

// ask logs a query of nl-police for three identifiers.
func (b *body) ask(o asker, j casework.Justification, kind casework.Kind) uint64 {
	b.t.Helper()
	b.now = b.now.Add(time.Minute)
	j.Officer, j.At, j.Purpose, j.LegalBasis, j.Aim = o.id, b.now, casework.Investigate, "national law", "identify"
	c := casework.NewCommand(pilot, b.nl.ID, o.key.Public().(ed25519.PublicKey), "ask", []byte(`{"case":"`+j.CaseRef+`"}`), b.now)
	c.Signature = ed25519.Sign(o.key, c.SigningBytes())
	d := entry.OversightDetail{Officer: o.id, Command: c.Act(), Justification: &j, Salts: map[string][32]byte{}, Elements: &entry.Elements{Published: 3}}
	commit := func(what string, value []byte) entry.Hash {
		var salt [32]byte
		rand.Read(salt[:])
		d.Salts[what] = salt
		return entry.Commit(&salt, what, value)
	}
	q := &entry.Query{
		Batch: casework.NewBatchID(), Peers: []casework.AgencyID{b.fr.ID}, Epoch: 1, Count: 3,
		Kinds: map[casework.Kind]uint32{kind: 3}, PartSize: 1024, Commitment: entry.Hash{1},
		Case: commit("case", j.Case[:]), Officer: commit("officer", o.id[:]), Justification: commit("justification", entry.JustificationBytes(j)),
	}
	var err error
	if q.Detail, err = d.Seal(b.secret.Key().Public(), pilot); err != nil {
		b.t.Fatal(err)
	}
	return b.ledger.Add(b.nl, q)
}

// copy writes the ledger as a node's tiles.
func (b *body) copy() string {
	b.t.Helper()
	dir := b.t.TempDir()
	s, err := tiles.Open(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := s.Append(b.ledger.Leaves()...); err != nil {
		b.t.Fatal(err)
	}
	note := b.ledger.Note()
	c, err := checkpoint.Parse(note)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := s.Publish(c, note); err != nil {
		b.t.Fatal(err)
	}
	return dir
}

// TestALawyersQuestion: which of this officer's questions on this offence were asked in
// March, and why? One command; what names a person takes two people.
func TestALawyersQuestion(t *testing.T) {
	b := newBody(t)
	jansen, visser := newAsker(t), newAsker(t)
	kidnap := casework.Justification{Case: casework.NewCaseID(), CaseRef: "2026-17 De Boer", Offence: "human-trafficking", Reason: "the victim's sister Anna names this number"}
	first := b.ask(jansen, kidnap, casework.Phone)
	b.ask(visser, casework.Justification{Case: casework.NewCaseID(), CaseRef: "2026-18", Offence: "money-laundering", Reason: "wallets in the ransom note of the seizure"}, casework.Phone)
	dir := b.copy()
	question := []string{"read", dir, "--officer", jansen.id.String()[:8], "--offence", "human-trafficking", "--from", "2026-03-01", "--until", "2026-03-31"}
	out, code := tool(t, append(question, "--key", b.key)...)
	if code != exitHolds || strings.Count(out, "nl-police  query") != 1 || !strings.Contains(out, "human-trafficking; ") || !strings.Contains(out, "signature holds") {
		t.Fatalf("exit %d: %s", code, out)
	}
	if strings.Contains(out, "Anna") || strings.Contains(out, "De Boer") || !strings.Contains(out, "withheld") {
		t.Errorf("one person read what names a target: %s", out)
	}
	lawyer, technician := filepath.Join(t.TempDir(), "lawyer"), filepath.Join(t.TempDir(), "technician")
	if out, code := tool(t, "split", "--key", b.key, lawyer, technician); code != exitHolds {
		t.Fatalf("exit %d: %s", code, out)
	}
	out, code = tool(t, append(question, "--key", lawyer, "--key", technician, "--json")...)
	var row oversight.Row
	if err := json.Unmarshal([]byte(out), &row); err != nil || code != exitHolds || row.Index != first || row.CaseRef != kidnap.CaseRef || row.Reason != kidnap.Reason || !row.Signed {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"read", dir}, exitFault, "without the body's key"},
		{[]string{"read", dir, "--key", lawyer}, exitFault, "one of two shares"},
		{[]string{"read", dir, "--key", lawyer, "--key", lawyer}, exitFault, "same share twice"},
		{[]string{"read", dir, "--key", b.key, "--kind", "shoe"}, exitFault, "no kind"},
		{[]string{"read", dir, "--key", b.key, "--from", "yesterday"}, exitFault, "no day"},
		{[]string{"read", dir, "--key", b.key, "--agency", "fr-fiu"}, exitFinding, "leave out a filter"},
		{[]string{"read", dir, "--key", b.key, "--kind", "phone"}, exitHolds, "3 phone"},
		{[]string{"read", dir, "--key", b.key, "--kind", "email"}, exitFinding, "leave out a filter"},
		{[]string{"verify", dir, "--key", technician, "--key", lawyer}, exitHolds, "2 details opened"},
	} {
		if out, code := tool(t, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%v: exit %d: %s", c.args, code, out)
		}
	}
}

// A year's figures, as a table and a page, and what the lint remarks.
func TestYear(t *testing.T) {
	b := newBody(t)
	o := newAsker(t)
	for i := range 25 {
		b.ask(o, casework.Justification{Case: casework.NewCaseID(), CaseRef: fmt.Sprint("2026-", i), Offence: "human-trafficking", Reason: "needed for the <b>inquiry</b> at hand"}, casework.Phone)
	}
	dir := b.copy()
	csvFile, htmlFile := filepath.Join(t.TempDir(), "y.csv"), filepath.Join(t.TempDir(), "y.html")
	if out, code := tool(t, "year", dir, "--year", "2026", "--key", b.key, "--csv", csvFile, "--html", htmlFile); code != exitHolds {
		t.Fatalf("exit %d: %s", code, out)
	}
	table, err := os.ReadFile(csvFile)
	if err != nil || !strings.Contains(string(table), "nl-police,asking,\"elements asked, by kind\",phone,75\n") || !strings.Contains(string(table), "\"queries, by offence\",human-trafficking,25\n") {
		t.Errorf("%v: %s", err, table)
	}
	page, err := os.ReadFile(htmlFile)
	if err != nil || !strings.Contains(string(page), "stock-reason") && !strings.Contains(string(page), "one reason, word for word") || strings.Contains(string(page), "src=") || strings.Contains(string(page), "<b>") {
		t.Errorf("%v: %s", err, page)
	}
	if out, code := tool(t, "year", dir, "--year", "2025"); code != exitHolds || strings.Count(out, "\n") != 1 {
		t.Errorf("exit %d: %s", code, out)
	}
	out, code := tool(t, "lint", dir, "--key", b.key, "--hours", "10-18")
	for _, what := range []string{"stock-reason", "no-request", "burst", "out-of-hours"} {
		if code != exitHolds || !strings.Contains(out, what) {
			t.Errorf("no %s: exit %d: %s", what, code, out)
		}
	}
	for _, args := range [][]string{{"year", dir}, {"lint", dir, "--hours", "9"}, {"lint", dir, "--zone", "Mars"}} {
		if out, code := tool(t, args...); code != exitFault {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}

// A bundle is checked with nothing else at hand.
func TestCheck(t *testing.T) {
	b := newBody(t)
	id := casework.NewRequestID()
	index := b.ledger.Add(b.nl, &entry.Request{
		Request: id, To: b.fr.ID, Hash: entry.Hash{1}, Urgency: casework.Urgent, Due: b.now.Add(casework.Urgent.Limit()).UnixMilli(),
		Officer: entry.Hash{2}, Approver: entry.Hash{3}, Detail: make([]byte, entry.SealedSize),
	})
	proof := func(i uint64) []byte {
		r, err := b.ledger.Receipt(i)
		if err != nil {
			t.Fatal(err)
		}
		return r.Bytes()
	}
	made := bundle.Bundle{Request: id, Policy: b.ledger.Policy().String(), Receipts: [][]byte{proof(index)}, Parties: []bundle.Party{
		{Record: b.nl.Signed(t), Admission: proof(0)}, {Record: b.fr.Signed(t), Admission: proof(1)},
	}}
	data, err := made.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	file, page := filepath.Join(t.TempDir(), "request.bundle"), filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	known := bundle.PolicyFingerprint(made.Policy)
	if out, code := tool(t, "check", file, "--policy", known, "--html", page); code != exitHolds || !strings.HasPrefix(out, "The bundle holds.") {
		t.Errorf("exit %d: %s", code, out)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "proves nothing by itself") {
		t.Error(err)
	}
	if out, code := tool(t, "check", file); code != exitHolds || !strings.Contains(out, "if the keys are the network's") || !strings.Contains(out, known) {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := tool(t, "check", file, "--policy", strings.Repeat("AAAA ", 8)); code != exitFault || !strings.Contains(out, "YOUR INPUT DIFFERS") {
		t.Errorf("exit %d: %s", code, out)
	}
	made.Request = casework.NewRequestID()
	if data, err = made.Bytes(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := tool(t, "check", file); code != exitFinding || !strings.Contains(out, "DOES NOT HOLD") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := tool(t, "check", b.key); code != exitFault {
		t.Errorf("exit %d: %s", code, out)
	}
}
