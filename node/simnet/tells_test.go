package simnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crosscase/crosscase/ledger/audit"
	"github.com/crosscase/crosscase/ledger/tiles"
	"github.com/crosscase/crosscase/node"
	"github.com/crosscase/crosscase/node/api"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/casework"
)

// A record is all bytes that one node sent and received in streams, by peer,
// protocol and direction.
type record struct {
	mu    sync.Mutex
	bytes map[string]*bytes.Buffer // guarded by mu
}

func (r *record) tap(other casework.AgencyID, protocol string, sent bool, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprintf("%s %s sent=%v", other, protocol, sent)
	if r.bytes[key] == nil {
		r.bytes[key] = &bytes.Buffer{}
	}
	r.bytes[key].Write(data)
}

// forget leaves out what was recorded so far.
func (r *record) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.bytes)
}

// messages lists the messages of matching and casework, each with its size. The
// size of a published set is that of random tags under a Rice code, and is rounded.
func (r *record) messages(t *testing.T) map[string][]string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]string{}
	for key, buffer := range r.bytes {
		if strings.Contains(key, "/raft") || strings.Contains(key, "/ledger") {
			continue // entries are compared as entries
		}
		for data := buffer.Bytes(); len(data) > 0; {
			whole := 4 + int(binary.BigEndian.Uint32(data))
			size := whole
			if whole > len(data) {
				t.Fatalf("%s: half a message", key)
			}
			kind := wire.Type(data[4])
			if kind == wire.TypeTagsPart || kind == wire.TypeTagsAck {
				size = size / 64 * 64
			}
			out[key] = append(out[key], fmt.Sprintf("%s %d", kind, size))
			data = data[whole:]
		}
		slices.Sort(out[key]) // streams that are open at once alternate
	}
	return out
}

// entries lists the ledger's entries by agency, type and size, as a node holds them.
func entries(t *testing.T, a *Agency) []string {
	t.Helper()
	copied := tiles.Dir(os.DirFS(node.LedgerTiles(a.Dir)))
	var lines []audit.Line
	if err := audit.List(t.Context(), copied, audit.Filter{}, func(l audit.Line) error {
		lines = append(lines, l)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	reader := tiles.NewReader(copied, uint64(len(lines)))
	var out []string
	for _, l := range lines {
		leaf, err := reader.Leaf(t.Context(), l.Index)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s, %d bytes", l.Agency, l.Type, len(leaf)))
	}
	slices.Sort(out) // two agencies may append at once
	return out
}

// story lets two agencies publish and ask everything that they hold. The second one
// holds so many of the first one's numbers.
func story(t *testing.T, shared int) (messages []map[string][]string, ledger []string, all []byte) {
	synctest.Test(t, func(t *testing.T) {
		_, oversight := overseer(t)
		agencies := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		records := make([]*record, len(agencies))
		for i, a := range agencies {
			if err := a.Stop(); err != nil {
				t.Fatal(err)
			}
			records[i] = &record{bytes: map[string]*bytes.Buffer{}}
			a.Tap = records[i].tap
			if err := a.Start(); err != nil {
				t.Fatal(err)
			}
		}
		found(t, agencies...)
		a, b := agencies[0], agencies[1]
		// Neither holds a number yet. Whether a node is offered the other's empty set before
		// its own ledger has let it in is chance.
		<-time.After(time.Minute)
		for _, r := range records {
			r.forget()
		}
		// One after the other: the length of a receipt follows its entry's place.
		hold(t, a, 0, 40)
		<-time.After(time.Minute)
		hold(t, b, 40-shared, 80-shared)
		<-time.After(time.Minute)
		for _, p := range agencies {
			call(t, api.Publish, p, api.PublishRequest{})
		}
		for _, p := range agencies {
			if asked := call(t, api.Ask, p, api.AskRequest{Case: "C-1"}); asked.Peers[0].Hits != uint32(shared) {
				t.Fatalf("%s has %d hits, want %d", p.ID, asked.Peers[0].Hits, shared)
			}
		}
		<-time.After(10 * time.Minute)
		for _, p := range agencies {
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range records {
			messages = append(messages, r.messages(t))
			for _, buffer := range r.bytes {
				all = append(all, buffer.Bytes()...)
			}
		}
		ledger = entries(t, a)
	})
	return messages, ledger, all
}

// Whoever sees all messages and the whole ledger cannot tell whether two agencies
// share ten numbers or none: messages and entries are the same in number and
// size. No number is in any of them.
func TestAttackNothingTellsWhatIsShared(t *testing.T) {
	long(t)
	with, ledgerWith, bytesWith := story(t, 10)
	without, ledgerWithout, bytesWithout := story(t, 0)
	if d := cmp.Diff(without, with); d != "" {
		t.Errorf("messages differ (-nothing shared +ten shared):\n%s", d)
	}
	if d := cmp.Diff(ledgerWithout, ledgerWith); d != "" {
		t.Errorf("entries differ (-nothing shared +ten shared):\n%s", d)
	}
	if len(ledgerWith) < 6 || len(bytesWith) < 10_000 {
		t.Fatalf("only %d entries and %d bytes were seen", len(ledgerWith), len(bytesWith))
	}
	for i := range 80 {
		number := fmt.Appendf(nil, "113496%04d", i)
		if bytes.Contains(bytesWith, number) || bytes.Contains(bytesWithout, number) {
			t.Errorf("number %d travelled in the clear", i)
		}
	}
}

// What officers do with a hit before they send a request is nobody else's: reading,
// drafting and dismissing add no message and no entry.
func TestAttackNothingTellsOfADraft(t *testing.T) {
	long(t)
	synctest.Test(t, func(t *testing.T) {
		_, oversight := overseer(t)
		agencies := start(t, NewFabric(), oversight, "aa-police", "bb-fiu")
		a, b := agencies[0], agencies[1]
		if err := b.Stop(); err != nil {
			t.Fatal(err)
		}
		seen := &record{bytes: map[string]*bytes.Buffer{}}
		b.Tap = seen.tap
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
		found(t, agencies...)
		hold(t, b, 0, 10)
		call(t, api.Publish, b, api.PublishRequest{})
		hold(t, a, 0, 10)
		leads := call(t, api.Ask, a, api.AskRequest{Case: "C-1"}).Leads
		if len(leads) != 10 {
			t.Fatalf("%d leads", len(leads))
		}
		<-time.After(10 * time.Minute)
		messages, ledger := seen.messages(t), entries(t, b)
		call(t, api.Inbox, a, api.InboxRequest{})
		call(t, api.Why, a, api.WhyRequest{Lead: leads[0].Lead.ID})
		call(t, api.Request, a, api.DraftRequest{
			Lead: leads[0].Lead.ID, Wanted: []casework.Field{casework.FieldContact}, Facts: "facts", Necessity: "necessity", Use: "intelligence",
			Urgency: casework.Urgent, Handling: "H1", Retention: 90,
		})
		call(t, api.Dismiss, a, api.DismissRequest{Leads: []casework.LeadID{leads[1].Lead.ID}, Reason: "an old number"})
		<-time.After(10 * time.Minute)
		if d := cmp.Diff(messages, seen.messages(t)); d != "" {
			t.Errorf("messages (-before the draft +after):\n%s", d)
		}
		if d := cmp.Diff(ledger, entries(t, b)); d != "" {
			t.Errorf("entries (-before the draft +after):\n%s", d)
		}
	})
}
