package bundle_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crosscase/crosscase/ledger/bundle"
	"github.com/crosscase/crosscase/ledger/checkpoint"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/ledger/ledgertest"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

const network = "example.org/pilot"

// A story is a request from the question to the use, in a ledger.
type story struct {
	t       *testing.T
	ledger  *ledgertest.Ledger
	nl, fr  *ledgertest.Party
	request casework.RequestID
	steps   []uint64
}

func newStory(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, nl: ledgertest.NewParty(t, network, "nl-police"), fr: ledgertest.NewParty(t, network, "fr-fiu")}
	s.ledger = ledgertest.New(t, agreement.Default(network), s.nl, s.fr)
	s.request, s.steps = s.run()
	return s
}

// run logs the steps of a request.
func (s *story) run() (casework.RequestID, []uint64) {
	id, disclosure, sent := casework.NewRequestID(), casework.NewDisclosureID(), entry.Hash{7}
	detail := make([]byte, entry.SealedSize)
	now := time.Now()
	return id, []uint64{
		s.ledger.Add(s.nl, &entry.Request{
			Request: id, To: "fr-fiu", Hash: entry.Hash{1}, Urgency: casework.Urgent, Due: now.Add(casework.Urgent.Limit()).UnixMilli(),
			Officer: entry.Hash{2}, Approver: entry.Hash{3}, Detail: detail,
		}),
		s.ledger.Add(s.fr, &entry.Decision{Request: id, Asker: "nl-police", Outcome: casework.Full, Hash: entry.Hash{4}, Officer: entry.Hash{5}, Approver: entry.Hash{6}, Detail: detail}),
		s.ledger.Add(s.fr, &entry.Delivery{Request: id, Disclosure: disclosure, To: "nl-police", Outcome: casework.Full, Hash: sent, Bytes: 65536, DeleteBy: now.AddDate(1, 0, 0).UnixMilli()}),
		s.ledger.Add(s.nl, &entry.Receipt{Request: id, Disclosure: disclosure, Hash: sent}),
		s.ledger.Add(s.nl, &entry.Use{Request: id, To: "fr-fiu", Outcome: "useful", Hash: entry.Hash{8}}),
	}
}

func (s *story) receipt(index uint64) []byte {
	s.t.Helper()
	r, err := s.ledger.Receipt(index)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Bytes()
}

// bundle is what an honest node writes of some steps.
func (s *story) bundle(steps ...uint64) bundle.Bundle {
	b := bundle.Bundle{Version: bundle.Version, Request: s.request, Policy: s.ledger.Policy().String()}
	for _, i := range steps {
		b.Receipts = append(b.Receipts, s.receipt(i))
	}
	b.Parties = []bundle.Party{
		{Record: s.nl.Signed(s.t), Admission: s.receipt(0)},
		{Record: s.fr.Signed(s.t), Admission: s.receipt(1)},
	}
	return b
}

func TestAWholeRequest(t *testing.T) {
	s := newStory(t)
	data, err := s.bundle(s.steps...).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Check()
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Steps) != 5 || got.Asker.Agency != "nl-police" || got.Asked.Agency != "fr-fiu" || !got.Asker.Same || !got.Asked.Same || got.Quorum != 2 || got.Certified.IsZero() {
		t.Errorf("%+v", got)
	}
	if got.Fingerprint != bundle.PolicyFingerprint(s.ledger.Policy().String()) {
		t.Errorf("fingerprint %s", got.Fingerprint)
	}
	for _, step := range got.Steps {
		if !step.Present || step.What == "" {
			t.Errorf("%+v", step)
		}
	}
	var text, page strings.Builder
	if err := errors.Join(got.WriteText(&text), got.WriteHTML(&page)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Sample nl-police", "asked fr-fiu for disclosure", "decided: full", "sent a sealed disclosure of up to 65536 bytes", "opened the disclosure", "reported the use: useful", got.Fingerprint} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in %s", want, text.String())
		}
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(page.String(), "src=") || strings.Contains(page.String(), "href=") {
		t.Error("the page loads something")
	}
	if got, err := s.bundle(s.steps[:2]...).Check(); err != nil || len(got.Steps) != 2 {
		t.Errorf("the first two steps: %v", err)
	}
}

// TestAttackFalseBundle: what was put together to look like another story does not hold.
func TestAttackFalseBundle(t *testing.T) {
	s := newStory(t)
	_, others := s.run()
	stranger := newStory(t) // of a network of the same name, with keys of its own
	for name, change := range map[string]func(*bundle.Bundle){
		"another request's decision": func(b *bundle.Bundle) { b.Receipts[1] = s.receipt(others[1]) },
		"another's disclosure opened": func(b *bundle.Bundle) {
			b.Receipts[3] = s.receipt(others[3])
		},
		"another request's number": func(b *bundle.Bundle) { b.Request = casework.NewRequestID() },
		"one step twice":           func(b *bundle.Bundle) { b.Receipts[1] = b.Receipts[0] },
		"no request":               func(b *bundle.Bundle) { b.Receipts = b.Receipts[1:] },
		"no step of a request":     func(b *bundle.Bundle) { b.Receipts[4] = s.receipt(1) },
		"the sides exchanged":      func(b *bundle.Bundle) { b.Parties[0], b.Parties[1] = b.Parties[1], b.Parties[0] },
		"another's admission":      func(b *bundle.Bundle) { b.Parties[0].Admission = b.Parties[1].Admission },
		"a stranger's entry":       func(b *bundle.Bundle) { b.Receipts[0] = stranger.receipt(stranger.steps[0]) },
		"a stranger's keys":        func(b *bundle.Bundle) { b.Policy = stranger.ledger.Policy().String() },
		"a changed record":         func(b *bundle.Bundle) { b.Parties[0].Record.Record[40] ^= 1 },
		"no policy":                func(b *bundle.Bundle) { b.Policy = "" },
		"one voter's word": func(b *bundle.Bundle) {
			p := s.ledger.Policy()
			p.Voters = append(p.Voters, checkpoint.Voter{Agency: "gb-hotline", LogKey: stranger.nl.Record.LogKey, CosignerKey: stranger.nl.Record.CosignerKey})
			b.Policy = p.String()
		},
	} {
		b := s.bundle(s.steps...)
		change(&b)
		if got, err := b.Check(); err == nil {
			t.Errorf("%s holds: %+v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":"crosscase-bundle/1","request":"req_tt5cz3fqsickvmedhujid2q3ie","policy":"","receipts":["AA=="],"parties":[{"record":{},"admission":""},{"record":{},"admission":""}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Parse(data)
		if err != nil {
			return
		}
		if _, err := b.Check(); err == nil {
			t.Error("a made-up bundle holds")
		}
	})
}
