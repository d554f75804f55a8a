package match

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/crosscase/crosscase/node/store"

	"github.com/crosscase/crosscase/crypto/oprf"
	"github.com/crosscase/crosscase/crypto/tagset"
	"github.com/crosscase/crosscase/ledger/entry"
	"github.com/crosscase/crosscase/node/peer"
	"github.com/crosscase/crosscase/node/wire"
	"github.com/crosscase/crosscase/policy/agreement"
	"github.com/crosscase/crosscase/policy/casework"
)

// A liar speaks the protocol by hand, from a party's host.
type liar struct {
	*party
	t testing.TB
}

// batch logs a query of n elements and gives what opening it takes.
func (l liar) batch(n int, change func(*entry.Query), to ...casework.AgencyID) (wire.QueryOpen, [][]byte) {
	l.t.Helper()
	open := wire.QueryOpen{Batch: casework.NewBatchID()}
	var data [][]byte
	for from := 0; from < n; from += chunk {
		size := min(chunk, n-from)
		inputs, blinds := make([][]byte, size), make([]oprf.Blind, size)
		for i := range inputs {
			inputs[i], blinds[i] = fmt.Appendf(nil, "guess %d", from+i), oprf.RandomBlind()
		}
		out := must(oprf.BlindBatch(l.t.Context(), oprf.Options{}, inputs, blinds))(l.t).Elements()
		data, open.Parts = append(data, out), append(open.Parts, sha256.Sum256(out))
	}
	q := &entry.Query{
		Batch: open.Batch, Peers: to, Epoch: 1, Count: uint32(n), Kinds: map[casework.Kind]uint32{casework.Email: uint32(n)}, PartSize: chunk,
		Commitment: entry.BatchCommitment(uint32(n), chunk, open.Parts), Case: entry.Hash{1}, Officer: entry.Hash{1}, Justification: entry.Hash{1}, Detail: make([]byte, entry.SealedSize),
	}
	if change != nil {
		change(q)
	}
	open.Receipt = must(l.Append(l.t.Context(), q))(l.t).Bytes()
	return open, data
}

func (l liar) stream(proto string, to casework.AgencyID) peer.Stream {
	l.t.Helper()
	s := must(l.host.Open(l.t.Context(), to, proto))(l.t)
	l.t.Cleanup(func() { _ = s.Reset() })
	if err := wire.Greet(s, wire.Hello{Version: wire.Version, Network: network, Normaliser: casework.NormaliserVersion, Epoch: 1}); err != nil {
		l.t.Fatal(err)
	}
	if proto == TagsProtocol {
		must(wire.Expect[wire.TagsHave](s))(l.t)
	}
	return s
}

// refused expects a refusal with a code.
func refused(t testing.TB, what string, r io.Reader, want wire.Code) {
	t.Helper()
	_, err := wire.Expect[wire.QueryReady](r)
	var e *wire.RefusedError
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func send(t testing.TB, w io.Writer, m wire.Message) {
	t.Helper()
	if err := wire.Write(w, m); err != nil {
		t.Fatal(err)
	}
}

func TestReceiptsOfOthersAreRefused(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb", "cc")
	a, b, c := liar{ps[0], t}, ps[1], liar{ps[2], t}
	for _, p := range ps {
		p.meet()
	}
	b.config = func(c *Config) {
		c.Now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return time.Now().Add(w.skew) }
	}
	b.newService()
	try := func(what string, from liar, open wire.QueryOpen, want wire.Code) {
		t.Helper()
		s := from.stream(QueryProtocol, "bb")
		send(t, s, &open)
		refused(t, what, s, want)
	}
	good, _ := a.batch(3, nil, "bb")
	try("replayed by another", c, good, wire.CodeNotYours)
	other, _ := a.batch(3, nil, "bb")
	mixed := other
	mixed.Receipt = good.Receipt
	try("receipt of another batch", a, mixed, wire.CodeNotYours)
	elsewhere, _ := a.batch(3, nil, "cc")
	try("a batch for another peer", a, elsewhere, wire.CodeNotYours)
	wrong, _ := a.batch(3, func(q *entry.Query) { q.Commitment = entry.Hash{9} }, "bb")
	try("another commitment", a, wrong, wire.CodeCommitment)
	swapped := good
	swapped.Parts = other.Parts
	try("hashes of another batch", a, swapped, wire.CodeCommitment)
	forged := good
	forged.Receipt = append([]byte{}, good.Receipt...)
	forged.Receipt[len(forged.Receipt)/2] ^= 1
	try("a forged receipt", a, forged, wire.CodeReceipt)
	tags := must(a.Append(t.Context(), &entry.TagsPublished{Peer: "bb", Epoch: 1, Number: 1, Bytes: 1, Commitment: entry.Hash{1}}))(t)
	try("a receipt of another type", a, wire.QueryOpen{Receipt: tags.Bytes(), Batch: good.Batch, Parts: good.Parts}, wire.CodeNotYours)
	w.mu.Lock()
	w.skew = time.Hour
	w.mu.Unlock()
	try("a stale receipt", a, good, wire.CodeStale)
	if _, err := b.store.Answer(t.Context(), "aa", good.Batch); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("something was stored: %v", err)
	}
	if n := len(w.entries("bb", entry.TypeAnswer)); n != 0 {
		t.Errorf("%d answers logged", n)
	}
}

func TestPartsSwappedRepeatedAndOutOfOrder(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb")
	a, b := liar{ps[0], t}, ps[1]
	a.meet()
	b.meet()
	b.newService()
	open, data := a.batch(2*chunk+5, nil, "bb")
	begin := func(next uint32) peer.Stream {
		t.Helper()
		var s peer.Stream
		w.until("the exchange before to end", func() bool {
			s = a.stream(QueryProtocol, "bb")
			send(t, s, &open)
			r, err := wire.Expect[wire.QueryReady](s)
			var e *wire.RefusedError
			if errors.As(err, &e) && e.Code == wire.CodeBusy {
				return false
			}
			if err != nil || r.Next != next {
				t.Fatalf("next part %d (%v), want %d", r.Next, err, next)
			}
			return true
		})
		return s
	}
	s := begin(0)
	send(t, s, &wire.QueryPart{Number: 0, Elements: data[1]})
	refused(t, "swapped elements", s, wire.CodeCommitment)
	s = begin(0)
	send(t, s, &wire.QueryPart{Number: 1, Elements: data[1]})
	refused(t, "out of order", s, wire.CodeOutOfOrder)
	if n := len(w.entries("bb", entry.TypeAnswer)); n != 0 {
		t.Errorf("%d answers logged before any", n)
	}
	s = begin(0)
	send(t, s, &wire.QueryPart{Number: 0, Elements: data[0]})
	first := must(wire.Expect[wire.QueryAnswer](s))(t)
	if n := len(w.entries("bb", entry.TypeAnswer)); n != 1 {
		t.Errorf("%d answers logged when one left", n)
	}
	_ = s.Reset()
	s = begin(1)
	send(t, s, &wire.QueryPart{Number: 0, Elements: data[0]}) // cut before it arrived: the same bytes again
	if again := must(wire.Expect[wire.QueryAnswer](s))(t); again.Proof != first.Proof {
		t.Error("a part was evaluated twice")
	}
	send(t, s, &wire.QueryDone{Parts: 3})
	refused(t, "done too early", s, wire.CodeOutOfOrder)
	s = begin(1)
	send(t, s, &wire.QueryPart{Number: 1, Acknowledged: 1, Elements: data[1]})
	must(wire.Expect[wire.QueryAnswer](s))(t)
	send(t, s, &wire.QueryPart{Number: 0, Acknowledged: 1, Elements: data[0]})
	refused(t, "an acknowledged part again", s, wire.CodeRepeated)
	s = begin(2)
	send(t, s, &wire.QueryPart{Number: 2, Acknowledged: 2, Elements: data[2]})
	must(wire.Expect[wire.QueryAnswer](s))(t)
	send(t, s, &wire.QueryDone{Parts: 3})
	must(wire.Expect[wire.QueryDone](s))(t)
	w.until("the answered batch to be refused", func() bool {
		s = a.stream(QueryProtocol, "bb")
		send(t, s, &open)
		_, err := wire.Expect[wire.QueryReady](s)
		var e *wire.RefusedError
		return errors.As(err, &e) && e.Code == wire.CodeAnswered
	})
}

func TestQuotaAndAgreementRefuseOnTheRecord(t *testing.T) {
	w, ps := newWorld(t, func(g *agreement.Agreement) {}, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, "both@example.org", "another@example.org")
	b.add(casework.Shared, "both@example.org")
	b.config = func(c *Config) { c.AnswerDay = 1 }
	a.start()
	b.start()
	id := a.ask()[0]
	a.waitAnswered(id)
	if p := a.progress(id, "bb"); p.Refusal != "quota" || p.Hits != 0 {
		t.Errorf("refusal %q", p.Refusal)
	}
	if e := w.entries("bb", entry.TypeAnswer); len(e) != 1 || e[0].(*entry.Answer).Refusal != "quota" || e[0].(*entry.Answer).Count != 0 {
		t.Error("the refusal is not on the record")
	}
}

// An answerer with another key than its record's: nothing of its answer is kept.
func TestWrongProofKeepsNothing(t *testing.T) {
	_, ps := newWorld(t, nil, "aa", "bb")
	a, b := ps[0], ps[1]
	a.add(casework.Shared, "both@example.org")
	b.add(casework.Shared, "both@example.org")
	b.match = must(oprf.GenerateKey())(t)
	a.start()
	b.start()
	id := a.ask()[0]
	a.waitAnswered(id)
	if p := a.progress(id, "bb"); p.Refusal != "wrong-proof" || p.NextPart != 0 || p.Hits != 0 {
		t.Errorf("%+v", p)
	}
	if n := len(a.found("bb")); n != 0 {
		t.Errorf("%d leads", n)
	}
}

func TestDishonestPublishersAreRefused(t *testing.T) {
	w, ps := newWorld(t, nil, "aa", "bb", "cc")
	a, b, c := liar{ps[0], t}, ps[1], liar{ps[2], t}
	for _, p := range ps {
		p.meet()
	}
	b.newService()
	padding := must(tagset.Padding(16))(t)
	tagset.Sort(padding)
	set := must(tagset.EncodeDelta(tagset.Delta{Number: 1, Added: padding}))(t) // a delta is no snapshot
	logged := &entry.TagsPublished{Peer: "bb", Epoch: 1, Number: 1, Added: 16, Bytes: uint64(len(set)), Commitment: sha256.Sum256(set)}
	receipt := must(a.Append(t.Context(), logged))(t).Bytes()
	good := wire.TagsOffer{Receipt: receipt, Epoch: 1, Number: 1, Bytes: uint64(len(set)), Count: 16, Key: tagset.PeerKey{1}, Commitment: logged.Commitment, Snapshot: true}
	try := func(what string, from liar, want wire.Code, change func(*wire.TagsOffer), parts ...wire.TagsPart) {
		t.Helper()
		w.until(what, func() bool {
			o := good
			if change != nil {
				change(&o)
			}
			s := from.stream(TagsProtocol, "bb")
			send(t, s, &o)
			var err error
			if len(parts) > 0 {
				if _, err = wire.Expect[wire.TagsResume](s); err == nil {
					for _, p := range parts {
						send(t, s, &p)
					}
				}
			}
			if err == nil {
				_, err = wire.Expect[wire.TagsAck](s)
			}
			var e *wire.RefusedError
			if errors.As(err, &e) && e.Code == wire.CodeBusy {
				return false
			}
			if !errors.As(err, &e) || e.Code != want {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
			return true
		})
	}
	try("replayed by another", c, wire.CodeNotYours, nil)
	try("another number", a, wire.CodeNotYours, func(o *wire.TagsOffer) { o.Number = 2 })
	try("another commitment", a, wire.CodeCommitment, func(o *wire.TagsOffer) { o.Commitment = entry.Hash{9} })
	try("another size", a, wire.CodeNotYours, func(o *wire.TagsOffer) { o.Bytes++ })
	try("a part elsewhere", a, wire.CodeOutOfOrder, nil, wire.TagsPart{Offset: 7, Data: set})
	try("more than announced", a, wire.CodeTooLarge, nil, wire.TagsPart{Data: append(set[:len(set):len(set)], 0)})
	changed := append([]byte{}, set...)
	changed[len(changed)-1] ^= 1
	try("other bytes than committed to", a, wire.CodeCommitment, nil, wire.TagsPart{Data: changed})
	try("as committed, but no snapshot", a, wire.CodeMalformed, nil, wire.TagsPart{Data: set})
	if _, err := b.store.PeerSet(t.Context(), "aa"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a set was kept: %v", err)
	}
	if n := len(w.entries("bb", entry.TypeTagsAcknowledged)); n != 0 {
		t.Errorf("%d acknowledged", n)
	}
}
