package disclose_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/disclose"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
	"github.com/crosscase/crosscase/policy/dossier"
)

// A message that was taken in before the node died, and not marked as taken, comes
// again: it is acknowledged. Its sender would else keep it as refused for good.
func TestMessageTakenBeforeTheNodeDied(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.sent(request())
	must(w.be.Answer(ctx, w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	w.offline = true
	must(w.be.approve(id))(t)
	again := func(from, to *agency, m wire.Casework) {
		t.Helper()
		for range 2 { // under another id each time, which is what not being marked looks like
			m.ID = casework.NewMessageID()
			before := len(w.dossier(to, id).Steps)
			if got := w.hand(to, from.id, m); got != 0 {
				t.Errorf("%s: %v", m.Kind, got)
			}
			if after := len(w.dossier(to, id).Steps); after > before+1 || before > 1 && after != before && after != before+1 {
				t.Errorf("%s: %d steps after %d", m.Kind, after, before)
			}
		}
	}
	answer := w.outgoing(w.be)
	again(w.be, w.nl, answer)
	steps := len(w.dossier(w.nl, id).Steps)
	must(w.nl.Open(ctx, w.nl.first, id))(t)
	if got := w.hand(w.nl, w.be.id, answer); got != 0 || len(w.dossier(w.nl, id).Steps) != steps+1 {
		t.Errorf("the answer, once it is opened: %v", got)
	}
	must(w.nl.Use(ctx, w.nl.first, casework.UseReport{Request: id, Outcome: "useful"}))(t)
	again(w.nl, w.be, w.outgoing(w.nl))
}

// A decision is taken in twice likewise.
func TestDecisionTakenBeforeTheNodeDied(t *testing.T) {
	w := newWorld(t)
	id := w.sent(request())
	w.offline = true
	must(w.be.Refuse(t.Context(), w.be.first, id, casework.NotAvailable))(t)
	m := w.outgoing(w.be)
	for range 2 {
		m.ID = casework.NewMessageID()
		if got := w.hand(w.nl, w.be.id, m); got != 0 {
			t.Errorf("%v", got)
		}
	}
	if d := w.dossier(w.nl, id); d.State != dossier.Refused || len(d.Steps) != 4 {
		t.Errorf("%s after %d steps", d.State, len(d.Steps))
	}
}

// An answer may come back before the asker, which died in between, has noted that
// its request went out. It is to come later, not to be refused for good.
func TestAnswerBeforeTheOwnStepIsNoted(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.sent(request())
	d := w.dossier(w.nl, id)
	sent := d
	d.State, d.Pending, d.Steps = dossier.Approved, "request", d.Steps[:2] // as it was before
	if err := w.nl.store.SaveDossier(ctx, d); err != nil {
		t.Fatal(err)
	}
	w.offline = true
	must(w.be.Refuse(ctx, w.be.first, id, casework.NotAvailable))(t)
	m := w.outgoing(w.be)
	if got := w.hand(w.nl, w.be.id, m); !got.Temporary() {
		t.Errorf("the asker refuses it for good: %v", got)
	}
	if err := w.nl.store.SaveDossier(ctx, sent); err != nil {
		t.Fatal(err)
	}
	if got := w.hand(w.nl, w.be.id, m); got != 0 {
		t.Errorf("later: %v", got)
	}
}

// The agreement's longest retention bounds what an answer may ask for; a date that
// the ledger refuses would leave a decision without its delivery.
func TestRetentionIsTheAgreements(t *testing.T) {
	w := newWorld(t)
	w.terms.RetentionDays = 20
	w.amend()
	id := w.sent(request()) // asks for 30
	must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{DeleteDays: 300}))(t)
	must(w.be.approve(id))(t)
	w.run()
	d := w.dossier(w.nl, id)
	if d.State != dossier.Answered {
		t.Fatalf("%s", d.State)
	}
	if days := time.Until(d.DeleteBy).Hours() / 24; days > 20 {
		t.Errorf("to be deleted in %.1f days", days)
	}
}

// A draft that lay until the day on which it is to be deleted is not sent.
func TestDraftThatIsTooOld(t *testing.T) {
	w := newWorld(t)
	id := w.sent(request())
	must(w.be.Answer(t.Context(), w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	w.be.now = 25 * time.Hour
	if _, err := w.be.approve(id); !errors.Is(err, disclose.ErrOrder) {
		t.Errorf("%v", err)
	}
	if _, logged := w.l.st.Find(w.be.id, entry.TypeDecision, id.String()); logged {
		t.Error("and the decision is in the ledger")
	}
}

// What the ledger refuses for good is not tried for ever: it is noted with the
// reason, and nothing goes out.
func TestStepThatTheLedgerRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.sent(request())
	must(w.be.Answer(ctx, w.be.first, id, disclose.Reply{DeleteDays: 1}))(t)
	w.l.down = true
	_, _ = w.be.approve(id) // it is decided, and waits
	w.l.down = false
	must(w.nl.seat.Append(ctx, &entry.MemberExpel{Agency: w.nl.id, Reason: "leaves"}))(t)
	w.run()
	d := w.dossier(w.be, id)
	if d.State != dossier.Failed || d.Pending != "" || !strings.Contains(d.Failed, "expelled") {
		t.Errorf("%s, pending %q, %q", d.State, d.Pending, d.Failed)
	}
	if out := must(w.be.store.Outgoing(ctx))(t); len(out) != 0 {
		t.Error("something is on its way")
	}
}

// Who approves an answer approves the one that it has seen: the drafter cannot put
// another in its place.
func TestApprovalIsOfWhatWasSeen(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.sent(request())
	must(w.be.Answer(ctx, w.be.first, id, disclose.Reply{DeleteDays: 1, Fields: []casework.Field{casework.FieldContact}}))(t)
	seen := disclose.Digest(w.dossier(w.be, id))
	must(w.be.Answer(ctx, w.be.first, id, disclose.Reply{DeleteDays: 1}))(t) // more than before
	for name, of := range map[string]string{"what was there before": seen, "nothing": "", "a part of it": disclose.Digest(w.dossier(w.be, id))[:8]} {
		if _, err := w.be.Approve(ctx, w.be.two, id, of); !errors.Is(err, disclose.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := w.dossier(w.be, id); d.State != dossier.AnswerDraft {
		t.Fatalf("%s", d.State)
	}
	must(w.be.Approve(ctx, w.be.two, id, disclose.Digest(w.dossier(w.be, id))))(t)
}

// blocking is a stream on which nothing comes.
type blocking struct {
	in  io.Reader
	out io.Writer
}

func (b blocking) Read(p []byte) (int, error)  { return b.in.Read(p) }
func (b blocking) Write(p []byte) (int, error) { return b.out.Write(p) }

// A member that opens streams and sends half a message into each takes the memory
// of two messages and no more.
func TestStreamsOfOnePeer(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var ends []*io.PipeWriter
	done := make(chan error, 2)
	for range 2 {
		in, end := io.Pipe()
		ends = append(ends, end)
		go func() { done <- w.be.Serve(ctx, w.nl.id, blocking{in, io.Discard}) }()
		if _, err := end.Write([]byte{0}); err != nil { // it is being read
			t.Fatal(err)
		}
	}
	in, out := io.Pipe()
	go func() {
		_ = w.be.Serve(ctx, w.nl.id, blocking{strings.NewReader(""), out})
		out.Close()
	}()
	if _, err := wire.Expect[wire.CaseworkAck](in); !isCode(err, wire.CodeBusy) {
		t.Errorf("a third stream: %v", err)
	}
	other, out2 := io.Pipe()
	go func() {
		_ = w.be.Serve(ctx, "fr-police", blocking{strings.NewReader(""), out2})
		out2.Close()
	}()
	if _, err := wire.Expect[wire.CaseworkAck](other); isCode(err, wire.CodeBusy) {
		t.Error("another member's first stream is refused, too")
	}
	for _, e := range ends {
		e.Close()
	}
	for range ends {
		<-done
	}
	if got := w.hand(w.be, w.nl.id, wire.Casework{ID: casework.NewMessageID(), Kind: "x", Receipt: []byte{1}, Sealed: []byte{1}}); got != wire.CodeReceipt {
		t.Errorf("afterwards: %v", got)
	}
}

func isCode(err error, c wire.Code) bool {
	var r *wire.RefusedError
	return errors.As(err, &r) && r.Code == c
}

// A majority of voters that certifies what is not in the ledger is not believed by
// who has the ledger.
func TestCertifiedAndNotInTheLedger(t *testing.T) {
	w := newWorld(t)
	id := w.sent(request())
	w.offline = true
	must(w.be.Refuse(t.Context(), w.be.first, id, casework.NotAvailable))(t)
	m := w.outgoing(w.be)
	index, _ := w.l.st.Find(w.be.id, entry.TypeDecision, id.String())
	// the same leaf, in a tree in which it stands at another place
	forged := &ledger{st: w.l.st, log: w.l.log, cosign: w.l.cosign}
	for _, leaf := range [][]byte{w.l.leaves[index], w.l.leaves[0]} {
		stored := must(tlog.StoredHashes(int64(len(forged.leaves)), leaf, forged))(t)
		forged.hashes, forged.leaves = append(forged.hashes, stored...), append(forged.leaves, leaf)
	}
	m.Receipt = must(forged.prove(0))(t).Bytes()
	if got := w.hand(w.nl, w.be.id, m); got != wire.CodeReceipt {
		t.Errorf("%v", got)
	}
	if d := w.dossier(w.nl, id); d.State != dossier.Sent {
		t.Errorf("%s", d.State)
	}
}
