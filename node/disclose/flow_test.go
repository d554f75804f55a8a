package disclose_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// neighbours shares the case of the item that is asked about.
func neighbours() []casework.Evidence {
	free, bound, victim, local := value("+442079460001"), value("+442079460002"), value("+442079460003"), value("+442079460004")
	free.Handling = casework.Handling{Codes: "H2"}
	bound.Handling = casework.Handling{Codes: "H3", Text: "not to leave"}
	victim.Category = casework.Victim
	local.Visibility = casework.Local
	again := value("+442079460958")
	again.Provenance.Record = "line 10"
	return []casework.Evidence{again, free, bound, victim, local}
}

func TestRequestToUse(t *testing.T) {
	w := newWorld(t, neighbours()...)
	ctx := t.Context()
	id := w.sent(request())
	if d := w.dossier(w.be, id); d.State != dossier.Received || d.Item.IsZero() || d.Due.IsZero() {
		t.Fatalf("at the holder: %s, due %v, %v", d.State, d.Due, d.Policy)
	}
	must(w.be.Answer(ctx, w.be.first, id, disclose.Reply{DeleteDays: 90}))(t)
	if _, err := w.be.Approve(ctx, w.be.first, id, disclose.Digest(w.dossier(w.be, id))); !errors.Is(err, disclose.ErrSameHand) {
		t.Fatalf("the drafter approves: %v", err)
	}
	must(w.be.approve(id))(t)
	w.run()
	if d := w.dossier(w.nl, id); d.State != dossier.Answered || d.Answer != nil {
		t.Fatalf("before it is opened: %s, answer %t", d.State, d.Answer != nil)
	}
	d := must(w.nl.Open(ctx, w.nl.first, id))(t)
	var associated []casework.DisclosedValue
	for _, v := range d.Answer.Values {
		if v.Provenance.Source+v.Provenance.Record+v.Provenance.Original != "" {
			t.Errorf("%s carries the holder's file name, record or spelling", v.Field)
		}
		if v.Field == casework.FieldIdentifiers {
			associated = append(associated, v)
		}
	}
	if len(associated) != 1 || associated[0].Value != "+442079460001" || associated[0].Handling.Codes != "H2" {
		t.Errorf("associated identifiers: %d; only the one that the rules let go goes, under its own handling", len(associated))
	}
	if days := time.Until(d.DeleteBy).Hours() / 24; days < 29 || days > 30 {
		t.Errorf("to be deleted in %.1f days, asked for 30", days)
	}
	must(w.nl.Use(ctx, w.nl.first, casework.UseReport{Request: id, Outcome: "useful"}))(t)
	w.run()
	if d := w.dossier(w.be, id); d.State != dossier.Used || d.Use == nil || d.Use.Outcome != "useful" {
		t.Errorf("the holder has %s", d.State)
	}
	w.overseen(w.nl, entry.TypeRequest, id)
	w.overseen(w.be, entry.TypeDecision, id)
}

// overseen checks that the own oversight body alone reads who acted.
func (w *world) overseen(a *agency, kind entry.Type, id casework.RequestID) {
	w.t.Helper()
	index, ok := w.l.st.Find(a.id, kind, id.String())
	if !ok {
		w.t.Fatalf("no %s entry", kind)
	}
	_, raw, err := entry.SplitLeaf(w.l.leaves[index])
	if err != nil {
		w.t.Fatal(err)
	}
	var sealed []byte
	var officer, approver entry.Hash
	switch b := must(entry.Parse(raw))(w.t).Body.(type) {
	case *entry.Request:
		sealed, officer, approver = b.Detail, b.Officer, b.Approver
	case *entry.Decision:
		sealed, officer, approver = b.Detail, b.Officer, b.Approver
	}
	if _, err := entry.OpenDetail(a.disclosure, network, sealed); err == nil {
		w.t.Error("a key that is not the oversight body's opens the detail")
	}
	d := must(entry.OpenDetail(a.overseer, network, sealed))(w.t)
	if d.Second == nil || d.Command.Verify() != nil || d.Second.Verify() != nil || d.Officer == d.Approver {
		w.t.Errorf("%s: the two signed commands are not in the detail", kind)
	}
	first, second := d.Salts["officer"], d.Salts["approver"]
	if entry.Commit(&first, "officer", d.Officer[:]) != officer || entry.Commit(&second, "approver", d.Approver[:]) != approver {
		w.t.Errorf("%s: the salts do not open the commitments", kind)
	}
}

func TestSecondOfficerIsAnother(t *testing.T) {
	w := newWorld(t)
	d := must(w.nl.Draft(t.Context(), w.nl.first, w.lead.ID, request()))(t)
	sameKey := w.nl.two
	sameKey.Command.Key = w.nl.first.Command.Key
	for name, act := range map[string]disclose.Act{"the same officer": w.nl.first, "the same key": sameKey} {
		if _, err := w.nl.Approve(t.Context(), act, d.Request.ID, disclose.Digest(d)); !errors.Is(err, disclose.ErrSameHand) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out := must(w.nl.store.Outgoing(t.Context()))(t); len(out) != 0 {
		t.Error("something is on its way without an approval")
	}
}

// A handle that is nobody's and a proof that is not made with the evaluation end in
// one and the same refusal.
func TestUnprovedRequestIsRefused(t *testing.T) {
	for name, lie := range map[string]func(*casework.Request){
		"forged proof":          func(r *casework.Request) { r.HitProof[0] ^= 1 },
		"handle of nobody":      func(r *casework.Request) { r.Handle[0] ^= 1 },
		"outside the agreement": func(r *casework.Request) { r.Offence = "parking" },
		"too many fields": func(r *casework.Request) {
			for range 100 {
				r.Wanted = append(r.Wanted, casework.FieldContact)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := must(w.nl.Draft(t.Context(), w.nl.first, w.lead.ID, request()))(t)
			lie(&d.Request)
			if err := w.nl.store.SaveDossier(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			must(w.nl.approve(d.Request.ID))(t)
			w.run()
			w.run() // the refusal comes back
			got := w.dossier(w.nl, d.Request.ID)
			if got.Outcome != casework.Refused || got.Ground != casework.RequestDefective || len(got.Answer.Values) != 0 {
				t.Errorf("%s %s: %v", got.State, got.Outcome, got.Ground)
			}
			if _, err := w.be.Answer(t.Context(), w.be.first, d.Request.ID, disclose.Reply{DeleteDays: 1}); !errors.Is(err, disclose.ErrOrder) {
				t.Errorf("an answer after the refusal: %v", err)
			}
		})
	}
}

// outgoing returns the message that an agency has on its way, with a fresh receipt.
func (w *world) outgoing(a *agency) wire.Casework {
	w.t.Helper()
	out := must(a.store.Outgoing(w.t.Context()))(w.t)
	if len(out) != 1 {
		w.t.Fatalf("%d messages wait", len(out))
	}
	proof := must(a.seat.Receipt(w.t.Context(), out[0].Entry))(w.t)
	return wire.Casework{ID: out[0].ID, Kind: string(out[0].Kind), Receipt: proof.Bytes(), Sealed: must(a.store.OutgoingSealed(w.t.Context(), out[0].ID))(w.t)}
}

func TestDishonestMessages(t *testing.T) {
	w := newWorld(t)
	d := must(w.nl.Draft(t.Context(), w.nl.first, w.lead.ID, request()))(t)
	must(w.nl.approve(d.Request.ID))(t)
	good := w.outgoing(w.nl)
	altered := good
	altered.Sealed = bytes.Clone(good.Sealed)
	altered.Sealed[0] ^= 1
	kind := good
	kind.Kind = "use"
	unlogged := good
	unlogged.Receipt = []byte{0xa0}
	genesis := good
	genesis.Receipt = must(w.nl.seat.Receipt(t.Context(), 0))(t).Bytes()
	for name, c := range map[string]struct {
		m    wire.Casework
		from casework.AgencyID
		want wire.Code
	}{
		"not what was logged":      {altered, w.nl.id, wire.CodeNotYours},
		"another kind":             {kind, w.nl.id, wire.CodeNotYours},
		"no receipt":               {unlogged, w.nl.id, wire.CodeReceipt},
		"receipt of another entry": {genesis, w.nl.id, wire.CodeNotYours},
		"another agency's request": {good, w.be.id, wire.CodeNotYours},
		"sender is no member":      {good, "fr-police", wire.CodeNotYours},
	} {
		if got := w.hand(w.be, c.from, c.m); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	w.be.now = time.Hour
	if got := w.hand(w.be, w.nl.id, good); got != wire.CodeStale {
		t.Errorf("a receipt of an hour ago: %v", got)
	}
	w.be.now = 0
	if len(must(w.be.store.Dossiers(t.Context()))(t)) != 0 {
		t.Fatal("a refused message left a dossier")
	}
	// The real one, and the same again: under its id, and under another.
	again := good
	again.ID = casework.NewMessageID()
	for name, m := range map[string]wire.Casework{"first": good, "same id": good, "another id": again} {
		if got := w.hand(w.be, w.nl.id, m); got != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if all := must(w.be.store.Dossiers(t.Context()))(t); len(all) != 1 || len(all[0].Steps) != 1 {
		t.Errorf("a replay changed something: %d dossiers", len(all))
	}
}

func TestAnswersThatNobodyAwaits(t *testing.T) {
	w := newWorld(t)
	id := w.sent(request())
	must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	w.offline = true
	must(w.be.approve(id))(t)
	answer := w.outgoing(w.be)
	if got := w.hand(w.be, w.be.id, answer); got != wire.CodeNotYours {
		t.Errorf("an answer to an agency that did not ask: %v", got)
	}
	if got := w.hand(w.nl, w.be.id, answer); got != 0 {
		t.Fatalf("the answer: %v", got)
	}
	before := w.dossier(w.nl, id)
	second := answer
	second.ID = casework.NewMessageID()
	if got := w.hand(w.nl, w.be.id, second); got != 0 { // it is the one that was taken
		t.Errorf("the same answer under another id: %v", got)
	}
	if after := w.dossier(w.nl, id); len(after.Steps) != len(before.Steps) || after.State != dossier.Answered {
		t.Error("a second answer changed the dossier")
	}
	// A decision on a request that was never made cannot even be logged.
	if _, err := w.be.seat.Append(t.Context(), &entry.Delivery{
		Request: casework.NewRequestID(), Disclosure: casework.NewDisclosureID(), To: w.nl.id, Outcome: casework.Full, Hash: entry.Hash{1}, Bytes: 1, DeleteBy: time.Now().Add(time.Hour).UnixMilli(),
	}); err == nil {
		t.Error("the ledger took a delivery without a request")
	}
}

func TestNothingIsReadOrSentWithoutTheLedger(t *testing.T) {
	w := newWorld(t)
	d := must(w.nl.Draft(t.Context(), w.nl.first, w.lead.ID, request()))(t)
	w.l.down = true
	if _, err := w.nl.approve(d.Request.ID); err == nil {
		t.Error("approved without a ledger, and said nothing")
	}
	if out := must(w.nl.store.Outgoing(t.Context()))(t); len(out) != 0 {
		t.Fatal("a message waits that the ledger does not announce")
	}
	w.l.down = false
	w.run() // finishes what was decided
	id := d.Request.ID
	must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	must(w.be.approve(id))(t)
	w.run()
	w.l.down = true
	if d, err := w.nl.Open(t.Context(), w.nl.first, id); err == nil || d.Answer != nil {
		t.Errorf("opened without a ledger: %v", err)
	}
	w.l.down = false
	w.run()
	w.nl.now = 25 * time.Hour
	if err := w.nl.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := w.dossier(w.nl, id); d.State != dossier.Expired || d.Answer != nil || d.Sealed != nil {
		t.Errorf("after its date: %s", d.State)
	}
}

// What was permitted when the request came may not go any more.
func TestRulesHoldWhenItIsApproved(t *testing.T) {
	w := newWorld(t)
	id := w.sent(request())
	must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	victim := value("+442079460958")
	victim.Category = casework.Victim
	must(w.be.store.AddItems(t.Context(), otherCase, []casework.Evidence{victim}))(t)
	if _, err := w.be.approve(id); !errors.Is(err, disclose.ErrOrder) {
		t.Errorf("approved: %v", err)
	}
}
